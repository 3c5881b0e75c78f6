"""What is no list is named by its kind, with what to do; text lists come in many dresses."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from issuer.intake import IntakeResult, check, read_list
from tests.intake.support import GOOD, HEADINGS, TODAY, context, repacked, workbook

LINES = [",".join(str(cell or "") for cell in row) for row in (HEADINGS, GOOD)]
TEXT = "\r\n".join(LINES) + "\r\n"


def _zip(*names: str, **content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name in names:
            packed.writestr(name, b"")
        for name, data in content.items():
            packed.writestr(name, data)
    return target.getvalue()


def _container(name: str) -> bytes:
    """An .xls whose one stream has another name."""
    data = (Path(__file__).with_name("data") / "faults.xls").read_bytes()
    old = "Workbook".encode("utf-16-le").ljust(64, b"\x00") + (18).to_bytes(2, "little")
    new = name.encode("utf-16-le").ljust(64, b"\x00") + (2 * len(name) + 2).to_bytes(2, "little")
    assert old in data
    return data.replace(old, new)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n ", "empty"),
        (b"\r\n<html xmlns:x='y'><table><tr><td>1</td></tr></table></html>", "HTML"),
        (b"<table border=1><tr><td>1</td></tr></table>", "HTML"),
        ("<html><body>姓名</body></html>".encode("utf-16"), "HTML"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "HTML"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "XML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"{\\rtf1 ", "RTF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"Rar!\x1a\x07\x00", "archive"),
        (_zip("list.xlsx"), "archive"),
        (_zip("[Content_Types].xml", "word/document.xml"), ".docx"),
        (_zip("[Content_Types].xml", "xl/workbook.bin"), ".xlsb"),
        (_zip(mimetype=b"application/vnd.oasis.opendocument.text"), "text document"),
        (_container("EncryptedPackage"), "password"),
        (_container("WordDocument"), "text document"),
        (_container("PowerPoint Document"), "slides"),
        (_container("Book"), "before 1997"),
        (_container("Something"), "old office"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "old office"),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00", "before 1997"),
    ],
)
def test_a_file_that_is_no_list_is_named(data: bytes, words: str) -> None:
    result = read_list(data)
    assert [f.code for f in result.findings] == ["file_unreadable"]
    assert words in result.findings[0].message_en


def _codes(data: bytes) -> tuple[list[tuple[str, int | None]], IntakeResult]:
    result = read_list(data)
    found = (*result.findings, *check(result.rows, context(), TODAY).findings)
    return [(f.code, f.sheet_row) for f in found], result


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_text_list_is_read_in_each_encoding_with_each_separator(encoding: str, separator: str) -> None:
    found, result = _codes(TEXT.replace(",", separator).encode(encoding))
    assert (found, result.rows[0].cells["name"]) == ([], "王䶮")


@pytest.mark.parametrize("protected", ['"=""13990119760512380X"""', "'13990119760512380X"])
def test_what_protects_digits_is_taken_off_and_told(protected: str) -> None:
    found, result = _codes(TEXT.replace("13990119760512380X", protected).encode())
    assert found == [("cells_protected", None)]
    assert result.rows[0].cells["id_number"] == "13990119760512380X"


def test_the_first_line_may_name_the_separator() -> None:
    assert _codes(f"sep=;\r\n{TEXT.replace(',', ';')}".encode())[0] == []


def test_a_row_has_as_many_cells_as_the_header() -> None:
    for row in (LINES[1] + ",多", LINES[1].rpartition(",")[0]):
        assert ("row_ragged", 2) in _codes(f"{LINES[0]}\r\n{row}\r\n".encode())[0]


def test_a_last_line_without_an_end_may_be_cut_off() -> None:
    assert _codes(TEXT.rstrip().encode())[0] == [("row_cut", 2)]
    assert _codes(f"{TEXT}合计\r\n".encode())[0] == [("row_skipped", 3)]


def test_a_file_that_is_cut_within_a_character_is_told() -> None:
    for encoding in ("utf-8", "gb18030"):
        assert "cut off" in read_list(TEXT.encode(encoding) + "示".encode(encoding)[:1]).findings[0].message_en


def test_quotes_that_do_not_match_are_told_with_their_row() -> None:
    assert "row 3" in read_list(f'{TEXT}a,"b"c,d\r\n'.encode()).findings[0].message_en


def test_part_names_with_backslashes_and_another_case_are_found() -> None:
    names = {name: name.replace("/", "\\") for name in zipfile.ZipFile(io.BytesIO(workbook(GOOD))).namelist()}
    assert _codes(repacked(workbook(GOOD), {}, names))[0] == []
    names = {name: name.upper() for name in names}
    assert _codes(repacked(workbook(GOOD), {}, names))[0] == []


def test_a_dimension_that_lies_does_not_matter() -> None:
    part = zipfile.ZipFile(io.BytesIO(workbook(GOOD))).read("xl/worksheets/sheet1.xml")
    start = part.index(b"<dimension")
    end = part.index(b"/>", start) + 2
    lying = part[:start] + b'<dimension ref="A1:XFD1048576"/>' + part[end:]
    assert _codes(repacked(workbook(GOOD), {"xl/worksheets/sheet1.xml": lying}))[0] == []
