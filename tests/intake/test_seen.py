"""What a person sees in a sheet is what is read, and what nobody sees is not issued without a word."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from issuer.intake import CheckedBatch, HiddenRows, check, read_list
from issuer.sheets.cells import BadCell
from issuer.sheets.formats import instant, shown
from tests.intake.support import GOOD, HEADINGS, TODAY, changed, check_rows, context, repacked, saved, workbook

OTHER = changed(序号=2, 姓名="李四", 身份证号="110101199001011237", 性别="男")
PART = "xl/worksheets/sheet1.xml"


def _with(row: list[Any], **fields: Any) -> list[Any]:
    return [fields.get(heading, value) for heading, value in zip(HEADINGS, row, strict=True)]


def _opened(*rows: list[Any]) -> tuple[Workbook, Worksheet]:
    book = load_workbook(io.BytesIO(workbook(*(rows or (GOOD, OTHER)))))
    return book, book.worksheets[0]


def _checked(
    data: bytes, hidden: HiddenRows | None = None
) -> tuple[CheckedBatch, list[tuple[str, str | None, int | None]]]:
    result = read_list(data, hidden=hidden)
    batch = check(result.rows, context(), TODAY)
    return batch, [(f.code, f.field, f.sheet_row) for f in (*result.findings, *batch.findings)]


def _column(heading: str) -> int:
    return HEADINGS.index(heading) + 1


def _part(data: bytes) -> str:
    return zipfile.ZipFile(io.BytesIO(data)).read(PART).decode()


def _replaced(data: bytes, old: str, new: str) -> bytes:
    part = _part(data)
    assert old in part
    return repacked(data, {PART: part.replace(old, new).encode()})


def _merged(area: str, *rows: list[Any]) -> bytes:
    """Rows of which an area is merged while all its cells keep what they hold, as some programs leave it."""
    cells = f'<mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'
    return _replaced(workbook(*rows), "</sheetData>", f"</sheetData>{cells}")


def test_the_top_left_value_counts_for_a_whole_block() -> None:
    rows = read_list(_merged("N2:O3", GOOD, _with(OTHER, 批准文号=None))).rows
    assert [(row.cells["decision_document"], row.cells["note"]) for row in rows] == [
        ("示职改办字〔2026〕31号",) * 2
    ] * 2


@pytest.mark.parametrize(
    ("area", "heading", "field"),
    [("F2:F3", "工作单位", "employer"), ("N2:O3", "备注", "note"), ("N2:O3", "批准文号", "decision_document")],
)
def test_another_value_under_a_merged_cell_is_an_error(area: str, heading: str, field: str) -> None:
    batch, found = _checked(_merged(area, GOOD, _with(OTHER, **{heading: "别处"})))
    assert ("merged_other", field, 3) in found
    assert [row.sheet_row for row in batch.rejected] == [3]


def test_the_same_value_under_a_merged_cell_is_none() -> None:
    batch, found = _checked(_merged("F2:F3", GOOD, OTHER))
    assert found == []
    assert [draft.employer for draft in batch.good] == ["示范大学"] * 2


def test_a_heading_merged_over_two_columns_is_one() -> None:
    book, sheet = _opened()
    sheet.merge_cells(start_row=1, end_row=1, start_column=15, end_column=16)
    assert _checked(saved(book))[1] == []


def test_a_total_merged_across_is_no_person() -> None:
    book, sheet = _opened(GOOD, ["合计", *[None] * 14])
    sheet.merge_cells("A3:F3")
    assert _checked(saved(book))[1] == [("row_skipped", None, 3)]


def _hide(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True


def _no_height(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].height = 0.1


def _group(sheet: Worksheet) -> None:
    sheet.row_dimensions.group(3, 3, hidden=True)


def _strike(sheet: Worksheet) -> None:
    for cell in sheet[3]:
        cell.font = Font(strike=True)


def _strike_name(sheet: Worksheet) -> None:
    sheet.cell(row=3, column=_column("姓名")).font = Font(strike=True)


@pytest.mark.parametrize(
    ("keep_from_sight", "code"),
    [
        (_hide, "row_hidden"),
        (_no_height, "row_hidden"),
        (_group, "row_hidden"),
        (_strike, "row_struck"),
        (_strike_name, "row_struck"),
    ],
)
def test_a_row_that_nobody_sees_waits_for_the_clerks_word(
    keep_from_sight: Callable[[Worksheet], None], code: str
) -> None:
    book, sheet = _opened()
    keep_from_sight(sheet)
    data = saved(book)
    batch, found = _checked(data)
    assert found == [(code, None, 3)]
    assert ([d.sheet_row for d in batch.good], [r.sheet_row for r in batch.rejected]) == ([2], [3])
    batch, found = _checked(data, HiddenRows.TAKE)
    assert (found, [d.sheet_row for d in batch.good]) == ([(f"{code}_take", None, 3)], [2, 3])
    batch, found = _checked(data, HiddenRows.LEAVE)
    assert (found, [d.sheet_row for d in batch.good], batch.rejected) == ([(f"{code}_leave", None, 3)], [2], ())


def test_a_row_of_height_zero_is_hidden() -> None:
    data = _replaced(workbook(GOOD, OTHER), '<row r="3">', '<row r="3" ht="0" customHeight="1">')
    assert _checked(data)[1] == [("row_hidden", None, 3)]


def test_a_hidden_column_is_told() -> None:
    book, sheet = _opened()
    sheet.column_dimensions["L"].hidden = True
    result = read_list(saved(book))
    assert [(f.code, f.value) for f in result.findings] == [("column_hidden", "通过时间")]


def test_one_crossed_out_cell_is_an_error_of_its_field() -> None:
    book, sheet = _opened()
    sheet.cell(row=3, column=_column("工作单位")).font = Font(strike=True)
    assert _checked(saved(book))[1] == [("cell_struck", "employer", 3)]


@pytest.mark.parametrize(
    "text", ["#SPILL!", "#CALC!", "#FIELD!", "#GETTING_DATA", "#REF!", "#名称?", "Err:502", "########"]
)
def test_an_errors_text_is_an_error_in_optional_fields_too(text: str) -> None:
    batch = check_rows(changed(工作单位=text, 备注=text))
    assert [(f.code, f.field) for f in batch.findings] == [("cell_error", "employer"), ("cell_error", "note")]
    assert batch.good == ()


def _with_cell(xml: str) -> bytes:
    """The good row with the employer's cell written anew."""
    data = workbook(GOOD)
    part = _part(data)
    start = part.index('<c r="F2"')
    end = part.index("</c>", start) + len("</c>")
    return repacked(data, {PART: (part[:start] + xml + part[end:]).encode()})


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ('<c r="F2" t="e"><v>#WHATEVER</v></c>', "cell_error"),
        ('<c r="F2" t="e"><f>1/0</f></c>', "cell_error"),
        ('<c r="F2" t="b"><v>1</v></c>', "cell_boolean"),
        ('<c r="F2"><f>A1</f></c>', "cell_uncalculated"),
        ('<c r="F2"><f>A1</f><v></v></c>', "cell_uncalculated"),
        ('<c r="F2" t="str"><f>A1</f></c>', "cell_uncalculated"),
        ('<c r="F2"><f>A1</f><v>0</v></c>', "cell_uncalculated"),  # written by a program that does not calculate
    ],
)
def test_a_cell_without_a_value_is_an_error(cell: str, code: str) -> None:
    batch, found = _checked(_with_cell(cell))
    assert found == [(code, "employer", 2)]
    assert batch.good == ()


