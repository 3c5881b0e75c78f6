"""Workbooks of the form .xls: the files in ``data`` were written by xlwt, which no test needs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from issuer.intake import IntakeResult, check, read_list
from issuer.sheets.cells import BadCell
from issuer.sheets.errors import UnreadableError
from issuer.sheets.reading import read_sheets
from issuer.sheets.xls import _Segments
from tests.intake.support import TODAY, context

DATA = Path(__file__).with_name("data")
FAULTS, TEXTS = (DATA / "faults.xls").read_bytes(), (DATA / "texts.xls").read_bytes()


def test_an_xls_list_is_read_as_a_person_sees_it() -> None:
    result = read_list(FAULTS)
    batch = check(result.rows, context(), TODAY)
    found = [(f.code, f.field, f.sheet_row) for f in (*result.findings, *batch.findings)]
    assert [each for each in found if each[0] not in ("specialty_unknown", "duplicate")] == [
        ("column_hidden", None, None),
        ("date_incomplete", "award_date", 3),
        ("row_hidden", None, 4),
        ("row_struck", None, 5),
        ("cell_boolean", "note", 6),
        ("cell_uncalculated", "employer", 7),
        ("cell_error", "employer", 8),
    ]
    assert result.rows[7].cells["decision_document"] == result.rows[6].cells["decision_document"]
    assert [draft.sheet_row for draft in batch.good] == [2]


def test_another_reader_sees_the_same_values() -> None:
    """Texts that go on in the next record, in both widths; numbers in all three forms."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(TEXTS))
    theirs = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    ours = read_sheets(TEXTS)
    assert [[cell if cell is not None else "" for cell in row.cells] for row in ours[0].rows] == [
        row[: len(mine.cells)] for row, mine in zip(theirs, ours[0].rows, strict=True)
    ]
    assert ours[0].rows[0].cells[5] == "示范大学"
    assert [(sheet.name, sheet.visible) for sheet in ours] == [("s", True), ("藏", False)]


def test_a_text_that_goes_on_may_become_wider() -> None:
    segments = _Segments([b"ab", b"\x01" + "示范".encode("utf-16-le"), b"\x00cd"])
    assert segments.characters(6, 0) == "ab示范cd"
    with pytest.raises(UnreadableError):
        segments.characters(1, 0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"\x42\x00\x02\x00\xb0\x04", b"\x2f\x00\x02\x00\xb0\x04", "password"),
        (b"\x09\x08\x10\x00\x00\x06", b"\x09\x08\x10\x00\x00\x05", "before 1997"),
        ("Workbook".encode("utf-16-le"), "Warkbook".encode("utf-16-le"), "old office"),
    ],
)
def test_what_is_no_such_workbook_is_named(old: bytes, new: bytes, words: str) -> None:
    assert old in FAULTS
    assert words in read_list(FAULTS.replace(old, new, 1)).findings[0].message_en


def test_a_workbook_that_was_cut_off_is_refused() -> None:
    with pytest.raises(UnreadableError, match="not whole"):
        read_sheets(TEXTS[: len(TEXTS) // 2])


def test_a_chain_of_sectors_that_is_a_loop_ends() -> None:
    table = int.from_bytes(TEXTS[76:80], "little")
    place = (table + 1) * 512
    looped = TEXTS[:place] + b"\x00\x00\x00\x00" * 128 + TEXTS[place + 512 :]
    with pytest.raises(UnreadableError, match="not whole"):
        read_sheets(looped)


def test_a_formula_that_a_calculating_program_left_empty_is_empty() -> None:
    # Such a program leaves a record of its own, here in the place of the one for the code page.
    data = FAULTS.replace(b"\x42\x00\x02\x00\xb0\x04", b"\xc1\x01\x02\x00\xb0\x04", 1)
    assert read_list(data).rows[5].cells["employer"] is None
    assert read_list(FAULTS).rows[5].cells["employer"] == BadCell(code="cell_uncalculated")


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_damaged_file_gives_a_result_not_an_exception(place: int, value: int) -> None:
    data = bytearray(FAULTS)
    data[place % len(data)] = value
    assert isinstance(read_list(bytes(data)), IntakeResult)
