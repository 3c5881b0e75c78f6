"""Whether a change of what is public waits: asked between all short parts of long work, at little cost.

Rules: what was looked at before is not looked at again. It is not asked more often than every few hundredths of a
second, whoever asks.

    urgent = Urgent(register)
    if urgent.waits(): ...
"""

from __future__ import annotations

import time
from typing import Final

from issuer.db import outbox
from issuer.db.sessions import Register

BETWEEN_LOOKS: Final = 0.05
"""Seconds between two looks: a part of the two in which a change is to be public."""
IN_FLIGHT: Final = 5_000
"""Numbers of work behind the newest one that may still be committed on a server, where writers go side by side."""


class Urgent:
    """The looks of one process at the outbox of one register."""

    def __init__(self, register: Register) -> None:
        """Take the register; the first look is at everything that waits."""
        self._register = register
        self._behind = 0 if register.engine.dialect.name == "sqlite" else IN_FLIGHT
        self._after = 0
        self._next = 0.0

    def waits(self) -> bool:
        """Whether there is a change that came since the last look, or that was there when it was last found."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + BETWEEN_LOOKS
        with self._register.read() as session:
            newest = outbox.newest(session)
            found = outbox.urgent_waits(session, after=self._after)
        self._after = 0 if found else max(0, newest - self._behind)
        return found
