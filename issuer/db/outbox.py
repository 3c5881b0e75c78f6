"""The outbox: work that a transaction leaves for the worker, taken and acknowledged.

Rules: work is put in the transaction that causes it, so that it exists exactly when its cause does. Taking does not
remove: a worker that dies leaves its work to be taken again after ``RETAKE_SECONDS``; work must bear being done twice.

    put(session, topic=Topic.PUBLISH, object=certificate_id, now=now)
    for work in take(session, worker="worker-1", topic=Topic.PUBLISH, limit=100, now=now): ...
    acknowledge(session, [work.id], now=now)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, func, or_, select, update

from issuer.db.models import ABOUT_LISTS, AwardRow, BatchRow, CertificateRow, OutboxRow
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all, table_of

LATE: Final = timedelta(hours=24)
"""Work that has waited for longer is an alarm: somebody asked for it a day ago."""
RETAKE_SECONDS: Final = 600
"""Longer than any one piece of work takes; shorter than a snapshot's spare life."""


_PAUSED: Final = select(BatchRow.id).where(BatchRow.paused_at.is_not(None))
_IS_PUBLIC: Final = CertificateRow.first_published.is_not(None)


class Topic(StrEnum):
    """What there is to do; the register stores the names."""

    ISSUE = "issue"
    """A batch is to be issued."""
    DOCUMENTS = "documents"
    """The documents of a batch are to be made, or that of one certificate, by its number."""
    PUBLISH = "publish"
    """What is published of a certificate has changed."""
    NOTICE = "notice"
    """Holders are to be told of the changes that an operator's statement ordered, by the id of its evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A piece of pending work."""

    id: int
    topic: Topic
    object: str
    attempts: int
    """How often it was taken, this time included."""
    is_taken: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A piece of work that is not done, as it is shown."""

    topic: Topic
    asked_at: datetime
    taken_by: str | None
    """The worker that is at it; None: it waits for one."""
    taken_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is not done yet of what somebody waits for."""

    count: int
    reason: str
    """What the worker noted beside a piece of it when it last tried; empty when nothing is noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSince:
    """An object on which work waits."""

    object: str
    created: datetime
    """When it was asked for."""
    reason: str
    """What the worker noted when it last tried; empty when nothing is noted."""


def put(session: WriteSession, *, topic: Topic, object: str, now: datetime) -> None:
    """Leave work for the worker. The same pending work is not put twice."""
    put_all(session, topic=topic, objects=[object], now=now)


def put_new(session: WriteSession, *, topic: Topic, object: str, now: datetime) -> None:
    """Leave work without asking whether the same is pending: for work of which two pieces cost no more than one."""
    insert_all(session, OutboxRow, [{"object": object, "topic": topic, "created": now, "attempts": 0}])


def put_all(session: WriteSession, *, topic: Topic, objects: Sequence[str], now: datetime) -> None:
    """Leave work on many objects at once, each of them once. The same pending work is not put twice.

    Pending work that is relied on is locked: a worker that took it meanwhile would not see what it is put for.
    """
    for chunk in chunked(objects):
        same = select(OutboxRow.object).where(
            OutboxRow.topic == topic,
            OutboxRow.object.in_(chunk),
            OutboxRow.done_at.is_(None),
            OutboxRow.taken_at.is_(None),
        )
        pending = set(session.scalars(same.order_by(OutboxRow.id).with_for_update()))
        put_first(session, topic=topic, objects=[each for each in dict.fromkeys(chunk) if each not in pending], now=now)


def put_first(session: WriteSession, *, topic: Topic, objects: Sequence[str], now: datetime) -> None:
    """Leave the first work that there is on objects which this transaction makes: none can be pending."""
    same_for_all = {"topic": topic, "created": now, "attempts": 0}
    insert_all(session, OutboxRow, [{"object": each, **same_for_all} for each in objects])


def take(
    session: WriteSession,
    *,
    worker: str,
    now: datetime,
    limit: int = 1000,
    topic: Topic | None = None,
    urgent: bool = False,
) -> list[Work]:
    """Take pending work (of one topic), oldest first; what was taken over ``RETAKE_SECONDS`` ago counts as pending.

    What is asked of a batch that is paused stays where it is. ``urgent``: only what changes something that is public.
    """
    stale = now - timedelta(seconds=RETAKE_SECONDS)
    query = (
        select(OutboxRow.id, OutboxRow.topic, OutboxRow.object, OutboxRow.attempts)
        .where(OutboxRow.done_at.is_(None), or_(OutboxRow.taken_at.is_(None), OutboxRow.taken_at < stale))
        .where(OutboxRow.object.not_in(_PAUSED))
        .order_by(OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if topic is not None:
        query = query.where(OutboxRow.topic == topic)
    if urgent:
        query = query.where(OutboxRow.object.in_(select(CertificateRow.id).where(_IS_PUBLIC)))
    rows = session.execute(query).all()
    for chunk in chunked(row.id for row in rows):
        taken = {"taken_at": now, "taken_by": worker, "attempts": OutboxRow.attempts + 1}
        session.execute(update(table_of(OutboxRow)).where(OutboxRow.id.in_(chunk)).values(taken))
    return [Work(id=row.id, topic=Topic(row.topic), object=row.object, attempts=row.attempts + 1) for row in rows]


def pending_on(session: ReadSession, *, topic: Topic, object: str) -> list[Work]:
    """Return the work of a topic that is pending on one object, taken or not, without taking it."""
    query = select(OutboxRow).where(OutboxRow.topic == topic, OutboxRow.object == object, OutboxRow.done_at.is_(None))
    rows = session.scalars(query.order_by(OutboxRow.id))
    return [
        Work(
            id=row.id,
            topic=Topic(row.topic),
            object=row.object,
            attempts=row.attempts,
            is_taken=row.taken_at is not None,
        )
        for row in rows
    ]


def asked(session: ReadSession, *, topic: Topic) -> list[str]:
    """Return the objects on which work of a topic is pending, taken or not, the oldest first; none that is paused."""
    query = select(OutboxRow.object).where(OutboxRow.topic == topic, OutboxRow.done_at.is_(None))
    query = query.where(OutboxRow.object.not_in(_PAUSED))
    return list(dict.fromkeys(session.scalars(query.order_by(OutboxRow.id))))


def acknowledge(session: WriteSession, work_ids: list[int], *, now: datetime) -> None:
    """Mark work as done."""
    for chunk in chunked(work_ids):
        table = table_of(OutboxRow)
        session.execute(update(table).where(table.c.id.in_(chunk)).values(done_at=now, last_error=None))


def give_back(session: WriteSession, work_id: int, *, error: str) -> None:
    """Return work that failed, with the reason; it can be taken again at once."""
    row = session.get(OutboxRow, work_id)
    if row is not None:
        row.taken_at, row.taken_by, row.last_error = None, None, error
        session.flush()


def note(session: WriteSession, work_id: int, *, error: str) -> None:
    """Note why finished work came to nothing."""
    row = session.get(OutboxRow, work_id)
    if row is not None:
        row.last_error = error
        session.flush()


def mark(session: WriteSession, work_ids: Sequence[int], *, worker: str, now: datetime) -> None:
    """Note who is at work that was not taken by ``take``: what is asked for from now on is new work."""
    table = table_of(OutboxRow)
    for chunk in chunked(work_ids):
        idle = update(table).where(table.c.id.in_(chunk), table.c.taken_at.is_(None))
        session.execute(idle.values(taken_at=now, taken_by=worker))


def put_off(session: WriteSession, work_ids: Sequence[int]) -> None:
    """Make work pending again that somebody paused: nothing failed, so nothing is noted."""
    table = table_of(OutboxRow)
    for chunk in chunked(work_ids):
        session.execute(update(table).where(table.c.id.in_(chunk)).values(taken_at=None, taken_by=None))


def release_all(session: WriteSession, *, topics: Sequence[Topic] = tuple(Topic), error: str | None = None) -> int:
    """Make all taken work pending again; for a worker that holds the only lock, so that nobody else works on it.

    Args:
        session: the transaction.
        topics: whose work.
        error: why it came to nothing, noted beside each; None leaves what is noted.
    """
    rows = _taken(session, topics)
    for row in rows:
        row.taken_at, row.taken_by = None, None
        row.last_error = row.last_error if error is None else error
    session.flush()
    return len(rows)


def note_begun(session: WriteSession, *, topics: Sequence[Topic], error: str) -> None:
    """Note beside all work of these topics that was begun why it is not done yet."""
    for row in _taken(session, topics):
        row.last_error = error
    session.flush()


def _taken(session: ReadSession, topics: Sequence[Topic]) -> list[OutboxRow]:
    query = select(OutboxRow).where(OutboxRow.done_at.is_(None), OutboxRow.taken_at.is_not(None))
    return list(session.scalars(query.where(OutboxRow.topic.in_(topics))))


def newest(session: ReadSession) -> int:
    """Return the number of the piece of work that was put last, 0 before the first."""
    return session.scalar(select(func.max(OutboxRow.id))) or 0


def is_begun(session: ReadSession) -> bool:
    """Whether a worker is at some work just now: it took it, and has not said that it failed."""
    begun = select(OutboxRow.id).where(
        OutboxRow.done_at.is_(None), OutboxRow.taken_at.is_not(None), OutboxRow.last_error.is_(None)
    )
    return session.scalar(begun.limit(1)) is not None


def waiting_on(session: ReadSession, *, topics: Sequence[Topic], objects: Sequence[str]) -> Waiting:
    """Return how much work of these topics is pending on these objects, and why, as far as a worker noted it.

    What nobody is at, because its batch is paused, is not waited for.
    """
    count, reason = 0, ""
    for chunk in chunked(objects):
        query = select(OutboxRow.last_error).where(
            OutboxRow.topic.in_(topics),
            OutboxRow.object.in_(chunk),
            OutboxRow.done_at.is_(None),
            or_(OutboxRow.object.not_in(_PAUSED), OutboxRow.taken_at.is_not(None)),
        )
        for noted in session.scalars(query):
            count, reason = count + 1, noted or reason
    return Waiting(count=count, reason=reason)


def pending_of(session: ReadSession, *, topics: Sequence[Topic], object: str) -> list[Pending]:
    """Return what is asked for of one object and not done, oldest first."""
    query = select(OutboxRow).where(
        OutboxRow.topic.in_(topics), OutboxRow.object == object, OutboxRow.done_at.is_(None)
    )
    return [
        Pending(topic=Topic(row.topic), asked_at=row.created, taken_by=row.taken_by, taken_at=row.taken_at)
        for row in session.scalars(query.order_by(OutboxRow.id))
    ]


def newest_error(session: ReadSession, *, topic: Topic, object: str) -> str | None:
    """Return what the newest piece of work on a list or document came to, done or not; None: to nothing wrong."""
    query = select(OutboxRow.last_error).where(ABOUT_LISTS, OutboxRow.topic == topic, OutboxRow.object == object)
    return session.scalar(query.order_by(OutboxRow.id.desc()).limit(1))


def publishing_error(session: ReadSession, batch: str) -> str | None:
    """Return why a certificate of a batch is not public yet, as far as a worker noted it."""
    query = (
        select(OutboxRow.last_error)
        .join(CertificateRow, CertificateRow.id == OutboxRow.object)
        .join(AwardRow, AwardRow.id == CertificateRow.award)
        .where(
            OutboxRow.topic == Topic.PUBLISH,
            OutboxRow.done_at.is_(None),
            OutboxRow.last_error.is_not(None),
            AwardRow.batch == batch,
        )
    )
    return session.scalar(query.order_by(OutboxRow.id.desc()).limit(1))


def waiting_since(session: ReadSession, *, topic: Topic) -> list[WaitingSince]:
    """Return the objects on which work of a topic waits, oldest first, each once."""
    query = select(OutboxRow).where(OutboxRow.topic == topic, OutboxRow.done_at.is_(None)).order_by(OutboxRow.id)
    found: dict[str, WaitingSince] = {}
    for row in session.scalars(query):
        since = WaitingSince(object=row.object, created=row.created, reason=row.last_error or "")
        found.setdefault(row.object, since)
    return list(found.values())


def unpublished_of(session: ReadSession, batch: str) -> int:
    """Return how many certificates of a batch have a change that is not published yet."""
    query = (
        select(func.count(OutboxRow.object.distinct()))
        .join(CertificateRow, CertificateRow.id == OutboxRow.object)
        .join(AwardRow, AwardRow.id == CertificateRow.award)
        .where(OutboxRow.topic == Topic.PUBLISH, OutboxRow.done_at.is_(None), AwardRow.batch == batch)
    )
    return session.scalar(query) or 0


def publishing_of(session: ReadSession, batch: str) -> int:
    """Return how many changes of certificates of a batch go out as soon as they can.

    Those that a worker held back, and tries again after a while, are left out.
    """
    query = (
        select(func.count(OutboxRow.id))
        .join(CertificateRow, CertificateRow.id == OutboxRow.object)
        .join(AwardRow, AwardRow.id == CertificateRow.award)
        .where(
            OutboxRow.topic == Topic.PUBLISH,
            OutboxRow.done_at.is_(None),
            or_(OutboxRow.taken_at.is_(None), OutboxRow.last_error.is_(None)),
            AwardRow.batch == batch,
        )
    )
    return session.scalar(query) or 0


def changes_wait(session: ReadSession, *, besides: Collection[str] = (), after: int = 0) -> bool:
    """Whether a certificate waits to be published.

    Args:
        session: reads.
        besides: batches that are being issued just now, whose new certificates wait for each other.
        after: only work with a greater number is looked at.
    """
    query = _changes(after)
    if besides:
        query = query.join(AwardRow, AwardRow.id == CertificateRow.award)
        query = query.where(or_(AwardRow.batch.not_in(besides), _IS_PUBLIC))
    return session.scalar(query.limit(1)) is not None


def urgent_waits(session: ReadSession, *, after: int = 0) -> bool:
    """Whether something that is public waits to be changed: a change of status. ``after`` as in ``changes_wait``."""
    return session.scalar(_changes(after).where(_IS_PUBLIC).limit(1)) is not None


def _changes(after: int) -> Select[Any]:
    query = select(OutboxRow.id).where(
        OutboxRow.id > after,
        OutboxRow.topic == Topic.PUBLISH,
        OutboxRow.done_at.is_(None),
        OutboxRow.taken_at.is_(None),
    )
    return query.join(CertificateRow, CertificateRow.id == OutboxRow.object)


def count_changes(session: ReadSession) -> int:
    """Return how many certificates wait to be published."""
    query = select(func.count(OutboxRow.id)).where(OutboxRow.topic == Topic.PUBLISH, OutboxRow.done_at.is_(None))
    return session.scalar(query) or 0


def is_pending(session: ReadSession, work_id: int) -> bool:
    """Whether a piece of work is not done, and nobody noted that it cannot be."""
    return session.scalar(select(OutboxRow.id).where(OutboxRow.id == work_id, OutboxRow.done_at.is_(None))) is not None
