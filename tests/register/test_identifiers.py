"""Identifiers of people, on published samples and on the ways in which clerks get them wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.identifiers import (
    ID_TYPE_NAMES,
    IdRefusedError,
    IdType,
    Sex,
    citizen_check_character,
    clean_id,
    find_id_type,
    last_four,
    mask_id,
    mask_name,
)

STANDARD = "11010519491231002X"
_DIGITS = st.integers(0, 999).map(lambda n: f"{n:03}")


def test_the_samples_of_the_standard() -> None:
    first = clean_id(IdType.CITIZEN, STANDARD)
    assert (first.birth, first.sex, first.notices) == (date(1949, 12, 31), Sex.FEMALE, ())
    second = clean_id(IdType.CITIZEN, "440524188001010014")
    assert (second.birth, second.sex) == (date(1880, 1, 1), Sex.MALE)


@settings(max_examples=50)
@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), _DIGITS, st.integers(0, 17), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(born: date, order: str, place: int, shift: int) -> None:
    first = f"139901{born:%Y%m%d}{order}"
    number = first + citizen_check_character(first)
    assert clean_id(IdType.CITIZEN, number).birth == born
    wrong = str((int(number[place]) + shift) % 10) if number[place] != "X" else str(shift)
    with pytest.raises(IdRefusedError):
        clean_id(IdType.CITIZEN, number[:place] + wrong + number[place + 1 :])


@settings(max_examples=50)
@given(_DIGITS, st.integers(0, 16))
def test_any_swap_of_neighbours_is_found(order: str, place: int) -> None:
    first = f"13990119760512{order}"
    number = first + citizen_check_character(first)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(IdRefusedError):
            clean_id(IdType.CITIZEN, swapped)


@pytest.mark.parametrize(
    ("given_text", "notices"),
    [
        (" 11010519491231002X\u3000", ("blanks",)),
        ("11010519491231002x", ("lower_case",)),
        ("１１０１０５19491231002Ｘ", ("full_width",)),
        ("11010519491231002ｘ\t", ("blanks", "full_width", "lower_case")),
    ],
)
def test_what_is_cleaned_has_its_notice(given_text: str, notices: tuple[str, ...]) -> None:
    clean = clean_id(IdType.CITIZEN, given_text)
    assert (clean.text, clean.notices) == (STANDARD, notices)


@pytest.mark.parametrize(
    ("given_text", "code"),
    [
        ("", "id_empty"),
        ("\u3000", "id_empty"),
        ("110105 19491231 002X", "id_blank_inside"),
        ("110105-19491231-002X", "id_character"),
        ("11010519491231002\u0425", "id_character"),
        ("11010519491231002\u2169", "id_character"),
        ("11010519491231002\u200b", "id_character"),
        ("\u0661\u0661010519491231002X", "id_character"),
        ("110105491231002", "id_fifteen"),
        ("1101051949123100X2", "id_shape"),
        ("11010519491231002", "id_shape"),
        ("010105194912310020", "id_shape"),
        ("910105194912310020", "id_shape"),
        ("100105194912310020", "id_shape"),
        ("110105194902300021", "id_birth_date"),
        ("110105179912310021", "id_birth_date"),
        ("110105194912310021", "id_check_character"),
    ],
)
def test_what_is_refused_has_its_code(given_text: str, code: str) -> None:
    with pytest.raises(IdRefusedError) as caught:
        clean_id(IdType.CITIZEN, given_text)
    assert caught.value.code == code
    assert given_text not in str(caught.value) or not given_text.strip("\u3000")


OTHER = [
    (IdType.HK_MACAO_PERMIT, "H01234567"),
    (IdType.HK_MACAO_PERMIT, "M0123456701"),
    (IdType.TAIWAN_PERMIT, "01234567"),
    (IdType.TAIWAN_PERMIT, "0123456701"),
    (IdType.FOREIGN_RESIDENT, "USA110019900101"),
    (IdType.PASSPORT, "E12345678"),
    (IdType.PASSPORT, "12345678"),
]


@pytest.mark.parametrize(("id_type", "number"), OTHER)
def test_other_documents_are_kept_as_they_are(id_type: IdType, number: str) -> None:
    clean = clean_id(id_type, number)
    assert (clean.text, clean.birth, clean.sex) == (number, None, None)


@pytest.mark.parametrize(
    ("id_type", "number"),
    [
        (IdType.HK_MACAO_PERMIT, "A01234567"),
        (IdType.HK_MACAO_PERMIT, "H0123456"),
        (IdType.TAIWAN_PERMIT, "T1234567"),
        (IdType.FOREIGN_RESIDENT, "US1110019900101"),
        (IdType.RESIDENCE_PERMIT, STANDARD),
        (IdType.PASSPORT, "ABCDEFGH"),
        (IdType.PASSPORT, "E123"),
        (IdType.PASSPORT, "E1234567890123456"),
    ],
)
def test_other_documents_have_a_shape(id_type: IdType, number: str) -> None:
    with pytest.raises(IdRefusedError) as caught:
        clean_id(id_type, number)
    assert caught.value.code == "id_shape"


@pytest.mark.parametrize(
    ("id_type", "region"), [(IdType.RESIDENCE_PERMIT, "830000"), (IdType.FOREIGN_RESIDENT, "911840")]
)
def test_eighteen_characters_carry_a_check_birth_and_sex(id_type: IdType, region: str) -> None:
    first = region + "19900102013"
    clean = clean_id(id_type, first + citizen_check_character(first))
    assert (clean.birth, clean.sex) == (date(1990, 1, 2), Sex.MALE)
    wrong = "0" if citizen_check_character(first) != "0" else "1"
    with pytest.raises(IdRefusedError):
        clean_id(id_type, first + wrong)


def test_masks_hide_and_last_four_is_what_a_credential_carries() -> None:
    assert mask_id(STANDARD) == "**************002X"
    assert (mask_id("01234567"), mask_id("12345"), mask_id("")) == ("****4567", "***45", "")
    assert (last_four(STANDARD), last_four("H01234567")) == ("002X", "4567")
    assert (mask_name("张伟"), mask_name("")) == ("张*", "")
    assert STANDARD not in repr(clean_id(IdType.CITIZEN, STANDARD))


def test_types_are_found_by_name_and_numbered_for_ever() -> None:
    assert [int(kind) for kind in ID_TYPE_NAMES] == [1, 2, 3, 4, 5, 6]
    assert find_id_type("居民身份证") is find_id_type(" 身份证 ") is IdType.CITIZEN
    assert find_id_type("台胞证") is IdType.TAIWAN_PERMIT
    with pytest.raises(IdRefusedError) as caught:
        find_id_type("学生证")
    assert caught.value.code == "id_type_unknown"
