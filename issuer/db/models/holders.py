"""Tables of people, batches and awards, and the statements of operators with the lists that they name.

Rules: everything personal is sealed under the holder's data key, which is sealed under the key-encryption key. An ID
number occurs nowhere; equal numbers are found by a keyed blind index. Deleting a holder's wrapped key and index
erases the person and leaves the counts right.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from credential.statuslist import Status
from issuer.db.models.base import Row, words


class BatchState(StrEnum):
    """Where a batch stands."""

    CHECKED = "checked"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    ISSUING = "issuing"
    ISSUED = "issued"
    REJECTED = "rejected"


class AwardState(StrEnum):
    """Where one row of a batch stands: rows in = rejected + waiting + reserved + issued."""

    WAITING = "waiting"
    REJECTED = "rejected"
    RESERVED = "reserved"
    ISSUED = "issued"


class HolderRow(Row):
    """A person who holds or awaits a certificate."""

    __tablename__ = "holders"
    __table_args__ = (CheckConstraint("(wrapped_key IS NULL) = (erased IS NOT NULL)", name="erased"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    blind_index: Mapped[bytes | None] = mapped_column(unique=True)
    """HMAC-SHA-256 of ID type and number; null once erased."""
    wrapped_key: Mapped[bytes | None]
    """The data key under the key-encryption key; null once erased."""
    personal: Mapped[bytes | None]
    """Sealed JSON: name, ID type and number and what else the holder's records need."""
    contact: Mapped[bytes | None]
    """Sealed JSON: how the person is reached, where a list said it. No statement or certificate rests on it."""
    created: Mapped[datetime]
    erased: Mapped[datetime | None]


class BatchRow(Row):
    """A file of awards that was checked."""

    __tablename__ = "batches"
    __table_args__ = (
        CheckConstraint("rows_total = rows_waiting + rows_rejected + rows_reserved + rows_issued", name="counts"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"), index=True)
    file_name: Mapped[bytes]
    """Sealed under the batch key: people write names into file names."""
    file_digest: Mapped[bytes]
    sheet_digest: Mapped[bytes | None]
    """SHA-256 of the sheet's name: a file with several lists may be several batches. Null: the file has one list."""
    rows_root: Mapped[bytes]
    """The Merkle root over the normal forms of the rows that are to be issued (FORMAT 11.2)."""
    decision_document: Mapped[str] = mapped_column(String(100))
    state: Mapped[BatchState] = mapped_column(words(BatchState, "state"), index=True)
    wrapped_key: Mapped[bytes]
    """The batch's own data key, for what belongs to no holder yet: file name, findings."""
    rows_total: Mapped[int]
    rows_waiting: Mapped[int]
    rows_rejected: Mapped[int]
    rows_reserved: Mapped[int]
    rows_issued: Mapped[int]
    findings: Mapped[bytes | None]
    """What the check found in the list as a whole (JSON), sealed under the batch's key."""
    created: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    """Since when no worker goes on with it; null while nobody paused it."""
    issue_up_to: Mapped[int | None]
    """How many rows are issued in all before a worker stops; null: all of them."""


class AwardRow(Row):
    """One row of a batch."""

    __tablename__ = "awards"
    __table_args__ = (
        UniqueConstraint("batch", "seq"),
        Index("ix_awards_position", "batch", "position", unique=True),
        CheckConstraint("state = 'rejected' OR (holder IS NOT NULL AND payload IS NOT NULL)", name="holder"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    batch: Mapped[str] = mapped_column(ForeignKey("batches.id"))
    seq: Mapped[int]
    """1, 2, 3 ... in the order of the file."""
    sheet_row: Mapped[int]
    """The row number in the file, for findings and for tracing a certificate back to its line."""
    holder: Mapped[str | None] = mapped_column(ForeignKey("holders.id"), index=True)
    payload: Mapped[bytes | None]
    """The row's normal form (JSON), sealed under the holder's key."""
    position: Mapped[int | None]
    """0, 1, 2 ... among the rows that passed the check: its leaf in the tree of the batch's root."""
    hashes: Mapped[bytes | None]
    """Its leaf's hash, and those of the subtrees that it completes (``credential.merkle.Frontier``)."""
    findings: Mapped[bytes | None]
    """The row's findings (JSON), sealed under the batch's key: their wording quotes cells."""
    state: Mapped[AwardState] = mapped_column(words(AwardState, "state"), index=True)


class PhotoRow(Row):
    """The photo of a row that names one by its digest. A table of its own: whoever reads rows reads no pictures."""

    __tablename__ = "photos"

    award: Mapped[str] = mapped_column(ForeignKey("awards.id"), primary_key=True)
    picture: Mapped[bytes]
    """The cleaned JPEG, sealed under the holder's key."""


class StatementRow(Row):
    """The evidence of an operator's act, as it was accepted. Never altered."""

    __tablename__ = "statements"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    act: Mapped[str] = mapped_column(String(24))
    operator: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    batch: Mapped[str | None] = mapped_column(ForeignKey("batches.id"), index=True)
    """For finding it again; what it is about stands in the evidence."""
    nonce: Mapped[bytes] = mapped_column(unique=True)
    """A statement is accepted once."""
    scheme: Mapped[str] = mapped_column(String(16))
    """How it was signed; a worker that does not know the scheme refuses it."""
    key_id: Mapped[bytes]
    evidence: Mapped[bytes]
    """The signed bytes: for scheme ``jws`` the compact token."""
    received: Mapped[datetime]


class StatedCertificateRow(Row):
    """A certificate on the list that a statement names by its root, as the operator saw it. Never altered."""

    __tablename__ = "stated_certificates"
    __table_args__ = (UniqueConstraint("statement", "number"),)

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0, 1, 2 ... in the order of the list."""
    number: Mapped[str] = mapped_column(String(24))
    state: Mapped[Status] = mapped_column(words(Status, "state"))
    events: Mapped[int]
    hashes: Mapped[bytes]
    """Its leaf's hash, and those of the subtrees that it completes."""
