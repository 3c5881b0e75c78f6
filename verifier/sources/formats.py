"""Which kind of picture is this, and how large does it say it is? Told by its own first bytes, nothing decoded.

Rules: a name decides nothing. A kind that a person's telephone or browser saves is read; HEIC, which the decoders here
do not know, is named, so that its owner learns what to do.

    kind_of(data), pixels(data)     # ("PNG", 921600)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
_BEGINNINGS: Final = {
    "PNG": (PNG,),
    "JPEG": (JPEG,),
    "GIF": (b"GIF87a", b"GIF89a"),
    "TIFF": (b"II*\x00", b"MM\x00*"),
}
MEDIA_TYPES: Final = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff", "image/heic", "image/heif"}
)
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of a JPEG that are followed by its size (ITU-T T.81 table B.1)."""
_BMP_HEADERS: Final = frozenset({40, 52, 56, 64, 108, 124})
"""Lengths of the header behind a BMP's own 14 bytes; text that begins with BM has none of them there."""
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""Brands of HEIF files (ISO/IEC 23008-12 annex B) as telephones write them."""


def kind_of(data: bytes) -> str | None:
    """The name that the decoder gives to the kind of picture; None: it is none that is read."""
    for kind, beginnings in _BEGINNINGS.items():
        if data.startswith(beginnings):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    is_bmp = data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS
    return "BMP" if is_bmp else None


def is_image(data: bytes) -> bool:
    """Whether the first bytes are those of a picture that is read."""
    return kind_of(data) is not None


def is_heic(data: bytes) -> bool:
    """Whether the first bytes are those of a HEIC picture, as telephones keep them."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIC


def pixels(data: bytes) -> int | None:
    """How many pixels a picture says that it has, from its header; None: it does not say, or not at its beginning."""
    measure = _MEASURES.get(kind_of(data) or "")
    size = None if measure is None else measure(data)
    return None if size is None else size[0] * size[1]


def _png(data: bytes) -> tuple[int, int] | None:
    return (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) if data[12:16] == b"IHDR" else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    place = 2
    while data[place : place + 1] == b"\xff" and place + 9 <= len(data):
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        if marker in _FRAMES:
            return int.from_bytes(data[place + 5 : place + 7]), int.from_bytes(data[place + 7 : place + 9])
        if length < 2:
            return None
        place += 2 + length
    return None


def _gif(data: bytes) -> tuple[int, int] | None:
    return _little(data[6:8]), _little(data[8:10])


def _bmp(data: bytes) -> tuple[int, int] | None:
    height = int.from_bytes(data[22:26], "little", signed=True)
    return abs(int.from_bytes(data[18:22], "little", signed=True)), abs(height)


def _webp(data: bytes) -> tuple[int, int] | None:
    """RFC 9649 section 2: one of three kinds of chunk comes first."""
    match data[12:16]:
        case b"VP8X":
            return _little(data[24:27]) + 1, _little(data[27:30]) + 1
        case b"VP8L":
            bits = _little(data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    return None


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


_MEASURES: Final[dict[str, Callable[[bytes], tuple[int, int] | None]]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "GIF": _gif,
    "BMP": _bmp,
    "WEBP": _webp,
}
