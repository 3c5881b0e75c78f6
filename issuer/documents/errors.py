"""Errors of the document part, by whose fault they are.

Example::

    try:
        renderer.render(fields, credential=credential, now=now)
    except UnprintableNameError as error:
        print(error)          # the name, its characters, what to install
"""

from __future__ import annotations

from typing import Any


class DocumentError(Exception):
    """Root of the errors of this package; `code` is stable, `fields` are for machines."""

    code = "document"

    def __init__(self, message: str, **fields: Any) -> None:
        self.fields: dict[str, Any] = fields
        super().__init__(message)


class FontError(DocumentError):
    """A font that the design needs is not there, or a font file cannot be read."""

    code = "font"


class PhotoError(DocumentError):
    """The holder's photo is not a JPEG or PNG picture within the limits."""

    code = "photo"


class QrTooLargeError(DocumentError):
    """The QR text does not fit the largest version that prints legibly."""

    code = "qr_too_large"


class RenderError(DocumentError):
    """The design could not be set with these fields."""

    code = "render"


class SealError(DocumentError):
    """The document could not be sealed."""

    code = "seal"
