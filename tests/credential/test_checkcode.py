"""The check code (FORMAT 4): what it finds, what it forgives, what it names."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import checkcode
from credential.checkcode import ALPHABET, CheckCode, group, looks_like, make, parse, prefix_of
from credential.errors import CredentialError, MalformedError
from credential.kdf import prefix
from tests.credential.made import CTI

CODE = make(CTI, bytes(range(15)))


def why(typed: str) -> str:
    with pytest.raises(MalformedError) as caught:
        parse(typed)
    assert caught.value.code == "bad_code"
    return str(caught.value.fields["why"])


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=15, max_size=15))
def test_a_code_goes_round_and_repeats_the_prefix(cti: bytes, entropy: bytes) -> None:
    code = make(cti, entropy)
    assert parse(code) == parse(group(code)) == code
    assert (len(code), set(code) <= set(ALPHABET)) == (20, True)
    for bits in range(21):
        assert prefix_of(code, bits) == prefix(cti, bits)


def test_each_random_byte_gives_five_bits_to_one_character() -> None:
    for place in range(15):
        for value in (1, 16, 31):
            changed = bytearray(bytes(range(15)))
            changed[place] ^= value
            other = make(CTI, bytes(changed))
            assert [at for at in range(19) if other[at] != CODE[at]] == [4 + place]
    assert make(CTI, bytes(byte | 0xE0 for byte in range(15))) == CODE


@pytest.mark.parametrize("length", [0, 14, 16])
def test_fifteen_random_bytes_are_needed(length: int) -> None:
    with pytest.raises(ValueError, match="random"):
        make(CTI, bytes(length))


def some_codes() -> list[CheckCode]:
    source = random.Random(20261121)  # noqa: S311 - the tests need codes, not secrets
    return [make(source.randbytes(16), source.randbytes(15)) for _ in range(12)]


@pytest.mark.slow
def test_every_single_wrong_character_is_found() -> None:
    for code in some_codes():
        for place, character in itertools.product(range(20), ALPHABET):
            if character != code[place]:
                assert why(code[:place] + character + code[place + 1 :]) == "check"


def test_every_swap_of_any_two_characters_is_found() -> None:
    for code in some_codes():
        for first, second in itertools.combinations(range(20), 2):
            if code[first] != code[second]:
                swapped = list(code)
                swapped[first], swapped[second] = swapped[second], swapped[first]
                assert why("".join(swapped)) == "check"


def test_the_weights_all_differ_and_none_is_zero() -> None:
    weights = tuple(products[1] for products in checkcode._PRODUCTS)
    assert weights[-6:] == (5, 16, 8, 4, 2, 1)  # x^5 = x^2 + 1
    assert len(set(weights)) == 20
    assert 0 not in weights


@pytest.mark.parametrize("character", list("01IOio０１ＩＯｉｏ"))
def test_characters_that_people_confuse_are_named(character: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse(CODE[:7] + character + CODE[8:])
    assert caught.value.fields["why"] == "confusable"
    assert caught.value.fields["character"] in set("01IO")


@pytest.mark.parametrize(
    "character",
    [
        "ß",
        "ı",
        "ſ",
        "ﬀ",
        "\u212a",
        "\u212b",
        "é",
        "Α",
        "А",
        "中",
        "٢",
        "²",
        "②",
        "!",
        "/",
        "\\",
        "+",
        "\0",
        "\u200b",
        "\x0b",
    ],
)
def test_other_characters_are_refused_and_not_folded(character: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse(CODE[:7] + character + CODE[8:])
    assert (caught.value.fields["why"], caught.value.fields["character"]) == ("character", character)


@pytest.mark.parametrize(
    "separator", [*" \t\r\n\u00a0\u3000-._·", *map(chr, range(0x2010, 0x2016)), "\u2212", "－", "．", "＿"]
)
def test_separators_that_people_type_are_dropped(separator: str) -> None:
    assert parse(separator.join(CODE[at : at + 4] for at in range(0, 20, 4))) == CODE
    assert parse(separator * 3 + CODE + separator) == CODE


def test_small_and_full_width_characters_are_folded() -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) for character in CODE)
    assert parse(CODE.lower()) == parse(wide) == parse(wide.lower()) == CODE


@pytest.mark.parametrize("typed", ["", " ", "-", CODE[:19], CODE + "2", CODE[:16], CODE * 2])
def test_another_length_is_said(typed: str) -> None:
    assert why(typed) == "length"


def test_what_nobody_would_type_is_not_even_folded() -> None:
    assert why("-" * 61 + CODE) == "too_long"
    assert parse("-" * 60 + CODE) == CODE
    assert why("２" * 1_000_000) == "too_long"


def test_the_printed_form_is_five_groups_of_four() -> None:
    assert group(CODE) == "-".join([CODE[:4], CODE[4:8], CODE[8:12], CODE[12:16], CODE[16:]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CODE, True),
        (group(CODE).lower(), True),
        (CODE[:12], True),
        (CODE[:11], False),
        (CODE + CODE[:9], False),
        ("https://zc.shifan.example/v/#1", False),
        ("王䶮", False),
        ("", False),
    ],
)
def test_what_looks_like_a_code(text: str, expected: bool) -> None:
    assert looks_like(text) is expected


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.text(max_size=90))
def test_any_text_is_read_or_refused_in_our_words(text: str) -> None:
    try:
        code = parse(text)
    except CredentialError:
        return
    assert parse(code) == code
