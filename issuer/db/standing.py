"""What the register says of how things stand: counts and instants, no content and no person.

waiting(session)                 # by topic: how much, since when, what was noted
fullest_counters(session)        # rows of numbers, by how full they are
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from issuer.db.models import BatchRow, CertificateRow, NumberCounterRow, OutboxRow, PublicationRow, Stage
from issuer.db.outbox import Topic
from issuer.db.sessions import ReadSession

_SERIAL = "#"
"""Stands in the name of a counter for each digit of the serial (``issuer.issuing.numbers``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWaits:
    """What waits of one topic."""

    topic: Topic
    count: int
    oldest: datetime | None
    """None where nothing waits."""
    noted: tuple[str, ...]
    """The codes that the worker noted beside some of it, each once; a sentence without a code is ``unexpected``."""
    paused: int
    """Beside ``count``: what somebody paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The last snapshot that was in its place."""

    sequence: int
    made: datetime
    expires: datetime
    records: int
    trust_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterFill:
    """How many numbers of one row of numbers are taken."""

    authority: str
    scope: str
    last: int
    capacity: int


def waiting(session: ReadSession) -> tuple[TopicWaits, ...]:
    """Return what waits, by topic, in the order of ``Topic``."""
    return tuple(_waits(session, topic) for topic in Topic)


def _waits(session: ReadSession, topic: Topic) -> TopicWaits:
    paused = OutboxRow.object.in_(select(BatchRow.id).where(BatchRow.paused_at.is_not(None)))
    pending = (OutboxRow.topic == topic, OutboxRow.done_at.is_(None))
    count, oldest = session.execute(
        select(func.count(OutboxRow.id), func.min(OutboxRow.created)).where(*pending, ~paused)
    ).one()
    still = session.scalar(select(func.count(OutboxRow.id)).where(*pending, paused)) or 0
    noted = session.scalars(
        select(OutboxRow.last_error).where(*pending, ~paused, OutboxRow.last_error.is_not(None)).distinct().limit(100)
    )
    codes = tuple(sorted({_code(each) for each in noted if each}))
    return TopicWaits(topic=topic, count=count, oldest=oldest, noted=codes, paused=still)


def _code(noted: str) -> str:
    """The code of what a worker noted, ``code: sentence``; a sentence may quote anything, and is not repeated."""
    code, separator, _ = noted.partition(": ")
    is_code = bool(separator) and code.isascii() and code.replace("_", "").isalnum() and code.islower()
    return code if is_code else "unexpected"


def published(session: ReadSession) -> Published | None:
    """Return the last snapshot that was in its place; None before the first."""
    query = select(PublicationRow).where(PublicationRow.confirmed_at.is_not(None))
    row = session.scalars(query.order_by(PublicationRow.sequence.desc()).limit(1)).first()
    if row is None:
        return None
    return Published(
        sequence=row.sequence,
        made=row.made_at,
        expires=row.expires,
        records=row.records,
        trust_version=row.trust_version,
    )


def first_made(session: ReadSession) -> datetime | None:
    """Return when the first snapshot was made; None before it."""
    return session.scalar(select(func.min(PublicationRow.made_at)))


def reserved(session: ReadSession) -> int:
    """Return how many places in status lists are taken."""
    return session.scalar(select(func.count(CertificateRow.id))) or 0


def newest_signed(session: ReadSession) -> str | None:
    """Return the id of a certificate that is public, the newest to become so; None where there is none."""
    query = select(CertificateRow.id).where(
        CertificateRow.stage == Stage.SIGNED, CertificateRow.first_published.is_not(None)
    )
    return session.scalar(query.order_by(CertificateRow.first_published.desc(), CertificateRow.id).limit(1))


def fullest_counters(session: ReadSession, *, limit: int = 20) -> Sequence[CounterFill]:
    """Return the rows of numbers with the most taken of what they hold, the fullest first."""
    query = select(NumberCounterRow).where(NumberCounterRow.scope.contains(_SERIAL))
    found = [
        CounterFill(
            authority=row.authority,
            scope=row.scope,
            last=row.last,
            capacity=int(10 ** row.scope.count(_SERIAL)) - 1,
        )
        for row in session.scalars(query)
    ]
    return sorted(found, key=lambda each: (-each.last / each.capacity, each.authority, each.scope))[:limit]
