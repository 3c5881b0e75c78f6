"""What fuzzing found, one test each: the input, small, and what is said of it now."""

from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from tests.support.files import CHILDREN
from verifier.errors import SourceError
from verifier.sources.formats import PNG
from verifier.sources.image import MAX_PIXELS, MAX_SIDE, read_qr_texts


def png(width: int, height: int, *, colours: int = 0, more: tuple[bytes, ...] = ()) -> bytes:
    """A white picture of one bit a pixel: a few hundred bytes, whatever its size."""
    chunks = [
        b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + bytes([1, colours, 0, 0, 0]),
        *more,
        b"IDAT" + zlib.compress((b"\0" + b"\xff" * ((width + 7) // 8)) * height, 9),
        b"IEND",
    ]
    return PNG + b"".join((len(c) - 4).to_bytes(4) + c + zlib.crc32(c).to_bytes(4) for c in chunks)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(8, MAX_SIDE + 1), (MAX_SIDE + 1, 8), (1, MAX_PIXELS)])
def test_a_picture_longer_than_the_decoder_takes_is_too_large(width: int, height: int) -> None:
    """It raised ValueError out of the decoder: a server error for a picture of two kilobytes."""
    for read in (read_qr_texts, CHILDREN.qr_texts):
        with pytest.raises(SourceError) as refusal:
            read(png(width, height))
        assert refusal.value.code == "too_large"


def test_the_longest_side_is_read() -> None:
    with pytest.raises(SourceError) as refusal:
        read_qr_texts(png(8, MAX_SIDE))
    assert refusal.value.code == "no_code"


def test_a_picture_of_palette_colours_without_a_palette_is_bad() -> None:
    """It raised AssertionError out of the library."""
    for read in (read_qr_texts, CHILDREN.qr_texts):
        with pytest.raises(SourceError) as refusal:
            read(png(8, 8, colours=3, more=(b"tRNS\0",)))
        assert refusal.value.code in {"bad_image", "no_code"}


def test_a_damaged_description_of_a_picture_is_nobodys_concern() -> None:
    """It warned on the standard error of a server, once for each picture; in the tests a warning is an error."""
    out = io.BytesIO()
    extent = b"MPF\0MM\0*\0\0\0\x08\0\x05\x01\x12\0\x03"
    Image.new("L", (64, 64), 255).save(out, "JPEG")
    data = out.getvalue()
    with pytest.raises(SourceError) as refusal:
        read_qr_texts(data[:2] + b"\xff\xe2" + (len(extent) + 2).to_bytes(2) + extent + data[2:])
    assert refusal.value.code == "no_code"
