"""Jobs that the desk leaves for the worker: make the document of one certificate.

Rules: a job carries its holder's ticket, because the worker does nothing for the desk alone. The ticket is wiped as
soon as the job is over. The number of the certificate is sealed under the holder's key. The same thing is not asked for
twice while it waits.

    job_id = jobs.ask(connection, live, "document", number=number, handle=handle, now=now)
    jobs.find(connection, live, job_id)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from issuer.desk import sealing
from issuer.desk.db.tables import JobState, jobs
from issuer.desk.sessions import Live

MAKE_DOCUMENT: Final = "document"
JOBS_TABLE: Final = "desk_jobs"
"""The name under which a job's certificate is sealed."""
KEPT: Final = timedelta(hours=12)
"""How long a job that is over is kept: its page may be open as long as a session lasts."""
RETAKE: Final = timedelta(minutes=10)
"""After so long a job that is being made is taken again: its worker died."""
_OPEN: Final = (JobState.WAITING, JobState.MAKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as its holder sees it."""

    id: str
    kind: str
    handle: str
    state: JobState
    code: str
    ahead: int
    """How many jobs are waiting in front of it."""
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A job as the worker takes it."""

    id: str
    session: str
    owner: bytes
    ticket: str = field(repr=False)
    kind: str
    certificate: bytes = field(repr=False)


def ask(connection: Connection, live: Live, kind: str, *, number: str, handle: str, now: datetime) -> str:
    """Leave a job, or find the one that waits for the same thing; return its id."""
    same = (jobs.c.owner == live.owner, jobs.c.kind == kind, jobs.c.handle == handle, jobs.c.session == live.session)
    waiting = connection.scalar(select(jobs.c.id).where(*same, jobs.c.state.in_(_OPEN)))
    if waiting is not None:
        return str(waiting)
    job = sealing.new_row()
    sealed = sealing.seal(live.data_key, number.encode(), table=JOBS_TABLE, column="certificate", row=job)
    connection.execute(
        jobs.insert().values(
            id=job,
            session=live.session,
            owner=live.owner,
            ticket=live.ticket,
            kind=kind,
            certificate=sealed,
            handle=handle,
            state=JobState.WAITING,
            code="",
            made=now,
            changed=now,
        )
    )
    return job


def find(connection: Connection, live: Live, job: str) -> Job | None:
    """Return a job of this holder, None where the holder has none of that id."""
    row = connection.execute(select(jobs).where(jobs.c.id == job, jobs.c.owner == live.owner)).one_or_none()
    if row is None:
        return None
    ahead = select(func.count()).where(jobs.c.state == JobState.WAITING, jobs.c.made < row.made)
    return Job(
        id=row.id,
        kind=row.kind,
        handle=row.handle,
        state=JobState(row.state),
        code=row.code,
        ahead=connection.scalar(ahead) or 0 if row.state == JobState.WAITING else 0,
        made=row.made,
    )


def any_open(connection: Connection, *, now: datetime) -> bool:
    """Return whether a job waits for the worker."""
    return connection.scalar(select(jobs.c.id).where(_takeable(now)).limit(1)) is not None


def take(connection: Connection, *, limit: int, now: datetime) -> Sequence[Task]:
    """Take jobs, oldest first: they are being made from now on."""
    rows = connection.execute(
        select(jobs).where(_takeable(now)).order_by(jobs.c.made).limit(limit).with_for_update(skip_locked=True)
    ).all()
    taken = [row.id for row in rows]
    if taken:
        connection.execute(update(jobs).where(jobs.c.id.in_(taken)).values(state=JobState.MAKING, changed=now))
    return [_task(row) for row in rows]


def finish(connection: Connection, job: str, state: JobState, *, code: str = "", now: datetime) -> None:
    """Say how a job ended, and wipe its ticket."""
    done = update(jobs).where(jobs.c.id == job).values(state=state, code=code, ticket=None, changed=now)
    connection.execute(done)


def sweep(connection: Connection, *, now: datetime) -> int:
    """Delete jobs that are long over. Returns how many rows went."""
    over = (jobs.c.state.not_in(_OPEN), jobs.c.changed <= now - KEPT)
    return connection.execute(delete(jobs).where(*over)).rowcount


def _takeable(now: datetime) -> Any:
    return or_(jobs.c.state == JobState.WAITING, (jobs.c.state == JobState.MAKING) & (jobs.c.changed <= now - RETAKE))


def _task(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        session=row.session,
        owner=row.owner,
        ticket=row.ticket or "",
        kind=row.kind,
        certificate=row.certificate,
    )
