"""The audit: what was done, by whom, when, as a chain of hashes, written in the transaction that does it.

Rules: an entry's hash is the SHA-256 of its canonical JSON, which names the entry before; so nothing is altered,
removed or put between without every later hash changing, and the head, published in each snapshot, makes a rewritten
chain show. Entries hold ids, numbers and counts, never personal data: they are kept when a person is erased.

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
from sqlalchemy import Select, select

from credential import jsonform
from issuer.db.models import AuditRow
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
    """An entry that is about to be added: what its hash is over."""

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

    ordinal: int
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
    """Add an entry to the chain inside the caller's transaction. ``act`` is ``domain.act`` in lower case."""
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
    last = head(session)
    rows = []
    for subject in subjects:
        row = Entry(
            ordinal=last.length + 1,
            at=now.astimezone(UTC).replace(microsecond=0),
            actor=actor,
            act=act,
            object=subject,
            details=dict(details or {}),
            previous=last.head,
        )
        last = ChainHead(length=row.ordinal, head=hash_of(row))
        rows.append({**row._asdict(), "hash": last.head})
    insert_all(session, AuditRow, rows)


def head(session: ReadSession) -> ChainHead:
    """Return length and head without checking the chain."""
    found = session.execute(select(AuditRow.ordinal, AuditRow.hash).order_by(AuditRow.ordinal.desc()).limit(1)).first()
    return ChainHead(length=found[0], head=found[1]) if found else ChainHead(length=0, head=BEFORE_FIRST)


def verify_chain(session: ReadSession, *, after: ChainHead | None = None) -> ChainHead:
    """Recompute the chain, whole or from a head that was published on, and return its head.

    Raises:
        TamperedError: code ``audit_altered``, with the first ordinal that does not follow.
    """
    length, previous = 0, BEFORE_FIRST
    if after is not None and after.length:
        length, previous = after.length, after.head
        stored = session.scalar(select(AuditRow.hash).where(AuditRow.ordinal == after.length))
        if stored != after.head:
            message = f"audit entry {length} is not the one that was published; compare with a backup"
            raise TamperedError("audit_altered", message, ordinal=length)
    query = entry_rows().where(AuditRow.ordinal > length).order_by(AuditRow.ordinal)
    with session.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows:
            if row.ordinal != length + 1 or row.previous != previous or row.hash != hash_of(row):
                message = f"audit entry {row.ordinal} does not follow from entry {length}; compare with a backup"
                raise TamperedError("audit_altered", message, ordinal=row.ordinal)
            length, previous = row.ordinal, row.hash
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
    query = entry_rows().where(AuditRow.ordinal <= at.length).order_by(AuditRow.ordinal.desc()).limit(_CHUNK)
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
    return session.scalar(select(AuditRow.hash).where(AuditRow.ordinal == head.length)) == head.head


def accepted_after(session: ReadSession, length: int, *, actor: str) -> int | None:
    """Return the first entry behind ``length`` of a statement that ``actor`` signed, or None."""
    query = select(AuditRow).where(AuditRow.ordinal > length, AuditRow.actor == actor).order_by(AuditRow.ordinal)
    return next((row.ordinal for row in session.scalars(query) if STATEMENT in row.details), None)


def entries(
    session: ReadSession, *, subject: str | None = None, of: str | None = None, limit: int = 100
) -> list[AuditEntry]:
    """Return the newest entries, newest first: of one object, ``of`` one object or actor, or all."""
    query = select(AuditRow).order_by(AuditRow.ordinal.desc()).limit(limit)
    if subject is not None:
        query = query.where(AuditRow.object == subject)
    if of is not None:
        query = query.where((AuditRow.object == of) | (AuditRow.actor == of))
    return [
        AuditEntry(
            ordinal=row.ordinal, at=row.at, actor=row.actor, act=row.act, subject=row.object, details=row.details
        )
        for row in session.scalars(query)
    ]


def subjects(session: ReadSession, *, act: str) -> frozenset[str]:
    """Return everything that an act was ever done to."""
    return frozenset(session.scalars(select(AuditRow.object).where(AuditRow.act == act)))


def entry_rows() -> Select[Any]:
    """Return the query for entries as plain rows, which is what whoever walks the chain needs of them."""
    return select(*table_of(AuditRow).c)


def hash_of(row: AuditRow | Entry | SqlRow[Any]) -> bytes:
    """Return the hash that an entry has, by what it says."""
    entry = {
        "act": row.act,
        "actor": row.actor,
        "at": int(row.at.timestamp()),
        "details": row.details,
        "n": row.ordinal,
        "object": row.object,
        "previous": row.previous.hex(),
        "v": 1,
    }
    return hashlib.sha256(jsonform.encode(entry)).digest()
