"""Certificate numbers in a list: a column of a workbook or of a text file, or one number a line.

Rules: the column is the one whose heading says 证书编号 (or 编号, certificate number, number); a sheet with one column
needs no heading. Every row below it has an answer: its number, or why it has none. A row that is hidden or crossed out
names nobody: somebody meant it to be left out, or never saw it. A number that a spreadsheet program keeps as a number
of more than 15 digits is not the one that was typed, and is refused. Blanks around a number, full-width digits and
small letters are taken as meant.

    >>> [(each.row, each.number) for each in numbers_in([Sheet("", True, [SheetRow(1, ["99000020262000001"])])])]
    [(1, '99000020262000001')]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from credential.claims import NUMBER
from issuer.errors import InputError
from issuer.identifiers import BLANKS
from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.grid import Sheet, SheetRow, blank

NUMBER_COLUMN: Final = "证书编号"
"""The heading of the column, and the name of the field in a result."""
_HEADINGS: Final = frozenset({"证书编号", "证书号", "证书号码", "编号", "certificatenumber", "certificate", "number"})
_HEADING_ROWS: Final = 10
"""A title and notes may stand above the heading."""
_EXACT_DIGITS: Final = 15
"""A spreadsheet program keeps no more digits of a number."""
_SHOWN: Final = 40
"""Characters of a cell that a message repeats."""
_SPACES: Final = re.compile(r"[\s_\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedNumber:
    """One row of a list of numbers."""

    row: int
    """As a spreadsheet program or an editor counts it, from 1."""
    number: str | None
    """None where the row names no certificate."""
    wrong: InputError | None = field(default=None, compare=False)
    """Why: ``bad_number``, ``number_as_number``, ``row_hidden``, ``row_struck``, ``cell_unclear``."""
    held: str = ""
    """What the cell holds, for whoever corrects it."""


def numbers_in(sheets: Sequence[Sheet]) -> tuple[ListedNumber, ...]:
    """Return the rows of the one sheet that holds a list.

    Raises:
        InputError: ``list_empty``; ``list_sheets``: several sheets hold something; ``list_column``: no column is
            headed 证书编号, and there is more than one.
    """
    filled = [each for each in sheets if each.visible and each.rows]
    if not filled:
        raise InputError("list_empty", "the list holds no row; one certificate number a row is expected")
    if len(filled) > 1:
        names = ", ".join(each.name for each in filled)
        raise InputError("list_sheets", f"several sheets hold something: {names}; keep the list alone", sheets=names)
    first, column = _column(filled[0])
    rows = [row for row in filled[0].rows[first:] if not blank(_cell(row, column))]
    if not rows:
        raise InputError("list_empty", "the list holds no row below its heading")
    hidden = column in filled[0].hidden_columns
    return tuple(_listed(row, column, column_hidden=hidden) for row in rows)


def _column(sheet: Sheet) -> tuple[int, int]:
    """Return how many rows stand above the list, with its heading, and which column holds the numbers."""
    for place, row in enumerate(sheet.rows[:_HEADING_ROWS]):
        for column, cell in enumerate(row.titles):
            if isinstance(cell, str) and _folded(cell) in _HEADINGS:
                return place + 1, column
    used = {column for row in sheet.rows for column, cell in enumerate(row.cells) if not blank(cell)}
    if len(used) != 1:
        message = f"no column of the list is headed {NUMBER_COLUMN}, and {len(used)} columns hold something"
        raise InputError("list_column", message, columns=len(used))
    return 0, used.pop()


def _folded(text: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _cell(row: SheetRow, column: int) -> Cell:
    return row.cells[column] if column < len(row.cells) else None


def _listed(row: SheetRow, column: int, *, column_hidden: bool) -> ListedNumber:
    cell = _cell(row, column)
    held = str(cell)
    try:
        _check_seen(row, column, cell, column_hidden=column_hidden)
        return ListedNumber(row=row.number, number=_number(cell), held=held)
    except InputError as error:
        return ListedNumber(row=row.number, number=None, wrong=error, held=held)


def _check_seen(row: SheetRow, column: int, cell: Cell, *, column_hidden: bool) -> None:
    if row.hidden is not None or column_hidden:
        raise InputError("row_hidden", f"row {row.number} is hidden; show it, or take it out", row=row.number)
    if column in row.struck:
        raise InputError("row_struck", f"row {row.number} is crossed out; take it out", row=row.number)
    if isinstance(cell, BadCell):
        raise InputError("cell_unclear", f"row {row.number} shows {cell.held}, which is no value", row=row.number)


def _number(cell: Cell) -> str:
    if isinstance(cell, int | float):
        if cell != int(cell) or len(str(int(cell))) > _EXACT_DIGITS:
            message = f"the cell holds {cell} as a number, of which only {_EXACT_DIGITS} digits are kept; make it text"
            raise InputError("number_as_number", message, digits=_EXACT_DIGITS)
        cell = int(cell)
    number = unicodedata.normalize("NFKC", str(cell)).strip(BLANKS).upper()
    if not NUMBER.fullmatch(number):
        raise InputError("bad_number", f"{str(cell)[:_SHOWN]!r} is no certificate number", number=str(cell)[:_SHOWN])
    return number
