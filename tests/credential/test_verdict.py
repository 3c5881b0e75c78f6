"""The verdict's closed sets and its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from credential.catalogue import Catalogue
from credential.face import Sex
from credential.history import EventKind
from credential.history import Reason as ReasonClass
from credential.outcomes import STEPS, WITHOUT_FACE, InputNote, Outcome, Reason, Source, Unchecked, Warn
from credential.statuslist import Status
from credential.verdict import FaceFacts
from credential.words import reason_words, words
from tests.credential.made import FACE, VERDICT

SECTIONS = {
    "outcomes": {outcome.value for outcome in Outcome},
    "reasons": {reason.value for reason in Reason},
    "steps": {str(number) for number in range(1, STEPS + 1)},
    "states": {status.word for status in Status},
    "events": {kind.word for kind in EventKind},
    "reason_classes": {str(int(reason)) for reason in ReasonClass},
    "ways": {str(number) for number in range(1, 10)},
    "levels": {str(number) for number in range(1, 6)},
    "basis_kinds": {str(number) for number in range(1, 6)},
    "warnings": {warning.value for warning in Warn},
    "statements": {
        f"{statement}_{value}"
        for statement in ("genuine", "in_force", "file_unaltered")
        for value in ("true", "false", "null")
    },
    "particulars": {"key_compromised", "reissued", "set_aside", "changed", "several_states"},
    "sources": {source.value for source in Source},
    "input_notes": {note.value for note in InputNote},
    "sexes": {str(int(sex)) for sex in Sex},
    "unchecked": {field.value for field in Unchecked},
}


def test_every_reason_has_one_outcome() -> None:
    assert {reason.outcome for reason in Reason} == set(Outcome)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_code_has_words_and_no_words_are_left_over(section: str) -> None:
    assert set(words()[section]) == SECTIONS[section]


def test_there_is_no_other_section() -> None:
    assert set(words()) == set(SECTIONS)


def test_every_entry_is_in_both_languages_with_the_same_parts() -> None:
    for section, entries in words().items():
        for code, entry in entries.items():
            assert list(entry) == ["zh", "en"], (section, code)
            assert all(set(part) == {"title", "text", "next"} and part["title"] for part in entry.values())
            for part in ("title", "text", "next"):
                assert bool(entry["zh"][part]) == bool(entry["en"][part]), (section, code, part)


@pytest.mark.parametrize("section", ["outcomes", "reasons", "warnings"])
def test_whoever_gets_an_answer_is_told_what_to_do_next(section: str) -> None:
    for code, entry in words()[section].items():
        assert entry["zh"]["next"], code
        assert entry["zh"]["text"], code


def test_not_found_is_not_called_forged() -> None:
    """DOMAIN: not found is no finding of forgery."""
    for reason in Reason:
        if reason.outcome is Outcome.INDETERMINATE:
            text = " ".join(words()["reasons"][reason]["zh"].values())
            assert "伪造" not in text
            assert "假的" not in text or "不等于" in text


def test_a_verdict_names_levels_and_ways_as_the_document_prints_them() -> None:
    """A reader is asked to compare the two word by word; another word for the same level would look like a forgery."""
    catalogue, said = Catalogue.load_builtin(), words()
    for section, entries in (("levels", catalogue.levels), ("ways", catalogue.ways)):
        for entry in entries:
            shown = said[section][str(entry.code)]
            assert (shown["zh"]["title"], shown["en"]["title"]) == (entry.name, entry.name_en)


def test_what_hangs_on_it_is_written_member_by_member() -> None:
    plain: dict[str, Any] = VERDICT.to_json()
    assert plain["source"] == "picture"
    assert plain["certificate"]["replaces"] == {"number": "SF2025-00007", "counted_from": "2026-07-01"}
    assert list(plain["face"].items()) == [
        ("sex", 2),
        ("employer", "示范设计院"),
        ("photo", "ab" * 32),
        ("birth_month", "1990-02"),
        ("design", {"id": "plain", "version": 3, "digest": "cd" * 32}),
        ("licence", "1.2.156.3005.2"),
        ("printed", [["编号", "7"]]),
        ("unknown", 1),
    ]
    assert plain["unchecked"] == ["photo", "other"]
    assert (plain["successor"], plain["key_compromised_on"]) == ("SF2026-90001", "2026-07-01")
    assert list(plain["contact"]) == ["authority", "authority_name", "authority_name_en", "en", "zh"]
    assert list(plain["contact"]["zh"].items())[2:] == [
        ("telephone", "0000-1234567"),
        ("web", "https://hrss.example/"),
    ]
    assert plain["host"] == {"found": "zc.example", "official": None}
    assert (plain["input_notes"], plain["warnings"]) == (["blanks_ignored"], ["face_newer"])


@pytest.mark.parametrize(
    ("changes", "unchecked"),
    [
        ({"proven": None}, ()),
        ({"proven": None, "face": None}, ()),
        ({"face": None}, WITHOUT_FACE),
        ({"face": FaceFacts()}, ()),
        ({"face": replace(FACE, unknown=0)}, (Unchecked.PHOTO,)),
        ({"face": replace(FACE, unknown=0), "file_unaltered": False}, (Unchecked.PHOTO,)),
        ({"face": replace(FACE, unknown=0), "file_unaltered": True}, ()),
        ({"face": replace(FACE, photo=None)}, (Unchecked.OTHER,)),
        ({"file_unaltered": True}, (Unchecked.OTHER,)),
    ],
)
def test_what_a_check_did_not_prove(changes: dict[str, Any], unchecked: tuple[Unchecked, ...]) -> None:
    assert replace(VERDICT, **changes).unchecked == unchecked


def test_without_a_face_seven_fields_are_open() -> None:
    assert WITHOUT_FACE == ("sex", "employer", "photo", "birth_month", "design", "licence", "printed")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_stolen_key_has_words_of_its_own(language: str) -> None:
    general = words()["reasons"]["key_not_good"][language]
    told = reason_words(VERDICT, language)
    assert "2026-07-01" in told["text"]
    assert "SF2026-90001" in told["text"]
    assert "SF2026-90001" in told["next"]
    alone = reason_words(replace(VERDICT, successor=None), language)
    assert "SF2026" not in "".join(alone.values())
    assert alone["title"] == told["title"] != general["title"]
    ended = reason_words(replace(VERDICT, key_compromised_on=None), language)
    assert (ended["title"], "SF2026-90001" in ended["next"]) == (general["title"], True)
    assert reason_words(replace(VERDICT, key_compromised_on=None, successor=None), language) == general
    assert not any("{" in part for each in (told, alone, ended) for part in each.values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_withdrawal_that_was_set_aside_has_words_of_its_own(language: str) -> None:
    general = words()["reasons"]["withdrawn"][language]
    withdrawn = replace(VERDICT, reason=Reason.WITHDRAWN, step=9, key_compromised_on=None)
    told = reason_words(withdrawn, language)
    assert told["title"] == general["title"]
    assert told["text"].startswith(general["text"])
    assert all("SF2026-90001" in told[part] for part in ("text", "next"))
    assert reason_words(replace(withdrawn, successor=None), language) == general


def test_a_successor_changes_the_words_of_no_other_reason() -> None:
    verdict = replace(VERDICT, reason=Reason.SUPERSEDED, step=9)
    assert reason_words(verdict, "en") == words()["reasons"]["superseded"]["en"]
