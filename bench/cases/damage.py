"""Damaged QR codes: how many zxing-cpp still reads, by kind and strength of damage and by size of certificate.

The codes are as a document shows them, scanned at 150 dpi: 42 mm square with the quiet zone, so a module of a usual
certificate (version 14) has 3.1 pixels and one of the largest (version 17) 2.7. Each picture is damaged by one thing
alone, from a fixed seed. These are shares, not times: ours is the share that was read of the damaged pictures, the
yardstick that of the same pictures before the damage.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

import zxingcpp
from PIL import Image, ImageChops, ImageFilter

from bench.harness import Benchmark, Clock, Measurement, rounded

DPI: Final = 150
SIDE: Final = round(42 / 25.4 * DPI)
"""Pixels of the square, quiet zone included."""
QUIET: Final = 4
"""Modules on each side."""
MARGIN: Final = 60
"""Pixels of white paper around the code, so that a tilted one is whole."""
SIZES: Final = {"usual": 294, "largest": 420}
"""Bytes of a credential."""
PICTURES: Final = 20
SEED: Final = 20261121

Damage = Callable[[Image.Image, float, random.Random], Image.Image]


def code(size: int, rng: random.Random) -> tuple[str, Image.Image]:
    """A QR text that carries ``size`` random bytes, and its picture on paper."""
    number = int.from_bytes(b"\xd2" + rng.randbytes(size - 1))
    text = f"https://zhengshu.shifan-sample.cn/v/#{number}"
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = Image.fromarray(symbol.to_image(scale=1, add_quiet_zones=False))
    side = round(SIDE * modules.width / (modules.width + 2 * QUIET))
    paper = Image.new("L", (side + 2 * MARGIN, side + 2 * MARGIN), 255)
    paper.paste(modules.resize((side, side), Image.Resampling.BOX), (MARGIN, MARGIN))
    return text, paper


def blur(picture: Image.Image, strength: float, _rng: random.Random) -> Image.Image:
    """Out of focus: Gaussian blur of a radius in pixels."""
    return picture.filter(ImageFilter.GaussianBlur(strength))


def noise(picture: Image.Image, strength: float, rng: random.Random) -> Image.Image:
    """A photocopy of a photocopy: normal noise of a standard deviation in grey levels."""
    grain = Image.frombytes("L", picture.size, rng.randbytes(picture.width * picture.height))
    # The sum of independent uniform pictures is close enough to normal; 74 is the deviation of one.
    for _ in range(3):
        more = Image.frombytes("L", picture.size, rng.randbytes(picture.width * picture.height))
        grain = ImageChops.add(grain, more, scale=2)
    share = min(1.0, strength / 74)
    return Image.blend(picture, grain, share)


def tilt(picture: Image.Image, strength: float, rng: random.Random) -> Image.Image:
    """Not held straight: turned by degrees to a random side, and seen from an angle."""
    turned = picture.rotate(strength * rng.choice((-1, 1)), Image.Resampling.BICUBIC, fillcolor=255)
    width, height = turned.size
    lean = int(width * strength / 200)
    corners = (lean, 0, 0, height, width, height, width - lean, lean)
    return turned.transform(turned.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=255)


def fade(picture: Image.Image, strength: float, _rng: random.Random) -> Image.Image:
    """Low contrast: the share of the difference between ink and paper that is left."""
    return picture.point(lambda level: round(128 + (level - 128) * strength))


DAMAGES: Final[tuple[tuple[str, Damage, tuple[float, ...]], ...]] = (
    ("blur", blur, (0.5, 1.0, 1.5, 2.0)),
    ("noise", noise, (15, 30, 45)),
    ("tilt", tilt, (2, 5, 10, 20)),
    ("contrast", fade, (0.5, 0.25, 0.1)),
)


def is_read(text: str, picture: Image.Image) -> bool:
    """Whether the reader finds exactly this text, alone."""
    return [barcode.text for barcode in zxingcpp.read_barcodes(picture)] == [text]


def share(pictures: list[tuple[str, Image.Image]], damage: Damage, strength: float) -> float:
    """The share of the pictures that is read after the damage."""
    rng = random.Random(SEED)
    return sum(is_read(text, damage(picture, strength, rng)) for text, picture in pictures) / len(pictures)


def run(count: int, _clock: Clock) -> Iterator[Measurement]:
    """A line for each size, kind and strength."""
    for name, size in SIZES.items():
        rng = random.Random(SEED + size)
        pictures = [code(size, rng) for _ in range(count)]
        whole = sum(is_read(text, picture) for text, picture in pictures) / count
        if whole == 0:
            raise RuntimeError(f"not one undamaged code of {size} bytes was read; the pictures are wrong")
        for kind, damage, strengths in DAMAGES:
            for strength in strengths:
                read = share(pictures, damage, strength)
                yield Measurement(
                    name=f"damage-{name}-{kind}-{strength}",
                    ratio=rounded(read / whole),
                    ours=rounded(read),
                    yardstick=rounded(whole),
                    unit="share read",
                    size=count,
                    what=f"{size} bytes at {DPI} dpi after {kind} {strength}: codes read over the same codes undamaged",
                )


BENCHMARKS = (
    Benchmark(
        name="damage",
        what="QR codes that zxing-cpp still reads after blur, noise, tilt and low contrast, size in pictures",
        size=PICTURES,
        run=run,
    ),
)
