"""The audit: what was done, by whom, when. Entries are written in the transaction that acts; a chain of hashes follows.

Rules: an entry's hash is the SHA-256 of its canonical JSON, which names its place and the entry before; so nothing is
altered, removed or put between without every later hash changing, and the head, published in each snapshot, makes a
rewritten chain show. One sequencer gives places to the entries that are committed (``issuer.sequencer``); until then an
entry waits. Whatever is asked for a proof sees those that wait too. Entries hold ids, numbers and counts, never
personal data: they are kept when a person is erased.

    append(session, actor="clerk1", act="batch.submit", subject="sf-rst-0001", details={"rows": 24}, now=now)
    verify_chain(session)      # returns the head, or raises TamperedError
    accepted_under(session, digest, head)      # whether a statement was accepted before somebody ended
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Row as SqlRow
from sqlalchemy import ScalarSelect, Select, func, select, union_all

from credential import jsonform
from issuer.db.models import AuditChainRow, AuditPendingRow, AuditRow
from issuer.db.sessions import SHARED, ReadSession, WriteSession, insert_all, table_of
from issuer.errors import TamperedError

BEFORE_FIRST: Final = bytes(32)
"""What the first entry names as the one before."""
_TAG: Final = re.compile(r"[a-z]+(?:_[a-z]+)*(?:\.[a-z]+(?:_[a-z]+)*)+", re.ASCII)
"""``domain.act``, lower case: ``batch.submit``, ``certificate.withdraw``."""
STATEMENT: Final = "statement"
"""The detail by which an entry of an acceptance names the statement: SHA-256 of its evidence, in hex (FORMAT 11.3)."""
_CHUNK: Final = 1000
_WALKS: Final = "audit walks"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """Length and newest hash of the chain, as a snapshot names them (FORMAT 10)."""

    length: int
    head: bytes


@dataclass(slots=True, kw_only=True)
class _Walk:
    """What was walked of the chain from one head back towards its beginning."""

    at: ChainHead
    """Where the walk stands: what is left of the chain, as if it ended here."""
    statements: set[str] = field(default_factory=set)
    """What the entries that were passed name as accepted."""


class Entry(NamedTuple):
    """An entry in its place: what its hash is over."""

    ordinal: int
    at: datetime
    actor: str
    act: str
    object: str
    details: dict[str, Any]
    previous: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry as it is read."""

    ordinal: int | None
    """Its place in the chain; None while it waits for one."""
    at: datetime
    actor: str
    act: str
    subject: str
    """The object of the act: a batch, a certificate number, an authority."""
    details: Mapping[str, Any]

    @property
    def statement(self) -> str | None:
        """SHA-256, in hex, of the statement by which it was done; None where none was signed."""
        found = self.details.get(STATEMENT)
        return None if found is None else str(found)


