"""Text that fits a terminal: tables, facts and paragraphs, measured in columns.

Rules: a Chinese character takes two columns. Where no width is given (a pipe, a file), nothing is cut and nothing is
wrapped. A column that is kept is shown whole, whatever the width; the others are cut with an ellipsis, the widest
first. A flowing last column is wrapped and loses nothing.

    >>> print(table(("no.", "name"), [(1, "示范省人力资源和社会保障厅")], columns=16))
    no.  name
    1    示范省人力…
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import Final

GAP: Final = 2
"""Columns between two columns of a table."""
NARROWEST: Final = 5
"""No column of a table is cut to less: two Chinese characters and the ellipsis."""
_COMMAND: Final = "titlecert "
_QUOTED: Final = re.compile(r"`[^`]*`")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_INVISIBLE: Final = {"Mn", "Me", "Cf"}
_NOT_FIRST: Final = "，。、；：！？）》」』】〕”’"
_NOT_LAST: Final = "（《「『【〔“‘"
_PIECES: Final = re.compile(rf"[{_NOT_LAST}]*(?:`[^`]*`|[⺀-\U0003ffff]|[^\s⺀-\U0003ffff]+)[{_NOT_FIRST}]*|\s+")


def width(text: str) -> int:
    """Return how many columns a terminal needs for the text."""
    return sum(map(_columns_of, _COLOUR.sub("", text)))


def cut(text: str, columns: int) -> str:
    """Return the text, or its beginning and an ellipsis, in at most so many columns."""
    return text if width(text) <= columns else _beginning(text, columns - 1) + "…"


def cut_front(text: str, columns: int) -> str:
    """As ``cut``, with the end of the text instead of its beginning: of a path that is the name of the file."""
    return text if width(text) <= columns else "…" + _beginning(text[::-1], columns - 1)[::-1]


def wrapped(text: str, columns: int | None, *, hanging: int = 0) -> str:
    """Return a line as lines of at most so many columns, all but the first indented by ``hanging``.

    A Latin word is broken only when it is longer than a line. No line begins with a Chinese full stop or comma.
    """
    if columns is None or width(text) <= columns:
        return text
    lines, room = [""], columns
    for piece in _pieces(text, max(1, columns - hanging)):
        if width(lines[-1]) + width(piece.rstrip()) > room:
            lines.append("")
            room = columns - hanging
        if lines[-1] or not piece.isspace() or len(lines) == 1:
            lines[-1] += piece
    return ("\n" + " " * hanging).join(line.rstrip() for line in lines)


def prose(text: str, columns: int | None) -> str:
    """Return sentences wrapped for a terminal; a command stays on one line, so that it can be copied."""
    return "\n".join(
        line
        if _COMMAND in _QUOTED.sub("", line)
        else wrapped(line, columns, hanging=len(line) - len(line.lstrip()) + GAP)
        for line in text.splitlines()
    )


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    columns: int | None = None,
    kept: Collection[int] = (),
    flowing: bool = False,
) -> str:
    """Return rows below a head, columns aligned.

    Args:
        head: the names of the columns.
        rows: None is shown as a dash.
        columns: of the terminal; None where nothing is cut.
        kept: places of the columns that are never cut.
        flowing: whether the last column is wrapped instead of cut.
    """
    lines = [[str(cell) for cell in head], *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(width(line[place]) for line in lines) for place in range(len(head))]
    if columns is not None:
        widths = _fitted(widths, columns - GAP * (len(head) - 1), kept)
    hanging = sum(widths[:-1]) + GAP * (len(head) - 1)
    return "\n".join(_line(line, widths, hanging if flowing else None) for line in lines)


def facts(pairs: Sequence[tuple[str, object]], *, columns: int | None = None) -> str:
    """Return a line for each label and its value; what is longer than the terminal is wide goes on below the value."""
    most = max(width(label) for label, _ in pairs)
    lines = [f"{_padded(label, most)}{' ' * GAP}{_cell(value)}" for label, value in pairs]
    return "\n".join(wrapped(line, columns, hanging=most + GAP).rstrip() for line in lines)


def records(head: Sequence[str], rows: Sequence[Sequence[object]], *, columns: int | None = None) -> str:
    """Return rows of which nothing may be cut: a table where it fits, else the facts of each row below each other."""
    whole = table(head, rows)
    if columns is None or max(map(width, whole.splitlines())) <= columns:
        return whole
    given = [[(name, cell) for name, cell in zip(head, row, strict=True) if cell not in (None, "")] for row in rows]
    return "\n\n".join(facts(each, columns=columns) for each in given)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in _INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _beginning(text: str, columns: int) -> str:
    """The characters that fit, without a space at the end."""
    used, found = 0, ""
    for character in text:
        used += _columns_of(character)
        if used > columns:
            break
        found += character
    return found.rstrip()


def _pieces(text: str, most: int) -> Iterator[str]:
    """What stays on one line: a word, a Chinese character with the punctuation beside it, blanks."""
    for piece in _PIECES.findall(text):
        rest = piece
        while width(rest) > most:
            first = _beginning(rest, most) or rest[0]
            yield first
            rest = rest[len(first) :]
        yield rest


def _fitted(widths: Sequence[int], room: int, kept: Collection[int]) -> list[int]:
    """The widths with the widest of those that may shrink made smaller, until all fit or none can shrink."""
    found = list(widths)
    free = [place for place in range(len(widths)) if place not in kept]
    while sum(found) > room and any(found[place] > NARROWEST for place in free):
        found[max(free, key=lambda place: found[place])] -= 1
    return found


def _line(cells: Sequence[str], widths: Sequence[int], hanging: int | None) -> str:
    first = "".join(_padded(cut(cell, most), most) + " " * GAP for cell, most in zip(cells[:-1], widths, strict=False))
    if hanging is None:
        return (first + cut(cells[-1], widths[-1])).rstrip()
    return wrapped(first + cells[-1], hanging + widths[-1], hanging=hanging).rstrip()


def _cell(value: object) -> str:
    return "—" if value is None else str(value)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
