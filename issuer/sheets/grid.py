"""A sheet as a person sees it: cells by row, what covers them, and what keeps them from sight.

Rules. The top left cell of a merged area counts for the whole area, down and across. A covered cell that holds another
value is a :class:`BadCell`: nobody saw it. The bounds of a list stand here, for every kind of file.

    >>> rows = {1: {0: "甲"}, 2: {}}
    >>> spread(rows, [Area(top=1, left=0, bottom=2, right=1)])
    {1: frozenset({1}), 2: frozenset({1})}
    >>> rows[2]
    {0: '甲', 1: '甲'}
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from issuer.identifiers import BLANKS
from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.errors import UnreadableError, unreadable

MAX_LIST_BYTES = 20 * 1024 * 1024  # a list of 20,000 awards takes about 2 MB; scans and photos do not belong in it
MAX_ROWS = 20_000  # one list
MAX_COLUMNS = 100
MAX_CELLS = 500_000  # 20,000 rows of 25 columns
MAX_LIST_TEXT = 32 * 1024 * 1024  # characters in all cells
MAX_SHEETS = 100
MAX_STYLES = 70_000  # a program has at most 65,490 cell formats
MAX_CELL_TEXT = 32_767  # what a spreadsheet program can hold in a cell
MAX_MERGED_CELLS = 200_000  # a title merged over a whole row is 16,384; the writer of copies makes each a cell
ABOVE_ROWS = 100  # titles, notes and empty rows above the header do not count as awards
HIDDEN, STRUCK = "row_hidden", "row_struck"

_BOOLEANS = frozenset({"TRUE", "FALSE"})  # what a spreadsheet program makes of them in a text file
_ERROR_TEXT = re.compile(r"#N/A|#[A-Z][A-Z_/0-9]*[!?]|#(?:GETTING_DATA|名称\?|值!|引用!|数值!)|Err:[0-9]{3}|#{3,}")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row with something in it; ``number`` counts from 1 as in Excel."""

    number: int
    cells: list[Cell]
    covered: frozenset[int] = frozenset()
    """Cells, from 0, that one to their left covers: what they show is that one's value."""
    hidden: str | None = None
    """``row_hidden`` when the row is kept from sight."""
    struck: frozenset[int] = frozenset()
    """Cells, from 0, that are crossed out."""
    width: int | None = None
    """How many cells a text file has in this row; None for a workbook, where rows have no end."""
    cut: bool = False
    """The last line of a text file, without a line's end."""

    @property
    def titles(self) -> list[Cell]:
        """The cells without what is merged over from the left: a heading or a total stands in its first column only."""
        return [None if index in self.covered else cell for index, cell in enumerate(self.cells)]


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    visible: bool
    rows: list[SheetRow]
    encoding: str | None = None
    hidden_columns: frozenset[int] = frozenset()
    protected: bool = False
    """Whether a text file's cells were freed of what protects digits from a spreadsheet program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Merged cells; rows count from 1, columns from 0, both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> int:
        return max(self.bottom - self.top + 1, 0) * max(self.right - self.left + 1, 0)


@dataclass(slots=True)
class Cells:
    """The cells of a sheet while it is read; counts what they take."""

    rows: dict[int, dict[int, Cell]] = field(default_factory=lambda: defaultdict(dict))
    struck: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    areas: list[Area] = field(default_factory=list)
    merged: int = 0
    count: int = 0
    text: int = 0

    def put(self, row: int, column: int, value: Cell, *, struck: bool = False) -> None:
        """Keep a value at its place, rows from 1 and columns from 0; an empty one costs nothing.

        Raises:
            UnreadableError: beyond the bounds of a list.
        """
        if value is None or value == "":
            return
        if row > MAX_ROWS + ABOVE_ROWS:
            raise UnreadableError("too_many_rows", limit=MAX_ROWS)
        if column >= MAX_COLUMNS:
            raise unreadable(f"more than {MAX_COLUMNS} columns hold something", f"有内容的列超过 {MAX_COLUMNS} 列")
        self.count += 1
        self.text += len(value) if isinstance(value, str) else 0
        if self.count > MAX_CELLS or self.text > MAX_LIST_TEXT:
            raise unreadable("it holds more than a list can", "内容超过一份名单的上限：请拆分后再报")
        self.rows[row][column] = as_seen(value)
        if struck:
            self.struck[row].add(column)

    def merge(self, area: Area) -> None:
        """Note a merged area. Raises UnreadableError when too many cells are merged."""
        self.merged += area.size
        if self.merged > MAX_MERGED_CELLS:
            raise unreadable("too many cells are merged", "合并的单元格过多")
        self.areas.append(area)

    def sheet(self, name: str, *, visible: bool) -> Sheet:
        """The sheet, merged areas filled."""
        covered = spread(self.rows, self.areas)
        rows = [
            SheetRow(
                number,
                _dense(self.rows[number]),
                covered=covered.get(number, frozenset()),
                hidden=HIDDEN if number in self.hidden_rows else None,
                struck=frozenset(self.struck.get(number, ())),
            )
            for number in sorted(self.rows)
            if any(not blank(cell) for cell in self.rows[number].values())
        ]
        return Sheet(name, visible, rows, hidden_columns=frozenset(self.hidden_columns))


def spread(rows: Mapping[int, dict[int, Cell]], areas: Sequence[Area]) -> dict[int, frozenset[int]]:
    """Fill merged areas with their top left value, in place; which columns are covered from the left, by row.

    Rows past the last one of the list get nothing: an area that goes on below it is a line, and no people.
    """
    last = max(rows, default=0)
    covered: dict[int, set[int]] = defaultdict(set)
    for area in areas:
        value = rows[area.top].get(area.left) if area.top in rows else None
        for number in range(area.top, min(area.bottom, last) + 1):
            for column in range(area.left, min(area.right, MAX_COLUMNS - 1) + 1):
                if column != area.left:
                    covered[number].add(column)
                if (number, column) != (area.top, area.left):
                    _cover(rows, number, column, value)
    return {number: frozenset(columns) for number, columns in covered.items()}


def _cover(rows: Mapping[int, dict[int, Cell]], number: int, column: int, value: Cell) -> None:
    held = rows[number].get(column) if number in rows else None
    if not blank(held) and held != value:
        rows[number][column] = BadCell(code="merged_other", held=str(held))
    elif value is not None:
        rows[number][column] = value


def as_seen(value: Cell) -> Cell:
    """The value, or why it is none: an error's text, a boolean."""
    if isinstance(value, bool):
        return BadCell(code="cell_boolean", held=str(value).upper())
    if isinstance(value, str):
        if value in _BOOLEANS:
            return BadCell(code="cell_boolean", held=value)
        if len(value) > MAX_CELL_TEXT:
            raise unreadable("a cell holds more text than a cell can", "有单元格的文字超过单元格的上限")
        if value[:1] in "#E" and _ERROR_TEXT.fullmatch(value.strip(BLANKS)):
            return BadCell(code="cell_error", held=value)
    return value


def blank(cell: Cell) -> bool:
    """Whether a cell shows nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip(" \t\r\n\u00a0\u3000"))


def _dense(cells: Mapping[int, Cell]) -> list[Cell]:
    return [cells.get(column) for column in range(max(cells) + 1)]
