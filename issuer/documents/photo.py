"""The holder's photo: decoded and encoded again, so that only the picture goes on.

Rules: JPEG or PNG, bounded in bytes and in pixels before decoding. What the camera wrote beside the picture (place,
time, device) is personal data nobody asked for and is dropped by the new encoding.

Example::

    clean_photo(Path("photo.jpg").read_bytes())    # JPEG bytes, at most 480 by 640 pixels
"""

from __future__ import annotations

import io
from typing import NewType

from PIL import Image, UnidentifiedImageError

from issuer.documents.errors import PhotoError

CleanPhoto = NewType("CleanPhoto", bytes)
"""A JPEG that `clean_photo` made: these bytes go into the page, and their digest into the face."""

MAX_PHOTO_BYTES = 2 * 1024 * 1024
"""A passport photo at 600 dpi is well below this."""

MAX_PHOTO_PIXELS = 12_000_000
"""A phone camera's picture; more is a decompression bomb or a mistake."""

PRINTED_SIZE = (480, 640)
"""About 360 dpi in the printed frame."""


def clean_photo(data: bytes) -> CleanPhoto:
    """The picture as a plain JPEG of at most `PRINTED_SIZE` pixels.

    Raises:
        PhotoError: too many bytes or pixels, or neither JPEG nor PNG.
    """
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoError(f"the photo has {len(data)} bytes, more than {MAX_PHOTO_BYTES}", size=len(data))
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MAX_PHOTO_PIXELS:
                raise PhotoError(f"the photo has {image.width} by {image.height} pixels, too many")
            picture = image.convert("RGB")
            picture.thumbnail(PRINTED_SIZE)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise PhotoError(f"the photo is neither a JPEG nor a PNG picture: {error}") from error
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return CleanPhoto(out.getvalue())
