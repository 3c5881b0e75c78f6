"""The list given back to the office: a copy with the faulty cells coloured and a column 核对结果.

Rules. The copy of a .xlsx keeps everything else as it was; of a .csv a .xlsx is made. The cells come from
outside, so text that begins
like a formula is written as text. The copy holds what the office sent, personal data included: it goes back to
that office only.

    >>> annotate(data, findings)   # doctest: +SKIP
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from issuer.intake.findings import Finding, Severity
from issuer.intake.model import IntakeResult
from issuer.intake.reading import read_list
from issuer.intake.sheets import read_sheets, repack

HEADING = "核对结果"
_FILLS = {
    Severity.ERROR: PatternFill("solid", start_color="FFF4B6B6"),
    Severity.WARNING: PatternFill("solid", start_color="FFFFE699"),
    Severity.NOTICE: PatternFill("solid", start_color="FFDDEBF7"),
}
_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)


def annotate(data: bytes, findings: Sequence[Finding]) -> bytes:
    """The .xlsx to send back; ``findings`` are those of reading and check together.

    Raises:
        UnreadableError: the file cannot be read at all, so there is nothing to annotate.
    """
    result = read_list(data)
    workbook = load_workbook(io.BytesIO(repack(data))) if data.startswith(b"PK") else _from_csv(data)
    sheet = workbook[result.sheet] if result.sheet is not None else workbook.worksheets[0]
    _write(sheet, result, findings)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def _from_csv(data: bytes) -> Workbook:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in read_sheets(data)[0].rows:
        for column, value in enumerate(row.cells, start=1):
            if value is not None:
                _put(sheet, row.number, column, str(value))
    return workbook


def _write(sheet: Worksheet, result: IntakeResult, findings: Sequence[Finding]) -> None:
    column = max((c.index + 1 for c in result.columns), default=0) + 1
    column = max(column, sheet.max_column + 1)
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_row[finding.sheet_row or result.header_row or 1].append(finding)
    places = {c.field: c.index + 1 for c in result.columns}
    if result.header_row is not None:
        _put(sheet, result.header_row, column, HEADING).font = Font(bold=True)
    for row in result.rows:
        if row.sheet_row not in by_row:
            _put(sheet, row.sheet_row, column, "通过")
    for number, found in by_row.items():
        _mark(sheet, number, column, found, places, is_header=number == result.header_row)
    sheet.column_dimensions[sheet.cell(row=1, column=column).coordinate.rstrip("1")].width = 50


def _mark(
    sheet: Worksheet, row: int, column: int, found: Sequence[Finding], places: dict[str, int], *, is_header: bool
) -> None:
    text = "\n".join(f"{_WORD[finding.severity]}{finding.line_zh()}" for finding in found)
    cell = _put(sheet, row, column, f"{HEADING}\n{text}" if is_header else text)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.fill = _FILLS[min((f.severity for f in found), key=_WORST_FIRST.index)]
    for finding in sorted(found, key=lambda f: _WORST_FIRST.index(f.severity), reverse=True):
        if finding.field in places:
            faulty = sheet.cell(row=row, column=places[finding.field])
            if not isinstance(faulty, MergedCell):
                faulty.fill = _FILLS[finding.severity]


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write text as text: a value that begins with ``=`` must not become a formula in the clerk's program."""
    cell = sheet.cell(row=row, column=column)
    assert isinstance(cell, Cell)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    cell.data_type = "s"
    return cell


_WORD = {Severity.ERROR: "【错误】", Severity.WARNING: "【警告】", Severity.NOTICE: "【提示】"}
