"""The drill of a bribed committee in docs/OPERATIONS.md is typed for real, and prints what stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from tests.cli.support import Shell
from tests.support.tools import ROOT

BOOK: Final = ROOT / "docs" / "OPERATIONS.md"
BLOCK: Final = re.compile(r"^```console (\S+) (zh|en)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
VARYING: Final = (
    (re.compile(r"(?<=statement )[0-9a-f]{16}|(?<=签字 )[0-9a-f]{16}"), "0123456789abcdef"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "2026-11-21 10:00"),
    (re.compile(r"(?<=os:)\S+"), "office"),
    (re.compile(r"\d+(?:\.\d+)? (?=[km]B)", re.IGNORECASE), "40 "),
)
"""What is another in each run: a signature, a time, a user, the size of a file."""


def drills(text: str) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """By name and language: the lines that are typed, each with what is printed."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name, language, body in BLOCK.findall(text):
        steps = found.setdefault((name, language), [])
        for step in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            typed, _, printed = step.partition("\n")
            steps.append((typed, printed))
    return found


def settled(text: str) -> str:
    """A text without what is another in each run, and without the widths that follow from it."""
    for pattern, usual in VARYING:
        text = pattern.sub(usual, text)
    return "\n".join(re.sub(" +", " ", line).rstrip() for line in text.strip().splitlines())


def says(printed: str, book: str) -> bool:
    """Whether the book says what was printed; a line ``[...]`` stands for any lines."""
    parts = [re.escape(each) for each in re.split(r"^\[\.\.\.\]$", settled(book), flags=re.MULTILINE)]
    return re.fullmatch(r".*?".join(parts), settled(printed), re.DOTALL) is not None


DRILLS: Final = drills(BOOK.read_text("utf-8"))


def test_every_drill_is_there_in_both_languages_with_the_same_commands() -> None:
    names = {name for name, _ in DRILLS}
    assert "bribed" in names
    for name in names:
        typed = [[line for line, _ in DRILLS[name, language]] for language in ("zh", "en")]
        assert typed[0] == typed[1]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "language"), DRILLS, ids=[" ".join(each) for each in DRILLS])
def test_a_drill_prints_what_the_book_says(
    office: Shell, name: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for typed, printed in DRILLS[name, language]:
        ended = office(*shlex.split(typed)[1:], "--lang", language)
        assert ended.code == 0, ended.err
        assert says(f"{ended.out.rstrip()}\n{ended.err}", printed), ended.out + ended.err
