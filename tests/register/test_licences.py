"""Credit codes and licence identifiers, on published samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.errors import InputError
from issuer.office.licences import (
    build_licence_id,
    credit_code_check_character,
    licence_check_character,
    next_version,
    read_credit_code,
    read_licence_id,
)

SAMPLES = ["91350100M000100Y43", "11100000000013338W", "11430000006122244L"]
LICENCE = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"


@pytest.mark.parametrize("code", SAMPLES)
def test_published_credit_codes_pass(code: str) -> None:
    assert read_credit_code(code).warning is None
    assert credit_code_check_character(code[:17]) == code[17]


def test_a_wrong_check_character_only_warns() -> None:
    code = read_credit_code("91350100M000100Y44")
    assert (code.text, code.warning) == (
        "91350100M000100Y44",
        "the check character of 91350100M000100Y44 should be 3",
    )


@pytest.mark.parametrize(
    "text",
    ["", SAMPLES[0].lower(), SAMPLES[0] + "0", "9135010OM000100Y43", "I1350100M000100Y43", "91350100M000100Y4３"],
)
def test_a_credit_code_has_a_shape(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_credit_code(text)
    assert caught.value.code == "bad_credit_code"


def test_the_published_licence_identifier_passes() -> None:
    licence = read_licence_id(LICENCE)
    assert (licence.type_code, licence.version, licence.check, licence.warning) == (
        "11100000000013338W011",
        "001",
        "U",
        None,
    )
    assert str(licence) == LICENCE


def test_a_built_identifier_reads_back() -> None:
    built = build_licence_id(type_code="11100000000013338W011", issuer=SAMPLES[2], serial="20230000403")
    assert str(built) == LICENCE
    assert next_version(built).version == "002"
    last = build_licence_id(type_code=built.type_code, issuer=built.issuer, serial=built.serial, version="999")
    with pytest.raises(InputError):
        next_version(last)


@given(st.integers(0, 61), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_any_single_wrong_character_is_found(place: int, character: str) -> None:
    parts = "11100000000013338W01111430000006122244L20230000403001"
    wrong = parts[: place % len(parts)] + character + parts[place % len(parts) + 1 :]
    if wrong != parts:
        assert licence_check_character(wrong) != licence_check_character(parts)


def test_a_foreign_identifier_that_fails_only_warns() -> None:
    assert "should be U" in str(read_licence_id(LICENCE[:-1] + "V").warning)


@pytest.mark.parametrize(
    "text",
    [
        "",
        LICENCE[:-2],
        LICENCE + ".1",
        LICENCE.replace("3005", "3006"),
        LICENCE.replace(".001.", ".1."),
        LICENCE.lower(),
        LICENCE.replace("20230000403", "20230403"),
        LICENCE[:-1],
        LICENCE + "\n",
    ],
)
def test_a_licence_identifier_has_a_shape(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_licence_id(text)
    assert caught.value.code == "bad_licence_id"
