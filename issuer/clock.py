"""Whether this machine's clock can be believed, before anything is signed under its time.

Rules: the register holds the instants at which something was recorded last; time has gone on since then, and not by
weeks. A clock that stands before them, or far behind them, is not believed: nothing is signed until somebody says that
it is right, once, or the time source that the home names says so. What somebody says is an entry of the audit, and what
was recorded before it counts no more: a register that was once written under a wrong clock goes on.

    clock.check(opened)                  # raises ConflictError clock_ahead, clock_behind
    clock.confirm(opened, actor)         # somebody says: it is right
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from sqlalchemy import select

from issuer import audit
from issuer.auditing.opened import READINGS
from issuer.db.models import AuditRow, PublicationRow
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError
from issuer.home.opened import Actor, Opened

MOST_AHEAD: Final = timedelta(days=14)
"""Twice the longest life of a snapshot, and longer than any holiday; a home that is served records something daily."""
MOST_BEHIND: Final = timedelta(minutes=5)
"""What two machines of one home may differ by."""
SOURCE_SECONDS: Final = 5.0
"""How long a time source is waited for."""
CONFIRM: Final = "clock.confirm"
"""The audit's word for it."""
_BEFORE: Final = "publication"
"""The detail with the last snapshot of before it."""
Ask = Callable[[str], datetime | None]


def check(opened: Opened, *, ask: Ask | None = None) -> None:
    """Believe the clock or stop.

    Args:
        opened: the home.
        ask: asks a time source, by its address; None for the network.

    Raises:
        ConflictError: ``clock_ahead``, ``clock_behind``.
    """
    now = opened.clock()
    with opened.register.read() as session:
        last = _last_recorded(session, now)
    if last is None or _follows(now, last):
        return
    source = opened.home.settings.time_source
    said = (ask or ask_source)(source) if source else None
    if said is not None and abs(now - said) <= MOST_BEHIND:
        return
    raise _wrong(now, last, said)


def confirm(opened: Opened, actor: Actor, *, ask: Ask | None = None) -> None:
    """Note that somebody says the clock is right, where it would not be believed; nothing otherwise."""
    try:
        check(opened, ask=ask)
    except ConflictError as error:
        now = opened.clock()
        with opened.register.write() as session:
            last = session.scalar(select(PublicationRow.sequence).order_by(PublicationRow.sequence.desc()).limit(1))
            details = {_BEFORE: last or 0, "code": error.code}
            audit.append(session, actor=actor, act=CONFIRM, subject="clock", details=details, now=now)


def ask_source(address: str) -> datetime | None:
    """Return the ``Date`` of an HTTP answer, None when there is none to be had."""
    with suppress(OSError, ValueError, TypeError):
        request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - the settings take http and https only
        with urllib.request.urlopen(request, timeout=SOURCE_SECONDS) as answer:  # noqa: S310 - as above
            return parsedate_to_datetime(answer.headers["Date"])
    return None


def _follows(now: datetime, last: datetime) -> bool:
    return last - MOST_BEHIND <= now <= last + MOST_AHEAD


def _last_recorded(session: ReadSession, now: datetime) -> datetime | None:
    """The later of the last entry of the audit and the last snapshot, in the order of recording, not of time."""
    # Who only looks signs nothing and is not stopped: what was noted of that, under whatever clock, is no witness.
    recorded = select(AuditRow).where(AuditRow.act.not_in(READINGS))
    entry = session.scalars(recorded.order_by(AuditRow.id.desc()).limit(1)).first()
    snapshot = session.scalars(select(PublicationRow).order_by(PublicationRow.sequence.desc()).limit(1)).first()
    at = [] if entry is None else [entry.at]
    if snapshot is not None and (_follows(now, snapshot.made_at) or not _is_confirmed(session, snapshot.sequence)):
        at.append(snapshot.made_at)
    return max(at, default=None)


def _is_confirmed(session: ReadSession, sequence: int) -> bool:
    """Whether somebody has said since that snapshot that the clock is right."""
    query = select(AuditRow.details).where(AuditRow.act == CONFIRM).order_by(AuditRow.id.desc()).limit(1)
    details = session.scalar(query)
    return details is not None and int(details[_BEFORE]) >= sequence


def _wrong(now: datetime, last: datetime, said: datetime | None) -> ConflictError:
    ahead = now > last
    place = "after" if ahead else "before"
    message = (
        f"this machine says it is {now:%Y-%m-%d %H:%M} UTC, {_span(abs(now - last))} {place} what the register "
        f"recorded last ({last:%Y-%m-%d %H:%M} UTC)"
    )
    if said is not None:
        message += f"; the time source says {said:%Y-%m-%d %H:%M} UTC"
    return ConflictError("clock_ahead" if ahead else "clock_behind", message, last=last.isoformat())


def _span(apart: timedelta) -> str:
    minutes = int(apart.total_seconds() // 60)
    return f"{apart.days} days" if apart.days > 1 else f"{minutes // 60} hours and {minutes % 60} minutes"
