"""The desk's tables.

Rules: nothing readable about a person stands in them. What is personal is sealed under the holder's key or the
cookie's. A row names its holder by ``owner`` alone, which only that holder's key gives. Instants are microseconds since
1970, so that they are the same on every database. On PostgreSQL the tables are in the schema ``desk``.

    connection.execute(select(sessions.c.session).where(sessions.c.owner == owner))
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

DESK_VERSION: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)


class JobState(StrEnum):
    """Where a job for the worker stands."""

    WAITING = "waiting"
    MAKING = "making"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    """It carried no ticket that holds, or named what is not the holder's."""


class RequestState(StrEnum):
    """Where a request to the office stands."""

    SENT = "sent"
    """It is at the desk; the worker has not taken it in yet."""
    RECEIVED = "received"
    """It is in the office's queue."""
    ANSWERED = "answered"
    REFUSED = "refused"
    """The worker did not take it in, as a job that is refused."""


class Moment(TypeDecorator[datetime]):
    """An aware UTC instant, kept as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else (value - _EPOCH) // _TICK

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + value * _TICK


metadata: Final = MetaData()

version: Final = Table("version", metadata, Column("number", Integer, primary_key=True, autoincrement=False))

sessions: Final = Table(
    "sessions",
    metadata,
    Column("token", LargeBinary, primary_key=True),  # SHA-256 of the cookie
    Column("session", String(22), nullable=False, index=True),  # the same through all cookies of one sign-in
    Column("owner", LargeBinary, nullable=False, index=True),
    Column("sealed", LargeBinary),  # data key and ticket, under the cookie's key; null once ended
    Column("ticket", LargeBinary),  # the ticket under the data key, so that its holder can end it; null once ended
    Column("device", LargeBinary),  # what the browser said it is, under the data key
    Column("begun", Moment, nullable=False),
    Column("made", Moment, nullable=False),  # when this cookie was made
    Column("seen", Moment, nullable=False),
    Column("replaced", Moment),  # when another cookie took its place
    Column("expires", Moment, nullable=False, index=True),
    Column("ended", Moment),
)

begun: Final = Table(
    "begun",
    metadata,
    Column("state", LargeBinary, primary_key=True),  # SHA-256 of the state that travels
    Column("sealed", LargeBinary, nullable=False),  # nonce and code verifier, under the key of the browser's cookie
    Column("expires", Moment, nullable=False, index=True),
)

jobs: Final = Table(
    "jobs",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("session", String(22), nullable=False),
    Column("owner", LargeBinary, nullable=False, index=True),
    Column("ticket", Text),  # null once the job is over
    Column("kind", String(16), nullable=False),
    Column("certificate", LargeBinary, nullable=False),  # its number, under the data key
    Column("handle", String(16), nullable=False),  # stands for it in addresses
    Column("state", String(16), nullable=False),
    Column("code", String(64), nullable=False, default=""),  # why it was refused or failed
    Column("made", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    CheckConstraint(f"state IN ({', '.join(repr(str(each)) for each in JobState)})", name="ck_jobs_state"),
    Index("ix_jobs_state", "state", "made"),
)

requests: Final = Table(
    "requests",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("session", String(22), nullable=False),
    Column("owner", LargeBinary, nullable=False, index=True),
    Column("ticket", Text),  # null once it is taken in
    Column("kind", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # what is asked (JSON), under the data key
    Column("answer", LargeBinary),  # what the office answered (JSON), under the data key
    Column("state", String(16), nullable=False),
    Column("code", String(64), nullable=False, default=""),
    Column("made", Moment, nullable=False),
    Column("due", Moment, nullable=False),  # the end of the last day
    Column("answered", Moment),
    CheckConstraint(f"state IN ({', '.join(repr(str(each)) for each in RequestState)})", name="ck_requests_state"),
    Index("ix_requests_state", "state", "made"),
)
