"""OpenDocument spreadsheets: what the program showed is what is read."""

from __future__ import annotations

import io
import zipfile
from html import escape
from typing import Any

import pytest

from issuer.intake import check, read_list
from issuer.sheets.cells import BadCell
from tests.intake.support import GOOD, HEADINGS, TODAY, context

SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("number", "datastyle"),
        ("draw", "drawing"),
    )
)
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
STYLES = """
<number:date-style style:name="D1"><number:year/><number:month/><number:day/></number:date-style>
<number:date-style style:name="D2"><number:year/><number:month/></number:date-style>
<style:style style:name="whole" style:data-style-name="D1"/><style:style style:name="part" style:data-style-name="D2"/>
<style:style style:name="struck"><style:text-properties style:text-line-through-style="solid"/></style:style>
<style:style style:name="flat"><style:table-row-properties style:row-height="0cm"/></style:style>
"""


def _ods(rows: str, *, name: str = "mimetype", manifest: str = "") -> bytes:
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    empty = f'<table:table-row table:number-rows-repeated="1048000">{empty}</table:table-row>'
    changes = "<table:tracked-changes><table:table-cell><text:p>旧</text:p></table:table-cell></table:tracked-changes>"
    content = (
        f"<office:document-content {SPACES} {CALC}><office:automatic-styles>{STYLES}</office:automatic-styles>"
        f'<office:body><office:spreadsheet>{changes}<table:table table:name="名单">{rows}{empty}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr(name, "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", manifest)
    return target.getvalue()


def _cell(value: Any, attributes: str = "") -> str:
    text = "" if value is None else f"<text:p>{escape(str(value))}</text:p>"
    kind = "" if value is None or "value-type" in attributes else ' office:value-type="string"'
    return f"<table:table-cell{kind} {attributes}>{text}</table:table-cell>"


def _row(values: list[Any], attributes: str = "", **cells: str) -> str:
    written = [cells.get(heading) or _cell(value) for heading, value in zip(HEADINGS, values, strict=True)]
    return f"<table:table-row {attributes}>{''.join(written)}</table:table-row>"


def _other(**fields: Any) -> list[Any]:
    return [fields.get(heading, value) for heading, value in zip(HEADINGS, GOOD, strict=True)]


def _found(*rows: str) -> list[tuple[str, str | None, int | None]]:
    result = read_list(_ods(_row(HEADINGS) + "".join(rows)))
    batch = check(result.rows, context(), TODAY)
    return [(f.code, f.field, f.sheet_row) for f in (*result.findings, *batch.findings)]


def test_a_list_is_read_with_its_row_numbers() -> None:
    empty = '<table:table-row table:number-rows-repeated="5"><table:table-cell/></table:table-row>'
    result = read_list(_ods(empty + _row(HEADINGS) + _row(GOOD)))
    assert (result.header_row, [row.sheet_row for row in result.rows], result.sheet) == (6, [7], "名单")
    assert len(check(result.rows, context(), TODAY).good) == 1


@pytest.mark.parametrize(
    ("heading", "cell", "finding"),
    [
        ("工作单位", '<table:table-cell table:formula="of:=A1"/>', ("cell_uncalculated", "employer", 2)),
        (
            "工作单位",
            _cell("#N/A", 'office:value-type="string" calcext:value-type="error"'),
            ("cell_error", "employer", 2),
        ),
        ("工作单位", _cell("Err:502"), ("cell_error", "employer", 2)),
        ("备注", _cell("TRUE", 'office:value-type="boolean" office:boolean-value="true"'), ("cell_boolean", "note", 2)),
        ("备注", _cell("70%", 'office:value-type="percentage" office:value="0.7"'), ("cell_format", "note", 2)),
        ("备注", _cell("7,000", 'office:value-type="float" office:value="7000"'), ("cell_format", "note", 2)),
        ("工作单位", _cell("示范大学", 'table:style-name="struck"'), ("cell_struck", "employer", 2)),
        (
            "通过时间",
            _cell("2026年10月", 'office:value-type="date" office:date-value="2026-10-01" table:style-name="part"'),
            ("date_incomplete", "award_date", 2),
        ),
    ],
)
def test_what_nobody_saw_is_an_error(heading: str, cell: str, finding: tuple[str, str, int]) -> None:
    assert _found(_row(GOOD, **{heading: cell})) == [finding]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("通过时间", _cell("x", 'office:value-type="date" office:date-value="2026-10-30" table:style-name="whole"')),
        (
            "通过时间",
            _cell(
                "2026-10-30",
                'office:value-type="date" office:date-value="2026-10-29T23:59:59.99" table:style-name="whole"',
            ),
        ),
        ("通过时间", _cell("2026-10-30", 'office:value-type="float" office:value="20261030"')),
        ("序号", _cell("007", 'office:value-type="float" office:value="7"')),
        ("工作单位", "<table:table-cell><text:p>示范<text:span>大</text:span>学</text:p></table:table-cell>"),
    ],
)
def test_what_was_seen_is_read(heading: str, cell: str) -> None:
    assert _found(_row(GOOD, **{heading: cell})) == []


