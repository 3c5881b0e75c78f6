"""What a cleaned photo holds, told from its bytes without decoding it: a picture and nothing beside it.

Rules: the child that decodes a stranger's file is not believed. A plain JPEG has the segments that a decoder needs,
each of a known kind, no room for text, and the printed size at most.

    require_plain(data)          # CleanPhoto(data)
"""

from __future__ import annotations

import re
from typing import Final

from issuer.photos.model import MAX_CLEAN_BYTES, PRINTED_SIZE, CleanPhoto

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_JFIF, _TABLES, _FRAME, _CODES, _SCAN = 0xE0, 0xDB, 0xC0, 0xC4, 0xDA
_NEEDED: Final = frozenset({_JFIF, _TABLES, _FRAME, _CODES, _SCAN})
_JFIF_BYTES: Final = 16
"""Of a JFIF segment that holds no preview."""
_HEAD: Final = 4
"""Bytes of a marker and a length."""
_MARKER: Final = re.compile(rb"\xff[^\x00]")
"""What no scan holds: behind 255 there stands a zero."""


def require_plain(data: bytes) -> CleanPhoto:
    """Return the bytes as a cleaned photo.

    Raises:
        ValueError: too long, no JPEG, too many pixels, or something stands beside the picture.
    """
    if len(data) > MAX_CLEAN_BYTES or not data.startswith(_START) or not data.endswith(_END):
        raise ValueError("no plain photo")
    at = len(_START)
    while True:
        marker, size = _segment(data, at)
        if marker == _FRAME:
            _require_size(data[at + _HEAD : at + _HEAD + 5])
        if marker == _SCAN:
            break
        at += 2 + size
    if _MARKER.search(data, at + 2 + size, len(data) - len(_END)):
        raise ValueError("no plain photo")
    return CleanPhoto(data)


def _segment(data: bytes, at: int) -> tuple[int, int]:
    """Marker and length of the segment that begins here; the length counts its own two bytes."""
    head = data[at : at + _HEAD]
    if len(head) < _HEAD or head[0] != 0xFF or head[1] not in _NEEDED:
        raise ValueError("no plain photo")
    size = int.from_bytes(head[2:])
    if head[1] == _JFIF and size != _JFIF_BYTES:
        raise ValueError("no plain photo")
    return head[1], size


def _require_size(frame: bytes) -> None:
    """Of a frame: bits, height, width."""
    height, width = int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5])
    if not (0 < width <= PRINTED_SIZE[0] and 0 < height <= PRINTED_SIZE[1]):
        raise ValueError("no plain photo")
