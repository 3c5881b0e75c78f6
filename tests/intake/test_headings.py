"""Headings in one row or two, what the clerk says of them, and the rows below that are no awards."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import load_workbook

from issuer.errors import InputError
from issuer.intake import IntakeResult, Reading, check, read_list
from issuer.intake.findings import FIELD_NAMES
from issuer.intake.headings import find_field
from issuer.intake.said import columns_said, values_said
from tests.intake.support import GOOD, HEADINGS, TODAY, changed, context, workbook

PLAIN = dict(zip(HEADINGS, GOOD, strict=True))
NUMBER = "13990119760512380X"


def _codes(result: IntakeResult) -> list[str]:
    return [finding.code for finding in result.findings]


def _csv(*rows: Sequence[Any]) -> bytes:
    return "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows).encode()


def _grouped() -> tuple[list[Any], list[Any]]:
    """The headings as printed forms have them: a group over five columns, the others down both rows."""
    first, last = HEADINGS.index("系列"), HEADINGS.index("通过时间")
    upper = [h if not first <= at <= last else None for at, h in enumerate(HEADINGS)]
    upper[first] = "评审情况"
    return upper, [h if first <= at <= last else None for at, h in enumerate(HEADINGS)]


@pytest.mark.parametrize("above", [0, 2])
@pytest.mark.parametrize("merged", [False, True])
def test_a_heading_in_two_rows_is_read(above: int, merged: bool) -> None:
    upper, lower = _grouped()
    data = workbook(lower, GOOD, headings=upper, above=above)
    if merged:
        book = load_workbook(io.BytesIO(data))
        sheet = book.worksheets[0]
        for at, text in enumerate(lower, start=1):
            if text is None:
                sheet.merge_cells(start_row=above + 1, end_row=above + 2, start_column=at, end_column=at)
        target = io.BytesIO()
        book.save(target)
        data = target.getvalue()
    result = read_list(data)
    assert (_codes(result), result.header_row) == ([], above + 2)
    assert [row.sheet_row for row in result.rows] == [above + 3]
    assert {c.field for c in result.columns} == {c.field for c in read_list(workbook(GOOD)).columns}
    assert len(check(result.rows, context(), TODAY).good) == 1


def test_a_text_list_with_two_rows_of_headings_is_read() -> None:
    upper, lower = _grouped()
    result = read_list(_csv(["单位：", "示范大学"], upper, lower, GOOD))
    assert (len(result.rows), result.header_row) == (1, 3)
    assert len(check(result.rows, context(), TODAY).good) == 1


def test_a_column_under_a_group_is_known_by_both_words() -> None:
    upper = ["姓名", "证件", None, "专业技术资格", None, None]
    lower = [None, "类型", "号码", "名称", "级别", "取得时间"]
    result = read_list(_csv(upper, lower, ["王䶮", "护照", "E12345678", "高级工程师", "副高", "2026-10-30"]))
    assert [c.field for c in result.columns] == ["name", "id_type", "id_number", "title", "level", "award_date"]
    assert result.rows[0].cells["id_number"] == "E12345678"


def test_the_row_of_a_person_is_no_second_row_of_headings() -> None:
    row = changed(工作单位="学校", 备注="说明")
    result = read_list(workbook(row, changed(序号=2)))
    assert (result.header_row, len(result.rows)) == (1, 2)


def test_headings_repeated_on_each_page_are_skipped() -> None:
    upper, lower = _grouped()
    result = read_list(workbook(lower, GOOD, upper, lower, changed(序号=2), headings=upper))
    assert [row.seq for row in result.rows] == ["1", "2"]
    assert _codes(result) == ["row_skipped"] * 2


def test_a_row_that_numbers_the_columns_is_skipped() -> None:
    result = read_list(workbook(list(range(1, len(HEADINGS) + 1)), GOOD))
    assert ([row.seq for row in result.rows], _codes(result)) == (["1"], ["row_skipped"])


NAME, ID = HEADINGS.index("姓名"), HEADINGS.index("身份证号")


def _row(**cells: str) -> list[Any]:
    return [cells.get(heading) for heading in HEADINGS]


FEET = [
    ["审核人：", None, None, "填表人：", None, None, "单位（盖章）：", None, None, None, "2026年11月9日"],
    ["审核人：", "张三", None, "填表人：", "李四", None, "单位负责人（签字）：", "王五"],
    ["单位负责人：张三", None, "经办人：李四", None, "联系电话：13900000000", "2026-11-09"],
    _row(姓名="合计", 工作单位="3个单位", 级别="24人"),
    _row(姓名="合　计", 身份证号="24人"),
    _row(姓名="共24人"),
    _row(序号="合计", 性别="男10人", 证件类型="女14人", 工作单位="24人"),
    _row(姓名="注：1.本表一式三份；2.请用正楷填写。"),
    _row(姓名="以上人员公示无异议，同意上报。"),
    _row(序号="备注", 姓名="说明：本表由单位填写", 性别="。"),
    _row(姓名="填表日期：2026年11月9日", 身份证号="2026年11月9日"),
    ["第1页", "共3页", None, None, "2026年11月9日"],
    ["（单位公章）", "经办人：", "负责人：", "  年  月  日"],
    _row(姓名="以下空白"),
]


@pytest.mark.parametrize("foot", FEET)
def test_totals_notes_and_signatures_are_no_persons(foot: list[Any]) -> None:
    for data in (workbook(GOOD, foot), _csv(HEADINGS, GOOD, foot)):
        result = read_list(data)
        assert [row.seq for row in result.rows] == ["1"]
        assert [(f.code, f.sheet_row) for f in result.findings] == [("row_skipped", 3)]


PERSONS = [
    {"备注": "注：照片另附"},
    {"身份证号": None},
    {"身份证号": None, "备注": "说明：证件号待补"},
    {"姓名": None},
    {"姓名": "合计"},
    {"姓名": "单位负责人：张三"},
    {"身份证号": None, "工作单位": "示范市审核中心：二部"},
    {"姓名": "单位", "身份证号": None},
    {"序号": "合计"},
]


@pytest.mark.parametrize("cells", PERSONS)
def test_a_person_is_never_taken_for_a_foot(cells: dict[str, Any]) -> None:
    result = read_list(workbook(changed(**cells), changed(序号=2)))
    assert len(result.rows) == 2
    assert _codes(result) == []


def test_a_person_of_whom_little_is_given_is_no_foot() -> None:
    result = read_list(_csv(["姓名", "证件号码", "工作单位", "备注"], ["王䶮", "", "示范大学", "备注：无"]))
    assert len(result.rows) == 1


def _sheets(*names: str) -> bytes:
    book = load_workbook(io.BytesIO(workbook(GOOD)))
    book.worksheets[0].title = names[0]
    for place, name in enumerate(names[1:], start=2):
        sheet = book.create_sheet(name)
        sheet.append(HEADINGS)
        sheet.append(changed(序号=place))
    book.worksheets[-1].sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_the_clerk_names_one_of_several_sheets() -> None:
    data = _sheets("正高", "副高", "备用")
    assert _codes(read_list(data)) == ["sheet_hidden", "sheet_ambiguous"]
    for name, seq in (("正高", "1"), ("副高", "2"), ("备用", "3")):
        result = read_list(data, reading=Reading(sheet=name))
        assert ([row.seq for row in result.rows], result.sheet, _codes(result)) == ([seq], name, [])
    missing = read_list(data, reading=Reading(sheet="中级"))
    assert (_codes(missing), missing.rows) == (["sheet_unknown"], ())
    assert "正高、副高、备用" in missing.findings[0].message_zh


def test_the_clerk_says_what_a_column_is() -> None:
    headings = [{"评审资格": "现任职务"}.get(h, h) for h in HEADINGS]
    data = workbook(GOOD, headings=headings)
    assert _codes(read_list(data)) == ["column_ignored"]
    result = read_list(data, reading=Reading(columns={"现任职务（必填）": "title"}))
    assert (_codes(result), result.rows[0].cells["title"]) == ([], "高级工程师")


def test_the_clerk_leaves_one_of_two_columns_aside() -> None:
    data = workbook([*GOOD, "李四"], headings=[*HEADINGS, "申报人"])
    assert _codes(read_list(data)) == ["column_twice"]
    result = read_list(data, reading=Reading(columns={"申报人": ""}))
    assert (_codes(result), result.rows[0].cells["name"]) == ([], "王䶮")


def test_a_column_that_is_not_there_is_told() -> None:
    result = read_list(workbook(GOOD), reading=Reading(columns={"现任职务": "title"}))
    assert ([(f.code, f.value) for f in result.findings], result.rows) == ([("map_unused", "现任职务")], ())


def test_what_no_column_gives_is_given_for_the_list() -> None:
    rows = read_list(workbook(GOOD, headings=["栏" if h in ("系列", "取得方式") else h for h in HEADINGS])).rows
    findings = check(rows, context(), TODAY).findings
    assert [(f.code, f.field) for f in findings] == [("batch_value_missing", "series"), ("batch_value_missing", "way")]
    given = values_said(["系列=工程技术人员", "way=评审"])
    assert check(rows, context(defaults=given), TODAY).findings == ()


def test_a_field_is_named_in_either_language_or_by_a_known_heading() -> None:
    for name, (zh, en) in FIELD_NAMES.items():
        assert find_field(zh) == find_field(en) == find_field(name) == name
    assert find_field("任职资格名称") == "title"
    assert find_field("月薪") is None


def test_what_was_said_is_two_words_about_a_field_of_a_list() -> None:
    assert columns_said(["现任职务 ＝ 资格名称", "旧编号="]) == {"现任职务": "title", "旧编号": ""}
    assert values_said(["批准文号=示职〔2026〕=1号"]) == {"decision_document": "示职〔2026〕=1号"}
    refused = [
        (columns_said, ["甲"], "pair"),
        (columns_said, ["=级别"], "pair"),
        (columns_said, ["甲=月薪"], "no_field"),
        (columns_said, ["甲=级别", "＊甲=专业"], "said_twice"),
        (values_said, ["级别="], "pair"),
        (values_said, ["姓名=张三"], "of_one_person"),
        (values_said, ["身份证号=1"], "of_one_person"),
        (values_said, ["级别=副高", "职称级别=正高"], "said_twice"),
    ]
    for said, pairs, code in refused:
        with pytest.raises(InputError) as caught:
            said(pairs)
        assert caught.value.code == code, pairs


@pytest.mark.parametrize("heading", ["任职资格名称", "专业技术资格名称", "评审通过资格名称"])
def test_usual_headings_of_the_title_are_known(heading: str) -> None:
    headings = [heading if h == "评审资格" else h for h in HEADINGS]
    assert _codes(read_list(workbook(GOOD, headings=headings))) == []