def test_a_formula_that_gives_empty_text_is_an_empty_cell() -> None:
    batch, found = _checked(_with_cell('<c r="F2" t="str"><f>""</f><v></v></c>'))
    assert (found, batch.good[0].employer) == ([], None)


def test_text_in_runs_is_one_text_without_its_phonetic_run() -> None:
    runs = "<r><t>示范</t></r><r><rPr><b/></rPr><t>大学</t></r><rPh sb='0' eb='1'><t>shifan</t></rPh>"
    assert _checked(_with_cell(f'<c r="F2" t="inlineStr"><is>{runs}</is></c>'))[0].good[0].employer == "示范大学"
    struck = "<r><t>示范</t></r><r><rPr><strike/></rPr><t>小学</t></r>"
    assert _checked(_with_cell(f'<c r="F2" t="inlineStr"><is>{struck}</is></c>'))[1] == [("cell_struck", "employer", 2)]


def test_a_date_in_a_field_of_text_is_an_error() -> None:
    assert [(f.code, f.field) for f in check_rows(changed(备注=datetime(2026, 10, 30))).findings] == [
        ("cell_date", "note")
    ]


def _dated(number_format: str) -> list[tuple[str, str | None, int | None]]:
    book, sheet = _opened(GOOD)
    cell = sheet.cell(row=2, column=_column("通过时间"))
    cell.value, cell.number_format = date(2026, 10, 30), number_format
    return _checked(saved(book))[1]


