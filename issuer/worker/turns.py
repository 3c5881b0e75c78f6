"""The outbox as the worker's jobs use it: work is taken, done, noted, given back.

Rules: every piece of work may be done twice. What fails because of something that is over by itself is given back; what
fails for another reason is noted with its error, so that a person finds it, and holds up nothing else.

    for work in turns.take(Topic.ISSUE): ...
    turns.acknowledge([work])
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from credential.errors import CodedError
from issuer.db import outbox
from issuer.db.outbox import Topic, Work
from issuer.db.sessions import Register
from issuer.home.opened import Clock

TAKE: Final = 1000
"""Pieces of work in one transaction: other writers wait no longer than for a chunk of rows."""
FAULTS: Final = (CodedError,)
"""What the packages below raise on purpose; anything else is a crash, and the work is done again."""
_PASSING: Final = frozenset({"publisher_running"})
"""Codes of what is over by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Work that was not done, and why."""

    object: str
    code: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The values behind the message, as errors have them."""


def noted(error: Exception) -> str:
    """Return what is noted of an error beside work: its code, so that a reader has words for it, and its sentence."""
    return f"{error.code}: {error}" if isinstance(error, CodedError) else str(error)


class Turns:
    """The outbox of one register."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register = register
        self._clock = clock

    def take(self, topic: Topic, *, urgent: bool = False) -> list[Work]:
        """Take all pending work of a topic; ``urgent``: only what changes something that is public."""
        works: list[Work] = []
        usual: Any = {"worker": str(os.getpid()), "limit": TAKE, "topic": topic, "urgent": urgent}
        while True:
            with self._register.write() as session:
                taken = outbox.take(session, now=self._clock(), **usual)
            works += taken
            if len(taken) < TAKE:
                return works

    def acknowledge(self, works: Sequence[Work]) -> None:
        """Mark work as done."""
        for start in range(0, len(works), TAKE):
            with self._register.write() as session:
                outbox.acknowledge(session, [work.id for work in works[start : start + TAKE]], now=self._clock())

    def begin(self, works: Sequence[Work]) -> None:
        """Note that this process is at work, so that whoever looks at a batch sees by whom it is worked on."""
        new = [work.id for work in works if not work.is_taken]
        if new:
            with self._register.write() as session:
                outbox.mark(session, new, worker=str(os.getpid()), now=self._clock())

    def put_off(self, works: Sequence[Work]) -> None:
        """Make work pending again that somebody paused."""
        with self._register.write() as session:
            outbox.put_off(session, [work.id for work in works])

    def hold_back(self, work: Work, error: CodedError) -> HeldBack:
        """Note why work was not done, and be done with it, unless the reason is over by itself."""
        with self._register.write() as session:
            if error.code in _PASSING:
                outbox.give_back(session, work.id, error=noted(error))
            else:
                outbox.acknowledge(session, [work.id], now=self._clock())
                outbox.note(session, work.id, error=noted(error))
        return HeldBack(object=work.object, code=error.code, message=str(error), fields=error.fields)

    def note(self, work: Work, code: str, message: str) -> HeldBack:
        """Note why; the work stays taken, and so is tried again after a while, not at once."""
        with self._register.write() as session:
            outbox.note(session, work.id, error=f"{code}: {message}")
        return HeldBack(object=work.object, code=code, message=message)

    def give_back(self, works: Sequence[Work], error: Exception) -> None:
        """Make work pending again at once."""
        with self._register.write() as session:
            for work in works:
                outbox.give_back(session, work.id, error=noted(error))

    def release(self, error: CodedError) -> None:
        """Make all changes that were taken pending again, with the reason; only the holder of the worker's lock may."""
        with self._register.write() as session:
            outbox.release_all(session, topics=[Topic.PUBLISH], error=noted(error))

    def note_begun(self, topics: Sequence[Topic], error: CodedError) -> None:
        """Note beside work that was begun why it is not done yet."""
        with self._register.write() as session:
            outbox.note_begun(session, topics=topics, error=noted(error))
