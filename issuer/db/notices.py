"""The repository of notices: which changes have none yet, what was made, what is to be sent, what was printed.

Rules: a change has one notice, and making it twice makes it once.

    for change in untold(session, statement, limit=100): ...
    add(session, [NewNotice(...)], now=now)
    for due in due_notices(session, now=now, limit=20): ...
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, select, update

from issuer.db.events import TOLD_KINDS, Event, event_of
from issuer.db.models import LATER_EVENTS, CertificateRow, EventRow, HolderRow, NoticeRow
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all, table_of
from issuer.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a certificate of which nobody has been told."""

    certificate: str
    """The row's id."""
    number: str
    award: str
    holder: str
    wrapped_key: bytes | None = field(repr=False)
    contact: bytes | None = field(repr=False)
    ordinal: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A notice that is to be stored."""

    id: str
    certificate: str
    ordinal: int
    holder: str
    kind: str
    said: bytes = field(repr=False)
    """Sealed."""
    is_sent: bool
    """Whether it is sent; else it waits to be printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """A notice as the register knows it."""

    id: str
    number: str
    ordinal: int
    holder: str
    kind: str
    made: datetime
    said: bytes = field(repr=False)
    wrapped_key: bytes | None = field(repr=False)
    """None: the holder was erased."""
    contact: bytes | None = field(repr=False)
    authority: str
    """Which decided."""
    next_try: datetime | None
    attempts: int
    last_error: str | None
    sent: datetime | None
    printed: datetime | None


_HOLDER: Final = (HolderRow.id, HolderRow.wrapped_key, HolderRow.contact)


def untold(session: ReadSession, statement: str, *, limit: int) -> list[Change]:
    """Return changes that a statement ordered and that have no notice, of holders who were not erased."""
    told = select(NoticeRow.id).where(
        NoticeRow.certificate == EventRow.certificate, NoticeRow.ordinal == EventRow.ordinal
    )
    query = (
        select(EventRow, CertificateRow.number, CertificateRow.award, *_HOLDER)
        .join(CertificateRow, CertificateRow.id == EventRow.certificate)
        .join(HolderRow, HolderRow.id == CertificateRow.holder)
        .where(
            LATER_EVENTS,
            EventRow.statement == statement,
            EventRow.kind.in_(TOLD_KINDS),
            ~told.exists(),
            HolderRow.wrapped_key.is_not(None),
        )
        .order_by(EventRow.certificate, EventRow.ordinal)
        .limit(limit)
    )
    return [
        Change(
            certificate=row.certificate,
            number=number,
            award=award,
            holder=holder,
            wrapped_key=wrapped,
            contact=contact,
            ordinal=row.ordinal,
            event=event_of(row),
        )
        for row, number, award, holder, wrapped, contact in session.execute(query)
    ]


def add(session: WriteSession, new: Sequence[NewNotice], *, now: datetime) -> None:
    """Store notices."""
    rows = [
        {
            "id": each.id,
            "certificate": each.certificate,
            "ordinal": each.ordinal,
            "holder": each.holder,
            "kind": each.kind,
            "made": now,
            "said": each.said,
            "next_try": now if each.is_sent else None,
            "attempts": 0,
        }
        for each in new
    ]
    insert_all(session, NoticeRow, rows)


def notices_of(
    session: ReadSession,
    *,
    ids: Collection[str] | None = None,
    holders: Collection[str] | None = None,
    number: str | None = None,
    unprinted: bool = False,
    limit: int,
) -> list[StoredNotice]:
    """Return notices, newest first: these, of these holders, of a certificate, or all.

    ``unprinted``: only those that nobody sends, that were not sent, and that nobody printed.
    """
    query = _stored().order_by(NoticeRow.made.desc(), NoticeRow.id).limit(limit)
    if number is not None:
        query = query.where(CertificateRow.number == number)
    if unprinted:
        query = query.where(NoticeRow.next_try.is_(None), NoticeRow.sent.is_(None), NoticeRow.printed.is_(None))
    if ids is None and holders is None:
        return [_notice(row) for row in session.execute(query)]
    found: list[StoredNotice] = []
    column = NoticeRow.id if ids is not None else NoticeRow.holder
    for chunk in chunked(ids if ids is not None else holders or ()):
        found += [_notice(row) for row in session.execute(query.where(column.in_(chunk)))]
    return found


def require_all(found: Sequence[StoredNotice], ids: Sequence[str]) -> None:
    """Raise NotFoundError ``no_notice`` where one of these is not there."""
    there = {each.id for each in found}
    for each in ids:
        if each not in there:
            raise NotFoundError("no_notice", f"there is no notice {each}", notice=each)


def due_notices(session: ReadSession, *, now: datetime, limit: int) -> list[StoredNotice]:
    """Return what is to be sent now, the longest due first."""
    query = _stored().where(NoticeRow.next_try <= now).order_by(NoticeRow.next_try, NoticeRow.id).limit(limit)
    return [_notice(row) for row in session.execute(query)]


def sent(session: WriteSession, notice: str, *, at: datetime) -> None:
    """Note that a notice left."""
    _change(session, notice, {"sent": at, "next_try": None, "last_error": None})


def postpone(session: WriteSession, notice: str, *, until: datetime | None, error: str) -> None:
    """Note a failed attempt with the code of its error, and when the next one is due; None: it is printed instead."""
    table = table_of(NoticeRow)
    _change(session, notice, {"attempts": table.c.attempts + 1, "next_try": until, "last_error": error})


def printed(session: WriteSession, ids: Sequence[str], *, at: datetime) -> None:
    """Note that notices were printed."""
    table = table_of(NoticeRow)
    for chunk in chunked(ids):
        session.execute(update(table).where(table.c.id.in_(chunk)).values(printed=at))


def _change(session: WriteSession, notice: str, values: dict[str, Any]) -> None:
    table = table_of(NoticeRow)
    session.execute(update(table).where(table.c.id == notice).values(values))


def _stored() -> Select[NoticeRow, str, bytes | None, bytes | None, str]:
    return (
        select(NoticeRow, CertificateRow.number, HolderRow.wrapped_key, HolderRow.contact, EventRow.authority)
        .join(CertificateRow, CertificateRow.id == NoticeRow.certificate)
        .join(HolderRow, HolderRow.id == NoticeRow.holder)
        .join(EventRow, (EventRow.certificate == NoticeRow.certificate) & (EventRow.ordinal == NoticeRow.ordinal))
    )


def _notice(found: Row[NoticeRow, str, bytes | None, bytes | None, str]) -> StoredNotice:
    row, number, wrapped, contact, authority = found
    return StoredNotice(
        id=row.id,
        number=number,
        ordinal=row.ordinal,
        holder=row.holder,
        kind=row.kind,
        made=row.made,
        said=row.said,
        wrapped_key=wrapped,
        contact=contact,
        authority=authority,
        next_try=row.next_try,
        attempts=row.attempts,
        last_error=row.last_error,
        sent=row.sent,
        printed=row.printed,
    )
