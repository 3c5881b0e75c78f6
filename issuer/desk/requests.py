"""What a holder asks of the office: a correction, a certificate that is missing, erasing. Sent, taken in, answered.

Rules: the text is sealed under the holder's own key; the office reads it with the vault, the desk only for the holder
who is signed in. The day by which it is answered counts in working days and is stored when it is sent. The worker takes
a request in by its ticket, as a job. A holder has a few open requests at a time, so that nobody fills the queue.

    requests.send(connection, live, Asked(kind="correction", ...), settings, now=now)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update

from credential import days
from issuer.desk import sealing
from issuer.desk.db.tables import RequestState, requests
from issuer.desk.sessions import Live
from issuer.desk.settings import DeskSettings, in_working_days
from issuer.errors import ConflictError, InputError

KINDS: Final = ("correction", "missing", "erasure")
OUTCOMES: Final = ("done", "declined", "passed_on")
MOST_CHARACTERS: Final = 1000
"""Characters: a page of explanation."""
MAX_OPEN: Final = 10
"""Requests of one holder that are not answered yet."""
REQUESTS_TABLE: Final = "desk_requests"
"""The name under which texts of requests and answers are sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a holder asks. Making one checks its form: InputError ``request_text``, with the field."""

    kind: str
    certificate: str = ""
    """Number of the certificate that it is about; empty for none."""
    subject: str = ""
    """Which field is wrong, or which title is missing."""
    text: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    """How the office reaches the holder about this; empty: here."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError("request_kind", f"there is no request of the kind {self.kind!r}", field="kind")
        for name, most in (("subject", 100), ("text", MOST_CHARACTERS), ("contact", 100)):
            value = getattr(self, name)
            if len(value) > most:
                message = f"{name} has {len(value)} characters; at most {most} are taken"
                raise InputError("request_long", message, field=name, most=most, length=len(value))
        if not self.text.strip():
            raise InputError("request_text", "the text is empty", field="text")

    def to_json(self) -> bytes:
        """Return the bytes that are sealed."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the office answered."""

    outcome: str
    """One of ``OUTCOMES``."""
    text: str = field(repr=False)

    def to_json(self) -> bytes:
        """Return the bytes that are sealed."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as its holder sees it."""

    id: str
    asked: Asked
    state: RequestState
    code: str
    made: datetime
    due: datetime
    answered: datetime | None
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request as the worker takes it in."""

    id: str
    session: str
    owner: bytes
    ticket: str = field(repr=False)
    kind: str
    sealed: bytes = field(repr=False)
    made: datetime
    due: datetime


def send(connection: Connection, live: Live, asked: Asked, settings: DeskSettings, *, now: datetime) -> str:
    """Store a request for the worker to take in; return its id.

    Raises:
        ConflictError: ``requests_open``: the holder has as many open ones as there may be.
    """
    open_ones = select(func.count()).where(
        requests.c.owner == live.owner, requests.c.state.in_((RequestState.SENT, RequestState.RECEIVED))
    )
    if (connection.scalar(open_ones) or 0) >= MAX_OPEN:
        raise ConflictError("requests_open", f"{MAX_OPEN} requests wait for an answer already", most=MAX_OPEN)
    request = sealing.new_row()
    last = in_working_days(settings, asked.kind, days.day_of(now))
    connection.execute(
        requests.insert().values(
            id=request,
            session=live.session,
            owner=live.owner,
            ticket=live.ticket,
            kind=asked.kind,
            sealed=_seal(live.data_key, "sealed", request, asked.to_json()),
            state=RequestState.SENT,
            code="",
            made=now,
            due=datetime.combine(last + timedelta(days=1), time(), tzinfo=days.SHANGHAI),
        )
    )
    return request


def listed(connection: Connection, live: Live) -> tuple[Request, ...]:
    """Return the holder's requests, newest first."""
    mine = select(requests).where(requests.c.owner == live.owner).order_by(requests.c.made.desc())
    return tuple(_request(row, live) for row in connection.execute(mine))


def find(connection: Connection, live: Live, request: str) -> Request | None:
    """Return a request of this holder, None where the holder has none of that id."""
    mine = select(requests).where(requests.c.id == request, requests.c.owner == live.owner)
    row = connection.execute(mine).one_or_none()
    return None if row is None else _request(row, live)


def sent(connection: Connection, *, limit: int) -> Sequence[Sent]:
    """Return requests that are to be taken in, oldest first."""
    rows = connection.execute(
        select(requests).where(requests.c.state == RequestState.SENT).order_by(requests.c.made).limit(limit)
    )
    return [
        Sent(
            id=row.id,
            session=row.session,
            owner=row.owner,
            ticket=row.ticket or "",
            kind=row.kind,
            sealed=row.sealed,
            made=row.made,
            due=row.due,
        )
        for row in rows
    ]


def received(connection: Connection, request: str) -> None:
    """Note that a request is in the office's queue, and wipe its ticket."""
    taken = update(requests).where(requests.c.id == request, requests.c.state == RequestState.SENT)
    connection.execute(taken.values(state=RequestState.RECEIVED, ticket=None))


def refuse(connection: Connection, request: str, *, code: str) -> None:
    """Note that a request was not taken in, and why; its ticket is wiped."""
    refused = update(requests).where(requests.c.id == request)
    connection.execute(refused.values(state=RequestState.REFUSED, code=code, ticket=None))


def answered(connection: Connection, request: str, sealed: bytes, *, at: datetime) -> None:
    """Lay the office's answer beside a request; it is sealed under the holder's key."""
    done = update(requests).where(requests.c.id == request)
    connection.execute(done.values(state=RequestState.ANSWERED, answer=sealed, answered=at))


def _request(row: Row[Any], live: Live) -> Request:
    asked = _open(live.data_key, "sealed", row.id, row.sealed)
    answer = None if row.answer is None else Answer(**_open(live.data_key, "answer", row.id, row.answer))
    return Request(
        id=row.id,
        asked=Asked(**asked),
        state=RequestState(row.state),
        code=row.code,
        made=row.made,
        due=row.due,
        answered=row.answered,
        answer=answer,
    )


def _seal(key: bytes, column: str, row: str, data: bytes) -> bytes:
    return sealing.seal(key, data, table=REQUESTS_TABLE, column=column, row=row)


def _open(key: bytes, column: str, row: str, sealed: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sealing.unseal(key, sealed, table=REQUESTS_TABLE, column=column, row=row))
    return found
