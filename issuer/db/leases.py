"""Leases: who does which piece of work, until when, and which writes come too late.

Rules: a piece is taken in one short transaction, by one process. Each time it is taken its fence grows by one. Whoever
holds it says so again in every transaction that writes anything of this work: the row is changed where owner and fence
are still the same, so nobody takes the piece before that transaction has ended, and one that comes too late changes
nothing and is refused. A lease that is over can be taken by anyone. Until then its owner can hold on to it.

``until`` is by the clock of the process that holds the lease. A clock that is wrong lets a piece be taken too early or
too late. Then work is done twice or waits; the fence refuses the late writes all the same.

    with register.write() as session:
        lay_out(session, topic="issue", object=batch, rows=24, size=500)
    with register.write() as session:
        lease = take(session, topic="issue", object=batch, request=7, owner=owner, now=now)
    with LeasedRegister(register, lease, clock).write() as session:    # raises LeaseLostError when it is another's
        ...
    with LeasedRegister(register, lease, clock).write() as session:
        finish(session, lease, request=7)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, CursorResult, Update, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from issuer.db.locks import Lock
from issuer.db.models import LeaseRow
from issuer.db.sessions import ReadSession, Register, WriteSession, chunked, insert_all, table_of
from issuer.errors import ConflictError

LEASE: Final = timedelta(seconds=60)
"""How long a piece is somebody's without a word: many times what a chunk of rows takes."""
ONE_PIECE: Final = "-"
"""The object of a topic that is one piece."""
_NEVER: Final = -1
"""What a piece is done for before the first request."""
_T: Final = table_of(LeaseRow)


class LeaseLostError(ConflictError):
    """Another process has the piece of work by now; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A piece of work that is somebody's."""

    topic: str
    object: str
    piece: int
    first: int
    last: int
    owner: str
    since: datetime
    until: datetime
    fence: int


class Span(NamedTuple):
    """A piece, by the positions of its rows."""

    piece: int
    first: int
    last: int


def lay_out(session: WriteSession, *, topic: str, object: str, rows: int, size: int) -> None:
    """Cut an object into pieces of ``size`` rows, once: later calls change nothing, whatever they say.

    Args:
        session: the transaction.
        topic: of the outbox.
        object: what is cut.
        rows: how many rows it has; without any it is one piece.
        size: rows of a piece.
    """
    if is_laid_out(session, topic=topic, object=object):
        return
    starts = range(0, rows, size) if rows else range(1)
    new = [
        {
            "topic": topic,
            "object": object,
            "piece": piece,
            "first": first,
            "last": min(first + size, rows),
            "fence": 0,
            "done_for": _NEVER,
        }
        for piece, first in enumerate(starts)
    ]
    try:
        with session.begin_nested():
            insert_all(session, LeaseRow, new)
    except IntegrityError:
        return  # somebody did it at the same time, and all of it


def is_laid_out(session: ReadSession, *, topic: str, object: str) -> bool:
    """Whether an object was cut into pieces."""
    return session.scalar(select(LeaseRow.piece).where(*_of(topic, object)).limit(1)) is not None


def take(
    session: WriteSession, *, topic: str, object: str, request: int, owner: str, now: datetime, alone: bool = False
) -> Lease | None:
    """Take the first piece that is free and not done for a request; None when there is none.

    Args:
        session: a short transaction of its own.
        topic: of the outbox.
        object: whose piece.
        request: the newest request (``outbox.id``).
        owner: who takes it, at most 96 characters.
        now: aware instant.
        alone: only while no other process has a piece of the object.
    """
    if alone and _others(session, topic, object, owner, now):
        return None
    query = select(_T).where(*_free(topic, object, request, now)).order_by(_T.c.piece).limit(1)
    row = session.execute(query.with_for_update(skip_locked=True)).one_or_none()
    return None if row is None else _taken(session, row, owner, now)


def take_over(session: WriteSession, *, topic: str, owner: str, now: datetime) -> Lease:
    """Take the one piece of a topic from whoever holds it; for a process that knows by a lock that it may."""
    lay_out(session, topic=topic, object=ONE_PIECE, rows=0, size=1)
    row = session.execute(select(_T).where(*_of(topic, ONE_PIECE)).with_for_update()).one()
    return _taken(session, row, owner, now)


def is_free(session: ReadSession, *, topic: str, object: str, request: int, now: datetime) -> bool:
    """Whether ``take`` would find a piece, or the object is not cut into pieces yet."""
    found = session.scalar(select(_T.c.piece).where(*_free(topic, object, request, now)).limit(1))
    return found is not None or not is_laid_out(session, topic=topic, object=object)


def keep(session: WriteSession, lease: Lease, *, now: datetime) -> None:
    """Hold on to a lease to the end of this transaction, and a while after it.

    Raises:
        LeaseLostError: ``lease_lost``: another process took the piece, or it was given back.
    """
    _require_one(session, update(_T).where(*_mine(lease)).values(until=now + LEASE), lease)


