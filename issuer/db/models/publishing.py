"""Tables of publishing and of audit: pending work, what was published, which files may go, what was done and its chain.

Rules: work is put into the outbox in the transaction that causes it. The audit is appended only and holds no personal
data. Its entries are written by whoever acts, side by side; their chain is written by one sequencer at a time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.db.models.base import Row

ABOUT_LISTS: Final = text("topic <> 'publish'")
"""Work on lists and documents: little, beside the certificates that were published. A query that says it in these words
uses the index."""


KEPT_WITH: Final = text("(lists IS NOT NULL OR sizes IS NOT NULL)")
"""The newest snapshots, with which more is kept than their files."""


class OutboxRow(Row):
    """A piece of work for the publisher."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_pending", "done_at", "id"),
        Index("ix_outbox_lists", "object", "id", sqlite_where=ABOUT_LISTS, postgresql_where=ABOUT_LISTS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(24))
    object: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[str | None] = mapped_column(String(64))
    done_at: Mapped[datetime | None]
    attempts: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(Text)


class PublicationRow(Row):
    """A snapshot that was made: stored whole before it is placed, confirmed after. Never deleted."""

    __tablename__ = "publications"
    __table_args__ = (Index("ix_publications_kept", "sequence", sqlite_where=KEPT_WITH, postgresql_where=KEPT_WITH),)

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    trust_version: Mapped[int] = mapped_column(index=True)
    snapshot_digest: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires: Mapped[datetime]
    records: Mapped[int]
    prefix_length: Mapped[int]
    token: Mapped[bytes | None]
    """The snapshot's file; null only of those that were made before it was kept."""
    lists: Mapped[bytes | None]
    """Its status lists as JWT, one a line: kept until the next snapshot is confirmed."""
    sizes: Mapped[bytes | None]
    """The size of each file that it names (``issuer.publishing.ground``): kept as long."""
    is_anew: Mapped[bool | None]
    """Whether somebody asked for everything to be laid out anew: it is placed over whatever lies there."""
    confirmed_at: Mapped[datetime | None]
    """When its files were in their places; null while that is to be finished."""
    walked_at: Mapped[datetime | None] = mapped_column(index=True)
    """When, under this snapshot, the walk through all certificates last went on."""


class RetiredFileRow(Row):
    """A file of the publication that no snapshot names any more, since when."""

    __tablename__ = "retired_files"

    path: Mapped[str] = mapped_column(String(80), primary_key=True)
    retired_at: Mapped[datetime] = mapped_column(index=True)


class PublishedFileRow(Row):
    """A root set, trust list, filings file or catalogue that is published, or is about to be. Appended only."""

    __tablename__ = "published_files"

    path: Mapped[str] = mapped_column(String(80), primary_key=True)
    content: Mapped[bytes]
    digest: Mapped[bytes]
    """SHA-256 of the content."""
    stored_at: Mapped[datetime]


ABOUT_INTEGRITY: Final = text(
    "act IN ('integrity.add', 'integrity.correct', 'integrity.end', 'integrity.expire', 'integrity.object')"
)
"""The entries of signed acts on integrity records: few. A query that says it in these words uses the index."""


class AuditRow(Row):
    """One entry of the audit: an act, written in the transaction that does it. Appended only."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_actor", "actor", "id"),
        Index("ix_audit_integrity", "object", "act", sqlite_where=ABOUT_INTEGRITY, postgresql_where=ABOUT_INTEGRITY),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    """In the order in which entries were begun; a transaction that comes to nothing leaves a gap. Never used twice."""
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(String(128), index=True)
    details: Mapped[dict[str, Any]]


class AuditPendingRow(Row):
    """An entry that is not in the chain yet: a trigger adds the row with the entry, the sequencer removes it."""

    __tablename__ = "audit_pending"

    entry: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Its id. No reference: the row shows that there was an entry, whatever became of it."""


class AuditChainRow(Row):
    """The place of an entry in the chain of hashes. Written by the sequencer alone, appended only."""

    __tablename__ = "audit_chain"
    __table_args__ = (CheckConstraint("ordinal > 0", name="ordinal"),)

    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 ...: the entry's number in what is hashed (FORMAT 11.4)."""
    entry: Mapped[int] = mapped_column(ForeignKey("audit.id"), unique=True)
    previous: Mapped[bytes]
    """The hash of the one before."""
    hash: Mapped[bytes] = mapped_column(unique=True)
