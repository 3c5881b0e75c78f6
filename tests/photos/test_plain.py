"""What a child gives back is a plain photo, or it is not taken: nothing stands beside the picture."""

from __future__ import annotations

import pytest

from issuer.photos.clean import clean
from issuer.photos.model import MAX_CLEAN_BYTES
from issuer.photos.plain import require_plain
from tests.support.pictures import exif, picture

PLAIN = clean(picture()).photo
BEHIND_JFIF = 20
"""Bytes of the start and of the first segment."""


def with_segment(marker: int, data: bytes = b"text") -> bytes:
    segment = b"\xff" + bytes([marker]) + (2 + len(data)).to_bytes(2) + data
    return PLAIN[:BEHIND_JFIF] + segment + PLAIN[BEHIND_JFIF:]


def test_a_cleaned_photo_is_plain() -> None:
    assert require_plain(PLAIN) == PLAIN


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PLAIN[:-2],
        PLAIN + b"more",
        with_segment(0xE1, b"Exif\x00\x00"),
        with_segment(0xE2, b"ICC_PROFILE\x00"),
        with_segment(0xED),
        with_segment(0xFE),
        with_segment(0xE0, b"JFIF\x00" + bytes(9 + 30)),
        picture(exif=exif()),
        picture(comment=b"at home"),
        picture(size=(481, 640)),
        picture(size=(480, 641)),
        PLAIN[:-2] + b"\xff\xfe\x00\x06text" + PLAIN[-2:],
        PLAIN + PLAIN,
        PLAIN[:-2] + bytes(MAX_CLEAN_BYTES) + PLAIN[-2:],
        picture("PNG"),
    ],
    ids=[
        "nothing",
        "no end",
        "something behind it",
        "EXIF",
        "profile",
        "program's data",
        "comment",
        "preview",
        "camera",
        "comment of a program",
        "too wide",
        "too high",
        "comment behind the scan",
        "two",
        "too long",
        "another kind",
    ],
)
def test_what_is_more_than_a_picture_is_not_taken(data: bytes) -> None:
    with pytest.raises(ValueError, match="no plain photo"):
        require_plain(data)


def test_it_begins_as_a_picture_does() -> None:
    for at in range(4):  # start, and the first marker
        with pytest.raises(ValueError, match="no plain photo"):
            require_plain(PLAIN[:at] + bytes([PLAIN[at] ^ 0x10]) + PLAIN[at + 1 :])
