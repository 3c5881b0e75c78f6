"""What is made of a photo, and the bounds of one. No library of pictures is loaded for it.

Cleaned(photo=CleanPhoto(data), width=413, height=579).is_landscape     # False
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NewType

from issuer.errors import InputError

CleanPhoto = NewType("CleanPhoto", bytes)
"""A plain JPEG: these bytes are sealed and go into the page, and their digest is signed and stands in the face."""

MAX_PHOTO_BYTES: Final = 10 << 20
"""A phone's picture takes 3 to 8 MB, a passport photo at 600 dpi less than one."""
MAX_PHOTO_PIXELS: Final = 25_000_000
"""A phone's camera has 12 or 24 million; more is a decompression bomb or a mistake."""
PRINTED_SIZE: Final = (480, 640)
"""Pixels; about 360 dpi in the printed frame."""
MAX_CLEAN_BYTES: Final = 1 << 20
"""Noise of the printed size takes 400 KB; a face takes 30 to 60."""
COARSE_SIZE: Final = (150, 200)
"""Pixels; below it the printed frame has less than 110 dpi."""

SHAPE: Final = (0.6, 0.86)
"""Width to height; beyond it the printed frame (33 by 46 mm) cuts more than a sixth of the picture off."""


class PhotoError(InputError):
    """A photo cannot be used. ``code`` is a finding's code; ``fields`` fill the braces of its wording."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code, f"the photo cannot be used: {fields}", **fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A photo as it goes on, with the size in pixels that it came with, upright."""

    photo: CleanPhoto = field(repr=False)
    width: int
    height: int

    @property
    def is_coarse(self) -> bool:
        """Whether it has too few pixels to look well in print."""
        return self.width < COARSE_SIZE[0] or self.height < COARSE_SIZE[1]

    @property
    def is_landscape(self) -> bool:
        """Whether it is wider than high: a portrait is not, unless it lies on its side."""
        return self.width > self.height

    @property
    def is_cut(self) -> bool:
        """Whether the printed frame would cut much of it off: a head perhaps."""
        return not SHAPE[0] <= self.width / self.height <= SHAPE[1]
