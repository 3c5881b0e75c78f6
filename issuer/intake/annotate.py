"""The list given back to the office: a copy with the faulty cells coloured and a column 核对结果.

Rules. The copy is written anew, from the values that were read: rows keep their numbers and columns their places, and
of the office's own layout, merged cells, formulas, pictures and macros, nothing comes along. So there is no file that
can be read and not be marked, and the copy can be read again: the column 核对结果 is left out then. A file that
cannot be read gives a page with its findings. The copy holds what the office sent, personal data included: it goes back
to that office only.

    >>> annotate(data, findings)   # doctest: +SKIP
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from issuer.intake.errors import UnreadableError
from issuer.intake.findings import RESULT, Finding, Severity
from issuer.intake.model import Cell, IntakeResult
from issuer.intake.reading import find_list, without_results
from issuer.intake.sheets import MAX_COLUMNS, Sheet, read_sheets
from issuer.intake.workbook import Page, write

GOOD: Final = "通过"
_WORST_LAST: Final = (Severity.NOTICE, Severity.WARNING, Severity.ERROR)
_WORD: Final = {Severity.ERROR: "【错误】", Severity.WARNING: "【警告】", Severity.NOTICE: "【提示】"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What is said of one row."""

    text: str
    worst: Severity | None


def annotate(data: bytes, findings: Sequence[Finding]) -> bytes:
    """The .xlsx to send back; ``findings`` are those of reading and check together."""
    try:
        sheets = [without_results(sheet) for sheet in read_sheets(data)]
    except UnreadableError:
        sheets = []
    result = find_list(sheets)
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
    awards = frozenset(row.sheet_row for row in result.rows)
    if _width(sheet) >= MAX_COLUMNS:  # another column would be one more than is read
        return _copied(sheet, colours, {}, heading=result.header_row, awards=awards)
    return _copied(sheet, colours, verdicts, heading=result.header_row, awards=awards)


def _copied(
    sheet: Sheet,
    colours: Mapping[tuple[int, int], Severity],
    verdicts: Mapping[int, _Verdict],
    *,
    heading: int | None = None,
    awards: frozenset[int] = frozenset(),
) -> Page:
    width = _width(sheet)
    # Merged cells come apart: an award has the value in each of them, a heading or a total once.
    values = {row.number: row.cells if row.number in awards else row.titles for row in sheet.rows}
    rows: dict[int, list[Cell]] = {}
    for number in sorted({*values, *verdicts}):
        kept = [_kept(value) for value in values.get(number, [])[:width]]
        said = verdicts.get(number)
        rows[number] = kept if said is None else [*kept, *[None] * (width - len(kept)), said.text]
    worst = {(number, width): said.worst for number, said in verdicts.items() if said.worst is not None}
    return Page(
        name=sheet.name,
        rows=rows,
        colours={**colours, **worst},
        wide=frozenset({width}) if verdicts else frozenset(),
        heading=heading,
        visible=sheet.visible,
    )


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