def append(
    session: WriteSession,
    *,
    actor: str,
    act: str,
    subject: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry inside the caller's transaction. ``act`` is ``domain.act`` in lower case."""
    append_all(session, actor=actor, act=act, subjects=[subject], now=now, details=details)


def append_all(
    session: WriteSession,
    *,
    actor: str,
    act: str,
    subjects: Sequence[str],
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry for each subject, in this order, inside the caller's transaction."""
    if not _TAG.fullmatch(act):
        raise ValueError(f"{act!r} is no audit tag; write domain.act in lower case")
    said = {
        "at": now.astimezone(UTC).replace(microsecond=0),
        "actor": actor,
        "act": act,
        "details": dict(details or {}),
    }
    insert_all(session, AuditRow, [{**said, "object": subject} for subject in subjects])


def head(session: ReadSession) -> ChainHead:
    """Return length and head without checking the chain."""
    query = select(AuditChainRow.ordinal, AuditChainRow.hash).order_by(AuditChainRow.ordinal.desc()).limit(1)
    found = session.execute(query).first()
    return ChainHead(length=found[0], head=found[1]) if found else ChainHead(length=0, head=BEFORE_FIRST)


def verify_chain(session: ReadSession, *, after: ChainHead | None = None) -> ChainHead:
    """Recompute the chain, whole or from a head that was published on, and return its head.

    Raises:
        TamperedError: code ``audit_altered``, with the first ordinal that does not follow.
    """
    length, previous = 0, BEFORE_FIRST
    if after is not None and after.length:
        length, previous = after.length, after.head
        stored = session.scalar(select(AuditChainRow.hash).where(AuditChainRow.ordinal == after.length))
        if stored != after.head:
            message = f"audit entry {length} is not the one that was published; compare with a backup"
            raise TamperedError("audit_altered", message, ordinal=length)
    last = head(session).length
    query = entry_rows().where(AuditChainRow.ordinal > length).order_by(AuditChainRow.ordinal)
    with session.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows:
            if row.ordinal != length + 1 or row.previous != previous or row.hash != hash_of(row):
                message = f"audit entry {row.ordinal} does not follow from entry {length}; compare with a backup"
                raise TamperedError("audit_altered", message, ordinal=row.ordinal)
            length, previous = row.ordinal, row.hash
    if length < last:
        message = f"audit entry {length + 1} is gone; compare with a backup"
        raise TamperedError("audit_altered", message, ordinal=length + 1)
    return ChainHead(length=length, head=previous)


def accepted_under(session: ReadSession, statement: str, head: ChainHead, *, heads: Collection[ChainHead] = ()) -> bool:
    """Whether an entry that names ``statement`` lies under ``head``: the chain from it on ends in that head.

    The walk goes back from the head, and each entry's hash is computed: what it passes is what the head's signer saw,
    whoever owns the database now. That stays so, hence a register's sessions share what was walked. A walk ends where
    that of another head goes on, so all heads together cost the chain once.

    Args:
        session: reads.
        statement: SHA-256 of a statement's evidence, in hex.
        head: length and hash that the administrator signed.
        heads: the other heads of the same file, so that walks share their ways.

    Raises:
        TamperedError: code ``audit_altered``: the chain does not lead to the head any more, and what was walked so far
            names no such statement.
    """
    walks: dict[ChainHead, _Walk] = session.info.setdefault(SHARED, {}).setdefault(_WALKS, {})
    for each in (head, *heads):
        walks.setdefault(each, _Walk(at=each))
    walk = walks[head]
    while statement not in walk.statements:
        if not walk.at.length:
            return False
        below = walks.get(walk.at, walk)
        if below is walk:
            _walk_on(session, walk, walks)
        else:
            walk = below
    return True


def _walk_on(session: ReadSession, walk: _Walk, walks: Collection[ChainHead]) -> None:
    """Pass some more entries, at least one, up to the next head."""
    at, passed = walk.at, set[str]()
    ordinal = AuditChainRow.ordinal
    query = entry_rows().where(ordinal <= at.length).order_by(ordinal.desc()).limit(_CHUNK)
    for row in session.execute(query):
        if row.ordinal != at.length or hash_of(row) != at.head:
            break
        passed.add(str(row.details.get(STATEMENT)))
        at = ChainHead(length=row.ordinal - 1, head=row.previous)
        if at in walks:
            break
    if at == walk.at:
        message = f"audit entry {at.length} is not the one that an administrator signed for; compare with a backup"
        raise TamperedError("audit_altered", message, ordinal=at.length)
    walk.statements |= passed
    walk.at = at


def is_head(session: ReadSession, head: ChainHead) -> bool:
    """Whether the chain went through this head, by the hash that is stored there."""
    return session.scalar(select(AuditChainRow.hash).where(AuditChainRow.ordinal == head.length)) == head.head


def accepted_after(session: ReadSession, length: int, *, actor: str) -> AuditEntry | None:
    """Return an entry behind ``length``, or without a place yet, of a statement that ``actor`` signed; or None."""
    place = AuditChainRow.ordinal
    query = _with_places().where(AuditRow.actor == actor, place.is_(None) | (place > length)).order_by(AuditRow.id)
    return next((each for each in map(_read, session.execute(query)) if each.statement is not None), None)


def entries(
    session: ReadSession,
    *,
    subject: str | None = None,
    of: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Return the newest entries, newest first; a page costs the same however many there are.

    Those that wait for a place in the chain stand in front.

    Args:
        session: reads.
        subject: of this object alone.
        of: of this object or actor alone.
        before: only those that were begun before the entry with this place in the chain; there is none: nothing.
        limit: at most so many.
    """
    older = [] if before is None else [AuditRow.id < _entry_at(before)]
    query = _with_places().where(*older).order_by(AuditRow.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(AuditRow.object == subject)
    if of is not None:
        # One after the other by its index: asked together, the whole table would be read for them.
        newest = [
            select(AuditRow.id).where(column == of, *older).order_by(AuditRow.id.desc()).limit(limit).subquery()
            for column in (AuditRow.object, AuditRow.actor)
        ]
        query = query.where(AuditRow.id.in_(union_all(*(select(each.c.id) for each in newest))))
    found = [_read(row) for row in session.execute(query)]
    return sorted(found, key=lambda each: (each.ordinal is not None, -(each.ordinal or 0)))


def _entry_at(place: int) -> ScalarSelect[int]:
    return select(AuditChainRow.entry).where(AuditChainRow.ordinal == place).scalar_subquery()


def _with_places() -> Select[Any]:
    """The query for entries with their places, also those that have none."""
    return select(AuditChainRow.ordinal, *table_of(AuditRow).c).outerjoin_from(
        AuditRow, AuditChainRow, AuditChainRow.entry == AuditRow.id
    )


def _read(row: SqlRow[Any]) -> AuditEntry:
    return AuditEntry(
        ordinal=row.ordinal, at=row.at, actor=row.actor, act=row.act, subject=row.object, details=row.details
    )


def waiting(session: ReadSession) -> int:
    """Return how many entries have no place in the chain yet."""
    return session.scalar(select(func.count()).select_from(AuditPendingRow)) or 0


def subjects(session: ReadSession, *, act: str) -> frozenset[str]:
    """Return everything that an act was ever done to."""
    return frozenset(session.scalars(select(AuditRow.object).where(AuditRow.act == act)))


def entry_rows() -> Select[Any]:
    """Return the query for the chain with its entries as plain rows, which is what whoever walks it needs of them."""
    chain, entry = table_of(AuditChainRow), table_of(AuditRow)
    return select(*chain.c, *entry.c).join_from(chain, entry, entry.c.id == chain.c.entry)


def hash_of(row: Entry | SqlRow[Any]) -> bytes:
    """Return the hash that an entry has, by what it says."""
    # The members in their one order, each in its canonical form: a walk along the chain writes nothing else.
    text, details = jsonform.encode_text, b"{}" if row.details == {} else jsonform.encode(row.details)
    said = b'{"act":%b,"actor":%b,"at":%d,"details":%b,"n":%d,"object":%b,"previous":"%b","v":1}' % (
        text(row.act),
        text(row.actor),
        int(row.at.timestamp()),
        details,
        row.ordinal,
        text(row.object),
        row.previous.hex().encode("ascii"),
    )
    return hashlib.sha256(said).digest()
