"""The reader of sealed PDFs, loaded only when a document comes: its library is large.

document = read_sealed(data)
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from verifier.documents import PdfReader, Sealed
from verifier.errors import UsageError


def read_sealed(data: bytes) -> Sealed:
    """Read a sealed PDF.

    Raises:
        CredentialError: as ``verifier.sources.pdf.read_pdf``.
        UsageError: ``pdf_support_missing`` when pyHanko is not installed.
    """
    try:
        module = import_module("verifier.sources.pdf")
    except ModuleNotFoundError as error:
        raise UsageError("pdf_support_missing", "sealed documents cannot be read here: pyHanko is missing") from error
    return cast(PdfReader, module.read_pdf)(data)
