"""The repository of claim codes: made, looked for, given out, ended. What the unlock service writes is in ``tries``.

Rules: it keeps digests. A person has one open code: who makes another one ends those before it, of all holders who are
that person. A code that waits to be sent is sealed; what was sent or given up is sealed nowhere.

    add(session, [NewClaim(...)], made_by="os:clerk", now=now)
    claims_of(session, holders)
    for due in due_deliveries(session, now=now, limit=20): ...
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, select, update

from issuer.db import tries
from issuer.db.models import (
    AwardRow,
    CertificateRow,
    ClaimCodeRow,
    ClaimCollectionRow,
    ClaimDeliveryRow,
    CodeTriesRow,
    HolderMergeRow,
    HolderRow,
    Stage,
)
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all, table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A certificate whose holder is to get a code."""

    certificate: str
    number: str
    award: str
    holder: str
    wrapped_key: bytes | None = field(repr=False)
    """None: the holder was erased."""
    contact: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A code that is to be stored."""

    id: str
    holder: str
    certificate: str
    digest: bytes = field(repr=False)
    expires: datetime
    sealed: bytes | None = field(repr=False)
    """The code under the holder's key, where it is to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A code as the register knows it."""

    id: str
    holder: str
    number: str
    """Of the certificate for which it was made."""
    made: datetime
    made_by: str
    expires: datetime
    sent: datetime | None
    used: datetime | None
    ended: datetime | None
    tries: int
    """In all."""
    waiting: bool
    """Whether it waits to be sent."""
    given_up: bool
    """Whether nobody tries to send it any more."""
    attempts: int
    """To send it."""
    next_try: datetime | None
    last_error: str | None
    """The code of the error of the last attempt."""
    collected: datetime | None
    """When somebody collected it the last time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedSlip:
    """That a slip was collected."""

    id: str
    claim: str
    at: datetime
    recorded_by: str
    who: bytes = field(repr=False)
    """Sealed under the holder's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A code that is to be sent now."""

    claim: str
    holder: str
    number: str
    """Of the certificate for which it was made."""
    code: bytes = field(repr=False)
    """Sealed."""
    expires: datetime
    is_open: bool
    attempts: int
    wrapped_key: bytes | None = field(repr=False)
    contact: bytes | None = field(repr=False)


_TARGET: Final = (
    CertificateRow.id,
    CertificateRow.number,
    CertificateRow.award,
    CertificateRow.holder,
    HolderRow.wrapped_key,
    HolderRow.contact,
)


def targets(session: ReadSession, *, batch: str | None = None, number: str | None = None) -> list[Target]:
    """Return the signed certificates of a batch, or the one with this number, in the order of their numbers."""
    query = select(*_TARGET).join(HolderRow, HolderRow.id == CertificateRow.holder)
    query = query.where(CertificateRow.stage == Stage.SIGNED).order_by(CertificateRow.number)
    if batch is not None:
        query = query.where(CertificateRow.award.in_(select(AwardRow.id).where(AwardRow.batch == batch)))
    if number is not None:
        query = query.where(CertificateRow.number == number)
    return [
        Target(certificate=row[0], number=row[1], award=row[2], holder=row[3], wrapped_key=row[4], contact=row[5])
        for row in session.execute(query)
    ]


def persons_of(session: ReadSession, holders: Iterable[str]) -> dict[str, str]:
    """Return for each holder the one that stands for the person."""
    found = {each: each for each in holders}
    for chunk in chunked(found):
        query = select(HolderMergeRow.holder, HolderMergeRow.into_holder).where(HolderMergeRow.holder.in_(chunk))
        found |= dict(session.execute(query).all())
    return found


def holders_of_persons(session: ReadSession, persons: Collection[str]) -> list[str]:
    """Return all holders who are these persons."""
    found = list(persons)
    for chunk in chunked(persons):
        found += session.scalars(select(HolderMergeRow.holder).where(HolderMergeRow.into_holder.in_(chunk)))
    return found


