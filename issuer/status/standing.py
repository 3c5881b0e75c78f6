"""Whether the register's own copy of each status is where its events end: a cheap question, asked at each publication.

The public status follows signed histories, never the ``state`` column; but plans read the column, and a column that
somebody changed is a sign of worse.

    for dispute in disputes(session): print(dispute.number, dispute.column, dispute.events)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from credential.history import STATE_AFTER
from credential.statuslist import Status
from issuer.db.models import LATER_EVENTS, CertificateRow, EventRow, Stage
from issuer.db.sessions import ReadSession

MAX_DISPUTES: Final = 100
"""More tell nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A certificate whose column says another state than its events."""

    number: str
    column: Status
    events: Status


def disputes(session: ReadSession) -> list[Dispute]:
    """Return certificates whose ``state`` is not where their events end, at most ``MAX_DISPUTES``.

    The cost follows how many certificates ever changed, not how many there are: there is an index of just these.
    """
    last = (
        select(EventRow.certificate, func.max(EventRow.ordinal).label("ordinal"))
        .where(LATER_EVENTS, EventRow.kind.in_(STATE_AFTER))
        .group_by(EventRow.certificate)
        .subquery()
    )
    moved = (
        select(CertificateRow.number, CertificateRow.state, EventRow.kind)
        .join(last, last.c.certificate == CertificateRow.id)
        .join(EventRow, (EventRow.certificate == last.c.certificate) & (EventRow.ordinal == last.c.ordinal))
    )
    found = [
        Dispute(number=number, column=state, events=STATE_AFTER[kind])
        for number, state, kind in session.execute(moved)
        if state is not STATE_AFTER[kind]
    ]
    unmoved = select(CertificateRow.number, CertificateRow.state).where(
        CertificateRow.stage == Stage.SIGNED,
        CertificateRow.state.in_([state for state in Status if state is not Status.VALID]),
        CertificateRow.id.not_in(select(last.c.certificate)),
    )
    found += [
        Dispute(number=number, column=state, events=Status.VALID)
        for number, state in session.execute(unmoved.limit(MAX_DISPUTES))
    ]
    return found[:MAX_DISPUTES]
