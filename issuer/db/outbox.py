"""The outbox: work that a transaction leaves for the worker, taken and acknowledged.

Rules: work is put in the transaction that causes it, so that it exists exactly when its cause does. Taking does not
remove: a worker that dies leaves its work to be taken again after ``RETAKE_SECONDS``; work must bear being done twice.

    put(session, topic=Topic.PUBLISH, object=certificate_id, now=now)
    for work in take(session, worker="worker-1", topic=Topic.PUBLISH, limit=100, now=now): ...
    acknowledge(session, [work.id], now=now)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select

from issuer.db.models import AwardRow, CertificateRow, OutboxRow
from issuer.db.sessions import ReadSession, WriteSession, chunked

RETAKE_SECONDS: Final = 600
"""Longer than any one piece of work takes; shorter than a snapshot's spare life."""


class Topic(StrEnum):
    """What there is to do; the register stores the names."""

    ISSUE = "issue"
    """A batch is to be issued."""
    DOCUMENTS = "documents"
    """The documents of a batch are to be made."""
    PUBLISH = "publish"
    """What is published of a certificate has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A piece of pending work."""

    id: int
    topic: Topic
    object: str
    attempts: int
    """How often it was taken, this time included."""


def put(session: WriteSession, *, topic: Topic, object: str, now: datetime) -> None:
    """Leave work for the worker. The same pending work is not put twice."""
    put_all(session, topic=topic, objects=[object], now=now)


def put_all(session: WriteSession, *, topic: Topic, objects: Sequence[str], now: datetime) -> None:
    """Leave work on many objects at once, each of them once. The same pending work is not put twice."""
    for chunk in chunked(objects):
        same = select(OutboxRow.object).where(
            OutboxRow.topic == topic,
            OutboxRow.object.in_(chunk),
            OutboxRow.done_at.is_(None),
            OutboxRow.taken_at.is_(None),
        )
        pending = set(session.scalars(same))
        rows = (OutboxRow(topic=topic, object=each, created=now, attempts=0) for each in chunk if each not in pending)
        session.add_all(rows)
        session.flush()


def take(
    session: WriteSession, *, worker: str, now: datetime, limit: int = 1000, topic: Topic | None = None
) -> list[Work]:
    """Take pending work (of one topic), oldest first; what was taken over ``RETAKE_SECONDS`` ago counts as pending."""
    stale = now - timedelta(seconds=RETAKE_SECONDS)
    query = (
        select(OutboxRow)
        .where(OutboxRow.done_at.is_(None), or_(OutboxRow.taken_at.is_(None), OutboxRow.taken_at < stale))
        .order_by(OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if topic is not None:
        query = query.where(OutboxRow.topic == topic)
    rows = list(session.scalars(query))
    for row in rows:
        row.taken_at, row.taken_by, row.attempts = now, worker, row.attempts + 1
    session.flush()
    return [Work(id=row.id, topic=Topic(row.topic), object=row.object, attempts=row.attempts) for row in rows]


def pending_on(session: ReadSession, *, topic: Topic, object: str) -> list[Work]:
    """Return the work of a topic that is pending on one object, taken or not, without taking it."""
    query = select(OutboxRow).where(OutboxRow.topic == topic, OutboxRow.object == object, OutboxRow.done_at.is_(None))
    rows = session.scalars(query.order_by(OutboxRow.id))
    return [Work(id=row.id, topic=Topic(row.topic), object=row.object, attempts=row.attempts) for row in rows]


def acknowledge(session: WriteSession, work_ids: list[int], *, now: datetime) -> None:
    """Mark work as done."""
    for row in session.scalars(select(OutboxRow).where(OutboxRow.id.in_(work_ids))):
        row.done_at, row.last_error = now, None
    session.flush()


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


def release_all(session: WriteSession) -> int:
    """Make all taken work pending again; for a worker that just got the only lock, so that nobody else works on it."""
    rows = list(session.scalars(select(OutboxRow).where(OutboxRow.done_at.is_(None), OutboxRow.taken_at.is_not(None))))
    for row in rows:
        row.taken_at, row.taken_by = None, None
    session.flush()
    return len(rows)


def pending_on_any(session: ReadSession, *, topics: Sequence[Topic], objects: Sequence[str]) -> bool:
    """Whether work of one of these topics is pending on one of these objects."""
    query = select(OutboxRow.id).where(
        OutboxRow.topic.in_(topics), OutboxRow.object.in_(objects), OutboxRow.done_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def changes_wait(session: ReadSession, *, besides: str | None = None) -> bool:
    """Whether a certificate waits to be published, of any batch or of any but one that is being issued just now."""
    query = select(OutboxRow.id).where(
        OutboxRow.topic == Topic.PUBLISH, OutboxRow.done_at.is_(None), OutboxRow.taken_at.is_(None)
    )
    if besides is not None:
        query = (
            query.join(CertificateRow, CertificateRow.id == OutboxRow.object)
            .join(AwardRow, AwardRow.id == CertificateRow.award)
            .where(AwardRow.batch != besides)
        )
    return session.scalar(query.limit(1)) is not None
