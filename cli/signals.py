"""Signals that end a command: a closed terminal (SIGHUP) and a manager's stop (SIGTERM) end it as Ctrl-C does.

Rules: a command that is told to end leaves its blocks in order, says in one line what that means, and ends with 128
and the number of the signal, as a shell says it. What was started with SIGHUP ignored (``nohup``) goes on.

    with signals.heard() as heard:
        ...                                  # KeyboardInterrupt
        heard.exit_code(exits.INTERRUPTED)   # 129, 143
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

from cli import exits

SIGNALS: Final = {
    getattr(signal, name): code
    for name, code in (("SIGHUP", exits.HUNG_UP), ("SIGTERM", exits.TOLD_TO_END))
    if hasattr(signal, name)
}
"""Those that are heard, and what a command ends with."""


@dataclass(slots=True)
class Heard:
    """Which signal came."""

    number: int | None = None

    def exit_code(self, usual: int) -> int:
        """Return the exit code for it, ``usual`` when none came."""
        return usual if self.number is None else SIGNALS[signal.Signals(self.number)]


@contextmanager
def heard() -> Iterator[Heard]:
    """Raise KeyboardInterrupt for these signals inside the block; a thread that is not the first hears none."""
    found = Heard()
    if threading.current_thread() is not threading.main_thread():
        yield found
        return

    def hear(number: int, _: FrameType | None) -> None:
        found.number = number
        raise KeyboardInterrupt

    before = {each: signal.getsignal(each) for each in SIGNALS}
    taken = [each for each in SIGNALS if before[each] is signal.SIG_DFL]
    for each in taken:
        signal.signal(each, hear)
    try:
        yield found
    finally:
        for each in taken:
            signal.signal(each, before[each])