def finish(session: WriteSession, lease: Lease, *, request: int) -> None:
    """Say that a piece is done for a request, and let it go. Raises LeaseLostError."""
    _require_one(session, update(_T).where(*_mine(lease)).values(owner=None, until=None, done_for=request), lease)


def give_back(session: WriteSession, held: Sequence[Lease]) -> None:
    """Let pieces go that are not done; what is another's by now stays as it is."""
    for lease in held:
        session.execute(update(_T).where(*_mine(lease)).values(owner=None, until=None))


def free(session: WriteSession, owners: Sequence[str]) -> int:
    """Free all pieces of processes that have ended; returns how many."""
    freed = 0
    for chunk in chunked(owners):
        freed += _rows(session, update(_T).where(_T.c.owner.in_(chunk)).values(owner=None, until=None))
    return freed


def left(session: ReadSession, *, topic: str, object: str, request: int) -> list[Span]:
    """Return the pieces that are not done for a request, somebody's or not."""
    query = select(_T.c.piece, _T.c.first, _T.c.last).where(*_of(topic, object), _T.c.done_for < request)
    return [Span._make(row) for row in session.execute(query.order_by(_T.c.piece))]


def pass_over(session: WriteSession, *, topic: str, object: str, pieces: Sequence[int], request: int) -> None:
    """Say of pieces without work, which nobody holds, that they are done for a request."""
    for chunk in chunked(pieces):
        nothing = update(_T).where(*_of(topic, object), _T.c.piece.in_(chunk), _T.c.owner.is_(None))
        session.execute(nothing.where(_T.c.done_for < request).values(done_for=request))


def is_done(session: ReadSession, *, topic: str, object: str, request: int) -> bool:
    """Whether all pieces of an object are done for a request."""
    if not is_laid_out(session, topic=topic, object=object):
        return False
    left = select(_T.c.piece).where(*_of(topic, object), _T.c.done_for < request)
    return session.scalar(left.limit(1)) is None


def newest(session: ReadSession) -> datetime | None:
    """Return until when the newest lease lasts that is somebody's; None when nobody has any."""
    found: datetime | None = session.scalar(select(func.max(_T.c.until)).where(_T.c.owner.is_not(None)))
    return found


def listed(session: ReadSession) -> list[Lease]:
    """Return all pieces that are somebody's, by topic, object and piece."""
    query = select(_T).where(_T.c.owner.is_not(None)).order_by(_T.c.topic, _T.c.object, _T.c.piece)
    return [_lease(row) for row in session.execute(query)]


class LeasedRegister(Register):
    """A register as the holder of a lease writes it: every transaction that writes holds on to the lease first."""

    def __init__(self, register: Register, lease: Lease, clock: Callable[[], datetime]) -> None:
        super().__init__(register.engine)
        self._info = register._info
        self.lease = lease
        self._clock = clock

    @contextmanager
    def write(self, *locks: Lock) -> Iterator[WriteSession]:
        """As ``Register.write``. Raises LeaseLostError before anything is written."""
        with super().write(*locks) as session:
            keep(session, self.lease, now=self._clock())
            yield session


def _of(topic: str, object: str) -> tuple[ColumnElement[bool], ...]:
    return _T.c.topic == topic, _T.c.object == object


def _free(topic: str, object: str, request: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return *_of(topic, object), _T.c.done_for < request, or_(_T.c.owner.is_(None), _T.c.until <= now)


def _others(session: WriteSession, topic: str, object: str, owner: str, now: datetime) -> bool:
    """Whether another process has a piece; nobody takes one before this transaction ends."""
    query = select(_T.c.owner, _T.c.until).where(*_of(topic, object)).order_by(_T.c.piece).with_for_update()
    rows = session.execute(query).all()
    return any(row.owner not in {None, owner} and row.until > now for row in rows)


def _mine(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    piece = (*_of(lease.topic, lease.object), _T.c.piece == lease.piece)
    return *piece, _T.c.owner == lease.owner, _T.c.fence == lease.fence


def _taken(session: WriteSession, row: Any, owner: str, now: datetime) -> Lease:
    changed = {"owner": owner, "since": now, "until": now + LEASE, "fence": row.fence + 1}
    piece = (*_of(row.topic, row.object), _T.c.piece == row.piece)
    session.execute(update(_T).where(*piece).values(changed))
    return Lease(topic=row.topic, object=row.object, piece=row.piece, first=row.first, last=row.last, **changed)


def _lease(row: Any) -> Lease:
    return Lease(**{name: getattr(row, name) for name in Lease.__dataclass_fields__})


def _require_one(session: WriteSession, change: Update, lease: Lease) -> None:
    if _rows(session, change) == 1:
        return
    message = f"piece {lease.piece} of {lease.topic} {lease.object} is another process's by now; nothing was written"
    raise LeaseLostError("lease_lost", message, topic=lease.topic, object=lease.object, piece=lease.piece)


def _rows(session: WriteSession, change: Update) -> int:
    result = session.execute(change)
    assert isinstance(result, CursorResult)
    return result.rowcount
