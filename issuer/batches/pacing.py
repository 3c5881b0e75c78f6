"""How far work on a batch may go: it can be paused, and issued up to a number of rows.

Rules: a pause and its end are entries of the audit; nobody signs them, because nothing is issued by them that two
operators did not approve. A worker asks before each chunk of rows, so what is under way is finished and nothing new is
begun. Published is what is signed, paused or not: a change of status waits for nobody. The register keeps both, so a
worker that is killed stops at the same place when it is started again.

    pause(session, "sf-hrss-0001", actor=actor, now=now)
    pace = Pace(register, "sf-hrss-0001")
    while pace.goes_on(): ...                 # False since somebody paused it
    resume(session, "sf-hrss-0001", actor=actor, now=now)
"""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Final

from issuer import audit
from issuer.batches.rows import Batch
from issuer.batches.rows import batch as read_batch
from issuer.db.models import BatchRow, BatchState
from issuer.db.sessions import Register, WriteSession
from issuer.errors import ConflictError
from issuer.home.opened import Actor

_PAUSED_IN: Final = frozenset({BatchState.APPROVED, BatchState.ISSUING, BatchState.ISSUED})
"""An issued batch too: its documents may be made for hours."""
_ACTS: Final = MappingProxyType({True: "batch.pause", False: "batch.resume"})


def pause(session: WriteSession, batch_id: str, *, actor: Actor, now: datetime) -> bool:
    """Let no worker go on with a batch. Returns whether it was not paused before.

    Raises:
        NotFoundError: ``no_batch``.
        ConflictError: ``wrong_state``: no worker would go on with it anyway.
    """
    found = read_batch(session, batch_id)
    if found.state not in _PAUSED_IN:
        message = f"batch {batch_id} is {found.state.value}; what is paused is an approved one"
        raise ConflictError("wrong_state", message, batch=batch_id, state=found.state.value)
    return _set(session, batch_id, actor, now, paused=True)


def resume(session: WriteSession, batch_id: str, *, actor: Actor, now: datetime) -> bool:
    """Let workers go on with a batch. Returns whether it was paused.

    Raises:
        NotFoundError: ``no_batch``.
    """
    read_batch(session, batch_id)
    return _set(session, batch_id, actor, now, paused=False)


def limit(session: WriteSession, batch_id: str, rows: int | None) -> Batch:
    """Let so many more rows of a batch be issued, None for all, and return the batch.

    Raises:
        NotFoundError: ``no_batch``.
        ConflictError: ``paused``.
    """
    found = read_batch(session, batch_id)
    if found.paused_at is not None:
        message = f"batch {batch_id} is paused since {found.paused_at:%Y-%m-%d %H:%M} UTC; nothing was issued"
        raise ConflictError("paused", message, batch=batch_id, since=found.paused_at)
    row = session.get_one(BatchRow, batch_id, with_for_update=True, populate_existing=True)
    row.issue_up_to = None if rows is None else row.rows_issued + rows
    session.flush()
    return found


class Pace:
    """Asked by one run over a batch, again and again."""

    def __init__(self, register: Register, batch_id: str) -> None:
        self._register = register
        self._batch = batch_id
        self.is_paused = False
        """Whether the run was told to stop because somebody paused the batch."""
        self.is_limited = False
        """Whether no more rows are wanted than some number, as the run last asked."""
        self.is_reached = False
        """Whether so many are issued."""

    @property
    def is_ended(self) -> bool:
        """Whether the run was told to begin no more: it is paused, or as many rows as were wanted are issued."""
        return self.is_paused or self.is_reached

    def goes_on(self) -> bool:
        """Whether more of the batch may be begun now."""
        with self._register.read() as session:
            self.is_paused |= read_batch(session, self._batch).paused_at is not None
        return not self.is_paused

    def room(self, rows: int) -> int:
        """Return how many of so many rows may be begun: all of them, fewer where there is a limit, or none."""
        with self._register.read() as session:
            found = read_batch(session, self._batch)
        self.is_paused |= found.paused_at is not None
        self.is_limited = found.issue_up_to is not None
        if self.is_paused:
            return 0
        self.is_reached = found.issue_up_to is not None and found.issue_up_to <= found.rows_issued
        return rows if found.issue_up_to is None else min(rows, max(0, found.issue_up_to - found.rows_issued))


def _set(session: WriteSession, batch_id: str, actor: Actor, now: datetime, *, paused: bool) -> bool:
    row = session.get_one(BatchRow, batch_id, with_for_update=True, populate_existing=True)
    if (row.paused_at is not None) is paused:
        return False
    row.paused_at = now if paused else None
    session.flush()
    details = {"waiting": row.rows_waiting + row.rows_reserved, "issued": row.rows_issued}
    audit.append(session, actor=actor, act=_ACTS[paused], subject=batch_id, now=now, details=details)
    return True
