"""The topic of notices: made for what statements ordered, a part at a time.

Rules: an order leaves one piece of work, however many certificates it is about; its notices are made behind the
publication, a part in each round, so that no change waits for them. Killed anywhere, it goes on with those that are not
there yet. What fails stays asked for, with its reason.

    NoticeJob(opened=opened, turns=turns).run()
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from issuer.db import notices, outbox
from issuer.db.again import again
from issuer.db.outbox import Topic, Work
from issuer.delivering.choosing import ways_of
from issuer.home.holders import read_settings
from issuer.home.opened import Opened
from issuer.home.practice import read_practice
from issuer.notices.making import Setting, make
from issuer.worker.turns import FAULTS, HeldBack, Turns

PART: Final = 100
"""Notices of one round: a tenth of a second, which a change of status may wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeJob:
    """Makes the notices of one home."""

    opened: Opened
    turns: Turns = field(repr=False)

    def run(self, *, everything: bool = False) -> list[HeldBack]:
        """Make a part of what is asked for, or everything; return what could not be made, and why."""
        with self.opened.register.read() as session:
            if not outbox.asked(session, topic=Topic.NOTICE):
                return []
        held: list[HeldBack] = []
        room = None if everything else PART
        for statement, works in _by_object(self.turns.take(Topic.NOTICE)).items():
            try:
                room = self._ordered(statement, works, room)
            except FAULTS as error:
                held += [self.turns.note(work, error.code, str(error)) for work in works]  # tried again after a while
        return held

    def _ordered(self, statement: str, works: Sequence[Work], room: int | None) -> int | None:
        """Make notices of what one statement ordered; return how much room is left."""
        while room is None or room > 0:
            most = PART if room is None else min(PART, room)
            made = self._make(statement, most)
            room = None if room is None else room - made
            if made < most:
                self.turns.acknowledge(works)
                return room
        self.turns.put_off(works)
        return room

    @again
    def _make(self, statement: str, limit: int) -> int:
        """Make at most so many notices of what a statement ordered; return how many there were to make."""
        opened, home = self.opened, self.opened.home
        with opened.register.read() as session:
            changes = notices.untold(session, statement, limit=limit)
        if not changes:
            return 0
        setting = Setting(
            terms=read_practice(home).notices,
            ways=ways_of(read_settings(home).delivery),
            mark=mark_of(opened),
            now=opened.clock().replace(microsecond=0),
        )
        vault = opened.vault
        with opened.register.write() as session:
            changes = notices.untold(session, statement, limit=limit)
            notices.add(session, make(session, vault, changes, setting), now=setting.now)
        return len(changes)


def _by_object(works: Sequence[Work]) -> dict[str, list[Work]]:
    found: dict[str, list[Work]] = {}
    for work in works:
        found.setdefault(work.object, []).append(work)
    return found


def mark_of(opened: Opened) -> str:
    """Return what is printed where nothing has legal effect; empty in a real office."""
    settings = opened.home.settings
    if not settings.demonstration:
        return ""
    return "演练　TRAINING" if settings.training else "演示　DEMONSTRATION"
