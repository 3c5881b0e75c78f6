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
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from cli.errors import NOT_WRITTEN, CliError
from cli.layout import prose
from credential import days

RED: Final = 31
YELLOW: Final = 33
CYAN: Final = 36


def language_of(environment: Mapping[str, str]) -> str:
    """Return the language that the environment asks for: English when its locale is English, else Chinese."""
    for name in ("TITLECERT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "en" if value.lower().startswith("en") else "zh"
    return "zh"


def local_time(instant: str | None) -> str:
    """Return an ISO instant as a clock in China shows it, for people."""
    if instant is None:
        return "—"
    return f"{datetime.fromisoformat(instant).astimezone(days.SHANGHAI):%Y-%m-%d %H:%M}"


class Console:
    """The two streams of one command."""

    def __init__(self, *, language: str, json: bool, quiet: bool = False) -> None:
        self.language = language
        self.json = json
        self.quiet = quiet
        self.events = False
        """Whether progress goes to stderr as JSON lines (``cli.progress``); with ``json`` it does anyway."""
        self.structured = False
        """Whether what a service says goes to stderr as lines of JSON (``cli.logs``)."""
        self.answered = False
        """Whether the answer was given: with ``--json`` there is one object and no more."""

    @property
    def coloured(self) -> bool:
        """Whether stdout is a terminal that shows colours (https://no-color.org)."""
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def painted(self, text: str, colour: int | None = None) -> str:
        """Return the text bold and in a colour (of ``RED`` and its like), where stdout shows colours."""
        style = "1" if colour is None else f"1;{colour}"
        return f"\x1b[{style}m{text}\x1b[0m" if self.coloured else text

    @property
    def columns(self) -> int | None:
        """How many columns the terminal has; None where stdout is none, and everything is written whole."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else None

    def pick(self, zh: str, en: str) -> str:
        """Return the sentence in this console's language."""
        return zh if self.language == "zh" else en

    def say(self, zh: str, en: str) -> None:
        """Tell something on stderr."""
        if not self.quiet:
            with suppress(OSError):
                print(prose(self.pick(zh, en), talk_columns()), file=sys.stderr, flush=True)

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


def talk_columns() -> int | None:
    """Return how many columns the terminal of stderr has; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stderr.isatty() else None


def give_up_stdout() -> None:
    """Let what is left in stdout go nowhere, so that the end of the process does not try to write it again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
