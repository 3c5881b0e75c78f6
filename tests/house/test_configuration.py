"""docs/CONFIGURATION.md says every setting of the program, in both languages, and nothing else."""

from __future__ import annotations

import re

import pytest

from issuer.home.holders import ClaimSettings
from tests.support.tools import ROOT
from tools import configuration

SYSTEMS: frozenset[str] = frozenset({"NO_COLOR", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) | frozenset(
    {"LISTEN_FDS", "LISTEN_PID"}
)
"""Variables of others that the program reads."""


def test_the_page_is_as_the_program_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert configuration.main(["--check"]) == 0, "make it again: python -m tools.configuration"
    assert "as the program says" in capsys.readouterr().out


def test_every_variable_that_the_program_names_stands_on_the_page_and_no_other() -> None:
    named: set[str] = set()
    for room in ("cli", "issuer", "verifier", "keys"):
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text("utf-8")
            named |= set(re.findall(r"\bTITLECERT_[A-Z_]+\b", text))
            named |= {each for each in SYSTEMS if f'"{each}"' in text}
    told = {line[0].strip("`") for line in configuration.variables()}
    assert told == named
    assert named > SYSTEMS


def test_no_words_stand_without_a_setting() -> None:
    sections = {section: models for each in configuration.FILES.values() for section, models in each}
    for section, models in sections.items():
        names = {name for model in models for name in model.model_fields}
        assert set(configuration.words()[section]) == names, section
    assert set(configuration.words()) == {*sections, "variables"}


def test_every_word_is_in_its_language() -> None:
    rows = [*configuration.variables()]
    for service in configuration.SERVICES:
        rows += configuration.options(service)
    for sections in configuration.FILES.values():
        for section, models in sections:
            rows += configuration.settings(section, models)
    assert len(rows) > 90
    for row in rows:
        zh, en = row[-2:]
        assert re.search(r"[\u4e00-\u9fff]", zh), row
        assert en, row
        assert not re.search(r"[\u4e00-\u9fff]", en.replace("演练", "").replace("演示", "")), row


def test_a_setting_without_words_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "words", lambda: {"claims": {}})
    with pytest.raises(KeyError, match="days"):
        list(configuration.settings("claims", [ClaimSettings]))
