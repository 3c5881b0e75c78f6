"""Errors of the document part, by whose fault they are; all are errors of `issuer`.

Example::

    try:
        renderer.render(fields, credential=credential, now=now)
    except UnprintableNameError as error:
        print(error)          # the name and its characters
"""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import InputError, IssuerError


class DocumentError(IssuerError):
    """Root of the errors of this part; each leaf has one stable code."""

    CODE: ClassVar[str] = "document"

    def __init__(self, message: str, /, **fields: object) -> None:
        super().__init__(self.CODE, message, **fields)


class FaceDiffersError(DocumentError):
    """The page would say something else than the face that was issued with the certificate."""

    CODE = "face_differs"


class FontError(DocumentError):
    """A font that the design needs is not there, or a font file cannot be read."""

    CODE = "font"


class QrTooLargeError(DocumentError, InputError):
    """The QR text does not fit the largest version that prints legibly."""

    CODE = "qr_too_large"


class RenderError(DocumentError):
    """The design could not be set with these fields."""

    CODE = "render"


class SealError(DocumentError):
    """The document could not be sealed."""

    CODE = "seal"
