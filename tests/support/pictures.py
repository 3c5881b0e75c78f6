"""Pictures of nobody: a grey silhouette in any size and kind, with what a camera would write beside it.

picture()                                      # a JPEG of 413 by 579 pixels
picture("PNG", (1200, 1600))
turned(6)                                      # upright by its EXIF only
"""

from __future__ import annotations

import io
import zlib
from typing import Any, Final

from PIL import Image, ImageDraw

from issuer.photos.model import Cleaned, CleanPhoto

SIZE: Final = (413, 579)
CAMERA: Final = "SecretCamera"
_ORIENTATION: Final = 0x0112
_MAKER: Final = 0x010F
_GPS: Final = 0x8825
_HOW: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""By EXIF orientation, how an upright picture lies in such a file."""


def silhouette(size: tuple[int, int] = SIZE, shade: int = 120) -> Image.Image:
    """Head and shoulders in grey; the ground is bluish, darker to the right."""
    width, height = size
    made = Image.new("RGB", size, (198, 214, 232))
    draw = ImageDraw.Draw(made)
    draw.rectangle((width * 0.8, 0, width, height), fill=(120, 140, 200))
    draw.ellipse((width * 0.1, height * 0.65, width * 0.9, height * 1.5), fill=(shade - 40,) * 3)
    draw.ellipse((width * 0.28, height * 0.15, width * 0.72, height * 0.62), fill=(shade,) * 3)
    return made


def encoded(made: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    made.save(out, kind, **options)
    return out.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = SIZE, *, shade: int = 120, **options: Any) -> bytes:
    """A silhouette as a file."""
    return encoded(silhouette(size, shade), kind, **options)


def sized(width: int, height: int) -> bytes:
    """A PNG that says it is so large; it is refused by that, before its pixels are looked at."""
    small = encoded(Image.new("L", (1, 1)), "PNG")
    head = small[12:16] + width.to_bytes(4) + height.to_bytes(4) + small[24:29]  # PNG 11.2.1: IHDR begins at byte 8
    return small[:12] + head + zlib.crc32(head).to_bytes(4) + small[33:]


def exif(orientation: int = 1) -> Image.Exif:
    """What a camera writes: its maker, where it was, how it was held."""
    made = Image.Exif()
    made[_MAKER], made[_ORIENTATION] = CAMERA, orientation
    made.get_ifd(_GPS).update({1: "N", 2: (36.0, 40.0, 0.0), 3: "E", 4: (117.0, 0.0, 0.0)})
    return made


def turned(orientation: int, kind: str = "JPEG", size: tuple[int, int] = SIZE) -> bytes:
    """A silhouette that is upright by its EXIF only."""
    made = silhouette(size)
    lying = made if orientation == 1 else made.transpose(_HOW[orientation])
    return encoded(lying, kind, exif=exif(orientation))


def opened(photo: bytes) -> Image.Image:
    """A picture of ours, decoded."""
    return Image.open(io.BytesIO(photo))


def cleaned(data: bytes) -> Cleaned:
    """A cleaner that decodes nothing: for tests of everything around it."""
    return Cleaned(photo=CleanPhoto(b"clean " + data), width=480, height=640)
