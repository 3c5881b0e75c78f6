"""QR codes in pictures: PNG or JPEG, bounded before anything is decoded.

Rules: what a picture takes beyond these bounds is bounded by the process that it is read in (``children``); nothing
that serves others calls ``read_qr_texts`` itself.

    texts = read_qr_texts(path.read_bytes())
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from credential.qrtext import PATH
from verifier.errors import SourceError, UsageError
from verifier.sources.texts import odd_link, tidy

if TYPE_CHECKING:
    from PIL import Image

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
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of a JPEG that are followed by its size (ITU-T T.81 table B.1)."""


def is_image(data: bytes) -> bool:
    """Whether the first bytes are those of a PNG or JPEG."""
    return data.startswith((PNG, JPEG))


def _is_ours(text: str) -> bool:
    """Whether it is the text of a certificate, also behind an address that no code of ours may have."""
    tidied, _ = tidy(text)
    return PATH in tidied or odd_link(tidied) is not None


def read_qr_texts(data: bytes) -> tuple[str, ...]:
    """Return the texts of the certificates' QR codes in a picture, each once, in the order found.

    Raises:
        SourceError: ``too_large``, ``bad_image``, ``no_code``, ``other_code`` (codes, but none of a certificate).
        UsageError: ``image_support_missing``.
        MemoryError: the process may not have as much.
    """
    if len(data) > MAX_IMAGE_BYTES:
        raise SourceError(
            "too_large", f"the picture has {len(data)} bytes; at most {MAX_IMAGE_BYTES} are read", most=MAX_IMAGE_BYTES
        )
    found = _decode(data)
    ours = tuple(dict.fromkeys(text for text in found if _is_ours(text)))
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


def pixels(data: bytes) -> int | None:
    """How many pixels a picture says that it has, from its header, nothing decoded; None: it does not say."""
    if data.startswith(PNG):
        return int.from_bytes(data[16:20]) * int.from_bytes(data[20:24]) if data[12:16] == b"IHDR" else None
    place = 2
    while data[place : place + 1] == b"\xff" and place + 9 <= len(data):
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        if marker in _FRAMES:
            return int.from_bytes(data[place + 5 : place + 7]) * int.from_bytes(data[place + 7 : place + 9])
        if length < 2:
            return None
        place += 2 + length
    return None


def _decode(data: bytes) -> list[str]:
    try:
        import zxingcpp  # noqa: PLC0415 - only pictures need the libraries
        from PIL import Image  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UsageError(
            "image_support_missing",
            f"pictures cannot be read here: {error.name} is missing",
            module=error.name,
        ) from error
    try:
        with warnings.catch_warnings():
            # A damaged EXIF block is nobody's concern; a bomb is.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            grey = _grey(Image, data)
    except (SourceError, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise SourceError("too_large", "the picture has too many pixels; make it smaller") from error
    except Exception as error:
        # The decoders were written for honest files and raise whatever comes (SyntaxError, AssertionError, ...).
        raise SourceError("bad_image", "the picture is damaged or no PNG or JPEG; save it again") from error
    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in zxingcpp.read_barcodes(grey, formats=kinds)][:MAX_CODES]


def _grey(library: Any, data: bytes) -> Image.Image:
    """The grey values alone: what they were decoded from is given back before they are searched."""
    with library.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
            raise SourceError("too_large", f"the picture has {width} x {height} pixels; make it smaller")
        # A JPEG keeps brightness apart from colour: a quarter of the memory.
        picture.draft("L", picture.size)
        grey: Image.Image = picture.convert("L")
        return grey
