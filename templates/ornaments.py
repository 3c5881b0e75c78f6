"""Draws the ornaments of the standard design: the woven frame and the pale rosette behind the text.

The pictures are computed here once and committed beside the design, because a page that drew thousands of curves for each
certificate would be slow. Rules: pure mathematics, no randomness, so that running this again gives the same bytes
(a test compares them). A sine wave is drawn as cubic curves, four a period.

Example (rewrites the committed files)::

    python -m templates.ornaments
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

from templates.loader import load_design

PAGE_WIDTH, PAGE_HEIGHT = 297.0, 210.0
FRAME_INSET = 8.0
"""Paper edge to the outer edge of the band, mm: office printers leave about 5 mm unprinted."""
BAND = 9.0
CORNER = 15.0

RED = "#8c1a1f"
GOLD = "#b58a3f"

Point = tuple[float, float]

# Control points of a quarter of a sine wave as a cubic curve, in radians and amplitudes.
_QUARTER = math.pi / 2
_FLAT, _STEEP = 0.5122866, 1.0023137


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _pair(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _stroke(paths: Iterable[str], colour: str, width: float) -> str:
    return f'<path fill="none" stroke="{colour}" stroke-width="{width}" d="{"".join(paths)}"/>'


def _quarter(index: int) -> tuple[Point, Point, Point]:
    """The three further points of quarter `index` of sin, from (index * pi/2, sin(index * pi/2))."""
    start = index * _QUARTER
    rising = ((_FLAT, _FLAT), (_STEEP, 1.0), (_QUARTER, 1.0))
    falling = ((_QUARTER - _STEEP, 1.0), (_QUARTER - _FLAT, _FLAT), (_QUARTER, 0.0))
    sign = 1.0 if index % 4 < 2 else -1.0
    points = rising if index % 2 == 0 else falling
    first, second, third = ((start + x, sign * y) for x, y in points)
    return first, second, third


def sine_path(length: float, periods: int, amplitude: float, phase: int, place: Callable[[Point], Point]) -> str:
    """A sine wave along x from 0 to `length`, shifted by `phase` quarters, each point moved by `place`."""
    scale = length / (periods * 2 * math.pi)

    def at(point: Point) -> str:
        return _pair(place(((point[0] - phase * _QUARTER) * scale, point[1] * amplitude)))

    begin = (phase * _QUARTER, (0.0, 1.0, 0.0, -1.0)[phase % 4])
    curves = (" ".join(at(point) for point in _quarter(i)) for i in range(phase, phase + 4 * periods))
    return f"M{at(begin)}" + "".join(f"C{curve}" for curve in curves)


def _sides() -> list[tuple[float, Callable[[Point], Point]]]:
    """Length of each side between the corners, and how its own (x, y) lies on the page."""
    near, far_x, far_y = FRAME_INSET + BAND / 2, PAGE_WIDTH - FRAME_INSET - BAND / 2, PAGE_HEIGHT - FRAME_INSET - BAND / 2
    begin = FRAME_INSET + CORNER
    wide, high = PAGE_WIDTH - 2 * begin, PAGE_HEIGHT - 2 * begin
    return [
        (wide, lambda p: (begin + p[0], near - p[1])),
        (wide, lambda p: (begin + p[0], far_y + p[1])),
        (high, lambda p: (near - p[1], begin + p[0])),
        (high, lambda p: (far_x + p[1], begin + p[0])),
    ]


def _band() -> str:
    braid: list[str] = []
    veil: list[str] = []
    edges: list[str] = []
    for length, place in _sides():
        periods = round(length / 11.0)
        for amplitude in (3.35, 2.35, 1.3):
            braid += [sine_path(length, periods, amplitude, phase, place) for phase in range(4)]
        veil += [sine_path(length, periods * 3, 3.35, phase, place) for phase in (1, 3)]
        for offset in (-4.5, -3.95, 3.95, 4.5):
            edges.append(f"M{_pair(place((0.0, offset)))}L{_pair(place((length, offset)))}")
    return _stroke(veil, GOLD, 0.13) + _stroke(braid, RED, 0.16) + _stroke(edges, RED, 0.3)


def closed_curve(radius: Callable[[float], float], centre: Point, steps: int) -> str:
    """A closed polar curve through `steps` points, smoothed (Catmull-Rom as cubic curves)."""
    points = [
        (centre[0] + radius(angle) * math.cos(angle), centre[1] + radius(angle) * math.sin(angle))
        for angle in (2 * math.pi * i / steps for i in range(steps))
    ]
    parts = [f"M{_pair(points[0])}"]
    for i in range(steps):
        before, here, there, after = (points[(i + k) % steps] for k in (-1, 0, 1, 2))
        one = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        two = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        parts.append(f"C{_pair(one)} {_pair(two)} {_pair(there)}")
    return "".join(parts) + "Z"


def _petals(base: float, depth: float, count: int, turn: float) -> Callable[[float], float]:
    return lambda angle: base + depth * math.cos(count * angle + turn)


def _corner(centre: Point) -> str:
    lace = [
        closed_curve(_petals(4.1, 1.75, 12, turn * math.pi / 3), centre, 96) for turn in range(6)
    ]
    heart = [closed_curve(_petals(1.45, 0.75, 8, turn * math.pi / 2), centre, 64) for turn in range(4)]
    half = CORNER / 2
    x, y = centre[0] - half, centre[1] - half
    square = [
        f"M{_pair((x + d, y + d))}h{_number(CORNER - 2 * d)}v{_number(CORNER - 2 * d)}h-{_number(CORNER - 2 * d)}Z"
        for d in (0.0, 0.55)
    ]
    ring = [closed_curve(lambda _: 6.5, centre, 24), closed_curve(lambda _: 6.15, centre, 24)]
    # Small leaves fill the four nooks between ring and square.
    leaves = [
        f"M{_pair((centre[0] + sx * 6.5, centre[1] + sy * 6.5))}"
        f"Q{_pair((centre[0] + sx * 4.6, centre[1] + sy * 6.3))} {_pair((centre[0] + sx * 4.95, centre[1] + sy * 4.95))}"
        f"Q{_pair((centre[0] + sx * 6.3, centre[1] + sy * 4.6))} {_pair((centre[0] + sx * 6.5, centre[1] + sy * 6.5))}Z"
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return (
        _stroke(lace, RED, 0.14) + _stroke(heart, GOLD, 0.16) + _stroke(square, RED, 0.3) + _stroke(ring, RED, 0.18)
        + f'<path fill="{GOLD}" d="{"".join(leaves)}"/>'
    )


def _inner_lines() -> str:
    inset = FRAME_INSET + BAND + 1.6
    step = CORNER - BAND

    def outline(d: float) -> str:
        # The line steps around the corner squares.
        left, top = inset + d, inset + d
        right, bottom = PAGE_WIDTH - left, PAGE_HEIGHT - top
        s = step
        return (
            f"M{_pair((left + s, top))}L{_pair((right - s, top))}L{_pair((right - s, top + s))}L{_pair((right, top + s))}"
            f"L{_pair((right, bottom - s))}L{_pair((right - s, bottom - s))}L{_pair((right - s, bottom))}"
            f"L{_pair((left + s, bottom))}L{_pair((left + s, bottom - s))}L{_pair((left, bottom - s))}"
            f"L{_pair((left, top + s))}L{_pair((left + s, top + s))}Z"
        )

    return _stroke([outline(0.0)], GOLD, 0.45) + _stroke([outline(0.9)], GOLD, 0.15)


def _svg(width: float, height: float, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_number(width)}mm" height="{_number(height)}mm" '
        f'viewBox="0 0 {_number(width)} {_number(height)}">{body}</svg>\n'
    )


def frame_svg() -> str:
    """The frame of the whole page."""
    half = FRAME_INSET + CORNER / 2
    centres = [(x, y) for x in (half, PAGE_WIDTH - half) for y in (half, PAGE_HEIGHT - half)]
    return _svg(PAGE_WIDTH, PAGE_HEIGHT, _band() + "".join(_corner(c) for c in centres) + _inner_lines())


def rosette_svg() -> str:
    """The pale rosette behind the fields, 120 mm square."""
    side = 120.0
    centre = (side / 2, side / 2)
    rings = [
        (50.0, 8.0, 24, 6, GOLD),
        (37.0, 10.0, 18, 6, RED),
        (23.0, 9.0, 12, 6, GOLD),
        (10.0, 6.0, 9, 4, RED),
    ]
    body = "".join(
        _stroke(
            [closed_curve(_petals(base, depth, count, t * 2 * math.pi / turns), centre, count * 8) for t in range(turns)],
            colour,
            0.18,
        )
        for base, depth, count, turns, colour in rings
    )
    return _svg(side, side, f'<g opacity="0.22">{body}</g>')


PICTURES: dict[str, Callable[[], str]] = {"frame.svg": frame_svg, "rosette.svg": rosette_svg}


def write(root: Path) -> None:
    """Writes the pictures into a design's folder."""
    for name, draw in PICTURES.items():
        (root / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    write(load_design().root)
