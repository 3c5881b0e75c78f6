"""Which characters a signed text may hold (FORMAT 2.1)."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from credential import characters
from credential.characters import REFUSED, is_plain, refused_characters

FORMAT = Path(__file__).resolve().parents[2] / "docs" / "FORMAT.md"


def ranges_of_the_document() -> list[tuple[int, int]]:
    section = FORMAT.read_text("utf-8").partition("### 2.1 Characters")[2].partition("nor the last two")[0]
    listed = section.partition("inclusive):")[2]
    found = re.findall(r"\b([0-9A-F]{1,6})(?:–([0-9A-F]{1,6}))?(?=[,\s])", listed)
    return [(int(low, 16), int(high or low, 16)) for low, high in found]


def test_the_list_is_the_documents() -> None:
    assert ranges_of_the_document() == list(REFUSED)


@pytest.mark.slow
def test_every_code_point_is_judged_by_the_list_alone() -> None:
    refused = {point for low, high in REFUSED for point in range(low, high + 1)}
    refused |= {plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)}
    assert {point for point in range(0x110000) if not is_plain(chr(point))} == refused


@pytest.mark.parametrize(
    "text",
    [
        "王䶮",
        "孙𠮷平",
        "李𪚥",
        "周𬇙",
        "神\ufe00",
        "葛\U000e0100",
        "阿卜杜拉·买买提",
        "José",
        "Jose\u0301",
        "a b",
        "　",
        "\xa0",
        "",
    ],
)
def test_what_an_identity_document_shows_is_allowed(text: str) -> None:
    assert is_plain(text)
    assert refused_characters(text) == ()


@pytest.mark.parametrize(
    "character", ["\u200b", "\u202e", "\ue863", "\ufeff", "\x00", "\x7f", "\xad", "\u2028", "\u3164"]
)
def test_what_nobody_sees_is_refused_and_named(character: str) -> None:
    assert not is_plain(f"张{character}伟")
    assert refused_characters(f"{character}张{character}伟") == (character, character)


@pytest.mark.slow
def test_no_control_format_or_private_character_of_this_unicode_version_is_left_out() -> None:
    allowed = {
        "\u0600",
        "\u0601",
        "\u0602",
        "\u0603",
        "\u0604",
        "\u0605",
        "\u06dd",
        "\u070f",
        "\u0890",
        "\u0891",
        "\u08e2",
    }
    allowed |= {"\U000110bd", "\U000110cd"} | {chr(point) for point in range(0x13430, 0x13440)}
    for point in range(0x110000):
        if unicodedata.category(chr(point)) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} and chr(point) not in allowed:
            assert not is_plain(chr(point)), f"U+{point:04X}"


@pytest.mark.slow
def test_characters_that_are_quickly_seen_to_be_plain_are_plain() -> None:
    quick = "".join(filter(characters._USUAL.fullmatch, map(chr, range(0x110000))))
    assert len(quick) > 25_000
    assert refused_characters(quick) == ()
    assert re.fullmatch(characters._USUAL, "王䶮 A-1·〔2026〕")
