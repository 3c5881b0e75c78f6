"""Backups, the journal and restoring: what is kept of a register elsewhere, and how a register comes of it again.

``last`` and ``journal_of`` say how things stand, for anyone who reports it; they cost one short look each.

    last(opened)          # Last(ended=..., name="sf-demo-20261121T020000000000Z.titlecert-backup", ...), or None
    journal_of(opened)    # Journal(written=..., waiting=0, failure=None, ...), or None where none is kept
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from issuer.db.models import BackupRow, JournalMarkRow, JournalRow
from issuer.home.opened import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The newest backup that was made of this register."""

    began: datetime
    """The state of the register that it holds."""
    ended: datetime
    folder: str
    name: str
    size: int
    """Bytes."""
    digest: bytes
    """SHA-256 of the file."""
    key_id: bytes
    """The recovery key that opens it."""
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The journal that is kept of this register."""

    id: str
    folder: str
    began: datetime
    written: datetime | None
    """When an entry was last written; None before the first."""
    waiting: int
    """How many changes are in the register and not on the journal's disk."""
    failing_since: datetime | None
    failure: str | None
    """The code of what keeps it from being written; None while it is written."""
    is_based: bool
    """Whether there is a backup from which it goes on: without one it restores nothing."""


def last(opened: Opened) -> Last | None:
    """Return the newest backup, or None before the first."""
    with opened.register.read() as session:
        row = session.scalars(select(BackupRow).order_by(BackupRow.ended.desc(), BackupRow.id).limit(1)).first()
    if row is None:
        return None
    return Last(
        began=row.began,
        ended=row.ended,
        folder=row.folder,
        name=row.name,
        size=row.size,
        digest=row.digest,
        key_id=row.key_id,
        rows=row.rows,
    )


def journal_of(opened: Opened) -> Journal | None:
    """Return how the journal stands, or None where none is kept."""
    with opened.register.read() as session:
        row = session.get(JournalRow, 1)
        if row is None:
            return None
        based = session.scalar(select(BackupRow.id).where(BackupRow.journal == row.id).limit(1))
        waiting = session.scalar(select(func.count()).select_from(JournalMarkRow)) or 0
    return Journal(
        id=row.id,
        folder=row.folder,
        began=row.began,
        written=row.written,
        waiting=waiting,
        failing_since=row.failing_since,
        failure=row.failure,
        is_based=based is not None,
    )
