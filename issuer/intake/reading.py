"""Reading a list: find the sheet and its header row, map the columns, keep the row numbers.

Rules. The header row is the first row, within the first 30, that names at least a name column, an ID number column and
one more; titles and notes above it are skipped. Headings are compared without blanks, brackets' content, asterisks and
width; synonyms stand in ``data/columns.json``. A repeated header and rows such as 合计 are skipped with a warning. One
file holds one list: two visible sheets with a header and rows below are an error, hidden sheets are reported and not
read. A row that is hidden or crossed out is an error until the clerk says whether to take or to leave it; so is a row
of a text file that has another number of cells than its header, or ends without a line's end.

    >>> read_list("姓名,证件号码,级别\\n".encode()).findings[0].code
    'no_rows'
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from issuer.intake.errors import UnreadableError
from issuer.intake.fields import cell_text
from issuer.intake.findings import FIELD_NAMES, RESULT, Finding, Place, make
from issuer.intake.grid import MAX_ROWS, Sheet, SheetRow, blank
from issuer.intake.model import Column, HiddenRows, IntakeResult
from issuer.intake.seen import raw_row, sheet_notices, unseen
from issuer.intake.sheets import read_sheets

HEADER_WITHIN = 30  # offices put a title, a note and a unit above the header, not a page of text
_KEY_FIELDS = frozenset({"name", "id_number"})
_FEW_CELLS = 2  # 合计 24 人, a signature, a page number: never an award


@dataclass(frozen=True, slots=True)
class _Header:
    sheet: Sheet
    row_number: int
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    width: int | None


def read_list(
    data: bytes,
    *,
    name: str = "",
    hidden: HiddenRows | None = None,
    read: Callable[[bytes], Sequence[Sheet]] = read_sheets,
) -> IntakeResult:
    """Read a list; ``name`` is for messages only.

    A file that cannot be read gives a finding, not an exception: the clerk sees both kinds of trouble in one list.

    Args:
        data: the file.
        name: of the file.
        hidden: what to do with rows that are hidden or crossed out; None: they are errors.
        read: gives the sheets of a file; raises UnreadableError.
    """
    try:
        sheets = read(data)
    except UnreadableError as error:
        details: dict[str, Any] = dict(error.fields)
        finding = make(error.code, value=name or None, **details)
        return _empty((finding,))
    return find_list(sheets, name=name, hidden=hidden)


def find_list(sheets: Sequence[Sheet], *, name: str = "", hidden: HiddenRows | None = None) -> IntakeResult:
    """The list among the sheets of a file, as ``read_list`` finds it."""
    sheets = [without_results(sheet) for sheet in sheets]
    headers = [header for header in map(_find_header, sheets) if header is not None]
    findings = [make("sheet_hidden", sheet=h.sheet.name) for h in headers if not h.sheet.visible]
    visible = [header for header in headers if header.sheet.visible]
    filled = [header for header in visible if _below(header)]
    if not visible:
        return _empty((*findings, make("no_header", value=name or None)))
    if len(filled) > 1:
        shown = "、".join(header.sheet.name for header in filled)
        return _empty((*findings, make("sheet_ambiguous", sheets=shown)))
    return _read_rows((filled or visible)[0], findings, hidden)


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
    findings += [make("column_ignored", value=heading) for heading in header.ignored]
    findings += sheet_notices(header.sheet, header.columns)
    rows = []
    for sheet_row in _below(header):
        if not _is_award(sheet_row, header):
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


def _find_header(sheet: Sheet) -> _Header | None:
    for row in sheet.rows:
        if row.number > HEADER_WITHIN:
            return None
        header = _as_header(sheet, row)
        if header is not None:
            return header
    return None


def _as_header(sheet: Sheet, row: SheetRow) -> _Header | None:
    columns, ignored = [], []
    for index, cell in enumerate(row.titles):
        heading = cell_text(cell)
        if heading is None:
            continue
        field = _synonyms().get(_folded(heading))
        if field is None:
            ignored.append(heading)
        else:
            columns.append(Column(field=field, heading=heading, index=index))
    found = {column.field for column in columns}
    if not found >= _KEY_FIELDS or len(found) <= len(_KEY_FIELDS):
        return None
    return _Header(sheet, row.number, tuple(columns), tuple(ignored), row.width)


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


def _is_award(sheet_row: SheetRow, header: _Header) -> bool:
    again = _as_header(header.sheet, sheet_row)
    if again is not None and again.columns == header.columns:
        return False
    filled = {index for index, cell in enumerate(sheet_row.titles) if not blank(cell)}
    key = {column.index for column in header.columns if column.field in _KEY_FIELDS}
    return len(filled) > _FEW_CELLS or bool(filled & key)


def _empty(findings: tuple[Finding, ...]) -> IntakeResult:
    return IntakeResult(rows=(), findings=findings, columns=(), sheet=None, header_row=None)


def _folded(heading: str) -> str:
    """A heading without what offices decorate it with: （必填）, *, blanks, line breaks, full width."""
    plain = unicodedata.normalize("NFKC", heading)
    return re.sub(r"\([^)]*\)|[\s*:]", "", plain).lower()


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, str]:
    """Folded heading to field, from the data file; a heading may stand for one field only."""
    plain = json.loads((files("issuer.intake") / "data" / "columns.json").read_bytes())
    table: dict[str, str] = {}
    for entry in plain["fields"]:
        if entry["field"] not in FIELD_NAMES:
            raise ValueError(f"columns.json names an unknown field {entry['field']!r}")
        for heading in entry["headings"]:
            if table.setdefault(_folded(heading), entry["field"]) != entry["field"]:
                raise ValueError(f"columns.json gives the heading {heading!r} to two fields")
    return table