@pytest.mark.parametrize(
    "number_format",
    ['yyyy"年"m"月"', "yyyy-mm", "mmm-yy", "yyyy", 'm"月"d"日"', "h:mm", "aaaa", "[$-804]yyyy年m月", "yyyy/mm dddd"],
)
def test_a_date_that_is_shown_in_part_is_no_date(number_format: str) -> None:
    assert _dated(number_format) == [("date_incomplete", "award_date", 2)]


@pytest.mark.parametrize(
    "number_format",
    [
        'yyyy"年"m"月"d"日"',
        "mm-dd-yy",
        "[$-F800]dddd, mmmm dd, yyyy",
        "e/m/d",
        r"yyyy\-mm\-dd",
        '[DBNum1]yyyy"年"m"月"d"日"',
        "yyyy/m/d;@",
    ],
)
def test_a_date_that_is_shown_whole_is_one(number_format: str) -> None:
    assert _dated(number_format) == []


@pytest.mark.parametrize(
    ("value", "number_format", "seen"),
    [
        (7.0, "General", 7),
        (7.0, "0_ ", 7),
        (7.0, r"0_);[Red]\(0\)", 7),
        (0.1 + 0.2, "General", 0.3),
        (7.0, "000", "007"),
        (20261030.0, "0000-00-00", "2026-10-30"),
        (7.0, "0%", BadCell(code="cell_format")),
        (7.4, "0", BadCell(code="cell_format")),
        (7.0, ";;;", BadCell(code="cell_format")),
        (7.0, '"第"0"号"', BadCell(code="cell_format")),
        (46325.0, "yyyy-mm-dd", datetime(2026, 10, 30)),
        (46325.0 + 1e-9, "yyyy-mm-dd", datetime(2026, 10, 30)),
        (46325.5, "yyyy-mm-dd h:mm", datetime(2026, 10, 30, 12)),
    ],
)
def test_a_number_is_what_its_format_shows(value: float, number_format: str, seen: object) -> None:
    assert shown(value, number_format) == seen


def test_the_epoch_of_1904_is_read() -> None:
    assert shown(44863.0, "yyyy-mm-dd", epoch_1904=True) == datetime(2026, 10, 30)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-10-29T23:59:59.99", datetime(2026, 10, 30)),
        ("2026-10-30T00:00:00.4", datetime(2026, 10, 30)),
        ("2026-10-30", datetime(2026, 10, 30)),
        ("9999-12-31T23:59:59.9", None),
        ("2026年10月30日", None),
    ],
)
def test_an_instant_is_the_nearest_second(text: str, found: datetime | None) -> None:
    assert instant(text) == found


def test_a_time_shows_no_month() -> None:
    found = shown(46325.0, "yyyy-dd hh:mm:ss")
    assert isinstance(found, BadCell)
    assert found.details["parts"] == "month"
