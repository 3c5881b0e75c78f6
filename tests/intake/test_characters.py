"""What a clerk did not mean is taken out or replaced, and told; what could be meant is not touched."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.identifiers import IdType
from issuer.intake.characters import TWINS, bare, mended, right_character, without_edges
from issuer.intake.dates import TimeOfDayError, parse_date
from issuer.intake.names import NameRefusedError, clean_name
from tests.intake.support import GOOD, HEADINGS, changed, check_rows

NUMBER = "13990119760512380X"


@pytest.mark.parametrize(
    ("given_text", "dropped"),
    [
        (f"\u202d{NUMBER}\u202c", "\u202d\u202c"),
        (f"{NUMBER}\u200b", "\u200b"),
        (f"139901\u200b{NUMBER[6:]}", "\u200b"),
        (f"'{NUMBER}", "'"),
        (f"\u2018{NUMBER}\u2019", "\u2018\u2019"),
        (f"\u2003{NUMBER}", "\u2003"),
        (f" \ufeff {NUMBER}", "\ufeff"),
        (f"{NUMBER}\ufe0f", "\ufe0f"),
    ],
)
def test_what_stands_around_a_number_goes_and_is_named(given_text: str, dropped: str) -> None:
    assert bare(given_text) == (NUMBER, dropped)
    batch = check_rows(changed(身份证号=given_text))
    assert [(f.code, f.field) for f in batch.findings] == [("cleaned_hidden", "id_number")]
    assert f"U+{ord(dropped[0]):04X}" in batch.findings[0].message_zh
    assert f"U+{ord(dropped[0]):04X}" in batch.findings[0].message_en
    assert batch.good[0].id_number == NUMBER


def test_text_that_a_program_wrote_as_a_formula_into_csv_is_that_text() -> None:
    assert bare(f'="{NUMBER}"') == (NUMBER, '="')


@pytest.mark.parametrize("given_text", [f" {NUMBER}\u3000", "", "  ", "'", "=1+1", "139901 1976"])
def test_what_another_rule_judges_is_left_to_it(given_text: str) -> None:
    assert bare(given_text) == (given_text, "")


@given(st.text(max_size=40))
def test_nothing_that_is_kept_is_changed(text: str) -> None:
    kept, dropped = bare(text)
    assert all(c in text for c in kept + dropped)
    assert without_edges(text)[0] in text
    assert mended(mended(text)[0]) == (mended(text)[0], "")


@pytest.mark.parametrize(
    "given_text", ["2026-10-30\u200b", "'2026-10-30", "2026. 10. 30", "2026年 10月 30日", "2026 / 10 / 30"]
)
def test_a_date_is_read_through_what_stands_around_it(given_text: str) -> None:
    assert check_rows(changed(通过时间=given_text)).good[0].award_date == date(2026, 10, 30)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (datetime(2026, 10, 30, 12), "12:00"),
        (datetime(2026, 10, 30, 0, 0, 1), "00:00:01"),
        ("2026-10-30 09:30:00", "09:30:00"),
        ("2026年10月30日 8:05", "8:05"),
        ("20261030 08:05", "08:05"),
    ],
)
def test_a_time_of_day_is_called_one(cell: Any, shown: str) -> None:
    with pytest.raises(TimeOfDayError) as caught:
        parse_date(cell)
    assert (caught.value.fields["day"], caught.value.fields["shown"]) == (date(2026, 10, 30), shown)
    batch = check_rows(changed(通过时间=cell))
    assert [(f.code, f.suggestion) for f in batch.findings] == [("date_time", "2026-10-30")]
    assert shown in batch.findings[0].message_zh
    assert batch.good == ()


def test_the_noise_of_a_binary_fraction_is_no_time_of_day() -> None:
    assert parse_date(datetime(2026, 10, 30, 0, 0, 0, 90)) == date(2026, 10, 30)
    assert parse_date(datetime(2026, 10, 29, 23, 59, 59, 999_910)) == date(2026, 10, 30)
    assert parse_date("2026-10-30T00:00:00") == date(2026, 10, 30)
    with pytest.raises(TimeOfDayError):
        parse_date(datetime(2026, 10, 29, 23, 59, 59))


@pytest.mark.parametrize(
    ("heading", "written", "field", "kept"),
    [
        ("工作单位", "⽰范⼤学", "employer", "示范大学"),
        ("工作单位", "⺼⻟示范⻋厂", "employer", "肉飠示范车厂"),
        ("工作单位", "ﬀ公司", "employer", "ff公司"),
        ("批准文号", "示职改办字〔2026〕⼆⼗号", "decision_document", "示职改办字〔2026〕二十号"),
        ("备注", "⼈⼯", "note", "人工"),
        ("级别", "副⾼", "level", 2),
        ("性别", "⼥", "sex", None),
    ],
)
def test_radicals_and_ligatures_give_way_to_what_they_stand_for(
    heading: str, written: str, field: str, kept: Any
) -> None:
    batch = check_rows(changed(**{heading: written}))
    assert [(f.code, f.field) for f in batch.findings] == [("cleaned_twins", field)]
    assert "→" in batch.findings[0].message_zh
    assert kept is None or getattr(batch.good[0], field) == kept


@pytest.mark.parametrize("heading", ["取得方式", "级别", "系列", "专业", "评审资格", "工作单位", "性别", "证件类型"])
@pytest.mark.parametrize("pattern", ["{}\u200b", "\ufeff{}", "\u200e{} "])
def test_invisible_characters_around_a_text_go_and_are_named(heading: str, pattern: str) -> None:
    plain = check_rows(GOOD).good
    value = dict(zip(HEADINGS, GOOD, strict=True))[heading]
    batch = check_rows(changed(**{heading: pattern.format(value)}))
    assert [f.code for f in batch.findings] == ["cleaned_hidden"]
    assert batch.good == plain


def test_an_invisible_character_inside_a_text_is_refused() -> None:
    batch = check_rows(changed(工作单位="示范\u200b大学"))
    assert [f.code for f in batch.findings] == ["bad_character"]
    assert "U+200B" in batch.findings[0].message_zh


def test_a_wrong_character_of_a_number_is_named_with_its_place() -> None:
    finding = check_rows(changed(身份证号="13990119760512380\u0425")).findings[0]
    assert (finding.code, finding.suggestion) == ("id_character", "X")
    assert "第 18 位" in finding.message_zh
    assert "U+0425" in finding.message_zh


def test_the_true_reason_is_told_of_a_number_in_a_number_cell() -> None:
    for id_type, number, code in [
        ("护照", 12345678, "id_number_numeric"),
        ("台湾居民来往大陆通行证", 1234567, "id_number_numeric"),
        ("护照", "12345678.0", "id_number_numeric"),
        ("居民身份证", 139901760512380, "id_fifteen"),
        ("居民身份证", 139901197605123801, "id_number_as_number"),
        ("护照", 1234567890123456, "id_number_as_number"),
    ]:
        batch = check_rows(changed(证件类型=id_type, 身份证号=number))
        assert [f.code for f in batch.findings] == [code], number


def test_every_radical_of_the_two_blocks_has_its_character() -> None:
    missing = [chr(c) for c in (*range(0x2E80, 0x2EF4), *range(0x2F00, 0x2FD6)) if chr(c) not in TWINS]
    assert missing == ["\u2e80", "\u2e9a"]  # one stands for no character, one is not assigned
    assert all(not 0x2E80 <= ord(c) <= 0x2FDF for real in TWINS.values() for c in real)
    assert all(TWINS[c] == unicodedata.normalize("NFKC", c) for c in "\u2e9f\u2ef3")


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("⻋一山", "车一山"),
        ("赵⺺一", "赵肀一"),
        ("⻘山", "青山"),
        ("买买提\u2024艾力", "买买提·艾力"),
        ("买买提。艾力", "买买提·艾力"),
        ("Jeﬀ Lee", "Jeff Lee"),
        ("Jean\u2011Luc", "Jean-Luc"),
        ("\U0001d400nn", "Ann"),
        ("丁\u31d0", "丁一"),
    ],
)
def test_a_refused_character_of_a_name_comes_with_the_right_one(name: str, suggestion: str) -> None:
    with pytest.raises(NameRefusedError) as caught:
        clean_name(name)
    assert (caught.value.code, caught.value.suggestion) == ("name_character", suggestion)
    finding = check_rows(changed(姓名=name)).findings[0]
    assert finding.suggestion is not None
    assert all(right_character(c) in finding.suggestion for c in name if right_character(c) != c)


def test_a_full_stop_between_chinese_characters_is_told_like_a_middle_dot() -> None:
    assert clean_name("买买提.艾力").notices == ("middle_dot",)
    for name in ("Smith Jr.", "J.Smith", "Ж.П. Иванов"):
        assert clean_name(name).notices == ()


def test_a_clean_number_needs_no_word() -> None:
    batch = check_rows(GOOD)
    assert (batch.findings, batch.good[0].id_type) == ((), IdType.CITIZEN)


@given(st.text(st.sampled_from("019aXzAZ"), min_size=1))
def test_plain_digits_and_letters_have_nothing_around_them(number: str) -> None:
    """They are seen at once; with a character in front that nobody sees, the same is left."""
    assert bare(number) == (number, "")
    assert bare(f"\u200b{number}") == (number, "\u200b")
