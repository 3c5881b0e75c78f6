"""The handbooks of both languages name commands that there are, written as they are typed, and say the same."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from cli.main import root
from cli.tool import Tool
from tests.support.tools import ROOT

ZH, EN = ROOT / "docs" / "zh", ROOT / "docs" / "en"
TWINS = {
    "经办": "clerk",
    "批准": "approver",
    "管理": "administrator",
    "密钥": "keys",
    "持证人": "holder",
    "核验": "checker",
    "全程": "office",
}
BOOKS = sorted([*ZH.glob("*.md"), *EN.glob("*.md")])


def typed(book: Path) -> list[str]:
    """The lines to be typed, those within sentences too."""
    text = book.read_text("utf-8")
    return re.findall(r"^titlecert .+$", text, re.MULTILINE) + re.findall(r"`(titlecert [^`]+)`", text)


TYPED = sorted({line for book in BOOKS for line in typed(book)})


def test_there_are_handbooks_for_every_role_in_both_languages() -> None:
    assert {book.stem for book in ZH.glob("*.md")} == {*TWINS, "术语", "查验页"}, (
        "the last two are lists: of words, and docs/PAGE.md"
    )
    assert {book.stem for book in EN.glob("*.md")} == set(TWINS.values())
    assert len(TYPED) > 25


@pytest.mark.parametrize(("chinese", "english"), TWINS.items())
def test_a_handbook_says_the_same_in_both_languages(chinese: str, english: str) -> None:
    one, other = ZH / f"{chinese}.md", EN / f"{english}.md"
    assert sorted(typed(one)) == sorted(typed(other))
    for what in (r"^#+(?= )", r"^```", r"^\|"):
        counts = [len(re.findall(what, book.read_text("utf-8"), re.MULTILINE)) for book in (one, other)]
        assert counts[0] == counts[1], what
    shown = [
        re.findall(r"\((?:\.\./)images/([\w/-]+?)(?:-zh|-en)?\.", book.read_text("utf-8")) for book in (one, other)
    ]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(book: Path) -> None:
    found = re.findall(r"\]\((?!https?:|#)([^)#]+)", book.read_text("utf-8"))
    assert [link for link in found if not (book.parent / link).exists()] == []


@pytest.mark.parametrize("line", TYPED)
def test_every_line_parses(line: str) -> None:
    _, *given = shlex.split(line)
    command: Any = root()
    while given and given[0] in getattr(command, "commands", {}):
        command = getattr(command.commands[given[0]], "loaded", command.commands[given[0]])
        del given[0]
    if given in (["--install-completion"], ["--help"]):  # it would be done, not only read
        assert given[0] in {name for parameter in command.params for name in parameter.opts} | {"--help"}
        return
    command.make_context(line, given, obj=Tool())
