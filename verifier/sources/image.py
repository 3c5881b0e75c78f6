"""QR codes in pictures: PNG or JPEG, bounded before anything is decoded.

texts = read_qr_texts(path.read_bytes())
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Final

from credential.qrtext import PATH
from verifier.errors import SourceError, UsageError

MAX_IMAGE_BYTES: Final = 20 << 20
"""A phone's largest photographs have 15 MB."""
MAX_PIXELS: Final = 50_000_000
"""A phone's largest photographs have 50 million; as grey values, 50 MB."""
MAX_SIDE: Final = 65_535
"""The decoder refuses longer ones; a few bytes of PNG are enough for millions."""
MAX_CODES: Final = 50
"""A sheet of certificates photographed at once."""
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"


def is_image(data: bytes) -> bool:
    """Whether the first bytes are those of a PNG or JPEG."""
    return data.startswith((PNG, JPEG))


def read_qr_texts(data: bytes) -> tuple[str, ...]:
    """Return the texts of the certificates' QR codes in a picture, each once, in the order found.

    Raises:
        SourceError: ``too_large``, ``bad_image``, ``no_code``, ``other_code`` (codes, but none of a certificate).
        UsageError: ``image_support_missing``.
    """
    if len(data) > MAX_IMAGE_BYTES:
        raise SourceError("too_large", f"the picture has {len(data)} bytes; at most {MAX_IMAGE_BYTES} are read")
    found = _decode(data)
    ours = tuple(dict.fromkeys(text for text in found if PATH in text))
    if ours:
        return ours
    if found:
        raise SourceError(
            "other_code", "the picture's QR code is not a title certificate's; photograph the certificate's"
        )
    raise SourceError(
        "no_code",
        "no QR code was found in the picture; photograph the code alone, flat, in good light, filling the frame",
    )


def _decode(data: bytes) -> list[str]:
    try:
        import zxingcpp  # noqa: PLC0415 - only pictures need the libraries
        from PIL import Image  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UsageError(
            "image_support_missing",
            f"pictures cannot be read here: {error.name} is missing (pip install zxing-cpp pillow)",
        ) from error
    try:
        with warnings.catch_warnings():
            # A damaged EXIF block is nobody's concern; a bomb is.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                    raise SourceError("too_large", f"the picture has {width} x {height} pixels; make it smaller")
                grey = picture.convert("L")
    except (SourceError, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise SourceError("too_large", "the picture has too many pixels; make it smaller") from error
    except Exception as error:
        # The decoders were written for honest files and raise whatever comes (SyntaxError, AssertionError, ...).
        raise SourceError("bad_image", "the picture is damaged or no PNG or JPEG; save it again") from error
    codes = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for code in codes[:MAX_CODES]]
