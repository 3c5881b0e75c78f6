"""A list is read by a process of its own: the same answer, and one answer whatever the file does."""

from __future__ import annotations

import pytest

from issuer.intake import read_list
from issuer.sheets import apart
from issuer.sheets.apart import read_apart
from tests.intake.support import GOOD, changed, repacked, sample, sheet_xml, workbook

PART = "xl/worksheets/sheet1.xml"
FAR = '<row r="{row}"><c r="{column}{row}" t="inlineStr"><is><t>a</t></is></c></row>'
RELATIONS = "xl/_rels/workbook.xml.rels"


def _why(data: bytes) -> str:
    result = read_list(data, read=read_apart)
    assert result.rows == ()
    return result.findings[0].message_en


@pytest.mark.parametrize(
    "data",
    [
        sample("engineering-with-faults-2026.xlsx"),
        sample("teachers-targeted-2026.csv"),
        workbook(GOOD, changed(工作单位="#N/A", 备注=True)),
        b"",
    ],
    ids=["xlsx", "csv", "bad cells", "empty"],
)
def test_a_process_of_its_own_answers_the_same(data: bytes) -> None:
    assert read_list(data, read=read_apart) == read_list(data)


def test_what_takes_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MEMORY", 1 << 20)
    assert "memory" in _why(f"姓名,证件号码,级别\n{'甲' * 30_000},乙,丙\n".encode() * 100)


def test_what_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "PATIENCE", 0.001)
    assert "time" in _why(workbook(GOOD))


def test_what_the_machine_ends_for_its_time_is_refused() -> None:
    assert "time" in str(apart._ended(-24).fields["why"])
    assert "memory" in str(apart._ended(-11).fields["why"])
    assert "damaged" in str(apart._ended(1).fields["why"])


def test_an_answer_that_was_cut_off_is_none() -> None:
    head = b'{"sheet":{"name":"","visible":true,"encoding":null,"hidden_columns":[],"protected":false}}\n'
    assert len(apart._sheets(head + b'{"end":true}\n')) == 1
    with pytest.raises(EOFError):
        apart._sheets(head)


@pytest.mark.parametrize("row", [30_000, 1_048_576])
@pytest.mark.parametrize(
    "moved",
    ["xl/sheets/sheet1.xml", "xl/worksheets/a/sheet1.xml", "xl/sheet1.dat", "xl\\worksheets\\sheet1.xml"],
)
def test_bounds_hold_in_whatever_part_the_sheet_stands(moved: str, row: int) -> None:
    target = f"/{moved}"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        f'Target="{target}"/></Relationships>'
    ).encode()
    parts = {PART: sheet_xml(FAR.format(row=row, column="A")), RELATIONS: relations}
    assert "more than 20000 rows" in read_list(repacked(workbook(GOOD), parts, {PART: moved})).findings[0].message_en


@pytest.mark.parametrize("prefix", ["x.y", "x-y", "名"])
def test_bounds_hold_for_whatever_prefix(prefix: str) -> None:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cell = f'<{prefix}:c r="ZZ2" t="inlineStr"><{prefix}:is><{prefix}:t>a</{prefix}:t></{prefix}:is></{prefix}:c>'
    part = f'<{prefix}:worksheet xmlns:{prefix}="{space}"><{prefix}:sheetData><{prefix}:row r="2">{cell}'
    part += f"</{prefix}:row></{prefix}:sheetData></{prefix}:worksheet>"
    assert "columns" in read_list(repacked(workbook(GOOD), {PART: part.encode()})).findings[0].message_en


def test_strings_and_formats_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from issuer.sheets import xlsx

    monkeypatch.setattr(xlsx, "MAX_LIST_TEXT", 1000)
    strings = "<sst>" + "<si><t>示范大学</t></si>" * 300 + "</sst>"
    found = read_list(repacked(workbook(GOOD), {"xl/sharedStrings.xml": strings.encode()})).findings
    assert "more text" in found[0].message_en
    monkeypatch.setattr(xlsx, "MAX_STYLES", 10)
    styles = "<styleSheet><cellXfs>" + "<xf/>" * 11 + "</cellXfs></styleSheet>"
    found = read_list(repacked(workbook(GOOD), {"xl/styles.xml": styles.encode()})).findings
    assert "formats" in found[0].message_en


@pytest.mark.parametrize(
    "part",
    [
        b"<worksheet>" + b"<a>" * 100 + b"</a>" * 100 + b"</worksheet>",
        b"<worksheet a='" + b" " * (5 << 20) + b"'/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet>&b;</worksheet>",
    ],
    ids=["deep", "long", "entity"],
)
def test_unusual_xml_is_refused_while_it_is_read(part: bytes) -> None:
    assert "unusual XML" in read_list(repacked(workbook(GOOD), {PART: part})).findings[0].message_en


def test_elements_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    from issuer.sheets import package

    monkeypatch.setattr(package, "MAX_ELEMENTS", 50)
    assert "unusual XML" in read_list(workbook(GOOD)).findings[0].message_en
