"""Damaged photographs of certificates: how many the reader of pictures still reads, beside zxing-cpp alone.

81 pictures: the codes of three certificates (``bench damage``: 42 mm at 150 dpi), each damaged in 27 ways as hands,
lamps, copiers and messengers do it, from a fixed seed. Ours is the share that the reader with its second looks reads
(``verifier.sources.image``), the yardstick the share that one call of zxing-cpp reads; a second line gives the
longest processor time that one picture took.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from time import process_time
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageOps

from bench.cases.damage import SEED, Damage, blur, code, fade, is_read, noise, tilt
from bench.harness import Benchmark, Clock, Measurement, rounded
from verifier.errors import SourceError
from verifier.sources.image import read_qr_texts

BYTES: Final = (294, 300, 420)
"""Two usual certificates and the largest."""


def messenger(picture: Image.Image, quality: float, _rng: random.Random) -> Image.Image:
    """Sent on by a program that keeps little: JPEG of a quality."""
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=int(quality))
    return Image.open(stream).convert("L")


def thumbnail(picture: Image.Image, share: float, _rng: random.Random) -> Image.Image:
    """Made smaller: the share of its side that is left."""
    return picture.resize((int(picture.width * share), int(picture.height * share)), Image.Resampling.BICUBIC)


def shadow(picture: Image.Image, depth: float, _rng: random.Random) -> Image.Image:
    """A hand or head above the paper: one side darker, by a share."""
    slope = Image.linear_gradient("L").resize(picture.size).point(lambda level: int(255 - (255 - level) * depth))
    return ImageChops.multiply(picture, slope)


def glare(picture: Image.Image, share: float, _rng: random.Random) -> Image.Image:
    """A lamp in the plastic cover: a white spot with a soft edge, its side a share of the picture's."""
    spot = ImageOps.invert(Image.radial_gradient("L").resize((int(picture.width * share), int(picture.height * share))))
    light = Image.new("L", picture.size, 0)
    light.paste(spot, (int(picture.width * 0.4), int(picture.height * 0.4)))
    return ImageChops.add(picture, light)


def shaken(picture: Image.Image, pixels: float, _rng: random.Random) -> Image.Image:
    """Moved while it was taken: smeared over so many pixels."""
    smeared = picture
    for step in range(1, int(pixels)):
        smeared = Image.blend(smeared, ImageChops.offset(picture, step, 0), 1 / (step + 1))
    return smeared


def stained(picture: Image.Image, radius: float, rng: random.Random) -> Image.Image:
    """Three spots of ink or correction fluid, each with a radius as a share of the side."""
    spotted = picture.copy()
    brush, size = ImageDraw.Draw(spotted), int(picture.width * radius)
    for _ in range(3):
        x, y = rng.randrange(picture.width), rng.randrange(picture.height)
        brush.ellipse((x - size, y - size, x + size, y + size), fill=rng.choice((60, 180)))
    return spotted


DAMAGES: Final[tuple[tuple[str, Damage, tuple[float, ...]], ...]] = (
    ("blur", blur, (1.0, 1.3, 1.6, 2.0)),
    ("low light", noise, (25, 35, 45)),
    ("not straight", tilt, (5, 10, 20)),
    ("faded ink", fade, (0.25, 0.1, 0.06)),
    ("messenger", messenger, (15, 8)),
    ("made smaller", thumbnail, (0.8, 0.65, 0.55)),
    ("thrown shadow", shadow, (0.6, 0.85)),
    ("lamp", glare, (0.5, 0.8)),
    ("shaken", shaken, (3, 4, 5)),
    ("stains", stained, (0.03, 0.05)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A damaged picture, and what its code says."""

    kind: str
    picture: Image.Image
    text: str

    @property
    def bare(self) -> bool:
        """Whether one call of zxing-cpp reads it."""
        return is_read(self.text, self.picture)


def photographs() -> Iterator[Photograph]:
    """The 81 pictures, the same each time."""
    for size in BYTES:
        rng = random.Random(SEED + size)
        text, picture = code(size, rng)
        for kind, damage, strengths in DAMAGES:
            for strength in strengths:
                yield Photograph(kind=kind, picture=damage(picture, strength, rng), text=text)


def ours(photograph: Photograph) -> tuple[bool, float]:
    """Whether our reader reads it, and the processor seconds that it took."""
    stream = BytesIO()
    photograph.picture.save(stream, "PNG")
    began = process_time()
    try:
        read = read_qr_texts(stream.getvalue()) == (photograph.text,)
    except SourceError:
        read = False
    return read, process_time() - began


def run(_count: int, _clock: Clock) -> Iterator[Measurement]:
    """A line for each kind, one for all, one for the time."""
    found = [(each.kind, each.bare, *ours(each)) for each in photographs()]
    for kind in (*(name for name, _, _ in DAMAGES), "all"):
        of_kind = [each for each in found if kind in {each[0], "all"}]
        bare, read = sum(each[1] for each in of_kind), sum(each[2] for each in of_kind)
        yield Measurement(
            name=f"photographs-{kind.replace(' ', '-')}",
            ratio=rounded(read / max(bare, 1)),
            ours=read,
            yardstick=bare,
            unit="pictures read",
            size=len(of_kind),
            what=f"{kind}: pictures that the reader of pictures reads, over those that one call of zxing-cpp reads",
        )
    longest = max(each[3] for each in found)
    yield Measurement(
        name="photographs-longest",
        ratio=rounded(longest / 10),
        ours=rounded(longest),
        yardstick=10,
        unit="s",
        size=len(found),
        what="the longest processor time of one picture, over the ten seconds that it may take",
    )


BENCHMARKS = (
    Benchmark(
        name="photographs",
        what="damaged photographs that are still read, beside zxing-cpp alone (the size is not asked)",
        size=81,
        run=run,
    ),
)
