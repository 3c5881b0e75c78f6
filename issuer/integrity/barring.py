"""Who is barred from being issued a certificate on a day.

Rules: a withdrawal for fraud bars, whether its record stands in the table or not; a record that no withdrawal backs
bars too, until somebody has looked into it, but never under the same name: its ``statement`` is None. So a record that
was taken away frees nobody, and one that was put in by hand bars nobody quietly.

    for record in bars(session, blind_index, on=today): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from credential.history import EventKind, Reason
from issuer.db.events import event_of
from issuer.db.integrity import IntegrityRecord, records_of, unbacked
from issuer.db.models import CertificateRow, EventRow, HolderRow
from issuer.db.sessions import ReadSession
from issuer.integrity.terms import record_of


def bars(session: ReadSession, blind_index: bytes, *, on: date) -> list[IntegrityRecord]:
    """Return what bars a person on the day ``on``: what withdrawals back first, oldest first.

    This asks the register alone: that the operator's signature behind a withdrawal verifies is asked whenever the
    register is published (``issuer.integrity.checking``).
    """
    backed = withdrawals(session, blind_index)
    others = [unbacked(each) for each in records_of(session, blind_index) if each not in backed]
    records = [each for each in (*backed, *others) if each.holds(on)]
    ended = _set_aside(session, [each.certificate for each in records if each.certificate is not None])
    return [each for each in records if each.certificate not in ended]


def _set_aside(session: ReadSession, certificate_ids: Sequence[str]) -> set[str]:
    """Those of these certificates whose withdrawal was set aside since: what it opened ended with it."""
    query = select(EventRow.certificate).where(EventRow.kind == EventKind.SET_ASIDE)
    return set(session.scalars(query.where(EventRow.certificate.in_(certificate_ids)))) if certificate_ids else set()


def withdrawals(session: ReadSession, blind_index: bytes) -> list[IntegrityRecord]:
    """Return the records that a person's withdrawals for fraud open, by their events."""
    query = (
        select(EventRow)
        .join(CertificateRow, CertificateRow.id == EventRow.certificate)
        .join(HolderRow, HolderRow.id == CertificateRow.holder)
        .where(
            HolderRow.blind_index == blind_index,
            EventRow.kind == EventKind.WITHDRAWN,
            EventRow.reason == Reason.FRAUD,
        )
        .order_by(EventRow.recorded)
    )
    return [
        record_of(event_of(row), blind_index=blind_index, certificate=row.certificate) for row in session.scalars(query)
    ]
