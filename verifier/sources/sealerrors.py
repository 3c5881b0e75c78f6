"""How a file can fail to be a sealed document of ours; the codes are the procedure's (``verifier.procedure``).

raise PdfAlteredError("pdf_altered", "the file was changed after it was sealed")
"""

from __future__ import annotations

from credential.errors import MalformedError, NotTrustedError


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
