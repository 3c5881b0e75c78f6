"""The repository of what the unlock service writes: tries counted, codes used, sign-ins begun, sessions ended.

Rules: a try is counted by one statement, before anybody looks whether it is right, so that tries at the same moment are
all counted. An ID document that nobody knows, and one whose holder has no code, cost the same statements as one with a
code: a place of a table of fixed size, a look, and a row of tries, which for them is one row for all.

    tried = count(session, index, persons=merges.all_of, now=now)
    if tried.id_hour <= HOURLY and tried.is_open and digest == tried.digest: use(session, tried.claim, now=now)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, case, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from issuer.db.models import (
    ClaimCodeRow,
    CodeTriesRow,
    EndedSessionRow,
    HolderMergeRow,
    HolderRow,
    IdTriesRow,
    Instant,
    SignInRow,
)
from issuer.db.sessions import ReadSession, WriteSession, chunked, table_of

HOURLY: Final = 10
"""Tries within an hour, of one code and with one ID document."""
LIFELONG: Final = 200
"""Tries of one code: a guess of 55 bits succeeds with 200 tries once in 10^14."""
NOBODY: Final = "0" * 32
"""The row of tries of all who have no code."""
PLACES: Final = 1 << 14
"""Of ID documents that were tried within an hour; two in the same place share no count, the later takes it over."""
MOST_SIGN_INS: Final = 10_000
"""That have begun and are not finished; the oldest give way."""
_HOUR: Final = timedelta(hours=1)
Persons = Callable[[ReadSession, str], Sequence[str]]
_WHO_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A try that was counted."""

    id_hour: int
    """Tries with this ID document in its present hour, this one included."""
    code_life: int
    code_hour: int
    claim: str
    """The id of the code that counts for this person; ``NOBODY``."""
    holder: str
    """Whose it is; ``NOBODY``."""
    digest: bytes = field(repr=False)
    """Of the code; 32 zero bytes, which are the digest of none."""

    @property
    def is_open(self) -> bool:
        """Whether there is a code that may be tried."""
        return self.claim != NOBODY and self.code_hour <= HOURLY and self.code_life <= LIFELONG


def count(session: WriteSession, index: bytes, *, persons: Persons, now: datetime) -> Tried:
    """Count a try with an ID document and return what there is to compare with.

    Args:
        session: commit it, whatever comes of the try.
        index: the blind index of the document.
        persons: gives all holders who are one person with a holder, ``NOBODY`` for nobody.
        now: aware instant.
    """
    id_hour = _count_id(session, index, now)
    holders = persons(session, holder_of_index(session, index) or NOBODY)
    found = session.execute(_open_codes(holders, now)).first()
    claim, holder, digest = (NOBODY, NOBODY, bytes(32)) if found is None else found
    life, hour = _count_code(session, claim, now)
    return Tried(id_hour=id_hour, code_life=life, code_hour=hour, claim=claim, holder=holder, digest=digest)


def use(session: WriteSession, claim: str, *, now: datetime) -> bool:
    """Mark a code as used; False when it is not open any more."""
    table = table_of(ClaimCodeRow)
    is_open = (table.c.id == claim) & table.c.used.is_(None) & table.c.ended.is_(None) & (table.c.expires > now)
    return session.scalar(update(table).where(is_open).values(used=now).returning(table.c.id)) is not None


def holder_of_index(session: ReadSession, index: bytes) -> str | None:
    """Return the id of the holder with an ID document; None for nobody."""
    return session.scalar(select(HolderRow.id).where(HolderRow.blind_index == index))


def person_of(session: ReadSession, holder: str) -> str:
    """Return the id of the holder who stands for a holder: that one itself, or the one it was merged into."""
    return session.scalar(select(HolderMergeRow.into_holder).where(HolderMergeRow.holder == holder)) or holder


def holders_of_person(session: ReadSession, person: str) -> list[str]:
    """Return the ids of all holders who are one person, the one that stands for all first."""
    query = select(HolderMergeRow.holder).where(HolderMergeRow.into_holder == person).order_by(HolderMergeRow.holder)
    return [person, *session.scalars(query)]


