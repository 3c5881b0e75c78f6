"""Sessions of holders: begun, found by the cookie, given a new cookie, listed to their holder, ended.

Rules: the database holds a digest of the cookie and, under a key that the cookie gives, data key and ticket. A cookie
is replaced every quarter of an hour; the old one is good for a minute more, for what was asked at the same time. A
session ends with its ticket, when nobody used it for long, or when its holder says so, here or from another device.
What ended is wiped at once; the row stays until the ticket's end, so that the worker finds that it ended.

    live = sessions.find(connection, token, settings, now=now)
    sessions.end(connection, live, live.session, now=now)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, or_, select, update

from issuer.desk import sealing
from issuer.desk.db.tables import sessions
from issuer.desk.settings import DeskSettings
from issuer.errors import TamperedError
from issuer.unlock.model import SignedIn

GRACE: Final = timedelta(minutes=1)
"""How long a cookie that was replaced is still taken: longer than any one page takes to load."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""Use is noted no more often than this: a page that is looked at writes nothing."""
_TABLE: Final = "desk_sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A session that holds, opened by its cookie."""

    session: str
    token: str = field(repr=False)
    data_key: bytes = field(repr=False)
    ticket: str = field(repr=False)
    begun: datetime
    made: datetime
    seen: datetime
    expires: datetime
    replaced: bool
    """Whether another cookie took this one's place just now."""

    @property
    def owner(self) -> bytes:
        """The name of the holder that joins rows."""
        return sealing.owner_of(self.data_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A session as its holder sees it in a list."""

    session: str
    device: str
    begun: datetime
    seen: datetime
    expires: datetime
    here: bool
    """Whether it is the one that asks."""


def begin(connection: Connection, signed_in: SignedIn, device: str, *, now: datetime) -> Live:
    """Store a session and return it with its first cookie."""
    live = Live(
        session=signed_in.session,
        token=sealing.new_token(),
        data_key=signed_in.data_key,
        ticket=signed_in.ticket,
        begun=now,
        made=now,
        seen=now,
        expires=signed_in.expires,
        replaced=False,
    )
    connection.execute(sessions.insert().values(**_row(live), device=_seal_own(live, "device", device)))
    return live


def find(connection: Connection, token: str, settings: DeskSettings, *, now: datetime) -> Live | None:
    """Return the session that a cookie opens, None where it opens none that holds."""
    digest = sealing.token_digest(token)
    if digest is None:
        return None
    row = connection.execute(select(sessions).where(sessions.c.token == digest)).one_or_none()
    if row is None or row.sealed is None or not _holds(row, settings, now):
        return None
    try:
        opened = sealing.unseal(sealing.session_key(token), row.sealed, table=_TABLE, column="sealed", row=row.session)
    except TamperedError:
        return None  # a row that was moved or altered opens nothing, and is nobody's session
    found = json.loads(opened)
    return Live(
        session=row.session,
        token=token,
        data_key=bytes.fromhex(found["key"]),
        ticket=found["ticket"],
        begun=row.begun,
        made=row.made,
        seen=row.seen,
        expires=row.expires,
        replaced=row.replaced is not None,
    )


def used(connection: Connection, live: Live, settings: DeskSettings, *, now: datetime) -> Live:
    """Note that a session is used, and give it a new cookie where its own is old."""
    if live.replaced:
        return live
    if now - live.made < settings.rotate:
        if now - live.seen >= SEEN_EVERY:
            connection.execute(update(sessions).where(_is(live)).values(seen=now))
        return live
    new = replace(live, token=sealing.new_token(), made=now, seen=now)
    held = update(sessions).where(_is(live), sessions.c.replaced.is_(None), sessions.c.ended.is_(None))
    if connection.execute(held.values(replaced=now)).rowcount != 1:
        return live  # another request was quicker, or it was ended meanwhile
    device = connection.scalar(select(sessions.c.device).where(_is(live)))
    connection.execute(sessions.insert().values(**_row(new), device=device))
    return new


def due(live: Live, settings: DeskSettings, *, now: datetime) -> bool:
    """Return whether ``used`` has anything to write."""
    return not live.replaced and (now - live.made >= settings.rotate or now - live.seen >= SEEN_EVERY)


def listed(connection: Connection, live: Live, settings: DeskSettings, *, now: datetime) -> tuple[Listed, ...]:
    """Return the holder's sessions that hold, newest use first."""
    mine = select(sessions).where(
        sessions.c.owner == live.owner, sessions.c.replaced.is_(None), sessions.c.sealed.is_not(None)
    )
    rows = [row for row in connection.execute(mine.order_by(sessions.c.seen.desc())) if _holds(row, settings, now)]
    return tuple(
        Listed(
            session=row.session,
            device=_open_own(live, row.session, "device", row.device),
            begun=row.begun,
            seen=row.seen,
            expires=row.expires,
            here=row.session == live.session,
        )
        for row in rows
    )


def end(connection: Connection, live: Live, session: str, *, now: datetime) -> str | None:
    """End a session of the same holder and wipe it; return its ticket, None where the holder has no such session."""
    mine = (sessions.c.session == session, sessions.c.owner == live.owner, sessions.c.ended.is_(None))
    ticket = connection.scalar(select(sessions.c.ticket).where(*mine).limit(1))
    if ticket is None:
        return None
    opened = _open_own(live, session, "ticket", ticket)
    wiped = {"sealed": None, "ticket": None, "device": None, "ended": now}
    connection.execute(update(sessions).where(*mine).values(wiped))
    return opened


def sweep(connection: Connection, *, now: datetime) -> int:
    """Delete what is over: sessions whose ticket ended, and cookies that were replaced. Returns how many rows went."""
    over = or_(sessions.c.expires <= now, sessions.c.replaced <= now - GRACE)
    return connection.execute(delete(sessions).where(over)).rowcount


def _holds(row: Row[Any], settings: DeskSettings, now: datetime) -> bool:
    if row.ended is not None or now >= row.expires or now - row.seen >= settings.idle:
        return False
    return row.replaced is None or now - row.replaced < GRACE


def _is(live: Live) -> Any:
    return sessions.c.token == sealing.token_digest(live.token)


def _row(live: Live) -> dict[str, Any]:
    plain = json.dumps({"key": live.data_key.hex(), "ticket": live.ticket}).encode()
    key = sealing.session_key(live.token)
    return {
        "token": sealing.token_digest(live.token),
        "session": live.session,
        "owner": live.owner,
        "sealed": sealing.seal(key, plain, table=_TABLE, column="sealed", row=live.session),
        "ticket": _seal_own(live, "ticket", live.ticket),
        "begun": live.begun,
        "made": live.made,
        "seen": live.seen,
        "expires": live.expires,
    }


def _seal_own(live: Live, column: str, text: str) -> bytes:
    return sealing.seal(live.data_key, text.encode(), table=_TABLE, column=column, row=live.session)


def _open_own(live: Live, session: str, column: str, sealed: bytes) -> str:
    return sealing.unseal(live.data_key, sealed, table=_TABLE, column=column, row=session).decode()
