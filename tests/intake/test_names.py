"""Names: kept as the card shows them, refused when nobody could tell what is there, folded for comparison only."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.characters import is_plain
from credential.claims import MAX_NAME
from issuer.intake import names
from issuer.intake.names import (
    PRIVATE_USE,
    CleanName,
    NameRefusedError,
    clean_name,
    comparison_key,
    is_ideograph,
)

KEPT = [
    "王䶮", "李㛃", "赵𬭎", "陈𫍯", "孙𠮷平", "李𪚥", "周𬇙", "陳嘉怡", "李〇", "佐々木",
    "阿卜杜拉·买买提江", "买买提・江", "买买提．江", "John Ronald Smith", "O’Brien", "Jean-Luc", "José", "Smith Jr.",
    "Иван Петров",
    "\uf92d", "\ufa0e", "\U0002f800", "李\U00031350", "李\U000323b0",
    "李\U0002ebf0", "葛\U000e0100", "阿" * MAX_NAME, "赵C",
]  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_a_name_is_kept_as_the_card_shows_it(name: str) -> None:
    assert is_plain(name)
    assert clean_name(name).text == name


@given(st.text(st.characters(min_codepoint=0x4DF0, max_codepoint=0xA00F), min_size=1, max_size=MAX_NAME + 2))
def test_what_is_seen_at_once_is_what_every_rule_would_say(name: str) -> None:
    """Names of common ideographs are not asked rule by rule; nor would any rule change or refuse one."""
    assert _outcome(clean_name, name) == _outcome(names._clean, name)


def _outcome(clean: Callable[[str], CleanName], name: str) -> CleanName | str:
    try:
        return clean(name)
    except NameRefusedError as error:
        return error.code


def test_a_compatibility_ideograph_survives_where_nfc_would_replace_it() -> None:
    assert unicodedata.normalize("NFC", "\uf92d") != "\uf92d"
    assert clean_name("\uf92dJose\u0301").text == "\uf92dJosé"
    assert comparison_key("\uf92d") == comparison_key(unicodedata.normalize("NFC", "\uf92d"))


REFUSED = [
    ("", "name_empty", None),
    (" \u3000", "name_empty", None),
    ("阿" * (MAX_NAME + 1), "name_long", None),
    ("刘\ue863", "name_private_use", "刘䶮"),
    ("刘\ue863\ue000", "name_private_use", None),
    ("刘\U000f0000", "name_private_use", None),
    ("张\u200b伟", "name_invisible", "张伟"),
    ("\ufeff张伟", "name_invisible", "张伟"),
    ("张\u202e伟", "name_invisible", "张伟"),
    ("张\u00ad伟", "name_invisible", "张伟"),
    ("张\n伟", "name_invisible", "张伟"),
    ("张\x00伟", "name_invisible", "张伟"),
    ("张\u2060伟", "name_invisible", "张伟"),
    ("a\ufe0f", "name_invisible", "a"),
    ("\u3164", "name_invisible", None),
    ("张\ud800", "name_invisible", "张"),
    ("张\uffff", "name_character", None),
    ("张\U00033480", "name_character", None),
    ("张伟2", "name_character", None),
    ("张?", "name_character", None),
    ("张□", "name_character", None),
    ("张\ufffd", "name_character", None),
    ("⿰丬", "name_character", None),
    ("⽅明", "name_character", "方明"),
    ("李○", "name_character", "李〇"),
    ("Ａnn", "name_character", "Ann"),
    ("张😀", "name_character", None),
    ("张 伟", "name_blank_inside", "张伟"),
    ("张\u3000伟", "name_blank_inside", "张伟"),
    ("John  Smith", "name_blank_inside", "John Smith"),
    ("·张伟", "name_joiner", None),
    ("买买提··江", "name_joiner", None),
    ("买买提·", "name_joiner", None),
    ("Jean- Luc", "name_joiner", None),
    ("J\u043ehn", "name_look_alike", None),
]


@pytest.mark.parametrize(("name", "code", "suggestion"), REFUSED)
def test_a_refusal_has_a_code_and_where_it_can_a_suggestion(name: str, code: str, suggestion: str | None) -> None:
    with pytest.raises(NameRefusedError) as caught:
        clean_name(name)
    assert (caught.value.code, caught.value.suggestion) == (code, suggestion)
    assert not name.strip() or name not in str(caught.value)


def test_a_compatibility_ideograph_is_an_ideograph() -> None:
    for name in ("\uf92d a", "\U0002f800 a"):
        with pytest.raises(NameRefusedError) as caught:
            clean_name(name)
        assert caught.value.code == "name_blank_inside"


def test_a_refusal_names_code_points() -> None:
    with pytest.raises(NameRefusedError) as caught:
        clean_name("刘\ue863")
    assert caught.value.fields["characters"] == ("U+E863",)


@pytest.mark.parametrize(
    ("given_name", "text", "notices"),
    [
        ("  卢刚艳\u3000", "卢刚艳", ("blanks",)),
        ("Jose\u0301", "José", ("composed",)),
        ("买买提•江", "买买提•江", ("middle_dot",)),
        ("赵C", "赵C", ("mixed",)),
        ("王䶮", "王䶮", ()),
    ],
)
def test_what_is_cleaned_or_odd_is_noted(given_name: str, text: str, notices: tuple[str, ...]) -> None:
    clean = clean_name(given_name)
    assert (clean.text, clean.notices) == (text, notices)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("刘\ue863", "刘䶮"),
        ("买买提・江", "买买提·江"),
        ("买买提•江", "买买提·江"),
        ("买买提‧江", "买买提·江"),
        ("买买提．江", "买买提·江"),
        ("买买提.江", "买买提·江"),
        ("ＪＯＨＮ  smith", "John Smith"),
        ("\uf92d", "來"),
        ("葛\U000e0100", "葛"),
        ("Jose\u0301", "José"),
        ("张\u200b伟", "张伟"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert comparison_key(one) == comparison_key(other)


@pytest.mark.parametrize(("one", "other"), [("张伟", "张玮"), ("陳", "陈"), ("J. Smith", "J· Smith"), ("王䶮", "王龑")])
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert comparison_key(one) != comparison_key(other)


def test_the_private_use_table_agrees_with_the_codec_where_that_knows() -> None:
    """FE50 and on in GB 18030 is the same sequence; the codec knows the characters that Unicode had in 2000."""
    for private, real in PRIVATE_USE.items():
        place = ord(private) - 0xE815
        trail = 0x50 + place + (1 if 0x50 + place >= 0x7F else 0)
        decoded = bytes([0xFE, trail]).decode("gb18030")
        assert decoded in (real, private)
        assert is_ideograph(real)
    assert (PRIVATE_USE["\ue863"], PRIVATE_USE["\ue81e"], PRIVATE_USE["\ue864"]) == ("䶮", "龴", "龻")
    assert len(set(PRIVATE_USE.values())) == len(PRIVATE_USE) == 66


@pytest.mark.slow
@settings(max_examples=300)
@given(st.text(min_size=1, max_size=12))
def test_a_cleaned_name_is_clean_and_has_nothing_that_is_refused(text: str) -> None:
    try:
        clean = clean_name(text).text
    except NameRefusedError:
        return
    assert clean_name(clean).text == clean
    assert comparison_key(clean) == comparison_key(text)
    assert is_plain(clean)
    categories = {unicodedata.category(character) for character in clean if not is_ideograph(character)}
    assert not categories & {"Cc", "Cf", "Co", "Cs", "Cn", "Nd", "So", "Zl", "Zp"}
