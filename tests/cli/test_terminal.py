"""The commands in a terminal of 80 columns: every line fits, numbers are whole, colours where they are wanted."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.layout import width
from tests.support.forms import first_quick
from tests.support.loaded import loaded_python
from tests.support.tools import ROOT
from tools.terminal import shown

LINES = (
    ("certificate", "list", "--limit", "2"),
    ("certificate", "list", "--full", "--limit", "2"),
    ("certificate", "show", "{number}"),
    ("authority", "list"),
    ("committee", "list"),
    ("operator", "list"),
    ("keys", "list"),
    ("audit", "list", "--limit", "20"),
    ("batch", "list"),
    ("batch", "show", "sf-hrss-0001", "--rows"),
    ("verify", "{document}", "{document}"),
)


@pytest.mark.slow
@pytest.mark.parametrize("language", first_quick(["zh", "en"], 1))
@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_every_table_fits_80_columns(
    words: tuple[str, ...], language: str, demonstration: Path, in_terminal: Callable[..., str]
) -> None:
    document = min((demonstration / "documents").rglob("*.pdf"))
    given_words = [word.format(number=document.stem, document=document) for word in words]
    text = in_terminal(*given_words, "--lang", language, "--home", str(demonstration))
    assert [line for line in text.splitlines() if width(line) > 80] == []
    assert text.strip()


@pytest.mark.slow
def test_the_number_is_whole_in_80_columns_and_everything_in_a_pipe(
    demonstration: Path, in_terminal: Callable[..., str]
) -> None:
    document = min((demonstration / "documents").rglob("*.pdf"))
    line = ("withdraw", document.stem, "--basis", "示" * 40, "--document", "号" * 40, "--as", "chief1")
    text = in_terminal(*line, "--home", str(demonstration))
    assert document.stem in text
    assert "示" * 40 in text.replace("\n", "").replace(" ", "")


@pytest.mark.slow
def test_colours_stand_in_a_terminal_only_and_not_where_they_are_refused(
    demonstration: Path, in_terminal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = str(min((demonstration / "documents").rglob("*.pdf")))
    line = ("verify", document, "--home", str(demonstration), "--lang", "zh")
    text = in_terminal(*line)
    assert re.match(r"\x1b\[1;3[1-3]m【.+】\x1b\[0m", text.rstrip().splitlines()[-1])
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in in_terminal(*line)


@pytest.fixture
def in_terminal() -> Callable[..., str]:
    """Types a command in a terminal of 80 columns and returns what is on the screen."""

    def typed(*words: str) -> str:
        _, text = shown([*loaded_python(), "-m", "cli", *words], columns=80, environment=os.environ, folder=ROOT)
        assert "Traceback" not in text, text
        return text

    return typed
