"""The list given back to the office: a copy with the faulty cells coloured and a column 核对结果.

Rules. The copy is written anew, from the values that were read: rows keep their numbers and columns their places. What
is hidden, crossed out or merged across stays so, formulas, pictures and macros do not come along. So there is no file
that can be read and not be marked, and the copy can be read again: the column 核对结果 is left out then, and what was
refused is refused again until somebody corrects it. A file that cannot be read gives a page with its findings. The copy
holds what the office sent, personal data included: it goes back to that office only.

    >>> annotate(result, findings)   # doctest: +SKIP
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from issuer.intake.findings import RESULT, Finding, Severity
from issuer.intake.model import IntakeResult
from issuer.intake.workbook import Page, write
from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.grid import SheetRow
from issuer.sheets.reading import MAX_COLUMNS, Sheet

GOOD: Final = "通过"
UNKNOWN: Final = "#N/A"
"""Stands for a cell whose value is not known: it is refused when the copy is read again, until somebody fills it in."""
_WORST_LAST: Final = (Severity.NOTICE, Severity.WARNING, Severity.ERROR)
_WORD: Final = {Severity.ERROR: "【错误】", Severity.WARNING: "【警告】", Severity.NOTICE: "【提示】"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What is said of one row."""

    text: str
    worst: Severity | None


def annotate(result: IntakeResult, findings: Sequence[Finding]) -> bytes:
    """The .xlsx to send back; ``findings`` are those of reading and check. What was read is not read again."""
    sheets = result.sheets
    verdicts = _verdicts(result, findings)
    listed = next((sheet for sheet in sheets if sheet.name == (result.sheet or "")), None)
    listed = listed or next((sheet for sheet in sheets if sheet.visible), None)
    pages = [
        _marked(sheet, result, findings, verdicts) if sheet is listed else _copied(sheet, {}, {}) for sheet in sheets
    ]
    if listed is None or _width(listed) >= MAX_COLUMNS:
        pages.append(_apart(verdicts))
    return write(pages)


def _verdicts(result: IntakeResult, findings: Sequence[Finding]) -> dict[int, _Verdict]:
    """What is said by row; what was found in the whole list stands in its heading, or in the first row."""
    heading = result.header_row or 1
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_row[finding.sheet_row or heading].append(finding)
    said = {row.sheet_row: _Verdict(text=GOOD, worst=None) for row in result.rows}
    said |= {number: _verdict(found) for number, found in by_row.items()}
    if result.header_row is not None:
        under = said.get(heading, _Verdict(text="", worst=None))
        said[heading] = _Verdict(text="\n".join(filter(None, (RESULT, under.text))), worst=under.worst)
    return said


def _verdict(found: Sequence[Finding]) -> _Verdict:
    text = "\n".join(f"{_WORD[finding.severity]}{finding.line_zh()}" for finding in found)
    return _Verdict(text=text, worst=max((finding.severity for finding in found), key=_WORST_LAST.index))


def _marked(sheet: Sheet, result: IntakeResult, findings: Sequence[Finding], verdicts: Mapping[int, _Verdict]) -> Page:
    places = {column.field: column.index for column in result.columns}
    colours = {
        (finding.sheet_row, places[finding.field]): finding.severity
        for finding in sorted(findings, key=lambda each: _WORST_LAST.index(each.severity))
        if finding.field in places and finding.sheet_row is not None
    }
    if _width(sheet) >= MAX_COLUMNS:  # another column would be one more than is read
        return _copied(sheet, colours, {}, heading=result.header_row)
    return _copied(sheet, colours, verdicts, heading=result.header_row)


def _copied(
    sheet: Sheet,
    colours: Mapping[tuple[int, int], Severity],
    verdicts: Mapping[int, _Verdict],
    *,
    heading: int | None = None,
) -> Page:
    width = _width(sheet)
    values = {row.number: row for row in sheet.rows}
    rows: dict[int, list[Cell]] = {}
    for number in sorted({*values, *verdicts}):
        row = values.get(number)
        kept = [] if row is None else _values(row, width)
        said = verdicts.get(number)
        rows[number] = kept if said is None else [*kept, *[None] * (width - len(kept)), _said(said, row)]
    worst = {(number, width): said.worst for number, said in verdicts.items() if said.worst is not None}
    return Page(
        name=sheet.name,
        rows=rows,
        colours={**colours, **worst},
        wide=frozenset({width}) if verdicts else frozenset(),
        heading=heading,
        visible=sheet.visible,
        merged={row.number: _runs(row, width) for row in sheet.rows if row.covered},
        struck={(row.number, column) for row in sheet.rows for column in row.struck},
        hidden_rows=[row.number for row in sheet.rows if row.hidden],
        hidden_columns=[column for column in sheet.hidden_columns if column < width],
    )


def _values(row: SheetRow, width: int) -> list[Cell]:
    """What a row holds. What was refused as it stood does not come back as something that would be taken."""
    cells = [UNKNOWN if isinstance(cell, BadCell) else _kept(cell) for cell in row.titles[:width]]
    if row.width is not None and row.width < width:  # a text file's row that ends early
        cells = [*cells[: row.width], *[UNKNOWN] * (width - row.width)]
    if row.cut and cells:
        cells[-1] = UNKNOWN
    return cells


def _said(said: _Verdict, row: SheetRow | None) -> str:
    held = [cell.held for cell in row.cells if isinstance(cell, BadCell) and cell.held] if row is not None else []
    return said.text + (f"\n（原单元格：{'、'.join(held)}）" if held else "")


def _runs(row: SheetRow, width: int) -> list[tuple[int, int]]:
    """The cells of a row that are merged across, as first and last column within the list."""
    runs: list[tuple[int, int]] = []
    for column in sorted(row.covered):
        if column < width:
            runs = (
                [*runs[:-1], (runs[-1][0], column)]
                if runs and runs[-1][1] == column - 1
                else [*runs, (column - 1, column)]
            )
    return runs


def _apart(verdicts: Mapping[int, _Verdict]) -> Page:
    """A page of its own, where the list has no room or there is none."""
    rows: dict[int, list[Cell]] = {1: ["行", RESULT]}
    colours = {}
    for place, number in enumerate(sorted(verdicts), start=2):
        rows[place] = [number, verdicts[number].text]
        worst = verdicts[number].worst
        if worst is not None:
            colours[place, 1] = worst
    return Page(name=RESULT, rows=rows, colours=colours, wide=frozenset({1}))


def _width(sheet: Sheet) -> int:
    """How many columns hold something: an empty but formatted cell may stand at the very edge."""
    return max(
        (place for row in sheet.rows for place, cell in enumerate(row.cells, start=1) if _kept(cell) is not None),
        default=0,
    )


def _kept(cell: Cell) -> Cell:
    return None if cell == "" else cell
