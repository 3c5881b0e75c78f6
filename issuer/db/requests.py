"""The repository of the office's queue of holders' requests.

Rules: taking in twice takes in once. An answer is given once.

    receive(session, New(id=..., holder=..., ...), now=now)
    for each in waiting(session): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from issuer.db.models import HolderRequestRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRequest:
    """A request as it stands in the queue."""

    id: str
    holder: str
    kind: str
    asked: bytes = field(repr=False)
    made: datetime
    received: datetime
    due: datetime
    answer: bytes | None = field(default=None, repr=False)
    outcome: str | None = None
    answered: datetime | None = None
    answered_by: str | None = None


def receive(session: WriteSession, new: HolderRequest) -> bool:
    """Add a request to the queue; False where it is there already."""
    if session.get(HolderRequestRow, new.id) is not None:
        return False
    session.add(
        HolderRequestRow(
            id=new.id,
            holder=new.holder,
            kind=new.kind,
            asked=new.asked,
            made=new.made,
            received=new.received,
            due=new.due,
        )
    )
    return True


def queue(session: ReadSession, *, with_answered: bool, limit: int) -> Sequence[HolderRequest]:
    """Return requests by the day on which they are due; those that are answered only where they are asked for."""
    query = select(HolderRequestRow).order_by(HolderRequestRow.due, HolderRequestRow.id).limit(limit)
    if not with_answered:
        query = query.where(HolderRequestRow.answered.is_(None))
    return [_value(row) for row in session.scalars(query)]


def by_id(session: ReadSession, request: str) -> HolderRequest:
    """Return a request. Raises NotFoundError ``no_request``."""
    return _value(_row(session, request))


def answer(session: WriteSession, request: str, sealed: bytes, *, outcome: str, actor: str, now: datetime) -> None:
    """Store the answer. Raises NotFoundError ``no_request``; ConflictError ``request_answered``."""
    row = _row(session, request, locked=True)
    if row.answered is not None:
        message = f"request {request} was answered by {row.answered_by} already; an answer is given once"
        raise ConflictError("request_answered", message, request=request, by=row.answered_by)
    row.answer, row.outcome, row.answered, row.answered_by = sealed, outcome, now, actor


def undelivered(session: ReadSession, *, limit: int) -> Sequence[HolderRequest]:
    """Return requests whose answer does not stand where the holder finds it yet."""
    rows = HolderRequestRow
    query = select(rows).where(rows.answered.is_not(None), rows.delivered.is_(None)).order_by(rows.answered)
    return [_value(row) for row in session.scalars(query.limit(limit))]


def delivered(session: WriteSession, request: str, *, now: datetime) -> None:
    """Note that the holder finds the answer. Raises NotFoundError ``no_request``."""
    _row(session, request).delivered = now


def _row(session: ReadSession, request: str, *, locked: bool = False) -> HolderRequestRow:
    row = session.get(HolderRequestRow, request, with_for_update=locked or None, populate_existing=True)
    if row is None:
        raise NotFoundError("no_request", f"there is no request {request}", request=request)
    return row


def _value(row: HolderRequestRow) -> HolderRequest:
    return HolderRequest(
        id=row.id,
        holder=row.holder,
        kind=row.kind,
        asked=row.asked,
        made=row.made,
        received=row.received,
        due=row.due,
        answer=row.answer,
        outcome=row.outcome,
        answered=row.answered,
        answered_by=row.answered_by,
    )
