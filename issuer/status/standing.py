"""Whether the register's own copy of each status is where its events end: a cheap question, asked at each publication.

The public status follows signed histories, never the ``state`` column; but plans read the column, and a column that
somebody changed is a sign of worse.

    for dispute in disputes(session): print(dispute.number, dispute.column, dispute.events)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from credential.history import STATE_AFTER, EventKind
from credential.statuslist import Status
from issuer.db import certificates
from issuer.db.certificates import Certificate
from issuer.db.models import CertificateRow, EventRow, Stage
from issuer.db.sessions import ReadSession, chunked

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

    The cost follows how many certificates ever changed, not how many there are.
    """
    last = (
        select(EventRow.certificate, func.max(EventRow.ordinal).label("ordinal"))
        .where(EventRow.ordinal > 1, EventRow.kind.in_(STATE_AFTER))
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
        CertificateRow.state != Status.VALID,
        CertificateRow.id.not_in(select(last.c.certificate)),
    )
    found += [
        Dispute(number=number, column=state, events=Status.VALID)
        for number, state in session.execute(unmoved.limit(MAX_DISPUTES))
    ]
    return found[:MAX_DISPUTES]


def certificates_with_changes(session: ReadSession, ids: Sequence[str]) -> dict[str, Certificate]:
    """Return by id those of these certificates that have any event besides ``issued``: what operators answer for."""
    found: dict[str, Certificate] = {}
    for chunk in chunked(ids):
        grown = select(EventRow.certificate).where(
            EventRow.certificate.in_(chunk), (EventRow.ordinal > 1) | (EventRow.kind != EventKind.ISSUED)
        )
        rows = session.scalars(select(CertificateRow).where(CertificateRow.id.in_(grown)))
        found |= {row.id: certificates.to_value(row) for row in rows}
    return found