def holders_with_open_codes(session: ReadSession, *, now: datetime) -> frozenset[str]:
    """Return the holders for whom there is a code that can be used."""
    return frozenset(session.scalars(select(ClaimCodeRow.holder).where(_is_open(now))))


def add(session: WriteSession, new: Sequence[NewClaim], *, made_by: str, now: datetime) -> None:
    """Store new codes; the holders' earlier ones are ended by ``end_of`` before."""
    rows = [
        {
            "id": each.id,
            "holder": each.holder,
            "certificate": each.certificate,
            "digest": each.digest,
            "made": now,
            "made_by": made_by,
            "expires": each.expires,
        }
        for each in new
    ]
    insert_all(session, ClaimCodeRow, rows)
    insert_all(session, CodeTriesRow, [{"code": each.id, "life": 0, "began": now, "hour": 0} for each in new])
    waiting = [
        {"claim": each.id, "code": each.sealed, "attempts": 0, "next_try": now}
        for each in new
        if each.sealed is not None
    ]
    insert_all(session, ClaimDeliveryRow, waiting)


def end_of(session: WriteSession, holders: Collection[str], *, now: datetime) -> int:
    """End every open code of these holders, whose rows it holds, and what waits to be sent; return how many."""
    tries.hold(session, list(holders))
    ended = 0
    for chunk in chunked(holders):
        mine = select(ClaimCodeRow.id).where(ClaimCodeRow.holder.in_(chunk), _is_open(now))
        codes = list(session.scalars(mine))
        _end(session, codes, now)
        ended += len(codes)
    return ended


def _end(session: WriteSession, codes: Sequence[str], now: datetime) -> None:
    for part in chunked(codes):
        table = table_of(ClaimCodeRow)
        session.execute(update(table).where(table.c.id.in_(part)).values(ended=now))
        session.execute(delete(table_of(ClaimDeliveryRow)).where(ClaimDeliveryRow.claim.in_(part)))


def keep_newest(session: WriteSession, holders: Collection[str], *, now: datetime) -> None:
    """End every open code of these holders, who became one person, but the newest."""
    code = ClaimCodeRow
    query = select(code.id).where(code.holder.in_(holders), _is_open(now)).order_by(code.made.desc(), code.id)
    _end(session, list(session.scalars(query))[1:], now)


def claims_of(
    session: ReadSession, *, batch: str | None = None, holders: Collection[str] | None = None, limit: int
) -> list[Claim]:
    """Return codes, newest first: of a batch, of holders, or all."""
    code, delivery = ClaimCodeRow, ClaimDeliveryRow
    query = (
        select(code, CertificateRow.number, CodeTriesRow.life, delivery)
        .join(CertificateRow, CertificateRow.id == code.certificate)
        .outerjoin(CodeTriesRow, CodeTriesRow.code == code.id)
        .outerjoin(delivery, delivery.claim == code.id)
        .order_by(code.made.desc(), CertificateRow.number, code.ended.is_not(None))
        .limit(limit)
    )
    if batch is not None:
        query = query.where(CertificateRow.award.in_(select(AwardRow.id).where(AwardRow.batch == batch)))
    if holders is not None:
        query = query.where(code.holder.in_(holders))
    rows = session.execute(query).all()
    collected = _collected(session, [row[0].id for row in rows])
    return [_claim(*row, collected.get(row[0].id)) for row in rows]


