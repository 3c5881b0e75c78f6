"""Draws the ornaments of the standard design: the woven frame and the pale rosette behind the text.

The pictures are computed here once and committed beside the design, because a page that drew hundreds of curves for
each certificate would be slow. Rules: pure mathematics, no randomness, so that running this again gives the same bytes
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

# From one extremum of a sine wave to the next: a cubic curve whose inner points lie this part of the way along.
_EASE = 0.3642


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _pair(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _stroke(paths: Iterable[str], colour: str, width: float) -> str:
    return f'<path fill="none" stroke="{colour}" stroke-width="{width}" d="{"".join(paths)}"/>'


def sine_path(length: float, periods: int, amplitude: float, phase: int, place: Callable[[Point], Point]) -> str:
    """A cosine wave along x from 0 to `length`, shifted by `phase` quarters, each point moved by `place`.

    It runs from extremum to extremum and so may reach a quarter of a period beyond; the corners cover its ends.
    """
    half = length / (2 * periods)
    begin = -half / 2 if phase % 2 else 0.0
    parts: list[str] = []
    for i in range(2 * periods + 1 + phase % 2):
        x, high = begin + i * half, amplitude * (1 if (i + phase // 2) % 2 == 0 else -1)
        if not parts:
            parts.append(f"M{_pair(place((x, high)))}")
            continue
        inner = (place((x - half * (1 - _EASE), -high)), place((x - half * _EASE, high)))
        parts.append(f"C{_pair(inner[0])} {_pair(inner[1])} {_pair(place((x, high)))}")
    return "".join(parts)


def _sides() -> list[tuple[float, Callable[[Point], Point]]]:
    """Length of each side between the corners, and how its own (x, y) lies on the page."""
    near = FRAME_INSET + BAND / 2
    far_x, far_y = PAGE_WIDTH - near, PAGE_HEIGHT - near
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


def _circle(radius: float, centre: Point) -> str:
    r, across = _number(radius), _number(2 * radius)
    return f"M{_pair((centre[0] - radius, centre[1]))}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0Z"


def _square(corner: Point, side: float) -> str:
    d = _number(side)
    return f"M{_pair(corner)}h{d}v{d}h-{d}Z"


def rose(base: float, depth: float, petals: int, turn: float, centre: Point) -> str:
    """The closed curve r = base + depth cos(petals (angle - turn)), from extremum to extremum."""
    half = math.pi / petals

    def at(angle: float, radius: float) -> str:
        return _pair((centre[0] + radius * math.cos(turn + angle), centre[1] + radius * math.sin(turn + angle)))

    parts = [f"M{at(0.0, base + depth)}"]
    for i in range(1, 2 * petals + 1):
        here, before = (base + depth, base - depth) if i % 2 == 0 else (base - depth, base + depth)
        inner = (at((i - 1 + _EASE) * half, before), at((i - _EASE) * half, here))
        parts.append(f"C{inner[0]} {inner[1]} {at(i * half, here)}")
    return "".join(parts) + "Z"


def _turns(base: float, depth: float, petals: int, copies: int, centre: Point) -> list[str]:
    """The same rose several times, turned evenly within one petal."""
    return [rose(base, depth, petals, i * 2 * math.pi / (petals * copies), centre) for i in range(copies)]


def _leaf(centre: Point, sx: int, sy: int) -> str:
    def at(x: float, y: float) -> str:
        return _pair((centre[0] + sx * x, centre[1] + sy * y))

    return f"M{at(6.5, 6.5)}Q{at(4.6, 6.3)} {at(4.95, 4.95)}Q{at(6.3, 4.6)} {at(6.5, 6.5)}Z"


def _corner(centre: Point) -> str:
    lace = _turns(4.15, 1.65, 12, 4, centre)
    heart = _turns(1.5, 0.8, 8, 3, centre)
    half = CORNER / 2
    x, y = centre[0] - half, centre[1] - half
    square = [_square((x + d, y + d), CORNER - 2 * d) for d in (0.0, 0.55)]
    ring = [_circle(6.5, centre), _circle(6.15, centre)]
    # Small leaves fill the four nooks between ring and square.
    leaves = [_leaf(centre, sx, sy) for sx in (-1, 1) for sy in (-1, 1)]
    paper = f'<path fill="#fff" d="{square[0]}"/>'
    return (
        paper
        + _stroke(lace, RED, 0.14)
        + _stroke(heart, GOLD, 0.16)
        + _stroke(square, RED, 0.3)
        + _stroke(ring, RED, 0.18)
        + f'<path fill="{GOLD}" d="{"".join(leaves)}"/>'
    )


def _inner_lines() -> str:
    inset = FRAME_INSET + BAND + 1.6
    step = CORNER - BAND

    def outline(d: float) -> str:
        # The line steps around the corner squares.
        left, top = inset + d, inset + d
        right, bottom = PAGE_WIDTH - left, PAGE_HEIGHT - top
        steps = [(0.0, step), (step, step), (step, 0.0)]
        near = [(left + x, top + y) for x, y in steps]
        far = [(right - x, bottom - y) for x, y in steps]
        corners = [
            *near,
            *((right - x, top + y) for x, y in reversed(steps)),
            *far,
            *((left + x, bottom - y) for x, y in reversed(steps)),
        ]
        return "M" + "L".join(_pair(corner) for corner in corners) + "Z"

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
        (50.0, 8.0, 24, 5, GOLD),
        (37.0, 10.0, 18, 5, RED),
        (23.0, 9.0, 12, 5, GOLD),
        (11.0, 6.0, 9, 4, RED),
    ]
    body = "".join(
        _stroke(_turns(base, depth, petals, copies, centre), colour, 0.18)
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
