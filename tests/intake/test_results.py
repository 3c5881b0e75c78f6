"""What intake gives back: the normal form, the report, the annotated list."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from openpyxl import load_workbook

from issuer.identifiers import Sex
from issuer.intake import (
    annotate,
    check,
    findings_json,
    findings_table,
    read_list,
)
from issuer.intake.normalform import draft_from_json, draft_to_json, rows_digest
from tests.intake.support import DECISION, TODAY, changed, check_rows, context, sample, workbook


def test_the_normal_form_is_a_canonical_line_an_award() -> None:
    batch = check_rows(changed(), changed(序号=2, 专业="大数据"))
    lines = [draft_to_json(draft) for draft in batch.good]
    assert rows_digest(lines) == sha256(b"%b\n%b\n" % tuple(lines)).digest() != rows_digest(reversed(lines))
    assert lines[0].decode() == (
        '{"award_date":"2026-10-30","basis_kind":1,"basis_reference":"示评备〔2025〕012号",'
        '"decision_document":"示职改办字〔2026〕31号","employer":"示范大学","filing_number":"示评备〔2025〕012号",'
        '"id_number":"13990119760512380X","id_type":1,"level":2,"name":"王䶮","note":null,"scope":null,"seq":"1",'
        '"series":5,"sex":"女","sheet_row":2,"specialty":"建筑施工","title":5002,"way":1}'
    )


def test_any_changed_field_changes_the_digest() -> None:
    draft = check_rows(changed()).good[0]
    others = [
        replace(draft, name="王龑"),
        replace(draft, sex=Sex.MALE),
        replace(draft, award_date=date(2026, 10, 31)),
        replace(draft, level=1),
        replace(draft, decision_document="x"),
        replace(draft, note="x"),
    ]
    digests = {rows_digest([draft_to_json(each)]) for each in [draft, *others]}
    assert len(digests) == 7


def test_an_award_returns_from_its_normal_form() -> None:
    targeted = check(
        read_list(sample("teachers-targeted-2026.csv")).rows,
        context("sfq-hrss", defaults={"decision_document": DECISION}),
        TODAY,
    )
    for draft in targeted.good:
        assert draft_from_json(draft_to_json(draft)) == draft
    written = draft_to_json(targeted.good[0])
    for broken in (written + b" ", written.replace(b'"level":2', b'"level":2.0'), b"[]", b"{}", b"\xff"):
        with pytest.raises(ValueError, match="award"):
            draft_from_json(broken)


@pytest.mark.parametrize(
    ("member", "other"),
    [(b'"level":2', b'"level":true'), (b'"seq":"1"', b'"seq":1'), (b'"title":5002', b'"title":"5002"')],
)
def test_a_member_of_the_normal_form_has_its_type(member: bytes, other: bytes) -> None:
    """What another type makes is canonical JSON too, and other bytes than were approved."""
    written = draft_to_json(check_rows(changed()).good[0])
    assert member in written
    with pytest.raises(ValueError, match="award"):
        draft_from_json(written.replace(member, other))


def test_the_report_is_readable_and_machine_readable() -> None:
    findings = check_rows(changed(系列="工程技术"), changed(姓名=" 王䶮")).findings
    assert findings_table(findings, language="en").splitlines() == [
        "row  no.          finding",
        "2    1    error   series: not the catalogue's name (suggest 工程技术人员)",
        "3    1    notice  ok: surrounding blanks and lower-case x are cleaned, with a notice",
    ]
    assert "系列：不是目录中的名称（建议：工程技术人员）" in findings_table(findings)
    plain = json.loads(json.dumps(findings_json(findings)))
    assert (plain[0]["code"], plain[0]["sheet_row"], plain[0]["severity"]) == ("series_unknown", 2, "error")


def test_the_annotated_list_marks_cells_and_keeps_the_rest() -> None:
    data = sample("engineering-with-faults-2026.xlsx")
    batch = check(read_list(data).rows, context(), TODAY)
    sheet = load_workbook(io.BytesIO(annotate(data, batch.findings))).worksheets[0]
    before = load_workbook(io.BytesIO(data)).worksheets[0]
    assert sheet["P3"].value == "核对结果"
    assert sheet["P4"].value == "通过"
    assert sheet["P5"].value == "【错误】证件号码：校验码不对，请核对各位数字"
    assert sheet["E5"].fill.start_color.rgb == "FFF4B6B6"
    assert sheet["D5"].fill.start_color.rgb == before["D5"].fill.start_color.rgb
    assert sheet["P33"].value == "【提示】姓名：已去掉首尾空白"
    assert sheet["B33"].fill.start_color.rgb == "FFDDEBF7"
    assert [cell.value for cell in sheet[5]][:15] == [cell.value for cell in before[5]][:15]
    assert sheet.merged_cells.ranges == before.merged_cells.ranges


def test_a_cell_has_the_colour_of_its_worst_finding() -> None:
    """A number that was cleaned, and is the number of the row before."""
    data = workbook(changed(), changed(序号=2, 身份证号=" 13990119760512380X"))
    batch = check(read_list(data).rows, context(), TODAY)
    assert [(f.code, f.sheet_row) for f in batch.findings] == [("cleaned", 3), ("duplicate", 3)]
    for findings in (batch.findings, batch.findings[::-1]):
        sheet = load_workbook(io.BytesIO(annotate(data, findings))).worksheets[0]
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
    sheet = load_workbook(io.BytesIO(annotate(target.getvalue(), batch.findings))).worksheets[0]
    assert (sheet["B2"].value, sheet["P2"].value) == ("王䶮", "通过")


def test_a_text_list_comes_back_as_a_workbook_without_formulas() -> None:
    data = sample("teachers-targeted-2026.csv").replace("邹杰".encode("gb18030"), b"=1+1")
    batch = check(read_list(data).rows, context("sfq-hrss"), TODAY)
    assert [f.code for f in batch.findings] == ["batch_value_missing", "name_character"]
    sheet = load_workbook(io.BytesIO(annotate(data, batch.findings))).worksheets[0]
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")
    assert sheet["N1"].value.startswith("核对结果\n【错误】批准文号")
    assert sheet["N2"].value.startswith("【错误】姓名")


def test_a_list_without_header_still_gets_its_finding() -> None:
    data = workbook(changed(), headings=["甲", "乙"])
    sheet = load_workbook(io.BytesIO(annotate(data, read_list(data).findings))).worksheets[0]
    assert "没有找到表头行" in sheet["O1"].value
