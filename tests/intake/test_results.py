"""What intake gives back: the normal form, the report, the annotated list."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from openpyxl import load_workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from issuer.identifiers import Sex
from issuer.intake import (
    Severity,
    check,
    findings_json,
    findings_rows,
    read_list,
)
from issuer.intake.model import IntakeResult, Replacement, ReplacementReason
from issuer.intake.normalform import draft_from_json, draft_to_json, new_salt
from issuer.intake.workbook import Page, write
from issuer.sheets.reading import MAX_COLUMNS
from tests.intake.support import DECISION, HEADINGS, TODAY, annotated, changed, check_rows, context, sample, workbook

SALT = "AAECAwQFBgcICQoLDA0ODw"


def test_the_normal_form_is_canonical_json() -> None:
    draft = check_rows(changed()).good[0]
    assert draft_to_json(draft, salt=SALT).decode() == (
        '{"award_date":"2026-10-30","basis_kind":1,"basis_reference":"示评备〔2025〕012号",'
        '"decision_document":"示职改办字〔2026〕31号","employer":"示范大学","filing_number":"示评备〔2025〕012号",'
        '"id_number":"13990119760512380X","id_type":1,"level":2,"name":"王䶮","note":null,"photo":null,'
        '"replaces":null,"salt":"AAECAwQFBgcICQoLDA0ODw","scope":null,"seq":"1","series":5,"sex":"女","sheet_row":2,'
        '"specialty":"建筑施工","title":5002,"way":1}'
    )


def test_any_changed_field_changes_the_normal_form() -> None:
    draft = check_rows(changed()).good[0]
    others = [
        replace(draft, name="王龑"),
        replace(draft, sex=Sex.MALE),
        replace(draft, award_date=date(2026, 10, 31)),
        replace(draft, level=1),
        replace(draft, decision_document="x"),
        replace(draft, note="x"),
        replace(draft, photo="ab" * 32),
        replace(draft, replaces=Replacement(number="SF-1", reason=ReplacementReason.CORRECTED)),
        replace(draft, replaces=Replacement(number="SF-1", reason=ReplacementReason.RESTORED)),
        replace(draft, replaces=Replacement(number="SF-2", reason=ReplacementReason.CORRECTED)),
    ]
    assert len({draft_to_json(each, salt=SALT) for each in [draft, *others]}) == 11


def test_rows_that_say_the_same_have_hashes_that_say_nothing() -> None:
    """Whoever sees a row's hash and knows all but the ID number would try every number."""
    draft = check_rows(changed()).good[0]
    salts = {new_salt() for _ in range(100)}
    assert len(salts) == len({draft_to_json(draft, salt=salt) for salt in salts}) == 100
    assert new_salt(lambda length: bytes(range(length))) == SALT


def test_an_award_returns_from_its_normal_form() -> None:
    targeted = check(
        read_list(sample("teachers-targeted-2026.csv")).rows,
        context("sfq-hrss", defaults={"decision_document": DECISION}),
        TODAY,
    )
    filled = [
        replace(targeted.good[0], photo="ab" * 32, replaces=Replacement(number="SF-2026-1", reason=reason))
        for reason in ReplacementReason
    ]
    for draft in (*targeted.good, *filled):
        assert draft_from_json(draft_to_json(draft, salt=SALT)) == draft


def written() -> bytes:
    """An award that replaces another and has a photo."""
    draft = check_rows(changed()).good[0]
    replaces = Replacement(number="SF-2026-1", reason=ReplacementReason.CORRECTED)
    return draft_to_json(replace(draft, photo="ab" * 32, replaces=replaces), salt=SALT)


@pytest.mark.parametrize("data", [written() + b" ", b"[]", b"{}", b"5", b"\xff", b"", written()[:-1]], ids=repr)
def test_what_is_no_award_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="award"):
        draft_from_json(data)


