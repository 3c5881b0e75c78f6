"""What a terminal shows, drawn as SVG: every character in its cell, Chinese ones in two.

Rules: the picture holds text, so that a difference can be read and searched. Widths are stated for each run of
characters, because the reader's fonts are not ours. Of what was drawn over itself, the last state is shown.

    drawn("\\x1b[1;31m错误\\x1b[0m  姓名：未填写", columns=80)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from io import StringIO
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from cli.layout import width

CELL: Final = 8.4
LINE: Final = 20
MARGIN: Final = 14
COLOURS: Final = {
    1: "#b31d28",
    2: "#116329",
    3: "#7a4b00",
    4: "#0a4a8f",
    5: "#6639ba",
    6: "#0b5c6b",
}
"""By the number of the terminal's colour; dark enough to be read on paper: at least 6 to 1 on the ground."""
INK: Final = "#24292f"
_CONTROL: Final = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
_HEAD: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">
<style>
text {{ font-family: "Sarasa Mono SC", "Noto Sans Mono CJK SC", Menlo, Consolas, "DejaVu Sans Mono", monospace,
"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC"; font-size: 14px; fill: {ink}; white-space: pre; }}
.w {{ font-family: "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans Mono CJK SC", sans-serif;
font-size: 16px; }}
.b {{ font-weight: bold; }}
</style>
<rect x="0.5" y="0.5" width="{inner_width:g}" height="{inner_height:g}" rx="6" fill="#fbfbf9" stroke="#d0d7de"/>
"""


def screen(written: str) -> str:
    """Return what is left on the screen, colours included: lines that were drawn again stand there once."""
    lines, row = [""], 0
    for found in re.finditer(r"\x1b\[[0-9;?]*[A-Za-z]|\n|\r|[^\x1b\n\r]+", written):
        part = found[0]
        control = _CONTROL.fullmatch(part)
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif control and control[2] == "A":
            row = max(0, row - int(control[1] or 1))
        elif control and control[2] == "K":
            lines[row] = ""
        elif control is None or control[2] == "m":
            lines[row] += "" if part == "\r" else part
    return "\n".join(lines).rstrip("\n")


def drawn(text: str, *, columns: int) -> str:
    """Return the picture of a text of a terminal, as wide as so many columns; longer lines are folded as there."""
    terminal = Console(
        width=columns, file=StringIO(), force_terminal=True, color_system="standard", legacy_windows=False
    )
    lines = terminal.render_lines(Text.from_ansi(text, overflow="fold"), pad=False)
    wide, high = columns * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    head = _HEAD.format(width=wide, height=high, inner_width=wide - 1, inner_height=high - 1, ink=INK)
    rows = [_row(line, MARGIN + number * LINE + 15) for number, line in enumerate(lines)]
    return head + "\n".join(filter(None, rows)) + "\n</svg>\n"


def _row(line: list[Segment], baseline: float) -> str:
    found, column = [], 0
    for text, style in _runs(line):
        columns = width(text)
        if text.strip():
            shown = text.rstrip()
            found.append(_run(shown, style, MARGIN + column * CELL, baseline, width(shown) * CELL))
        column += columns
    return "".join(found)


def _runs(line: list[Segment]) -> Iterator[tuple[str, Style]]:
    """Parts of a line that have one style and one width of characters."""
    for segment in line:
        for _, characters in groupby(segment.text, key=width):
            yield "".join(characters), segment.style or Style.null()


def _run(text: str, style: Style, x: float, y: float, length: float) -> str:
    classes = " ".join([*(["w"] if width(text) > len(text) else []), *(["b"] if style.bold else [])])
    colour = INK if style.color is None else COLOURS.get(style.color.number or 0, INK)
    given = f' class="{classes}"' if classes else ""
    given += f' style="fill:{colour}"' if colour != INK else ""
    return f'<text x="{x:g}" y="{y:g}" textLength="{length:g}"{given}>{escape(text, quote=False)}</text>'
