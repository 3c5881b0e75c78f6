"""Reading a list: find the sheet and its header row, map the columns, keep the row numbers.

Rules. The header row is the first row, within the first 30, that names at least a name column, an ID number column and
one more; titles and notes above it are skipped. It may be two rows. What headings mean and which rows below are no
awards, ``issuer.intake.headings`` says; such a row is skipped with a warning. One file holds one list: two visible
sheets with a header and rows below are an error unless the clerk names one, hidden sheets are reported and not read. A
row that is hidden or crossed out is an error until the clerk says whether to take or to leave it; so is a row of a text
file that has another number of cells than its header, or ends without a line's end.

    >>> read_list("姓名,证件号码,级别\\n".encode()).findings[0].code
    'no_rows'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from issuer.intake.fields import cell_text
from issuer.intake.findings import RESULT, Finding, Place, make
from issuer.intake.headings import KEY_FIELDS, NOT_USED, Heading, Headings, folded, is_award
from issuer.intake.model import Column, HiddenRows, IntakeResult, Reading
from issuer.intake.seen import raw_row, sheet_notices, unseen
from issuer.sheets.errors import UnreadableError
from issuer.sheets.grid import MAX_ROWS, Sheet, SheetRow
from issuer.sheets.reading import read_sheets

HEADER_WITHIN = 30  # offices put a title, a note and a unit above the header, not a page of text


@dataclass(frozen=True, slots=True)
class _Header:
    sheet: Sheet
    row_number: int
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    width: int | None
    headings: Headings


def read_list(
    data: bytes,
    *,
    name: str = "",
    reading: Reading | None = None,
    hidden: HiddenRows | None = None,
    read: Callable[[bytes], Sequence[Sheet]] = read_sheets,
) -> IntakeResult:
    """Read a list; ``name`` is for messages only.

    A file that cannot be read gives a finding, not an exception: the clerk sees both kinds of trouble in one list.

    Args:
        data: the file.
        name: of the file.
        reading: what the clerk said of it.
        hidden: what to do with rows that are hidden or crossed out; None: they are errors.
        read: gives the sheets of a file; raises UnreadableError.
    """
    try:
        sheets = read(data)
    except UnreadableError as error:
        details: dict[str, Any] = dict(error.fields)
        finding = make(error.code, value=name or None, **details)
        return _empty((finding,))
    return find_list(sheets, name=name, reading=reading, hidden=hidden)


def find_list(
    sheets: Sequence[Sheet], *, name: str = "", reading: Reading | None = None, hidden: HiddenRows | None = None
) -> IntakeResult:
    """The list among the sheets of a file, as ``read_list`` finds it."""
    kept = tuple([without_results(sheet) for sheet in sheets])
    return replace(_found(kept, name, reading, hidden), sheets=kept)


def _found(sheets: Sequence[Sheet], name: str, reading: Reading | None, hidden: HiddenRows | None) -> IntakeResult:
    said = reading or Reading()
    headings = _headings(said)
    if said.sheet is not None:
        chosen = [sheet for sheet in sheets if sheet.name == said.sheet]
        if not chosen:
            shown = "、".join(sheet.name for sheet in sheets if sheet.name)
            return _empty((make("sheet_unknown", sheet=said.sheet, sheets=shown or "-"),))
        header = _find_header(chosen[0], headings)  # hidden or not
        if header is None:
            return _empty((make("no_header", value=name or None),))
        return _read_rows(header, [], hidden)
    headers = _headers(sheets, headings)
    findings = [make("sheet_hidden", sheet=h.sheet.name) for h in headers if not h.sheet.visible]
    visible = [header for header in headers if header.sheet.visible]
    filled = [header for header in visible if _below(header)]
    if not visible:
        return _empty((*findings, make("no_header", value=name or None)))
    if len(filled) > 1:
        shown = "、".join(header.sheet.name for header in filled)
        return _empty((*findings, make("sheet_ambiguous", sheets=shown)))
    return _read_rows((filled or visible)[0], findings, hidden)


def sheets_with_lists(sheets: Sequence[Sheet], reading: Reading) -> tuple[str, ...]:
    """Return the names of the visible sheets that hold a list with rows, in the order of the file."""
    headers = _headers(sheets, _headings(reading))
    return tuple(header.sheet.name for header in headers if header.sheet.visible and _below(header))


def _headings(said: Reading) -> Headings:
    return Headings(said={folded(heading): field for heading, field in said.columns.items()})


def _headers(sheets: Sequence[Sheet], headings: Headings) -> list[_Header]:
    return [header for sheet in sheets if (header := _find_header(sheet, headings)) is not None]


def without_results(sheet: Sheet) -> Sheet:
    """A sheet without the column that we added to a marked copy: an office corrects the copy and sends it again."""
    ours = {
        place
        for row in sheet.rows
        if row.number <= HEADER_WITHIN
        for place, cell in enumerate(row.cells)
        if isinstance(cell, str) and cell.partition("\n")[0] == RESULT
    }
    if not ours:
        return sheet
    kept = [
        replace(row, cells=[None if at in ours else cell for at, cell in enumerate(row.cells)]) for row in sheet.rows
    ]
    return replace(sheet, rows=[row for row in kept if any(cell_text(cell) is not None for cell in row.cells)])


def _read_rows(header: _Header, findings: list[Finding], hidden: HiddenRows | None) -> IntakeResult:
    doubled = _column_findings(header)
    if doubled:  # Which of the two holds, only the office knows.
        return _empty((*findings, *doubled))
    unused = [make("map_unused", value=heading) for heading in _not_there(header)]
    if unused:
        return _empty((*findings, *unused))
    findings += [make("column_ignored", value=heading) for heading in header.ignored]
    findings += sheet_notices(header.sheet, header.columns)
    rows = []
    places = {column.field: column.index for column in header.columns}
    for sheet_row in _below(header):
        if not is_award(_texts(sheet_row), places, header.headings):
            findings.append(make("row_skipped", at=Place(sheet_row.number)))
            continue
        row = raw_row(sheet_row, header.columns, width=header.width, hidden=hidden)
        why = unseen(sheet_row, header.columns)
        if why is not None and hidden is HiddenRows.LEAVE:
            findings.append(make(f"{why}_leave", at=Place(row.sheet_row, row.seq)))
        else:
            rows.append(row)
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
    return _Header(sheet, row.number, tuple(columns), tuple(ignored), row.width, headings)


def _texts(row: SheetRow) -> list[str | None]:
    return [cell_text(cell) for cell in row.titles]


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


def _empty(findings: tuple[Finding, ...]) -> IntakeResult:
    return IntakeResult(rows=(), findings=findings, columns=(), sheet=None, header_row=None)
