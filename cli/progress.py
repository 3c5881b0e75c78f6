"""How far long work is: bars on a terminal, a few plain lines on stderr elsewhere.

with progress(console, ("发证", "Issuing")) as (step,):
    step(3, 24)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from cli.console import Console

Step = Callable[[int, int], None]
"""Called with how many are done, of how many."""
_PLAIN_STEPS: Final = 4
"""Lines where there is no terminal: enough to see that it moves."""


@contextmanager
def progress(console: Console, *parts: tuple[str, str]) -> Iterator[list[Step]]:
    """Show how far the parts of long work are; yields one step for each part.

    ``parts`` are Chinese and English names, in the order in which the parts are done.
    """
    names = [console.pick(*part) for part in parts]
    if sys.stderr.isatty():
        with _bars(names) as steps:
            yield steps
    else:
        yield [_lines(name) for name in names]


def _lines(name: str) -> Step:
    shown: set[int] = set()

    def step(done: int, of: int) -> None:
        part = done * _PLAIN_STEPS // max(of, 1)
        if part not in shown and done:
            shown.add(part)
            print(f"{name} {done}/{of}", file=sys.stderr, flush=True)

    return step


@contextmanager
def _bars(names: Sequence[str]) -> Iterator[list[Step]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Terminal(stderr=True)) as bars:
        yield [_bar(bars, name) for name in names]


def _bar(bars: Bars, name: str) -> Step:
    """A bar that appears with its first step."""
    tasks: list[TaskID] = []

    def step(done: int, of: int) -> None:
        if not tasks:
            tasks.append(bars.add_task(name, total=of))
        bars.update(tasks[0], completed=done, total=of)

    return step