@pytest.mark.parametrize(
    ("member", "other"),
    [
        (b'"level":2', b'"level":true'),
        (b'"level":2', b'"level":2.0'),
        (b'"seq":"1"', b'"seq":1'),
        (b'"title":5002', b'"title":"5002"'),
        (b'"scope":null', b'"scope":""'),
        (b'"photo":"ab', b'"photo":"AB'),
        (b'"photo":"ab', b'"photo":"'),
        (b'"corrected"', b'"because"'),
        (b'"number":"SF-2026-1"', b'"number":"sf-2026-1"'),
        (b'"number":"SF-2026-1"', b'"number":1'),
        (b'"number":"SF-2026-1",', b""),
        (b'"replaces":{"number":"SF-2026-1","reason":"corrected"}', b'"replaces":[]'),
        (b'"replaces":{"number":"SF-2026-1","reason":"corrected"}', b'"replaces":0'),
        (b'"replaces":{"number":"SF-2026-1","reason":"corrected"},', b""),
        (b'"photo":"' + b"ab" * 32 + b'",', b""),
        (b'"salt":"AAECAwQFBgcICQoLDA0ODw",', b""),
        (b'"salt":"AAECAwQFBgcICQoLDA0ODw"', b'"salt":"AAECAwQFBgcICQoLDA0ODx"'),
        (b'"salt":"AAECAwQFBgcICQoLDA0ODw"', b'"salt":"AAEC"'),
        (b'"salt":"AAECAwQFBgcICQoLDA0ODw"', b'"salt":null'),
    ],
)
def test_a_member_of_the_normal_form_has_its_form(member: bytes, other: bytes) -> None:
    """What another type makes is canonical JSON too, and other bytes than were approved."""
    assert member in written()
    with pytest.raises(ValueError, match="award"):
        draft_from_json(written().replace(member, other))


def test_the_report_is_readable_and_machine_readable() -> None:
    findings = check_rows(changed(系列="工程技术"), changed(姓名=" 王䶮")).findings
    assert findings_rows(findings, language="en") == [
        ("2", "1", "error", "series: not the catalogue's name (suggest 工程技术人员)"),
        ("3", "1", "notice", "surrounding blanks and lower-case x are cleaned"),
    ]
    assert findings_rows(findings, language="zh")[0][2:] == (
        "错误",
        "系列：不是目录中的名称（建议：工程技术人员）",
    )
    plain = json.loads(json.dumps(findings_json(findings)))
    assert (plain[0]["code"], plain[0]["sheet_row"], plain[0]["severity"]) == ("series_unknown", 2, "error")


def test_the_annotated_list_marks_cells_and_keeps_the_rest() -> None:
    data = sample("engineering-with-faults-2026.xlsx")
    batch = check(read_list(data).rows, context(), TODAY)
    sheet = load_workbook(io.BytesIO(annotated(data, batch.findings))).worksheets[0]
    before = load_workbook(io.BytesIO(data)).worksheets[0]
    assert sheet["P3"].value == "核对结果"
    assert sheet["P4"].value == "通过"
    assert sheet["P5"].value == "【错误】证件号码：校验码不对，请核对各位数字"
    assert sheet["E5"].fill.start_color.rgb == "FFF4B6B6"
    assert sheet["D5"].fill.start_color.rgb == before["D5"].fill.start_color.rgb
    assert sheet["P33"].value == "【提示】姓名：已去掉首尾空白"
    assert sheet["B33"].fill.start_color.rgb == "FFDDEBF7"
    assert [cell.value for cell in sheet[5]][:15] == [cell.value for cell in before[5]][:15]
    assert sheet["A1"].value == before["A1"].value
    narrow, wide = (sheet.column_dimensions[column].width for column in "AE")
    assert (narrow < 10, wide > 18) == (True, True), "a title above the heading makes no column wide"


def test_a_cell_has_the_colour_of_its_worst_finding() -> None:
    """A number that was cleaned, and is the number of the row before."""
    data = workbook(changed(), changed(序号=2, 身份证号=" 13990119760512380X"))
    batch = check(read_list(data).rows, context(), TODAY)
    assert [(f.code, f.sheet_row) for f in batch.findings] == [("cleaned", 3), ("duplicate", 3)]
    for findings in (batch.findings, batch.findings[::-1]):
        sheet = load_workbook(io.BytesIO(annotated(data, findings))).worksheets[0]
        assert (sheet["E3"].fill.start_color.rgb, sheet["P3"].fill.start_color.rgb) == ("FFF4B6B6", "FFF4B6B6")


