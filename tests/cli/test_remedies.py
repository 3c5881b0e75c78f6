"""A finding that an option mends is told with the option, in both languages, once."""

from __future__ import annotations

from cli.remedies import remedies
from issuer.intake.findings import FIELD_NAMES, MESSAGES, make
from issuer.intake.said import columns_said, values_said

DETAILS = {"sheet": "甲", "sheets": "甲、乙", "headings": "甲、乙"}
OPTIONS = {
    "batch_value_missing": "--set",
    "no_header": "--map",
    "column_twice": "--map",
    "column_ignored": "--map",
    "map_unused": "--map",
    "sheet_ambiguous": "--sheet",
    "sheet_hidden": "--sheet",
    "sheet_unknown": "--sheet",
}


def test_what_an_option_gives_names_the_option() -> None:
    for code, option in OPTIONS.items():
        assert code in MESSAGES
        [(zh, en)] = remedies([make(code, field="series", **DETAILS)])
        assert option in zh
        assert option in en
        assert en.isascii()


def test_what_is_told_can_be_typed_for_every_field_of_a_list() -> None:
    for name in ("series", "title", "level", "way", "award_date", "decision_document"):
        [(zh, en)] = remedies([make("batch_value_missing", field=name)])
        for word, sentence in ((FIELD_NAMES[name][0], zh), (name, en)):
            assert f"--set {word}=" in sentence
            assert f"={word}" in sentence.partition("--map ")[2]
            assert values_said([f"{word}=值"]) == {name: "值"}
            assert columns_said([f"列={word}"]) == {"列": name}


def test_a_sentence_is_told_once_and_other_findings_have_none() -> None:
    ignored = make("column_ignored", value="甲")
    assert len(remedies([ignored, ignored, make("no_rows")])) == 1
