"""Damaged photographs, and the looks that read them."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from PIL import Image, ImageFilter

from bench.cases.photographs import DAMAGES, photographs
from verifier.errors import SourceError
from verifier.sources.image import read_qr_texts


def _png(grey: Image.Image) -> bytes:
    stream = BytesIO()
    grey.save(stream, "PNG")
    return stream.getvalue()


def _is_read(data: bytes, text: str) -> bool:
    try:
        return read_qr_texts(data) == (text,)
    except SourceError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["blur", "low light", "faded ink"])
def test_a_second_look_reads_what_the_first_misses(kind: str) -> None:
    missed = [each for each in photographs() if each.kind == kind and not each.bare]
    assert missed, "the pictures of this kind are all read at once; they prove nothing"
    assert any(_is_read(_png(each.picture), each.text) for each in missed)


@pytest.mark.soak
def test_a_second_look_reads_70_of_81_damaged_photographs() -> None:
    read = [_is_read(_png(each.picture), each.text) for each in photographs()]
    assert len(read) == 3 * sum(len(strengths) for _, _, strengths in DAMAGES) == 81
    assert sum(read) >= 70


def _without_a_code(seed: int) -> bytes:
    """A picture full of edges and squares that is no code."""
    rng = random.Random(seed)  # noqa: S311 - pictures of nothing, the same each time
    grain = Image.frombytes("L", (48, 48), rng.randbytes(48 * 48)).resize((480, 480), Image.Resampling.NEAREST)
    return _png(grain.point(lambda level: 255 * (level > 128)).filter(ImageFilter.GaussianBlur(rng.random() * 3)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(more, marks=pytest.mark.soak) for more in range(3, 200))])
def test_no_look_finds_a_code_that_is_not_there(seed: int) -> None:
    with pytest.raises(SourceError) as refusal:
        read_qr_texts(_without_a_code(seed))
    assert refusal.value.code == "no_code"