def test_a_workbook_that_only_the_reader_understands_comes_back_as_values() -> None:
    source = zipfile.ZipFile(io.BytesIO(workbook(changed())))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for part in source.namelist():
            content = source.read(part)
            packed.writestr(
                part, content.replace(b"<calcPr", b"<calcPr x='1'") if part == "xl/workbook.xml" else content
            )
    batch = check(read_list(target.getvalue()).rows, context(), TODAY)
    sheet = load_workbook(io.BytesIO(annotated(target.getvalue(), batch.findings))).worksheets[0]
    assert (sheet["B2"].value, sheet["P2"].value) == ("王䶮", "通过")


def test_a_text_list_comes_back_as_a_workbook_without_formulas() -> None:
    data = sample("teachers-targeted-2026.csv").replace("邹杰".encode("gb18030"), b"=1+1")
    batch = check(read_list(data).rows, context("sfq-hrss"), TODAY)
    assert [f.code for f in batch.findings] == ["batch_value_missing", "name_character"]
    sheet = load_workbook(io.BytesIO(annotated(data, batch.findings))).worksheets[0]
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")
    assert sheet["N1"].value.startswith("核对结果\n【错误】批准文号")
    assert sheet["N2"].value.startswith("【错误】姓名")


def test_a_list_without_header_still_gets_its_finding() -> None:
    data = workbook(changed(), headings=["甲", "乙"])
    sheet = load_workbook(io.BytesIO(annotated(data, read_list(data).findings))).worksheets[0]
    assert "没有找到表头行" in sheet["O1"].value


def again(data: bytes) -> tuple[IntakeResult, IntakeResult]:
    """A list, and what is read of its marked copy."""
    result = read_list(data)
    findings = (*result.findings, *check(result.rows, context(), TODAY).findings)
    return result, read_list(annotated(data, findings))


def merged(area: str) -> bytes:
    book = load_workbook(io.BytesIO(workbook(changed(), changed(序号=2, 身份证号="440524188001010014"))))
    sheet = book.worksheets[0]
    sheet["A4"].value = "合计"
    sheet.merge_cells(area)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def far_away(xml_of_cell: bytes) -> bytes:
    source, target = zipfile.ZipFile(io.BytesIO(workbook(changed()))), io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for part in source.namelist():
            content = source.read(part)
            if part == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</row></sheetData>", xml_of_cell + b"</row></sheetData>")
            packed.writestr(part, content)
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: merged("A4:T4"), id="a total wider than the table"),
        pytest.param(lambda: merged("O1:Q1"), id="a heading over two columns more"),
        pytest.param(lambda: merged("O2:Q2"), id="a remark over two columns more"),
        pytest.param(lambda: far_away(b'<c r="DP2" s="1"/>'), id="a formatted cell far away"),
        pytest.param(lambda: workbook(changed(姓名="+1+1", 备注="合计")), id="a text like a formula"),
        pytest.param(lambda: sample("engineering-with-faults-2026.xlsx"), id="faults"),
        pytest.param(lambda: sample("teachers-targeted-2026.csv"), id="text"),
    ],
)
def test_a_marked_copy_is_made_of_every_list_and_read_again(data: Callable[[], bytes]) -> None:
    first, second = again(data())
    assert first.rows
    assert second == replace(first, encoding=None, sheet=second.sheet)


def test_a_row_that_was_skipped_is_skipped_in_the_marked_copy_too() -> None:
    """The sentence beside a total is no third cell of it."""
    data = workbook(changed(), ["合计", None, None, None, None, "24 人"])
    first, second = again(data)
    assert [finding.code for finding in first.findings] == ["row_skipped"]
    assert second == first


