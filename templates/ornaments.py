"""Draws the ornaments of the standard design: the woven frame and the pale rosette behind the text.

The pictures are computed here once and committed beside the design, because a page that drew hundreds of curves for
each certificate would be slow. Rules: pure mathematics, no randomness, so that running this again gives the same bytes
(a test compares them). A sine wave is drawn as cubic curves, two a period. A curve that comes again is the same text
under another transform, and its numbers are short, in units of its own: all of it is written into every document, and
a document is smaller and set in less time for it.

Example (rewrites the committed files)::

    python -m templates.ornaments
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from templates.loader import load_design

PAGE_WIDTH, PAGE_HEIGHT = 297.0, 210.0
FRAME_INSET = 8.0
"""Paper edge to the outer edge of the band, mm: office printers leave about 5 mm unprinted."""
BAND = 9.0
CORNER = 15.0

RED = "#8c1a1f"
GOLD = "#b58a3f"

Point = tuple[float, float]

# From one extremum of a sine wave to the next: a cubic curve whose inner points lie this part of the way along.
_EASE = 0.3642

HALF: Final = 44
"""Half a period of a wave in units of its own: 16 of them, a whole number, are ``_EASE`` of it."""
FINE, COARSE = 0.1, 0.5
"""Units of small and of large roses, mm: the typesetter looks longer at a curve of many units."""


class Place(NamedTuple):
    """Where a curve stands: an affine transform, ``e`` and ``f`` in mm."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def at(self, x: float, y: float) -> Point:
        """The point of the page that a point of the curve comes to, both in mm."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def along(self, x: float) -> Place:
        """This place, moved along the curve's own first direction, in mm."""
        e, f = self.at(x, 0.0)
        return self._replace(e=e, f=f)

    def attribute(self, unit: float) -> str:
        """As SVG has it, for a curve in units of so many mm."""
        turn = (*(value * unit for value in self[:4]), self.e, self.f)
        return f'transform="matrix({" ".join(_number(value, 5) for value in turn)})"'


HERE: Final = Place(1, 0, 0, 1, 0, 0)


def _number(value: float, digits: int = 2) -> str:
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _pair(point: Point, digits: int = 2) -> str:
    return f"{_number(point[0], digits)} {_number(point[1], digits)}"


def _stroke(path: str, colour: str, width: float, places: Iterable[Place] = (HERE,), *, unit: float = 1.0) -> str:
    """A line of so many mm along the same path at several places."""
    look = f'fill="none" stroke="{colour}" stroke-width="{_number(width / unit, 3)}" d="{path}"'
    return "".join(f"<path {place.attribute(unit)} {look}/>" for place in places)


def _fill(path: str, colour: str, places: Iterable[Place]) -> str:
    return "".join(f'<path {place.attribute(1.0)} fill="{colour}" d="{path}"/>' for place in places)


def wave(halves: int, amplitude: float) -> str:
    """A cosine wave along x, of so many halves of a period, from its first maximum; in units of ``HALF``."""
    ease = round(HALF * _EASE)
    parts = [f"M0 {_number(amplitude, 1)}"]
    for i in range(1, halves + 1):
        x, high = i * HALF, amplitude if i % 2 == 0 else -amplitude
        points = ((x - HALF + ease, -high), (x - ease, high), (x, high))
        parts.append("C" + " ".join(_pair(point, 1) for point in points))
    return "".join(parts)


def _sides() -> list[tuple[float, Place]]:
    """Length of each side between the corners, and how its own (x, y) lies on the page."""
    near = FRAME_INSET + BAND / 2
    far_x, far_y = PAGE_WIDTH - near, PAGE_HEIGHT - near
    begin = FRAME_INSET + CORNER
    wide, high = PAGE_WIDTH - 2 * begin, PAGE_HEIGHT - 2 * begin
    return [
        (wide, Place(1, 0, 0, -1, begin, near)),
        (wide, Place(1, 0, 0, 1, begin, far_y)),
        (high, Place(0, 1, -1, 0, near, begin)),
        (high, Place(0, 1, 1, 0, far_x, begin)),
    ]


