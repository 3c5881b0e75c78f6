"""The hook to the reader of sealed PDFs, loaded only when a document comes: its library is large.

document = usual_pdf_reader()(data)
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, TypeAlias, cast

from verifier.errors import UsageError


class Sealed(Protocol):
    """An unaltered sealed document, its seal not yet compared with any trust list."""

    @property
    def credential(self) -> bytes:
        """The attached credential."""

    @property
    def signer_certificate_der(self) -> bytes:
        """The certificate that sealed the whole file."""


PdfReader: TypeAlias = Callable[[bytes], Sealed]


def usual_pdf_reader() -> PdfReader:
    """Return the reader of PDFs.

    Raises:
        UsageError: ``pdf_support_missing`` when pyHanko is not installed.
    """
    try:
        module = import_module("verifier.sources.pdf")
    except ModuleNotFoundError as error:
        raise UsageError(
            "pdf_support_missing", "sealed documents cannot be read here: pyHanko is missing (pip install pyhanko)"
        ) from error
    return cast(PdfReader, module.read_pdf)
