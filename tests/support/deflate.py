"""Whether this machine packs as the one did that made the stored bytes.

What a stream unpacks to is zlib's promise (RFC 1950), how it is packed is not: a Python that is linked against zlib-ng,
or another system's zlib, makes other bytes of the same status list. Readers take them all; only a comparison with
stored bytes says nothing there. ``tests.support.tools.require_usual_deflate`` is for tests.

    if made != stored and not is_usual():
        print(REASON)
"""

from __future__ import annotations

import zlib
from functools import cache
from hashlib import sha256
from typing import Final

USUAL: Final = "6853d5095bae9dd2234d441456d00645259e4034b7ad2455451a83e5b1a41309"
"""What ``digest`` gives where the stored bytes were made, with zlib 1.2.13."""
REASON: Final = (
    "this Python's zlib packs otherwise than the one that made the stored bytes, so they cannot be made again here; "
    "a Python linked against the classic zlib can"
)
_SIZE: Final = 524_288
"""Bytes of a status list."""
_WAYS: Final = ((9, 15), (1, 15), (9, 9), (9, -15), (9, 31))
"""Level and window: as an issuer packs, and as ``tests.vectors.subjects.status_lists`` does beside it."""


@cache
def digest() -> str:
    """The digest of two arrays packed in every way that is stored: one without entries, one with a few."""
    few = bytearray(_SIZE)
    for at in range(0, _SIZE, 9973):
        few[at] = at % 256
    return sha256(b"".join(_packed(bytes(plain), *way) for plain in (bytes(_SIZE), few) for way in _WAYS)).hexdigest()


def _packed(plain: bytes, level: int, window: int) -> bytes:
    packer = zlib.compressobj(level, wbits=window)
    return packer.compress(plain) + packer.flush()


def is_usual() -> bool:
    """Whether the stored bytes can be made again here."""
    return digest() == USUAL