def _waves(colour: str, width: float, amplitude: float, phases: Iterable[int], crowd: int = 1) -> str:
    """The same wave along all sides, once for each phase, in quarters of a period; the corners cover its ends.

    ``amplitude`` is in units of ``HALF``, of which a side has a whole number of periods.
    """
    parts = []
    for phase in phases:
        for length, place in _sides():
            periods = round(length / 11.0) * crowd
            quarter = length / (4 * periods)
            path = wave(2 * periods + (phase + 1) // 2, amplitude)
            parts.append(_stroke(path, colour, width, [place.along(-phase * quarter)], unit=2 * quarter / HALF))
    return "".join(parts)


def _band() -> str:
    veil = _waves(GOLD, 0.13, 81, (1, 3), crowd=3)
    braid = "".join(_waves(RED, 0.16, amplitude, range(4)) for amplitude in (27, 19, 10.5))
    lines = [
        _stroke(
            "".join(f"M{_pair((0.0, y))}L{_pair((length, y))}" for y in (-4.5, -3.95, 3.95, 4.5)), RED, 0.3, [place]
        )
        for length, place in _sides()
    ]
    return veil + braid + "".join(lines)


def _circle(radius: float) -> str:
    r, across = _number(radius), _number(2 * radius)
    return f"M{_pair((-radius, 0.0))}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0Z"


def _square(half: float) -> str:
    d = _number(2 * half)
    return f"M{_pair((-half, -half))}h{d}v{d}h-{d}Z"


def rose(base: float, depth: float, petals: int, unit: float) -> str:
    """The closed curve r = base + depth cos(petals angle) about the origin, mm, written in units."""
    half = math.pi / petals

    def at(angle: float, radius: float) -> str:
        return _pair((radius * math.cos(angle) / unit, radius * math.sin(angle) / unit), 1)

    parts = [f"M{at(0.0, base + depth)}"]
    for i in range(1, 2 * petals + 1):
        here, before = (base + depth, base - depth) if i % 2 == 0 else (base - depth, base + depth)
        inner = (at((i - 1 + _EASE) * half, before), at((i - _EASE) * half, here))
        parts.append(f"C{inner[0]} {inner[1]} {at(i * half, here)}")
    return "".join(parts) + "Z"


def _turned(place: Place, petals: int, copies: int) -> list[Place]:
    """A place several times, turned evenly within one petal."""
    angles = [i * 2 * math.pi / (petals * copies) for i in range(copies)]
    turns = [(math.cos(angle), math.sin(angle)) for angle in angles]
    return [Place(cos, sin, -sin, cos, place.e, place.f) for cos, sin in turns]


def _leaves() -> str:
    """Small leaves that fill the four nooks between ring and square."""

    def leaf(sx: int, sy: int) -> str:
        def at(x: float, y: float) -> str:
            return _pair((sx * x, sy * y))

        return f"M{at(6.5, 6.5)}Q{at(4.6, 6.3)} {at(4.95, 4.95)}Q{at(6.3, 4.6)} {at(6.5, 6.5)}Z"

    return "".join(leaf(sx, sy) for sx in (-1, 1) for sy in (-1, 1))


def _corners() -> str:
    half = CORNER / 2
    near, right, low = FRAME_INSET + half, PAGE_WIDTH - FRAME_INSET - half, PAGE_HEIGHT - FRAME_INSET - half
    places = [HERE._replace(e=x, f=y) for x in (near, right) for y in (near, low)]
    lace = [turn for place in places for turn in _turned(place, 12, 4)]
    heart = [turn for place in places for turn in _turned(place, 8, 3)]
    return (
        _fill(_square(half), "#fff", places)
        + _stroke(rose(4.15, 1.65, 12, FINE), RED, 0.14, lace, unit=FINE)
        + _stroke(rose(1.5, 0.8, 8, FINE), GOLD, 0.16, heart, unit=FINE)
        + _stroke(_square(half) + _square(half - 0.55), RED, 0.3, places)
        + _stroke(_circle(6.5) + _circle(6.15), RED, 0.18, places)
        + _fill(_leaves(), GOLD, places)
    )


def _inner_lines() -> str:
    inset = FRAME_INSET + BAND + 1.6
    step = CORNER - BAND

    def outline(d: float) -> str:
        # The line steps around the corner squares.
        left, top = inset + d, inset + d
        right, bottom = PAGE_WIDTH - left, PAGE_HEIGHT - top
        steps = [(0.0, step), (step, step), (step, 0.0)]
        corners = [
            *((left + x, top + y) for x, y in steps),
            *((right - x, top + y) for x, y in reversed(steps)),
            *((right - x, bottom - y) for x, y in steps),
            *((left + x, bottom - y) for x, y in reversed(steps)),
        ]
        return "M" + "L".join(_pair(corner) for corner in corners) + "Z"

    return _stroke(outline(0.0), GOLD, 0.45) + _stroke(outline(0.9), GOLD, 0.15)


def _svg(width: float, height: float, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_number(width)}mm" height="{_number(height)}mm" '
        f'viewBox="0 0 {_pair((width, height))}">{body}</svg>\n'
    )


def frame_svg() -> str:
    """The frame of the whole page."""
    return _svg(PAGE_WIDTH, PAGE_HEIGHT, _band() + _corners() + _inner_lines())


def rosette_svg() -> str:
    """The pale rosette behind the fields, 120 mm square."""
    side = 120.0
    centre = HERE._replace(e=side / 2, f=side / 2)
    rings = [
        (50.0, 8.0, 24, 5, GOLD),
        (37.0, 10.0, 18, 5, RED),
        (23.0, 9.0, 12, 5, GOLD),
        (11.0, 6.0, 9, 4, RED),
    ]
    body = "".join(
        _stroke(rose(base, depth, petals, COARSE), colour, 0.18, _turned(centre, petals, copies), unit=COARSE)
        for base, depth, petals, copies, colour in rings
    )
    return _svg(side, side, f'<g opacity="0.22">{body}</g>')


PICTURES: dict[str, Callable[[], str]] = {"frame.svg": frame_svg, "rosette.svg": rosette_svg}


def write(root: Path) -> None:
    """Writes the pictures into a design's folder."""
    for name, draw in PICTURES.items():
        (root / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    write(load_design().root)
