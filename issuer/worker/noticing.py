"""The topic of notices: made for what statements ordered, a part at a time.

Rules: an order leaves one piece of work, however many certificates it is about; its notices are made behind the
publication, a part in each round, so that no change waits for them. Killed anywhere, it goes on with those that are not
there yet.

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
        held: list[HeldBack] = []
        room = None if everything else PART
        with self.opened.register.read() as session:
            asked = outbox.asked(session, topic=Topic.NOTICE)
        for statement in asked:
            with self.opened.register.read() as session:
                works = outbox.pending_on(session, topic=Topic.NOTICE, object=statement)
            try:
                room = self._ordered(statement, works, room)
            except FAULTS as error:
                held += [self.turns.hold_back(work, error) for work in works]
            if room is not None and room <= 0:
                break
        return held

    def _ordered(self, statement: str, works: Sequence[Work], room: int | None) -> int | None:
        """Make notices of what one statement ordered; return how much room is left."""
        while room is None or room > 0:
            most = PART if room is None else min(PART, room)
            made = self._make(statement, most)
            room = None if room is None else room - made
            if made < most:
                self.turns.acknowledge(works)
                break
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


def mark_of(opened: Opened) -> str:
    """Return what is printed where nothing has legal effect; empty in a real office."""
    settings = opened.home.settings
    if not settings.demonstration:
        return ""
    return "演练　TRAINING" if settings.training else "演示　DEMONSTRATION"
