"""The Chinese handbooks name commands that there are, written as they are typed."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from cli.main import root
from cli.tool import Tool
from tests.support.tools import ROOT

BOOKS = sorted((ROOT / "docs" / "zh").glob("*.md"))
TYPED = sorted(
    {line for book in BOOKS for line in re.findall(r"^titlecert .+$", book.read_text("utf-8"), re.MULTILINE)}
    | {line for book in BOOKS for line in re.findall(r"`(titlecert [^`]+)`", book.read_text("utf-8"))}
)


def test_there_are_handbooks_for_every_role() -> None:
    assert {book.stem for book in BOOKS} >= {"经办", "批准", "管理", "术语"}
    assert len(TYPED) > 15


@pytest.mark.parametrize("line", TYPED)
def test_every_line_parses(line: str) -> None:
    _, *given = shlex.split(line)
    command: Any = root()
    while given and given[0] in getattr(command, "commands", {}):
        command = getattr(command.commands[given[0]], "loaded", command.commands[given[0]])
        del given[0]
    command.make_context(line, given, obj=Tool())
