"""A second look at a picture in which no code was found: larger, sharper, evenly lit.

Rules: what is found in any look carries the code's own correction of errors (ISO/IEC 18004), so a look can find a code
that is there and makes none up. Every look has at most so many pixels, whatever the picture has.

    for look in second_looks(grey):
        texts = read(look)

The looks and their order come from ``bench photographs``: each is here because it reads what those before it miss.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

MAX_LOOK_PIXELS: Final = 9_000_000
"""Searching so many takes about a tenth of a second."""
MAX_LOOK_SIDE: Final = 65_535
"""The decoder refuses longer ones."""
ENLARGED: Final = 3
GRAIN: Final = 0.7
"""Pixels: the radius of the blur that takes the grain away before a picture is enlarged."""
FLAT_RADIUS: Final = 9
"""Pixels: wider than a module, so that the brightest point around each is paper."""


def second_looks(grey: Image.Image) -> Iterator[Image.Image]:
    """The picture as it may be read better, one after the other; each is made when it is asked for.

    Args:
        grey: mode L.
    """
    from PIL import ImageFilter  # noqa: PLC0415 - only pictures need the library

    grey, smooth = _enlarged(grey, 1), ImageFilter.GaussianBlur(GRAIN)
    yield _enlarged(grey.filter(smooth), ENLARGED).filter(ImageFilter.UnsharpMask(radius=4, percent=300, threshold=0))
    yield _enlarged(grey, ENLARGED).filter(ImageFilter.UnsharpMask(radius=8, percent=500, threshold=0))
    yield _enlarged(grey.filter(ImageFilter.MedianFilter(3)), 2)
    flat = _evenly_lit(grey)
    yield _enlarged(flat, ENLARGED).filter(ImageFilter.UnsharpMask(radius=4, percent=300, threshold=0))


def _enlarged(grey: Image.Image, times: int) -> Image.Image:
    """So many times larger, as far as there is room; a picture that is too large already becomes smaller."""
    from PIL import Image  # noqa: PLC0415

    factor = min(times, (MAX_LOOK_PIXELS / (grey.width * grey.height)) ** 0.5, MAX_LOOK_SIDE / max(grey.size))
    if factor == 1:
        return grey
    size = max(1, round(grey.width * factor)), max(1, round(grey.height * factor))
    return grey.resize(size, Image.Resampling.LANCZOS)


def _evenly_lit(grey: Image.Image) -> Image.Image:
    """Each point as bright as it is beside the paper around it: shadows and patches of light go."""
    from PIL import ImageChops, ImageFilter, ImageOps  # noqa: PLC0415

    paper = grey.filter(ImageFilter.MaxFilter(FLAT_RADIUS)).filter(ImageFilter.GaussianBlur(max(grey.size) / 16))
    return ImageOps.autocontrast(ImageChops.subtract(grey, paper, offset=255))
