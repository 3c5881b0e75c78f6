"""Data keys as they are wrapped under the key-encryption key: of holders and of batches, a piece at a time.

Rules: a wrapped key begins with the id of what wraps it, so what is left to do is seen from the rows; nothing beside
them says how far a run came.

    piece = wrap_piece(session, vault, HolderRow, after="")
    while piece.last is not None: piece = wrap_piece(session, vault, HolderRow, after=piece.last)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, update

from issuer.db.models import BatchRow, HolderRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.vault import Vault

WRAPPED: Final = (HolderRow, BatchRow)
"""The tables whose rows have a data key."""
WRAPPED_AT_ONCE: Final = 1000
"""Rows of one transaction: other writers wait no longer than for a chunk of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one transaction did."""

    last: str | None
    """The last row that was looked at; None: there were none left."""
    changed: int


def count(session: ReadSession) -> int:
    """Return how many rows have a data key; a holder who was erased has none."""
    counts = (select(func.count()).select_from(table).where(table.wrapped_key.is_not(None)) for table in WRAPPED)
    return sum(session.scalar(query) or 0 for query in counts)


def wrap_piece(
    session: WriteSession,
    vault: Vault,
    table: type[HolderRow] | type[BatchRow],
    *,
    after: str,
    limit: int = WRAPPED_AT_ONCE,
) -> Piece:
    """Wrap the next data keys of a table under the present key-encryption key, where they are not.

    Raises:
        NotAllowedError: ``wrong_kek``: one is wrapped under a key that is not here.
        TamperedError: ``sealed_altered``.
    """
    query = select(table.id, table.wrapped_key).where(table.id > after, table.wrapped_key.is_not(None))
    rows = session.execute(query.order_by(table.id).limit(limit).with_for_update()).all()
    name = str(table.__tablename__)
    new = [
        {"id": row, "wrapped_key": vault.wrapped_anew(wrapped, table=name, row=row)}
        for row, wrapped in rows
        if wrapped is not None and not wrapped.startswith(vault.prefix)
    ]
    if new:
        session.execute(update(table), new)
    return Piece(last=rows[-1][0] if rows else None, changed=len(new))
