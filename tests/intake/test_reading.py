"""Lists as offices really send them, and files that mean harm."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from issuer.intake import IntakeResult, ListFile, read_list
from issuer.sheets import package
from issuer.sheets.grid import MAX_LIST_BYTES
from tests.intake.support import GOOD, HEADINGS, changed, check_rows, repacked, sample, sheet_xml, workbook


def _codes(result: IntakeResult) -> list[str]:
    return [finding.code for finding in result.findings]


def _why(data: bytes) -> str:
    result = read_list(data)
    assert result.rows == ()
    return result.findings[0].message_en


def _with_part(name: str, content: bytes) -> bytes:
    """The good workbook with one part replaced."""
    return repacked(workbook(GOOD), {name: content})


def _sheet(cells: str, tail: str = "") -> bytes:
    return _with_part("xl/worksheets/sheet1.xml", sheet_xml(cells, tail))


def test_row_numbers_are_those_of_the_sheet() -> None:
    result = read_list(workbook(GOOD, [None] * 15, ["", " ", "\u3000"], changed(序号=2), above=4))
    assert result.header_row == 5
    assert [(row.sheet_row, row.seq) for row in result.rows] == [(6, "1"), (9, "2")]


def test_the_digest_is_over_the_bytes_of_the_file() -> None:
    data = sample("engineering-senior-2026.xlsx")
    assert ListFile(name="a.xlsx", data=data).digest == hashlib.sha256(data).digest()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_text_list_is_read_in_each_encoding(encoding: str, separator: str) -> None:
    text = "\r\n".join(separator.join(str(cell or "") for cell in row) for row in (HEADINGS, GOOD))
    result = read_list(text.encode(encoding))
    assert result.rows[0].cells["name"] == "王䶮"
    assert result.rows[0].sheet_row == 2


def test_bytes_in_no_encoding_are_refused_not_guessed() -> None:
    assert "neither UTF-8 nor GB 18030" in _why("姓名,证件号码,级别\n".encode("gb18030") + b"\xff\xff")
    assert "neither UTF-8 nor GB 18030" in _why("姓名,证件号码,级别\n".encode("utf-16") + b"\xff\xdb\xff\xff")
    assert "neither a workbook nor text" in _why("姓名,证件号码,级别\n".encode("utf-16-le"))


def test_headings_are_found_by_synonym_through_their_decoration() -> None:
    headings = ["序 号", "姓名（必填）", "＊证件号码", "职称\n级别", "学科", "无关列"]
    result = read_list(workbook([1, "王䶮", "x", "副高", "物理", "y"], headings=headings))
    assert [column.field for column in result.columns] == ["seq", "name", "id_number", "level", "specialty"]
    assert [(f.code, f.value) for f in result.findings] == [("column_ignored", "无关列")]


def test_a_header_names_a_person_a_number_and_more() -> None:
    for headings in (["序号", "工作单位", "级别", "专业"], ["姓名", "证件号码"], ["姓名", "级别", "专业"]):
        assert _codes(read_list(workbook(["1", "2", "3", "4"], headings=headings))) == ["no_header"]


def test_a_header_stands_within_the_first_rows() -> None:
    assert read_list(workbook(GOOD, above=29)).header_row == 30
    assert _codes(read_list(workbook(GOOD, above=30))) == ["no_header"]


def test_two_columns_for_one_field_are_refused() -> None:
    result = read_list(workbook([*GOOD, "李四"], headings=[*HEADINGS, "申报人"]))
    assert _codes(result) == ["column_twice"]
    assert result.rows == ()


def test_totals_and_repeated_headers_are_skipped_and_said() -> None:
    result = read_list(workbook(GOOD, HEADINGS, changed(序号=2), ["合计", "", "", "", "", "24人"]))
    assert [row.sheet_row for row in result.rows] == [2, 4]
    assert [(f.code, f.sheet_row) for f in result.findings] == [("row_skipped", 3), ("row_skipped", 5)]


def test_a_row_that_lacks_only_its_name_is_not_skipped() -> None:
    assert [f.code for f in check_rows(changed(姓名=None)).findings] == ["missing"]


def _two_sheets(*, second_rows: bool, hidden: bool = False) -> bytes:
    book = load_workbook(io.BytesIO(workbook(GOOD)))
    second = book.create_sheet("第二批")
    second.append(HEADINGS)
    if second_rows:
        second.append(changed(序号=7))
    if hidden:
        second.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_two_lists_in_one_file_are_ambiguous() -> None:
    assert _codes(read_list(_two_sheets(second_rows=True))) == ["sheet_ambiguous"]


def test_an_empty_form_beside_the_list_is_not() -> None:
    assert len(read_list(_two_sheets(second_rows=False)).rows) == 1


def test_a_hidden_sheet_is_reported_and_not_read() -> None:
    result = read_list(_two_sheets(second_rows=True, hidden=True))
    assert _codes(result) == ["sheet_hidden"]
    assert [row.seq for row in result.rows] == ["1"]


def test_a_date_cell_and_a_stored_formula_value_are_read() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["姓名", "证件号码", "通过时间"])
    sheet.append(["王䶮", "13990119760512380X", datetime(2026, 10, 30)])
    target = io.BytesIO()
    book.save(target)
    row = read_list(target.getvalue()).rows[0]
    assert row.cells["award_date"] in (date(2026, 10, 30), datetime(2026, 10, 30))
    headings = zip("ABC", ("姓名", "证件号码", "级别"), strict=True)
    cells = '<row r="1">' + "".join(f'<c r="{c}1" t="str"><v>{h}</v></c>' for c, h in headings) + "</row>"
    cells += '<row r="2"><c r="A2" t="str"><f>"王"&amp;"䶮"</f><v>王䶮</v></c><c r="B2"><v>1</v></c></row>'
    assert read_list(_sheet(cells)).rows[0].cells["name"] == "王䶮"


def test_cells_merged_down_a_column_hold_for_every_row() -> None:
    book = load_workbook(io.BytesIO(workbook(GOOD, changed(序号=2, 批准文号=None), ["合计"])))
    sheet = book.worksheets[0]
    sheet.merge_cells("N2:N3")
    sheet.merge_cells("A4:F4")
    target = io.BytesIO()
    book.save(target)
    result = read_list(target.getvalue())
    assert [row.cells["decision_document"] for row in result.rows] == ["示职改办字〔2026〕31号"] * 2
    assert [(f.code, f.sheet_row) for f in result.findings] == [("row_skipped", 4)]


def test_a_formulas_error_is_told_and_not_read_as_empty() -> None:
    batch = check_rows(changed(工作单位="#N/A"))
    assert [(f.code, f.field) for f in batch.findings] == [("cell_error", "employer")]


def test_no_header_and_no_rows_are_findings() -> None:
    assert _codes(read_list(workbook(GOOD, headings=["甲", "乙"]))) == ["no_header"]
    assert _codes(read_list(workbook())) == ["no_rows"]
    assert "empty" in _why(b"")


def test_other_files_are_refused_with_what_to_do() -> None:
    assert "old .xls" in _why(b"\xd0\xcf\x11\xe0" + b"\x00" * 600)
    assert "not whole" in _why(sample("engineering-senior-2026.xlsx")[:3000])
    assert "at most" in _why(b"a" * (MAX_LIST_BYTES + 1))


def test_a_cell_at_the_far_corner_does_not_fill_memory() -> None:
    started = time.perf_counter()
    assert "more than 20000 rows" in _why(_sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))
    assert "columns" in _why(_sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'))
    assert "more than 20000 rows" in _why(_sheet('<row r="1048576"><c><v>1</v></c></row>'))
    assert time.perf_counter() - started < 5


def test_empty_formatted_cells_at_the_far_corner_do_no_harm() -> None:
    data = workbook(GOOD)
    part = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    tail = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    assert len(read_list(_with_part("xl/worksheets/sheet1.xml", part.replace(b"</sheetData>", tail))).rows) == 1


def test_unusual_xml_is_refused_before_the_reader_sees_it() -> None:
    assert "damaged" in _why(_sheet('<row r="1"><c x=">" y=\'<\' r="XFD9"><v>1</v></c></row>'))
    assert "proper place" in _why(_sheet('<row r="1"><c r="1A"><v>1</v></c></row>'))
    assert "columns" in _why(_sheet('<row r="1"><c r="&#88;FD1"><v>1</v></c></row>'))
    assert "unusual XML" in _why(_with_part("xl/worksheets/sheet1.xml", b"<!DOCTYPE a><worksheet/>"))
    assert "merged" in _why(_sheet("", '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'))


def test_a_zip_bomb_stops_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_UNPACKED_BYTES", 1 << 20)
    assert "unpacks to too much" in _why(_with_part("xl/styles.xml", b" " * (1 << 20)))
    assert len(read_list(workbook(GOOD)).rows) == 1


def test_a_zip_bomb_of_many_parts_stops_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_UNPACKED_BYTES", 1 << 20)
    target = io.BytesIO(_with_part("xl/styles.xml", b"<styleSheet/>" + b" " * (600 << 10)))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/b.xml", b" " * (600 << 10))
    assert len(read_list(target.getvalue()).rows) == 1  # what nobody opens costs nothing
    strings = b"<sst/>" + b" " * (600 << 10)
    assert "unpacks" in _why(repacked(target.getvalue(), {"xl/sharedStrings.xml": strings}))


@pytest.mark.slow
def test_a_text_list_is_bounded_and_its_quotes_match() -> None:
    headings = "姓名,证件号码,级别"
    assert "more than 20000 rows" in _why(f"{headings}\n{chr(10) * 20_100}".encode())
    assert "101 columns" in _why((headings + ",x" * 98).encode())
    assert "quotes" in _why(f'{headings}\n"a"b,c,d\n'.encode())


def test_a_part_that_occurs_twice_is_refused() -> None:
    target = io.BytesIO(workbook(GOOD))
    with zipfile.ZipFile(target, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("xl/workbook.xml", b"<other/>")
    assert "occur twice" in _why(target.getvalue())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_damaged_file_gives_a_result_not_an_exception(place: int, value: int) -> None:
    data = bytearray(sample("engineering-other-documents-2026.xlsx"))
    data[place % len(data)] = value
    assert isinstance(read_list(bytes(data)), IntakeResult)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_result_not_an_exception(data: bytes) -> None:
    assert isinstance(read_list(data), IntakeResult)
