"""What a command says and where: data on stdout, talk on stderr, in Chinese or English.

Rules: stdout carries the answer only, with ``--json`` exactly one JSON object; everything else goes to stderr. Every
sentence exists in both languages. Talk that nobody hears is lost; an answer that cannot be written is an error of its
own, because what it tells of is done.

    console = Console(language="zh", json=False)
    console.say("已发证。", "Issued.")
"""

from __future__ import annotations

import json as json_module
import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from cli.errors import NOT_WRITTEN, CliError
from credential import days


def language_of(environment: Mapping[str, str]) -> str:
    """Return the language that the environment asks for: English when its locale is English, else Chinese."""
    for name in ("TITLECERT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "en" if value.lower().startswith("en") else "zh"
    return "zh"


def width(text: str) -> int:
    """Return how many columns a terminal needs for the text: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def local_time(instant: str | None) -> str:
    """Return an ISO instant as a clock in China shows it, for people."""
    if instant is None:
        return "—"
    return f"{datetime.fromisoformat(instant).astimezone(days.SHANGHAI):%Y-%m-%d %H:%M}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows below a head, columns aligned, the last one as long as it is."""
    lines = [[str(cell) for cell in head], *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(width(line[place]) for line in lines) for place in range(len(head) - 1)]
    return "\n".join("  ".join([*map(_padded, line, widths), line[-1]]).rstrip() for line in lines)


def _cell(value: object) -> str:
    return "—" if value is None else str(value)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


class Console:
    """The two streams of one command."""

    def __init__(self, *, language: str, json: bool, quiet: bool = False) -> None:
        self.language = language
        self.json = json
        self.quiet = quiet
        self.answered = False
        """Whether the answer was given: with ``--json`` there is one object and no more."""

    @property
    def coloured(self) -> bool:
        """Whether stdout is a terminal that shows colours (https://no-color.org)."""
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def pick(self, zh: str, en: str) -> str:
        """Return the sentence in this console's language."""
        return zh if self.language == "zh" else en

    def say(self, zh: str, en: str) -> None:
        """Tell something on stderr."""
        if not self.quiet:
            with suppress(OSError):
                print(self.pick(zh, en), file=sys.stderr, flush=True)

    def answer(self, data: Mapping[str, Any], text: str) -> None:
        """Give the answer: the object with ``--json``, else the text; nothing when another command asked.

        Raises:
            CliError: ``output_not_written``.
        """
        if self.quiet:
            return
        self.answered = True
        shown = json_module.dumps(data, ensure_ascii=False, default=str) if self.json else text
        if not shown:
            return
        try:
            print(shown, flush=True)
        except OSError as error:
            give_up_stdout()
            raise CliError(
                NOT_WRITTEN,
                f"命令已经办完，但结果写不到标准输出（错误号 {error.errno}）",
                f"the command has done its work, but its answer could not be written ({error.strerror})",
            ) from error


def give_up_stdout() -> None:
    """Let what is left in stdout go nowhere, so that the end of the process does not try to write it again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
