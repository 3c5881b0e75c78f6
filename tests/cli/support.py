"""Running commands in this process, with a fixed clock and cheap keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from cli.tool import Tool
from cli.tree import Later
from tests.support.clock import NOW
from tests.support.office import CHEAP


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object of stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(kw_only=True)
class Shell:
    """Somebody who types commands."""

    capsys: pytest.CaptureFixture[str]
    home: Path | None = None
    now: datetime = NOW
    ask: Callable[[str], str] | None = field(default=None)

    def __call__(self, *words: str) -> Ended:
        """Type a command; the home is added where there is one."""
        given = [*words, *(["--home", str(self.home)] if self.home is not None else [])]
        self.capsys.readouterr()
        code = main(given, tool=Tool(clock=lambda: self.now, cost=CHEAP, ask=self.ask))
        shown = self.capsys.readouterr()
        assert "Traceback" not in shown.err
        return Ended(code=code, out=shown.out, err=shown.err)

    def json(self, *words: str) -> dict[str, Any]:
        """Type a command with --json that must succeed, and return its object."""
        ended = self(*words, "--json")
        assert ended.code == 0, ended.err
        return ended.data


def loaded(command: Any) -> Any:
    """A command, loaded if it was only listed."""
    return command.loaded if isinstance(command, Later) else command


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below a group, with the words by which it is called."""
    for name, listed in group.commands.items():
        command = loaded(listed)
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command