def due_deliveries(session: ReadSession, *, now: datetime, limit: int) -> list[Due]:
    """Return what is to be sent now, the longest due first."""
    code, delivery = ClaimCodeRow, ClaimDeliveryRow
    query = (
        select(code, delivery, CertificateRow.number, HolderRow.wrapped_key, HolderRow.contact)
        .join(code, code.id == delivery.claim)
        .join(CertificateRow, CertificateRow.id == code.certificate)
        .join(HolderRow, HolderRow.id == code.holder)
        .where(delivery.next_try <= now, delivery.code.is_not(None))
        .order_by(delivery.next_try, delivery.claim)
        .limit(limit)
    )
    return [
        Due(
            claim=claim.id,
            holder=claim.holder,
            number=number,
            code=waiting.code or b"",
            expires=claim.expires,
            is_open=claim.used is None and claim.ended is None and claim.expires > now,
            attempts=waiting.attempts,
            wrapped_key=wrapped,
            contact=contact,
        )
        for claim, waiting, number, wrapped, contact in session.execute(query)
    ]


def delivered(session: WriteSession, claim: str, *, at: datetime) -> None:
    """Note that a code left, and delete what was sealed of it."""
    table = table_of(ClaimCodeRow)
    session.execute(update(table).where(table.c.id == claim).values(sent=at))
    drop_delivery(session, claim)


def drop_delivery(session: WriteSession, claim: str) -> None:
    """Delete what is sealed of a code that nobody sends any more."""
    session.execute(delete(table_of(ClaimDeliveryRow)).where(ClaimDeliveryRow.claim == claim))


def postpone(session: WriteSession, claim: str, *, until: datetime, error: str) -> None:
    """Note a failed attempt, with the code of its error, and when the next one is due."""
    table = table_of(ClaimDeliveryRow)
    later = {"attempts": table.c.attempts + 1, "next_try": until, "last_error": error}
    session.execute(update(table).where(table.c.claim == claim).values(later))


def give_up(session: WriteSession, claim: str, *, error: str) -> None:
    """Note the last failed attempt, and delete what is sealed of the code."""
    table = table_of(ClaimDeliveryRow)
    last = {"attempts": table.c.attempts + 1, "last_error": error, "code": None}
    session.execute(update(table).where(table.c.claim == claim).values(last))


def collect(session: WriteSession, collection: str, claim: str, *, who: bytes, recorded_by: str, at: datetime) -> None:
    """Note that a slip was collected; ``who`` is sealed under the holder's key, for the row ``collection``."""
    row = {"id": collection, "claim": claim, "at": at, "recorded_by": recorded_by, "who": who}
    insert_all(session, ClaimCollectionRow, [row])


def collections_of(session: ReadSession, claims: Collection[str]) -> list[CollectedSlip]:
    """Return who collected slips of these codes, in the order in which they did."""
    row = ClaimCollectionRow
    columns = (row.id, row.claim, row.at, row.recorded_by, row.who)
    return [
        CollectedSlip(id=found.id, claim=found.claim, at=found.at, recorded_by=found.recorded_by, who=found.who)
        for chunk in chunked(claims)
        for found in session.execute(select(*columns).where(row.claim.in_(chunk)).order_by(row.at, row.id))
    ]


def _is_open(now: datetime) -> ColumnElement[bool]:
    code = ClaimCodeRow
    return code.used.is_(None) & code.ended.is_(None) & (code.expires > now)


def _collected(session: ReadSession, claims: Collection[str]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    row = ClaimCollectionRow
    for chunk in chunked(claims):
        found |= dict(session.execute(select(row.claim, row.at).where(row.claim.in_(chunk)).order_by(row.at)).all())
    return found


def _claim(
    row: ClaimCodeRow, number: str, life: int | None, waiting: ClaimDeliveryRow | None, collected: datetime | None
) -> Claim:
    return Claim(
        id=row.id,
        holder=row.holder,
        number=number,
        made=row.made,
        made_by=row.made_by,
        expires=row.expires,
        sent=row.sent,
        used=row.used,
        ended=row.ended,
        tries=life or 0,
        waiting=waiting is not None and waiting.code is not None,
        given_up=waiting is not None and waiting.code is None,
        attempts=0 if waiting is None else waiting.attempts,
        next_try=None if waiting is None else waiting.next_try,
        last_error=None if waiting is None else waiting.last_error,
        collected=collected,
    )
