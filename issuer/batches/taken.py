"""What was taken back of an approved batch, as the audit has it: asked before anything is signed for a row.

Rules: the audit decides and no column. From the entry of the approval's acceptance on, every entry has to follow from
the one before, so that a taking-back that was removed, or changed, shows; that the chain is the one that the public was
told of, whoever publishes compares (``issuer.publishing.ground``). A taking-back that is only in the audit counts, and
one that is only a statement means that its entry is gone.

    require_not_taken(session, "sf-hrss-0001", by.statement, [row.position])
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from credential.history import Act
from issuer import audit, statements
from issuer.db.models import AuditRow, StatementRow
from issuer.db.sessions import SHARED, ReadSession, WriteSession
from issuer.errors import TamperedError

ENTRY: Final = "batch.take_back"
ROW: Final = "row"
"""The detail that names the row's place under the root; null for the whole batch."""
_APPROVED: Final = "batch.approve"
_WALKED: Final = "taken back"


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
    taken: frozenset[tuple[str, int | None, str]] = frozenset()
    """Batch, the row's place or None, and the digest of the statement."""


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
    found = {each for each in _walked(session, _entry_of(session, batch, approval)).taken if each[0] == batch}
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


def _entry_of(session: ReadSession, batch: str, approval: str) -> AuditRow:
    digest = statements.digest_of(session.get_one(StatementRow, approval))
    query = select(AuditRow).where(AuditRow.act == _APPROVED, AuditRow.object == batch).order_by(AuditRow.ordinal)
    for row in session.scalars(query):
        if row.details.get(audit.STATEMENT) == digest:
            return row
    message = f"the audit has no entry of the approval of batch {batch}; nothing is signed, compare with a backup"
    raise TamperedError("audit_altered", message, batch=batch)


def _require_entries(session: ReadSession, batch: str, digests: set[str]) -> None:
    query = select(StatementRow).where(StatementRow.batch == batch, StatementRow.act == Act.TAKE_BACK.value)
    for row in session.scalars(query):
        if statements.digest_of(row) not in digests:
            message = f"the audit has no entry of a statement that takes back of batch {batch}; nothing is signed"
            raise TamperedError("audit_altered", message, batch=batch)


def _walked(session: ReadSession, start: AuditRow) -> _Walked:
    """The part of the chain from an entry to its head.

    What was walked is kept for the register's other sessions, but for one that writes: its entries may come to nothing.
    """
    shared = None if isinstance(session, WriteSession) else session.info.setdefault(SHARED, {})
    known: _Walked | None = None if shared is None else shared.get(_WALKED)
    if known is None or not known.low <= start.ordinal <= known.high:
        known = _Walked(low=start.ordinal, high=start.ordinal - 1, head=start.previous)
    walked = _walk_on(session, known)
    if shared is not None:
        shared[_WALKED] = walked
    return walked


def _walk_on(session: ReadSession, walked: _Walked) -> _Walked:
    high, head, taken = walked.high, walked.head, set(walked.taken)
    query = audit.entry_rows().where(AuditRow.ordinal > high).order_by(AuditRow.ordinal)
    with session.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows:
            if row.ordinal != high + 1 or row.previous != head or row.hash != audit.hash_of(row):
                message = f"audit entry {row.ordinal} does not follow from entry {high}; nothing is signed"
                raise TamperedError("audit_altered", message, ordinal=row.ordinal)
            high, head = row.ordinal, row.hash
            if row.act == ENTRY:
                taken.add((row.object, row.details.get(ROW), str(row.details.get(audit.STATEMENT))))
    return replace(walked, high=high, head=head, taken=frozenset(taken))
