"""What a worker looks at besides its work, a part at a time: the audit, integrity records, the day's head, alarms.

Rules: everything is looked at within a day, whether publications are many or few; a running worker looks once a minute,
so that no publication waits for a large part. Entries of the audit get their places in the chain before that. What is
found is reported with each publication until it is right again, and holds up nothing. Killed anywhere, the next worker
goes on from the signed snapshot.

    rounds = Rounds(opened, publisher_signer)
    held = rounds.look(changed_certificates)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from credential.signing import Signer
from issuer import audit
from issuer.auditing.daily import write_daily
from issuer.auditing.heads import Unproven
from issuer.auditing.looking import check_some, last_look, still_wrong
from issuer.auditing.shares import Mark, ids, shares
from issuer.auditing.walk import Difference
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.home.opened import Opened
from issuer.integrity.checking import Trouble, check_ids, check_part
from issuer.office.operators import Operators
from issuer.office.reading import read_operators
from issuer.sequencer import chain_all
from issuer.worker.alarms import alarms
from issuer.worker.turns import FAULTS, HeldBack

PAUSE: Final = timedelta(minutes=1)
"""Between two looks of one worker."""
WAITS: Final = timedelta(minutes=5)
"""For so long a look may wait behind changes of status: half of what parts overlap, by which a successor goes on."""


class Rounds:
    """The looks of one worker at its home."""

    def __init__(self, opened: Opened, publisher: Signer) -> None:
        self._opened = opened
        self._publisher = publisher
        self._last: Mark | None = None
        """What was looked at to its end."""
        self._tried: datetime | None = None
        self._told: set[str] = set()
        self._failed: list[HeldBack] = []
        self._differences: list[Difference] = []
        self._troubles: list[Trouble] = []
        self._unproven: list[HeldBack] = []
        self._unwritten: list[HeldBack] = []
        self._alarms: list[HeldBack] = []

    def look(self, changed: Iterable[str] = (), *, may_wait: bool = False) -> list[HeldBack]:
        """Look at what is due, and at these certificates (their ids); return everything that is wrong now.

        ``may_wait``: what is due is left to the next look where this worker looked a few minutes ago.
        """
        self._failed.clear()
        try:
            self._look(list(changed), due=self._is_due() and not (may_wait and self._is_within(WAITS)))
        except FAULTS as error:
            self._failed.append(_held(error.code, str(error)))
        return self._known()

    def news(self) -> list[HeldBack]:
        """Look when the last look is a minute old; return what this did not return before."""
        found = self.look() if self._is_due() else self._known()
        new = [each for each in found if each.message not in self._told]
        self._told = {each.message for each in found}
        return new

    def _is_due(self) -> bool:
        return not self._is_within(PAUSE)

    def _is_within(self, time: timedelta) -> bool:
        """Whether this worker looked, or tried to, so short a time ago."""
        now = self._opened.clock()
        return self._tried is not None and self._tried <= now < self._tried + time

    def _look(self, changed: list[str], *, due: bool) -> None:
        if due:
            self._tried = self._opened.clock()
            chain_all(self._opened.register)
        self._write_daily()
        with self._opened.register.read() as session:
            operators = _operators(session, self._opened)
            if operators is not None:
                again = [*changed, *(each.id for each in self._troubles)]
                self._troubles = check_ids(session, lambda: self._opened.vault, operators, dict.fromkeys(again))
            if due:
                self._alarms = alarms(session, self._opened)
                self._look_at_part(session, operators)

    def _look_at_part(self, session: ReadSession, operators: Operators | None) -> None:
        now = Mark(at=self._opened.clock(), length=audit.head(session).length)
        before = self._last or self._before(now)
        self._look_at_audit(session, before, now)
        if operators is not None:
            due = ids(shares(before, now))
            known = set(self._troubles)
            found = check_part(session, lambda: self._opened.vault, operators, due)
            self._troubles += [each for each in found if each not in known]
        self._last = now

    def _look_at_audit(self, session: ReadSession, before: Mark | None, now: Mark) -> None:
        self._unproven.clear()
        self._differences = [each for each in self._differences if still_wrong(session, each)]
        known = {(each.ordinal, each.fault) for each in self._differences}
        for each in check_some(session, self._opened, before, now):
            if isinstance(each, Unproven):
                message = f"{each.keeper} {each.name} proves no head of the audit: {each.why}"
                self._unproven.append(_held("head_unproven", message, name=each.name))
            elif (each.ordinal, each.fault) not in known:
                self._differences.append(each)

    def _before(self, now: Mark) -> Mark | None:
        """When whoever was the worker looked last: before making the snapshot that lies there."""
        with self._opened.register.read() as session:
            return last_look(session, self._opened, now.at)

    def _write_daily(self) -> None:
        self._unwritten.clear()
        try:
            write_daily(self._opened, self._publisher)
        except OSError as error:
            self._unwritten.append(_held("head_not_written", f"today's head of the audit was not written: {error}"))

    def _known(self) -> list[HeldBack]:
        differences = [_held("audit_altered", each.message, ordinal=each.ordinal) for each in self._differences]
        troubles = [HeldBack(object=each.object, code=each.code, message=each.message) for each in self._troubles]
        return [*self._failed, *differences, *self._unproven, *self._unwritten, *troubles, *self._alarms]


def _held(code: str, message: str, **fields: object) -> HeldBack:
    return HeldBack(object="audit", code=code, message=message, fields=fields)


def _operators(session: ReadSession, opened: Opened) -> Operators | None:
    try:
        return read_operators(session, opened)
    except NotFoundError:
        return None  # nobody can have ordered anything yet
