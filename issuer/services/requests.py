"""What holders ask, as the office sees it: the queue, one request opened, and the answer.

Rules: the list says what is due and opens nothing. Who opens a request is noted before it is shown. An answer is sealed
under the holder's key and given once; the worker lays it where the holder finds it.

    requests.listed(opened)
    requests.answer(opened, actor, "Z1JGe9SDw_9Dd9kX_xF-2g", outcome="done", text="已更正，请下载新证书。")
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from credential import days
from issuer import audit
from issuer.auditing.opened import READ_REQUEST, note
from issuer.db import requests as queue
from issuer.db.models import HolderRow
from issuer.db.requests import HolderRequest
from issuer.db.sessions import ReadSession
from issuer.desk.requests import MOST_CHARACTERS, OUTCOMES, REQUESTS_TABLE, Answer
from issuer.desk.workdays import Calendar
from issuer.errors import InputError
from issuer.home.holders import read_settings
from issuer.home.opened import Actor, Opened
from issuer.vault import DataKey

__all__ = ["OUTCOMES", "ListedRequest", "ShownRequest", "answer", "listed", "shown", "year_without_holidays"]

ANSWER = "request.answer"
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRequest:
    """A request as the queue shows it."""

    id: str
    kind: str
    made: datetime
    due: datetime
    is_late: bool
    """Whether the day has passed without an answer."""
    outcome: str | None
    answered: datetime | None
    answered_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequest:
    """A request with what the holder wrote, and the answer."""

    request: ListedRequest
    name: str = field(repr=False)
    certificate: str
    """The number that it is about; empty for none."""
    subject: str = field(repr=False)
    text: str = field(repr=False)
    contact: str = field(repr=False)
    answer: str = field(repr=False)
    """Empty until there is one."""


def listed(opened: Opened, *, with_answered: bool = False, limit: int = MOST_LISTED) -> tuple[ListedRequest, ...]:
    """Return the queue by the day on which each is due; with those that are answered where they are asked for."""
    now = opened.clock()
    with opened.register.read() as session:
        return tuple(_listed(each, now) for each in queue.queue(session, with_answered=with_answered, limit=limit))


def shown(opened: Opened, actor: Actor, request: str) -> ShownRequest:
    """Return one request, opened.

    Raises:
        NotFoundError: ``no_request``.
        NotAllowedError: ``erased``.
        ConflictError: ``reading_unrecorded``.
    """
    with opened.register.read() as session:
        found = queue.by_id(session, request)
    note(opened, actor, READ_REQUEST, [request])
    with opened.register.read() as session:
        key, name = _holder(opened, session, found.holder)
    asked = json.loads(key.open(found.asked, table=REQUESTS_TABLE, column="sealed", row=found.id))
    given = (
        None
        if found.answer is None
        else json.loads(key.open(found.answer, table=REQUESTS_TABLE, column="answer", row=found.id))
    )
    return ShownRequest(
        request=_listed(found, opened.clock()),
        name=name,
        certificate=str(asked.get("certificate", "")),
        subject=str(asked.get("subject", "")),
        text=str(asked.get("text", "")),
        contact=str(asked.get("contact", "")),
        answer="" if given is None else str(given["text"]),
    )


def answer(opened: Opened, actor: Actor, request: str, *, outcome: str, text: str) -> ListedRequest:
    """Answer a request; the holder finds it at the desk when the worker has laid it there.

    Args:
        opened: the home.
        actor: who answers, for the audit.
        request: its id.
        outcome: one of ``OUTCOMES``.
        text: what the holder reads, at most ``MOST_CHARACTERS`` characters.

    Raises:
        InputError: ``request_outcome``, ``answer_text``.
        NotFoundError: ``no_request``.
        ConflictError: ``request_answered``.
        NotAllowedError: ``erased``.
    """
    if outcome not in OUTCOMES:
        raise InputError("request_outcome", f"an outcome is one of {', '.join(OUTCOMES)}", given=outcome)
    if not 0 < len(text.strip()) <= MOST_CHARACTERS:
        raise InputError("answer_text", f"an answer has 1 to {MOST_CHARACTERS} characters", most=MOST_CHARACTERS)
    now = opened.clock()
    with opened.register.write() as session:
        found = queue.by_id(session, request)
        key, _ = _holder(opened, session, found.holder)
        plain = Answer(outcome=outcome, text=text.strip()).to_json()
        sealed = key.seal(plain, table=REQUESTS_TABLE, column="answer", row=request)
        queue.answer(session, request, sealed, outcome=outcome, actor=actor, now=now)
        audit.append(session, actor=actor, act=ANSWER, subject=request, now=now, details={"outcome": outcome})
        return _listed(queue.by_id(session, request), now)


def year_without_holidays(opened: Opened) -> int | None:
    """Return the year in which deadlines end that begin now, where the settings name no holidays of it; else None.

    The state announces the holidays of a year in the autumn before it. Until they are written into ``holders.toml``,
    days count by their weekday alone, and a holder is told a day that may be too early.

    Raises:
        InputError: ``holders_file``.
    """
    section, today = read_settings(opened.home).desk, days.day_of(opened.clock())
    longest = max(section.correction_days, section.missing_days, section.erasure_days)
    calendar = Calendar(holidays=frozenset(section.holidays), worked=frozenset(section.worked_days))
    year = calendar.after(today, longest).year
    return None if any(day.year == year for day in section.holidays) else year


def _holder(opened: Opened, session: ReadSession, holder: str) -> tuple[DataKey, str]:
    """The key of a holder, and the name. Raises NotAllowedError ``erased``."""
    row = session.get_one(HolderRow, holder)
    key = opened.vault.unwrap(row.wrapped_key, table="holders", row=row.id)
    assert row.personal is not None
    personal = json.loads(key.open(row.personal, table="holders", column="personal", row=row.id))
    return key, str(personal["name"])


def _listed(found: HolderRequest, now: datetime) -> ListedRequest:
    return ListedRequest(
        id=found.id,
        kind=found.kind,
        made=found.made,
        due=found.due,
        is_late=found.answered is None and now >= found.due,
        outcome=found.outcome,
        answered=found.answered,
        answered_by=found.answered_by,
    )
