"""What every command is given: a clock, a console, where passphrases come from; and where it leaves its answer.

Rules: the clock is set where the process is put together (``cli.main.main``), tests give their own; no environment
variable changes it. A command leaves its data and exit code here, so that the demonstration, which runs the same
commands, reads what a person would see.

    tool = Tool(clock=lambda: now)
    tool.finish({"regions": [...]}, tool.table(("代码", "code"), ...))
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from cli import layout, names
from cli.console import Console, language_of
from credential import days

if TYPE_CHECKING:
    from keys.envelope import ScryptCost

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Tool:
    """One run of one command."""

    clock: Clock = system_clock
    cost: ScryptCost | None = None
    """Scrypt numbers for new keys instead of the usual ones, for tests."""
    ask: Callable[[str], str] | None = None
    """Reads a passphrase without echo; None for the terminal."""
    console: Console = field(default_factory=lambda: Console(language=language_of(os.environ), json=False))
    data: Mapping[str, Any] = field(default_factory=dict)
    """The answer, as ``--json`` prints it."""
    text: str = ""
    """The answer, as a person reads it."""
    exit_code: int = 0

    def now(self) -> datetime:
        """Return the present instant, in whole seconds."""
        return self.clock().replace(microsecond=0)

    def today(self) -> date:
        """Return the civil day in Shanghai."""
        return days.day_of(self.now())

    def pick(self, zh: str, en: str) -> str:
        """Return the sentence in the console's language."""
        return self.console.pick(zh, en)

    def name(self, kind: str, word: str) -> str:
        """Return what people call a role, a state, an act, a use of a key (``cli.names``)."""
        return names.name(kind, word, self.console.language)

    def table(
        self,
        pairs: Sequence[tuple[str, str]],
        rows: Sequence[Sequence[object]],
        *,
        kept: Collection[str] = (),
        flowing: bool = False,
    ) -> str:
        """Return rows below their heads, as wide as the terminal (``cli.layout.table``).

        Args:
            pairs: the head of each column, Chinese and English.
            rows: the cells.
            kept: the English heads of columns that are never cut.
            flowing: whether the last column is wrapped instead of cut.

        Raises:
            ValueError: no column has such a head.
        """
        places = [[english for _, english in pairs].index(name) for name in kept]
        head = [self.pick(*pair) for pair in pairs]
        found = layout.table(head, rows, columns=self.console.columns, kept=places, flowing=flowing)
        first, line_feed, rest = found.partition("\n")
        return self.console.painted(first) + line_feed + rest

    def facts(self, pairs: Sequence[tuple[str, object]]) -> str:
        """Return labels with their values, as wide as the terminal (``cli.layout.facts``)."""
        return layout.facts(pairs, columns=self.console.columns)

    def say(self, zh: str, en: str) -> None:
        """Tell something on stderr."""
        self.console.say(zh, en)

    def log(self, event: str, zh: str, en: str, /, **fields: object) -> None:
        """Tell something that a service did: a sentence, or a line of JSON where machines collect the log.

        Args:
            event: its name in the line.
            zh, en: the sentence.
            fields: what the line says beside; only what ``cli.logs`` lets through is written.
        """
        if not self.console.structured:
            self.say(zh, en)
            return
        from cli import logs  # noqa: PLC0415 - only services need it

        logs.write(event, fields)

    def finish(self, data: Mapping[str, Any], text: str, *, exit_code: int = 0) -> None:
        """Give the answer and set the exit code."""
        self.data, self.text = data, text
        self.exit_code = exit_code
        self.console.answer(data, text)

    def nested(self) -> Tool:
        """Return a tool for a command that this one runs: the same clock, nothing on stdout."""
        console = Console(language=self.console.language, json=False, quiet=True)
        return Tool(clock=self.clock, cost=self.cost, ask=self.ask, console=console)