def test_comments_drawings_and_rubies_are_no_text() -> None:
    other = "<office:annotation><text:p>注</text:p></office:annotation><draw:frame><text:p>图</text:p></draw:frame>"
    ruby = "<text:ruby><text:ruby-base>大</text:ruby-base><text:ruby-text>da</text:ruby-text></text:ruby>"
    cell = f"<table:table-cell>{other}<text:p>示范{ruby}学<text:s text:c='2'/>院</text:p></table:table-cell>"
    result = read_list(_ods(_row(HEADINGS) + _row(GOOD, 工作单位=cell)))
    assert result.rows[0].cells["employer"] == "示范大学  院"


@pytest.mark.parametrize(
    "attributes",
    ['table:visibility="filter"', 'table:visibility="collapse"', 'table:style-name="flat"'],
)
def test_a_hidden_row_waits_for_the_clerks_word(attributes: str) -> None:
    assert _found(_row(GOOD, attributes)) == [("row_hidden", None, 2)]


def test_a_row_in_a_closed_group_is_hidden() -> None:
    grouped = f'<table:table-row-group table:display="false">{_row(GOOD)}</table:table-row-group>'
    assert _found(grouped, _row(_other(专业="机械设计"))) == [("row_hidden", None, 2)]


def test_merged_cells_count_for_their_whole_area() -> None:
    top = _cell("示范大学", 'table:number-rows-spanned="2"')
    under = "<table:covered-table-cell><text:p>别处</text:p></table:covered-table-cell>"
    rows = read_list(
        _ods(_row(HEADINGS) + _row(GOOD, 工作单位=top) + _row(GOOD, 工作单位="<table:covered-table-cell/>"))
    ).rows
    assert [row.cells["employer"] for row in rows] == ["示范大学"] * 2
    rows = read_list(_ods(_row(HEADINGS) + _row(GOOD, 工作单位=top) + _row(GOOD, 工作单位=under))).rows
    assert rows[1].cells["employer"] == BadCell(code="merged_other")


def test_repeated_cells_are_bounded() -> None:
    far = f'<table:table-row table:number-rows-repeated="1000000">{_cell("甲")}</table:table-row>'
    assert "more than 20000 rows" in read_list(_ods(far)).findings[0].message_en
    cell = _cell("甲", 'table:number-columns-repeated="16000"')
    wide = f"<table:table-row>{cell}</table:table-row>"
    assert "columns" in read_list(_ods(wide)).findings[0].message_en


def test_a_spreadsheet_with_a_password_is_named() -> None:
    assert "password" in read_list(_ods("", manifest="<manifest:encryption-data/>")).findings[0].message_en
