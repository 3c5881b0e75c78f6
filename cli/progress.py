"""How far long work is: bars on a terminal, plain lines in a log, JSON lines for a program; all on stderr.

Rules: each part of the work has a stable name (``[step]`` in ``cli/words/names.toml``). On a terminal it is a bar with
rate and expected end; elsewhere a line at most every few seconds; with ``--json`` or ``--events`` one JSON object a
line (docs/CLI.md, "Progress"): ``step.begun`` once, ``step.moved`` at most once a second, ``step.ended`` once, whatever
ended it. A part that never begins says nothing.

    with progress(tool, "issue", "documents", of="sf-hrss-0001") as (issue, documents):
        issue(500, 24_000)
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from cli import exits
from cli.tool import Tool

Step = Callable[[int, int], None]
"""Called with how many are done, of how many."""
EVERY_SECONDS: Final = 5.0
"""Between two lines of a log: a night's run leaves some thousand, not a million."""
EVENT_SECONDS: Final = 1.0
"""Between two events that say how far a part is."""
_BAR: Final = 28


@contextmanager
def progress(
    tool: Tool, *names: str, of: str | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Sequence[Step]]:
    """Show how far the parts of long work are; yields one step for each part.

    Args:
        tool: whose stderr is written to, and in which language.
        names: of the parts, in the order in which they are done.
        of: what is worked on, such as a batch, for events.
        clock: gives seconds that only grow.
    """
    if tool.console.quiet:
        yield [_silent for _ in names]
    elif tool.console.json or tool.console.events:
        yield from _as_events(tool, names, of, clock)
    elif sys.stderr.isatty():
        with _bars(tool, names) as steps:
            yield steps
    else:
        yield [_Lines(tool, name, clock) for name in names]


def _silent(_done: int, _of: int) -> None:
    """Say nothing: another command shows its own."""


class _Counted:
    """How far one part is, and how fast it goes."""

    def __init__(self, clock: Callable[[], float], every: float) -> None:
        self._clock = clock
        self._every = every
        self._first: tuple[float, int] | None = None
        self._said_at = 0.0
        self._last = 0.0
        self.done = 0
        self.of = 0

    @property
    def has_begun(self) -> bool:
        return self._first is not None

    @property
    def seconds(self) -> float:
        """From its first step to its last."""
        return 0.0 if self._first is None else self._last - self._first[0]

    @property
    def rate(self) -> float:
        """How many a second, on average; 0 while nobody can tell."""
        if self._first is None or self.seconds <= 0:
            return 0.0
        return (self.done - self._first[1]) / self.seconds

    @property
    def left_seconds(self) -> int | None:
        """How long it still takes at this rate; None while nobody can tell."""
        return None if self.rate <= 0 else round((self.of - self.done) / self.rate)

    def count(self, done: int, of: int) -> None:
        """Note how far it is."""
        self.done, self.of, self._last = done, of, self._clock()
        if self._first is None:
            self._first = self._last, done
            self._said_at = self._last

    def is_due(self) -> bool:
        """Whether enough time has passed to say something again."""
        if self._last - self._said_at < self._every:
            return False
        self._said_at = self._last
        return True


class _Lines(_Counted):
    """A line at most every few seconds, and one at the end."""

    def __init__(self, tool: Tool, name: str, clock: Callable[[], float]) -> None:
        super().__init__(clock, EVERY_SECONDS)
        self._tool = tool
        self._name = tool.name("step", name)
        self._is_over = False

    def __call__(self, done: int, of: int) -> None:
        self.count(done, of)
        is_last = done >= of and not self._is_over
        self._is_over |= is_last
        if not (is_last or (done < of and self.is_due())):
            return
        left = None if is_last else self.left_seconds
        zh = "" if left is None else f"，每秒 {self.rate:.1f}，约 {_clocked(left)} 后办完"
        en = "" if left is None else f", {self.rate:.1f} a second, about {_clocked(left)} left"
        with suppress(OSError):
            print(f"{self._name} {done}/{of}{self._tool.pick(zh, en)}", file=sys.stderr, flush=True)


class _Events(_Counted):
    """JSON lines for a program."""

    def __init__(self, tool: Tool, name: str, of: str | None, clock: Callable[[], float]) -> None:
        super().__init__(clock, EVENT_SECONDS)
        self._tool = tool
        self._name = name
        self._of = of

    def __call__(self, done: int, of: int) -> None:
        began = not self.has_begun
        self.count(done, of)
        if began:
            self._write("step.begun")
        elif self.is_due():
            self._write("step.moved", rate=round(self.rate, 1), left_seconds=self.left_seconds)

    def end(self, outcome: str | None) -> None:
        """Say how it ended; None: by itself."""
        if self.has_begun:
            by_itself = "done" if self.done >= self.of else "stopped"
            self._write("step.ended", seconds=round(self.seconds, 1), outcome=outcome or by_itself)

    def _write(self, event: str, **more: Any) -> None:
        named = {"event": event, "step": self._name, "object": self._of}
        said = {**named, "done": self.done, "total": self.of, **more, "at": self._tool.now().isoformat()}
        with suppress(OSError):
            print(json.dumps(said, ensure_ascii=False), file=sys.stderr, flush=True)


def _as_events(
    tool: Tool, names: Sequence[str], of: str | None, clock: Callable[[], float]
) -> Iterator[Sequence[_Events]]:
    steps = [_Events(tool, name, of, clock) for name in names]
    outcome = None
    try:
        yield steps
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt) or getattr(error, "exit_code", 0) == exits.INTERRUPTED
        outcome = "interrupted" if interrupted else "failed"
        raise
    finally:
        for step in steps:
            step.end(outcome)


def _clocked(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


@contextmanager
def _bars(tool: Tool, names: Sequence[str]) -> Iterator[Sequence[Step]]:
    rate = tool.pick("每秒 {0:.0f}", "{0:.0f} a second")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=_BAR),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Bars(*columns, console=Terminal(stderr=True)) as bars:
        yield [_bar(bars, tool.name("step", name), rate) for name in names]


def _bar(bars: Bars, name: str, rate: str) -> Step:
    """A bar that appears with its first step."""
    tasks: list[TaskID] = []
    counted = _Counted(time.monotonic, 0)

    def step(done: int, of: int) -> None:
        if not tasks:
            tasks.append(bars.add_task(name, total=of, rate=""))
        counted.count(done, of)
        shown = rate.format(counted.rate) if counted.rate else ""
        bars.update(tasks[0], completed=done, total=of, rate=shown)

    return step
