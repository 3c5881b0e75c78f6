"""What the reader of sealed PDFs gives: the document, or an error with a code that the procedure knows.

Rules: it imports no library of PDF, so that the process that asks need not load any.

    raise PdfAlteredError("pdf_altered", "the file was changed after it was sealed")
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credential.errors import MalformedError, NotTrustedError

MAX_PDF_BYTES: Final = 10 * 1024 * 1024
"""Fifty times a certificate with a photo; more is not ours, and the file is held in memory."""


class PdfMalformedError(MalformedError):
    """The file is not a PDF that this reader understands, or it is encrypted. Code ``pdf_malformed``."""


class PdfTooLargeError(MalformedError):
    """The file is larger than any document of ours. Code ``pdf_too_large``."""


class PdfNoSignatureError(NotTrustedError):
    """The file carries no signature. Code ``pdf_no_signature``."""


class PdfAlteredError(NotTrustedError):
    """The file is not what was sealed. Code ``pdf_altered``."""


class PdfNotWholeFileError(PdfAlteredError):
    """The signature does not cover the whole file: something was appended. Code ``pdf_not_whole_file``."""


class PdfNoCredentialError(MalformedError):
    """The file holds no credential, or more than one. Code ``pdf_no_credential``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDocument:
    """What an unaltered sealed file says. It exists only if the whole file is covered and unaltered."""

    credential: bytes
    """The attached credential, unparsed."""
    signer_certificate_der: bytes
    """The certificate whose key signed the file, as it stands in the signature."""
    chain: tuple[bytes, ...]
    """The certificates above it in the signature, DER, each the issuer of the one before; the last proves nothing."""
    signing_time: datetime | None
    """The time that the signer states, aware UTC; signed, but by nobody else's clock."""
