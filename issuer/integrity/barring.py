"""Who is barred from being issued a certificate on a day.

Rules: a withdrawal for fraud bars, whether its record stands in the table or not; a record that no withdrawal backs
bars too, until somebody has looked into it, but never under the same name: its ``statement`` is None. So a record that
was taken away frees nobody, and one that was put in by hand bars nobody quietly. A record that was corrected or ended
is what operators signed of it (``issuer.integrity.standing``); where nothing was proven, it bars as it was opened.

    for record in bars(session, blind_index, on=today, standings=standings_of(session, operators)): ...
    bars_of_each(session, indexes, on=today, standings=standings)[blind_index]       # the same, of many people at once
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select, union_all
from sqlalchemy.orm import aliased

from credential.history import Act, EventKind, Reason
from issuer.db.events import event_of
from issuer.db.integrity import IntegrityRecord, opening_acts, records_of, unbacked
from issuer.db.models import CertificateRow, EventRow, HolderRow
from issuer.db.sessions import ReadSession, chunked
from issuer.integrity.standing import NOTHING_PROVEN, Standings
from issuer.integrity.terms import record_of

_REPLACED: Final = aliased(EventRow)
_OLDER: Final = aliased(EventRow)
_NEWER: Final = aliased(EventRow)
_SUCCESSOR: Final = aliased(CertificateRow)
_TAKEN_ALONG: Final = (
    select(_OLDER.certificate, _SUCCESSOR.id)
    .join(_REPLACED, _REPLACED.certificate == _OLDER.certificate)
    .join(_SUCCESSOR, _SUCCESSOR.number == _REPLACED.successor)
    .join(_NEWER, _NEWER.certificate == _SUCCESSOR.id)
    .where(
        _REPLACED.kind == EventKind.SUPERSEDED,
        _OLDER.kind == EventKind.WITHDRAWN,
        _NEWER.kind == EventKind.WITHDRAWN,
        _OLDER.statement == _NEWER.statement,
    )
)
"""A certificate that was withdrawn by the order that withdrew its successor, and that successor."""


def bars(
    session: ReadSession, blind_index: bytes, *, on: date, standings: Standings = NOTHING_PROVEN
) -> list[IntegrityRecord]:
    """Return what bars a person on the day ``on``: what withdrawals back first, oldest first.

    This asks the register alone: that the operator's signature behind a withdrawal verifies is asked whenever the
    register is published (``issuer.integrity.checking``).
    """
    return bars_of_each(session, [blind_index], on=on, standings=standings)[blind_index]


def bars_of_each(
    session: ReadSession, blind_indexes: Collection[bytes], *, on: date, standings: Standings = NOTHING_PROVEN
) -> dict[bytes, list[IntegrityRecord]]:
    """Return what ``bars`` returns of each of these people, with a few queries for all of them."""
    found: dict[bytes, list[IntegrityRecord]] = {}
    for chunk in chunked(blind_indexes):
        backed = withdrawals(session, chunk)
        told = records_of(session, chunk)
        added = _added(session, [each for records in told.values() for each in records])
        for index in chunk:
            together = _together(backed.get(index, ()), told.get(index, ()), added)
            found[index] = [each for each in standings.after(index, together) if each.holds(on)]
    named = {each.certificate for records in found.values() for each in records if each.certificate is not None}
    ended = set_aside(session, named)
    return {index: [each for each in records if each.certificate not in ended] for index, records in found.items()}


def _together(
    backed: Sequence[IntegrityRecord], told: Sequence[IntegrityRecord], added: Collection[str]
) -> Sequence[IntegrityRecord]:
    others = [unbacked(each) for each in told if each not in backed and each.id not in added]
    others += [each for each in told if each.id in added]
    return (*backed, *others)


def _added(session: ReadSession, told: Sequence[IntegrityRecord]) -> set[str]:
    """Those of these records, by id, whose statement is one to add records, and that name no withdrawal."""
    alone = {each.id: each.statement for each in told if each.certificate is None and each.statement is not None}
    acts = opening_acts(session, set(alone.values()))
    return {record for record, statement in alone.items() if acts.get(statement) == Act.INTEGRITY_ADD}


def set_aside(session: ReadSession, certificate_ids: Collection[str]) -> set[str]:
    """Return those of these certificates whose withdrawal was set aside since: what it opened ended with it.

    A withdrawal takes predecessors along, and what sets it aside ends what was opened for them too.
    """
    aside = select(EventRow.certificate, EventRow.certificate).where(EventRow.kind == EventKind.SET_ASIDE)
    found: set[str] = set()
    newer: dict[str, str] = {}
    for chunk in chunked(sorted(certificate_ids)):
        query = union_all(
            aside.where(EventRow.certificate.in_(chunk)), _TAKEN_ALONG.where(_OLDER.certificate.in_(chunk))
        )
        for certificate, by in session.execute(query):
            if certificate == by:
                found.add(certificate)
            else:
                newer[certificate] = by
    later = {successor for older, successor in newer.items() if older not in found}
    ended = set_aside(session, later) if later else set()
    return found | {older for older, successor in newer.items() if successor in ended}


def taken_along(session: ReadSession, certificate_id: str) -> set[str]:
    """Return the certificates that were withdrawn as predecessors of this one, by the same order."""
    found: set[str] = set()
    newer = {certificate_id}
    while newer:
        taken = session.execute(_TAKEN_ALONG.where(_SUCCESSOR.id.in_(sorted(newer)))).all()
        newer = {older for older, _ in taken} - found
        found |= newer
    return found


def withdrawals(session: ReadSession, blind_indexes: Sequence[bytes]) -> Mapping[bytes, list[IntegrityRecord]]:
    """Return the records that the withdrawals for fraud of some people open, oldest first, by whose they are."""
    query = (
        select(EventRow, HolderRow.blind_index)
        .join(CertificateRow, CertificateRow.id == EventRow.certificate)
        .join(HolderRow, HolderRow.id == CertificateRow.holder)
        .where(
            HolderRow.blind_index.in_(blind_indexes),
            EventRow.kind == EventKind.WITHDRAWN,
            EventRow.reason == Reason.FRAUD,
        )
        .order_by(EventRow.recorded)
    )
    found: dict[bytes, list[IntegrityRecord]] = {}
    for row, index in session.execute(query):
        assert index is not None
        record = record_of(event_of(row), blind_index=index, certificate=row.certificate)
        found.setdefault(index, []).append(record)
    return found
