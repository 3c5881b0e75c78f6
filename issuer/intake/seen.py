"""Rows as they were seen: what a row of a sheet says in each column of the list, and what is to be said of the row.

Rules. A row that is hidden, or whose person is crossed out, is an error until the clerk says whether to take or to
leave it. A value that is crossed out, and a date in a field of text, is none. A row of a text file has as many cells
as its header; the last line has an end.

    >>> row = SheetRow(3, ["王䶮"], hidden="row_hidden")
    >>> [fault.code for fault in raw_row(row, [], width=None, hidden=None).faults]
    ['row_hidden']
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

from issuer.intake.findings import Finding, make
from issuer.intake.model import Column, HiddenRows, RawRow
from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.grid import STRUCK, Sheet, SheetRow

_PERSON = frozenset({"name", "id_number"})


def raw_row(row: SheetRow, columns: Sequence[Column], *, width: int | None, hidden: HiddenRows | None) -> RawRow:
    """The cells by field.

    Args:
        row: of the sheet.
        columns: of the list.
        width: how many cells the header has in a text file.
        hidden: what the clerk says of rows that nobody sees.
    """
    cells = {column.field: _cell(row, column, columns) for column in columns}
    return RawRow(sheet_row=row.number, cells=cells, faults=_faults(row, columns, width, hidden))


def unseen(row: SheetRow, columns: Sequence[Column]) -> str | None:
    """Why nobody sees the row as an award, as a finding's code; None for an ordinary row."""
    if row.hidden is not None:
        return row.hidden
    person = {column.index for column in columns if column.field in _PERSON}
    return STRUCK if row.struck & person else None


def sheet_notices(sheet: Sheet, columns: Sequence[Column]) -> list[Finding]:
    """What is worth a word in the sheet as a whole."""
    notices = [make("cells_protected")] if sheet.protected else []
    hidden = [column for column in columns if column.index in sheet.hidden_columns]
    return notices + [make("column_hidden", value=column.heading) for column in hidden]


def _cell(row: SheetRow, column: Column, columns: Sequence[Column]) -> Cell:
    value = row.cells[column.index] if column.index < len(row.cells) else None
    if column.index in row.struck and value is not None and unseen(row, columns) is None:
        return BadCell(code="cell_struck", held=str(value))
    if isinstance(value, date | time | timedelta) and column.field != "award_date":
        return BadCell(code="cell_date", held=str(value))
    return value


def _faults(
    row: SheetRow, columns: Sequence[Column], width: int | None, hidden: HiddenRows | None
) -> tuple[BadCell, ...]:
    faults = []
    why = unseen(row, columns)
    if why is not None:
        faults.append(BadCell(code=why if hidden is None else f"{why}_take"))
    if row.width != width:
        faults.append(BadCell(code="row_ragged", details={"cells": str(row.width), "expected": str(width)}))
    elif row.cut:
        faults.append(BadCell(code="row_cut"))
    return tuple(faults)