def hold(session: WriteSession, holders: Sequence[str]) -> None:
    """Hold these holders until the transaction ends: nobody else makes codes of theirs, or merges them, meanwhile."""
    for chunk in chunked(sorted(set(holders))):
        session.execute(select(HolderRow.id).where(HolderRow.id.in_(chunk)).order_by(HolderRow.id).with_for_update())


def begin_sign_in(session: WriteSession, nonce: bytes, *, now: datetime, expires: datetime) -> None:
    """Keep the digest of a nonce until it is used or over; of too many the oldest go."""
    table = table_of(SignInRow)
    session.execute(delete(table).where(table.c.expires <= now))
    newest = select(table.c.nonce).order_by(table.c.expires.desc(), table.c.nonce).limit(MOST_SIGN_INS - 1)
    session.execute(delete(table).where(table.c.nonce.not_in(newest)))
    session.execute(table.insert().values(nonce=nonce, expires=expires))


def use_sign_in(session: WriteSession, nonce: bytes, *, now: datetime) -> bool:
    """Take a nonce out, by its digest; False when there is none that holds."""
    table = table_of(SignInRow)
    taken = delete(table).where(table.c.nonce == nonce, table.c.expires > now).returning(table.c.nonce)
    return session.scalar(taken) is not None


def end_session(session: WriteSession, ended: str, *, now: datetime, expires: datetime) -> None:
    """Note that a session ended; notes of those that are over anyway go."""
    table = table_of(EndedSessionRow)
    session.execute(delete(table).where(table.c.expires <= now))
    session.execute(_upsert(session, EndedSessionRow, {"session": ended, "expires": expires}, {"expires": expires}))


def is_ended(session: ReadSession, asked: str) -> bool:
    """Whether a session was ended before it was over."""
    table = table_of(EndedSessionRow)
    return session.scalar(select(table.c.session).where(table.c.session == asked)) is not None


def _count_id(session: WriteSession, index: bytes, now: datetime) -> int:
    place, who = int.from_bytes(index[:4]) % PLACES, index[-_WHO_BYTES:]
    row = IdTriesRow
    goes_on = (row.who == who) & (row.began > now - _HOUR)
    new = {"place": place, "who": who, "began": now, "hour": 1}
    changed = {"who": who, **_hour_of(row, goes_on, now)}
    counted: int = session.execute(_upsert(session, row, new, changed).returning(table_of(row).c.hour)).scalar_one()
    return counted


def _count_code(session: WriteSession, claim: str, now: datetime) -> tuple[int, int]:
    row = CodeTriesRow
    goes_on = row.began > now - _HOUR
    new = {"code": claim, "life": 1, "began": now, "hour": 1}
    changed = {"life": row.life + 1, **_hour_of(row, goes_on, now)}
    table = table_of(row)
    done = session.execute(_upsert(session, row, new, changed).returning(table.c.life, table.c.hour)).one()
    return done.life, done.hour


def _hour_of(row: type[CodeTriesRow | IdTriesRow], goes_on: ColumnElement[bool], now: datetime) -> dict[str, Any]:
    """The columns of an hour of tries with one more, or of a new hour with its first."""
    return {
        "began": case((goes_on, row.began), else_=literal(now, Instant())),
        "hour": case((goes_on, row.hour + 1), else_=1),
    }


def _upsert(session: WriteSession, row: type[Any], new: dict[str, Any], changed: dict[str, Any]) -> Any:
    """The one statement that adds a row or changes the one that is there."""
    table = table_of(row)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    adding: Any = dialect.insert(table).values(new)
    return adding.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changed)


def _open_codes(holders: Sequence[str], now: datetime) -> Any:
    """The newest code that may be used of these holders: id, holder, digest."""
    code = ClaimCodeRow
    is_open = (code.used.is_(None)) & (code.ended.is_(None)) & (code.expires > now)
    query = select(code.id, code.holder, code.digest).where(code.holder.in_(holders), is_open)
    return query.order_by(code.made.desc(), code.id).limit(1)