def seen(hide: Callable[[Worksheet], None]) -> bytes:
    book = load_workbook(io.BytesIO(workbook(changed(), changed(序号=2, 专业="大数据"))))
    hide(book.worksheets[0])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def hide_a_row(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True


def strike_a_cell(sheet: Worksheet) -> None:
    sheet["F3"].font = Font(strike=True)


def strike_a_person(sheet: Worksheet) -> None:
    sheet["B3"].font = Font(strike=True)
    sheet["E3"].font = Font(strike=True)


def show_a_month_only(sheet: Worksheet) -> None:
    sheet["L3"].value = datetime(2026, 10, 30)
    sheet["L3"].number_format = "yyyy年m月"


def leave_a_formula_uncalculated(sheet: Worksheet) -> None:
    sheet["F3"].value = "=A1"


@pytest.mark.parametrize(
    "hide", [hide_a_row, strike_a_cell, strike_a_person, show_a_month_only, leave_a_formula_uncalculated]
)
def test_what_was_refused_is_refused_again_when_the_copy_comes_back_as_it_is(
    hide: Callable[[Worksheet], None],
) -> None:
    data = seen(hide)
    result = read_list(data)
    first = (*result.findings, *check(result.rows, context(), TODAY).findings)
    again = read_list(annotated(data, first))
    second = (*again.findings, *check(again.rows, context(), TODAY).findings)
    errors = [[each.sheet_row for each in found if each.severity is Severity.ERROR] for found in (first, second)]
    assert errors == [[3], [3]]


def test_a_text_row_that_ends_early_is_refused_again() -> None:
    data = sample("teachers-targeted-2026.csv").rstrip().rsplit(b",", 3)[0]
    first = read_list(data)
    faults = check(first.rows, context("sfq-hrss", defaults={"decision_document": DECISION}), TODAY)
    again = read_list(annotated(data, faults.findings))
    found = check(again.rows, context("sfq-hrss", defaults={"decision_document": DECISION}), TODAY)
    assert [len(faults.rejected), len(found.rejected)] == [1, 1]


def test_a_corrected_copy_has_one_column_of_results() -> None:
    data = sample("engineering-with-faults-2026.xlsx")
    findings = check(read_list(data).rows, context(), TODAY).findings
    once = annotated(data, findings)
    twice = load_workbook(io.BytesIO(annotated(once, findings[:1]))).worksheets[0]
    assert [cell.value for cell in twice[3]].count("核对结果") == 1
    assert twice["P33"].value == "通过"


def test_a_file_that_cannot_be_read_gives_a_page_of_findings() -> None:
    for data in (b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"a\x00b"):
        sheet = load_workbook(io.BytesIO(annotated(data, read_list(data).findings))).worksheets[0]
        assert sheet["B2"].value.startswith("【错误】文件无法读取")


def test_a_list_as_wide_as_is_read_gets_its_results_on_a_page_of_its_own() -> None:
    headings = [*HEADINGS, *(f"列{number}" for number in range(MAX_COLUMNS - len(HEADINGS)))]
    data = workbook([*changed(), *["x"] * (MAX_COLUMNS - len(HEADINGS))], headings=headings)
    first, second = again(data)
    assert second == first
    book = load_workbook(io.BytesIO(annotated(data, first.findings)))
    assert book["核对结果"]["B3"].value == "通过"


def test_what_the_file_format_cannot_hold_does_not_stop_the_copy() -> None:
    odd: list[object] = ["\ufffe", "x" * 40_000, datetime(1899, 1, 1), time(1, 2), timedelta(hours=30), -1e300]
    page = Page(name="a/b[c]:" + "长" * 40, rows={1: [*odd, float("inf"), "\ud800", True]})  # type: ignore[list-item]
    twin = replace(page, rows={1: ["x"]})
    book = load_workbook(io.BytesIO(write([page, twin, replace(page, name="History"), replace(page, name="")])))
    cells = [cell.value for cell in book.worksheets[0][1]]
    assert (cells[0], len(cells[1]), cells[2], cells[6:9]) == ("�", 32_767, "1899-01-01 00:00:00", ["inf", "�", True])
    assert len(book.sheetnames) == 4


def test_no_text_becomes_a_formula_or_a_link() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "http://example.org", "internal:x"]
    data = write([Page(name="a", rows={1: list(texts)})])
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in sheet[1]] == [(text, "s", None) for text in texts]
    assert [cell.quotePrefix for cell in sheet[1]] == [True] * 5 + [False] * 2
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
