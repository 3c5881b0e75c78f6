"""How often Python searches for garbage while much is made that stays.

Rules: what a list or a run makes is in no circle, so a search finds nothing and looks at every row that was read. While
such work goes on, searches are seldom, and never off: what a circle holds is still given back. Work of several threads
may overlap; the usual measure comes back with the end of the last.

    with seldom():
        checked = check(rows, context, today)
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

SELDOM: Final = 50_000
"""Objects made between two searches; usual are 700, and searching took a quarter of the check of a list."""


@dataclass(slots=True)
class _Users:
    lock: Lock = field(default_factory=Lock)
    count: int = 0
    usual: tuple[int, int, int] = (0, 0, 0)
    """The thresholds to which the last one goes back."""


_users: Final = _Users()


@contextmanager
def seldom() -> Iterator[None]:
    """Search for garbage seldom until the block ends, in the whole process."""
    with _users.lock:
        if _users.count == 0:
            _users.usual = gc.get_threshold()
            gc.set_threshold(SELDOM, *_users.usual[1:])
        _users.count += 1
    try:
        yield
    finally:
        with _users.lock:
            _users.count -= 1
            if _users.count == 0:
                gc.set_threshold(*_users.usual)
