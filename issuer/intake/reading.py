"""Reading a list: find the sheet and its header row, map the columns, keep the row numbers.

Rules. The header row is the first row, within the first 30, that names at least a name column, an ID number column and
one more; titles and notes above it are skipped. It may be two rows. What headings mean and which rows below are no
awards, ``issuer.intake.headings`` says; such a row is skipped with a warning. One file holds one list: two visible
sheets with a header and rows below are an error unless the clerk names one, hidden sheets are reported and not read.

    >>> read_list("姓名,证件号码,级别\\n".encode()).findings[0].code
    'no_rows'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from issuer.intake.errors import UnreadableError
from issuer.intake.fields import cell_text
from issuer.intake.findings import Finding, Place, make
from issuer.intake.headings import KEY_FIELDS, NOT_USED, Heading, Headings, folded, is_award
from issuer.intake.model import Cell, Column, IntakeResult, RawRow, Reading
from issuer.intake.sheets import MAX_ROWS, Sheet, SheetRow, read_sheets

HEADER_WITHIN = 30  # offices put a title, a note and a unit above the header, not a page of text


@dataclass(frozen=True, slots=True)
class _Header:
    sheet: Sheet
    row_number: int
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    headings: Headings


def read_list(data: bytes, *, name: str = "", reading: Reading | None = None) -> IntakeResult:
    """Read a .xlsx or .csv list; ``name`` is for messages only, ``reading`` is what the clerk said of it.

    A file that cannot be read gives a finding, not an exception: the clerk sees both kinds of trouble in one list.
    """
    said = reading or Reading()
    try:
        sheets = read_sheets(data)
    except UnreadableError as error:
        details: dict[str, Any] = dict(error.fields)
        finding = make(error.code, value=name or None, **details)
        return _empty((finding,))
    if said.sheet is not None:
        chosen = [sheet for sheet in sheets if sheet.name == said.sheet]
        if not chosen:
            shown = "、".join(sheet.name for sheet in sheets if sheet.name)
            return _empty((make("sheet_unknown", sheet=said.sheet, sheets=shown or "-"),))
        return _read_chosen(chosen[0], said, name)
    headings = _headings(said)
    headers = [header for sheet in sheets if (header := _find_header(sheet, headings)) is not None]
    findings = [make("sheet_hidden", sheet=h.sheet.name) for h in headers if not h.sheet.visible]
    visible = [header for header in headers if header.sheet.visible]
    filled = [header for header in visible if _below(header)]
    if not visible:
        return _empty((*findings, make("no_header", value=name or None)))
    if len(filled) > 1:
        shown = "、".join(header.sheet.name for header in filled)
        return _empty((*findings, make("sheet_ambiguous", sheets=shown)))
    return _read_rows((filled or visible)[0], findings)


def _read_chosen(sheet: Sheet, said: Reading, name: str) -> IntakeResult:
    """Read the sheet that the clerk named, hidden or not."""
    header = _find_header(sheet, _headings(said))
    return _empty((make("no_header", value=name or None),)) if header is None else _read_rows(header, [])


def _headings(said: Reading) -> Headings:
    return Headings(said={folded(heading): field for heading, field in said.columns.items()})


def _read_rows(header: _Header, findings: list[Finding]) -> IntakeResult:
    doubled = _column_findings(header)
    if doubled:  # Which of the two holds, only the office knows.
        return _empty((*findings, *doubled))
    unused = [make("map_unused", value=heading) for heading in _not_there(header)]
    if unused:
        return _empty((*findings, *unused))
    findings += [make("column_ignored", value=heading) for heading in header.ignored]
    rows = []
    for sheet_row in _below(header):
        row = _raw_row(sheet_row, header.columns)
        if _is_award(sheet_row, header):
            rows.append(row)
        else:
            findings.append(make("row_skipped", at=Place(sheet_row.number)))
    if not rows:
        findings.append(make("no_rows"))
    if len(rows) > MAX_ROWS:
        return _empty((*findings, make("too_many_rows", limit=MAX_ROWS)))
    return IntakeResult(
        rows=tuple(rows),
        findings=tuple(findings),
        columns=header.columns,
        sheet=header.sheet.name or None,
        header_row=header.row_number,
        encoding=header.sheet.encoding,
    )


def _find_header(sheet: Sheet, headings: Headings) -> _Header | None:
    """Find the first row that is a header, or the two rows from there on, if these hold more."""
    rows = [row for row in sheet.rows if row.number <= HEADER_WITHIN + 1]
    for row in rows:
        if row.number > HEADER_WITHIN:
            return None
        one = _header(sheet, row, headings, headings.one_row(_texts(row)))
        two = _in_two_rows(sheet, row.number, rows, headings)
        if one is None and two is not None:  # the upper row may be a note that names a unit
            one, two = two, _in_two_rows(sheet, row.number + 1, rows, headings)
        if one is not None:
            return two if two is not None and len(two.columns) > len(one.columns) else one
    return None


def _in_two_rows(sheet: Sheet, number: int, rows: Sequence[SheetRow], headings: Headings) -> _Header | None:
    pair = [row for row in rows if row.number in (number, number + 1)]
    if len(pair) != 2:
        return None
    return _header(sheet, pair[1], headings, headings.two_rows(_texts(pair[0]), _texts(pair[1])))


def _header(sheet: Sheet, row: SheetRow, headings: Headings, found: Iterable[Heading]) -> _Header | None:
    columns, ignored = [], []
    for heading in found:
        if heading.field:
            columns.append(Column(field=heading.field, heading=heading.text, index=heading.index))
        elif heading.field != NOT_USED:
            ignored.append(heading.text)
    fields = {column.field for column in columns}
    if not fields >= KEY_FIELDS or len(fields) <= len(KEY_FIELDS):
        return None
    return _Header(sheet, row.number, tuple(columns), tuple(ignored), headings)


def _texts(row: SheetRow) -> list[str | None]:
    return [cell_text(cell) for cell in row.cells]


def _not_there(header: _Header) -> list[str]:
    """What the clerk said of columns that the list does not have."""
    rows = [row for row in header.sheet.rows if header.row_number - 1 <= row.number <= header.row_number]
    there = {folded(text) for row in rows for text in _texts(row) if text is not None}
    return [heading for heading in header.headings.said if heading not in there]


def _column_findings(header: _Header) -> list[Finding]:
    by_field: dict[str, list[str]] = defaultdict(list)
    for column in header.columns:
        by_field[column.field].append(column.heading)
    return [
        make("column_twice", field=field, headings="、".join(headings))
        for field, headings in by_field.items()
        if len(headings) > 1
    ]


def _below(header: _Header) -> Sequence[SheetRow]:
    return [row for row in header.sheet.rows if row.number > header.row_number]


def _raw_row(row: SheetRow, columns: Sequence[Column]) -> RawRow:
    cells: dict[str, Cell] = {c.field: row.cells[c.index] if c.index < len(row.cells) else None for c in columns}
    return RawRow(sheet_row=row.number, cells=cells)


def _is_award(row: SheetRow, header: _Header) -> bool:
    places = {column.field: column.index for column in header.columns}
    return is_award(_texts(row), places, header.headings)


def _empty(findings: tuple[Finding, ...]) -> IntakeResult:
    return IntakeResult(rows=(), findings=findings, columns=(), sheet=None, header_row=None)
