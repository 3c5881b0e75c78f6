"""What fuzzing found, one test each: the input, small, and what is said of it now."""

from __future__ import annotations

import zlib

import pytest

from verifier.errors import SourceError
from verifier.sources.image import MAX_PIXELS, MAX_SIDE, PNG, read_qr_texts
from verifier.sources.recognise import recognise


def png(width: int, height: int) -> bytes:
    """A white picture of one bit a pixel: a few hundred bytes, whatever its size."""
    chunks = [
        b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + bytes([1, 0, 0, 0, 0]),
        b"IDAT" + zlib.compress((b"\0" + b"\xff" * ((width + 7) // 8)) * height, 9),
        b"IEND",
    ]
    return PNG + b"".join((len(c) - 4).to_bytes(4) + c + zlib.crc32(c).to_bytes(4) for c in chunks)


@pytest.mark.parametrize(("width", "height"), [(8, MAX_SIDE + 1), (MAX_SIDE + 1, 8), (1, MAX_PIXELS)])
def test_a_picture_longer_than_the_decoder_takes_is_too_large(width: int, height: int) -> None:
    """It raised ValueError out of the decoder: a server error for a picture of two kilobytes."""
    for read in (read_qr_texts, recognise):
        with pytest.raises(SourceError) as refusal:
            read(png(width, height))
        assert refusal.value.code == "too_large"


def test_the_longest_side_is_read() -> None:
    with pytest.raises(SourceError) as refusal:
        read_qr_texts(png(8, MAX_SIDE))
    assert refusal.value.code == "no_code"
