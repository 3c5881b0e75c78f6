"""What was taken back of an approved batch, as the audit has it: asked before anything is signed for a row.

Rules: the audit decides and no column. From the entry of the approval's acceptance on, every entry has to follow from
the one before, so that a taking-back that was removed, or changed, shows; that the chain is the one that the public was
told of, whoever publishes compares (``issuer.publishing.ground``). An entry that waits for its place in the chain
counts as one that has it. A taking-back that is only in the audit counts, and one that is only a statement means that
its entry is gone.

    require_not_taken(session, "sf-hrss-0001", by.statement, [row.position])
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Row, Select, select

from credential.history import Act
from issuer import audit, statements
from issuer.db.models import AuditChainRow, AuditPendingRow, AuditRow, StatementRow
from issuer.db.sessions import SHARED, ReadSession
from issuer.errors import TamperedError

ENTRY: Final = "batch.take_back"
ROW: Final = "row"
"""The detail that names the row's place under the root; null for the whole batch."""
_APPROVED: Final = "batch.approve"
_WALKED: Final = "taken back"
_Entry = tuple[str, int | None, str]
"""Batch, the row's place or None, and the digest of the statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is not to be signed any more."""

    whole: bool
    rows: frozenset[int]
    """Places under the root."""

    def holds(self, position: int) -> bool:
        """Whether the row at this place was taken back, alone or with all."""
        return self.whole or position in self.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walked:
    """A part of the chain that follows, entry by entry, and what it takes back."""

    low: int
    """The ordinal of its first entry."""
    high: int
    head: bytes
    taken: frozenset[_Entry] = frozenset()


def taken_of(session: ReadSession, batch: str, approval: str) -> Taken:
    """Return what was taken back of a batch whose approval was proven.

    Args:
        session: reads the audit.
        batch: the batch.
        approval: the id of the approval's evidence.

    Raises:
        TamperedError: ``audit_altered``: the approval's entry is not there, the chain from it on does not follow, or a
            taking-back has lost its entry.
    """
    approved = _entry_of(session, batch, approval)
    # Read before the chain is walked: an entry moves from those that wait into the chain, and never back.
    found = _entries_of(session, batch)
    if approved.ordinal is not None:
        found |= {each for each in _walked(session, approved).taken if each[0] == batch}
    elif not approved.waits:
        raise _lost(batch)
    _require_entries(session, batch, {digest for _, _, digest in found})
    rows = {row for _, row, _ in found}
    return Taken(whole=None in rows, rows=frozenset(row for row in rows if row is not None))


def require_not_taken(session: ReadSession, batch: str, approval: str, positions: Collection[int]) -> None:
    """Refuse to sign for rows that were taken back.

    Raises:
        TamperedError: ``taken_back``; as ``taken_of``.
    """
    taken = taken_of(session, batch, approval)
    if any(taken.holds(position) for position in positions):
        message = f"a row of batch {batch} was taken back, and the register goes on with it; nothing is signed"
        raise TamperedError("taken_back", message, batch=batch)


def _entry_of(session: ReadSession, batch: str, approval: str) -> Row[Any]:
    digest = statements.digest_of(session.get_one(StatementRow, approval))
    for row in session.execute(_places(batch, _APPROVED)):
        if row.details.get(audit.STATEMENT) == digest:
            return row
    raise _lost(batch)


def _entries_of(session: ReadSession, batch: str) -> set[_Entry]:
    """What entries about a batch take back, wherever they stand."""
    return {_taking(batch, row.details) for row in session.execute(_places(batch, ENTRY))}


def _places(batch: str, act: str) -> Select[Any]:
    """The query for entries of an act on a batch: what each says, its place in the chain, and whether it waits."""
    place, waiting = AuditChainRow, AuditPendingRow
    return (
        select(AuditRow.details, place.ordinal, place.previous, waiting.entry.is_not(None).label("waits"))
        .outerjoin_from(AuditRow, place, place.entry == AuditRow.id)
        .outerjoin(waiting, waiting.entry == AuditRow.id)
        .where(AuditRow.act == act, AuditRow.object == batch)
        .order_by(AuditRow.id)
    )


def _taking(batch: str, details: Mapping[str, Any]) -> _Entry:
    return batch, details.get(ROW), str(details.get(audit.STATEMENT))


def _lost(batch: str) -> TamperedError:
    message = f"the audit has no entry of the approval of batch {batch}; nothing is signed, compare with a backup"
    return TamperedError("audit_altered", message, batch=batch)


def _require_entries(session: ReadSession, batch: str, digests: set[str]) -> None:
    query = select(StatementRow).where(StatementRow.batch == batch, StatementRow.act == Act.TAKE_BACK.value)
    for row in session.scalars(query):
        if statements.digest_of(row) not in digests:
            message = f"the audit has no entry of a statement that takes back of batch {batch}; nothing is signed"
            raise TamperedError("audit_altered", message, batch=batch)


def _walked(session: ReadSession, start: Row[Any]) -> _Walked:
    """The part of the chain from an entry to its head. What was walked is kept for the register's other sessions."""
    shared = session.info.setdefault(SHARED, {})
    known: _Walked | None = shared.get(_WALKED)
    if known is None or not known.low <= start.ordinal <= known.high:
        known = _Walked(low=start.ordinal, high=start.ordinal - 1, head=start.previous)
    shared[_WALKED] = _walk_on(session, known)
    found: _Walked = shared[_WALKED]
    return found


def _walk_on(session: ReadSession, walked: _Walked) -> _Walked:
    high, head, taken = walked.high, walked.head, set(walked.taken)
    last = audit.head(session).length
    query = audit.entry_rows().where(AuditChainRow.ordinal > high).order_by(AuditChainRow.ordinal)
    with session.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows:
            if row.ordinal != high + 1 or row.previous != head or row.hash != audit.hash_of(row):
                message = f"audit entry {row.ordinal} does not follow from entry {high}; nothing is signed"
                raise TamperedError("audit_altered", message, ordinal=row.ordinal)
            high, head = row.ordinal, row.hash
            if row.act == ENTRY:
                taken.add(_taking(row.object, row.details))
    if high < last:
        message = f"audit entry {high + 1} is gone; nothing is signed"
        raise TamperedError("audit_altered", message, ordinal=high + 1)
    return replace(walked, high=high, head=head, taken=frozenset(taken))
