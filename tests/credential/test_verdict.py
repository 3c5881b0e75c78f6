"""The verdict's closed sets and its words."""

from __future__ import annotations

import pytest

from credential.catalogue import Catalogue
from credential.face import Sex
from credential.history import EventKind
from credential.history import Reason as ReasonClass
from credential.statuslist import Status
from credential.verdict import FACE_FIELDS, STEPS, Outcome, Reason, Warn, words

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
    "face": {*FACE_FIELDS, "other"},
    "sexes": {str(int(sex)) for sex in Sex},
    "statements": {
        f"{statement}_{value}"
        for statement in ("genuine", "in_force", "file_unaltered")
        for value in ("true", "false", "null")
    },
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
