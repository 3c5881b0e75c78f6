"""The list given back to the office: a copy with the faulty cells coloured and a column 核对结果.

Rules. The copy of a .xlsx keeps everything else as it was; of a .csv a .xlsx is made. The cells come from outside, so
text that begins like a formula is written as text. The copy holds what the office sent, personal data included: it goes
back to that office only.

    >>> annotate(data, findings)   # doctest: +SKIP
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from issuer.intake.findings import Finding, Severity
from issuer.intake.model import IntakeResult, Reading
from issuer.intake.reading import read_list
from issuer.intake.sheets import read_sheets, repack

HEADING = "核对结果"
_FILLS = {
    Severity.ERROR: PatternFill("solid", start_color="FFF4B6B6"),
    Severity.WARNING: PatternFill("solid", start_color="FFFFE699"),
    Severity.NOTICE: PatternFill("solid", start_color="FFDDEBF7"),
}
_WORST_LAST = (Severity.NOTICE, Severity.WARNING, Severity.ERROR)


def annotate(data: bytes, findings: Sequence[Finding], *, reading: Reading | None = None) -> bytes:
    """The .xlsx to send back; ``findings`` are those of reading and check together, ``reading`` as the list was read.

    Raises:
        UnreadableError: the file cannot be read at all, so there is nothing to annotate.
    """
    result = read_list(data, reading=reading)
    workbook, sheet = _copy(data, result.sheet)
    width = max((len(row.cells) for source in read_sheets(data) for row in source.rows), default=0)
    _write(sheet, width, result, findings)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def _copy(data: bytes, name: str | None) -> tuple[Workbook, Worksheet]:
    """The workbook and its list; of a text file, and of a workbook that only the reader can read, the bare values."""
    if not data.startswith(b"PK"):
        return _values_only(data, name)
    try:
        workbook = load_workbook(io.BytesIO(repack(data)))
        return workbook, workbook.worksheets[0] if name is None else workbook[name]
    except Exception:  # The library promises nothing: XML, key, type and value errors of its parts all come through.
        return _values_only(data, name)


def _values_only(data: bytes, name: str | None) -> tuple[Workbook, Worksheet]:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheets = read_sheets(data)
    source = next((each for each in sheets if each.name == name), sheets[0])
    for row in source.rows:
        for column, value in enumerate(row.cells, start=1):
            if value is not None:
                _put(sheet, row.number, column, str(value))
    return workbook, sheet


def _write(sheet: Worksheet, width: int, result: IntakeResult, findings: Sequence[Finding]) -> None:
    column = width + 1  # Not the sheet's own width: an empty but formatted cell may stand at the very edge.
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_row[finding.sheet_row or result.header_row or 1].append(finding)
    for row in result.rows:
        _verdict(_put(sheet, row.sheet_row, column, "通过"), by_row.get(row.sheet_row, []))
    for number in by_row.keys() - {row.sheet_row for row in result.rows}:
        _verdict(_put(sheet, number, column, ""), by_row[number])
    if result.header_row is not None:
        heading = _put(sheet, result.header_row, column, "")
        _verdict(heading, by_row.get(result.header_row, []))
        heading.value = "\n".join(filter(None, (HEADING, heading.value)))
    sheet.column_dimensions[get_column_letter(column)].width = 50
    places = {c.field: c.index + 1 for c in result.columns}
    for finding in sorted(findings, key=lambda f: _WORST_LAST.index(f.severity)):
        if finding.field in places and finding.sheet_row is not None:
            _colour(sheet.cell(row=finding.sheet_row, column=places[finding.field]), finding.severity)


def _verdict(cell: Cell, found: Sequence[Finding]) -> None:
    """Write the sentences of one row, in the colour of the worst; nothing when there are none."""
    if not found:
        return
    cell.value = _safe("\n".join(f"{_WORD[finding.severity]}{finding.line_zh()}" for finding in found))
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    _colour(cell, max((f.severity for f in found), key=_WORST_LAST.index))


def _colour(cell: Cell, severity: Severity) -> None:
    if not isinstance(cell, MergedCell):
        cell.fill = _FILLS[severity]


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write text as text: a value that begins with ``=`` must not become a formula in the clerk's program."""
    cell = sheet.cell(row=row, column=column)
    cell.value = _safe(text)
    cell.data_type = "s"
    return cell


def _safe(text: str) -> str:
    """Without the control characters that the file format cannot hold."""
    return str(ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))


_WORD = {Severity.ERROR: "【错误】", Severity.WARNING: "【警告】", Severity.NOTICE: "【提示】"}
