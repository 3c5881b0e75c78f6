"""Tables beside the integrity records (诚信档案): what was signed of each, whose it is, what was reported elsewhere.

Rules: every act on a record is a row, appended only, in the order of the list whose root an operator signed. Whose
record it is stands sealed under a key of its own, so that it can be deleted without the record. What was reported and
what came back are rows too.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from credential.history import MAX_DOCUMENT
from issuer.db.models.base import Row


class IntegrityStatedRow(Row):
    """A record on the list that a statement names by its root: what the record is after the act. Never altered."""

    __tablename__ = "integrity_stated"

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0, 1, 2 ... in the order of the list."""
    record: Mapped[str] = mapped_column(ForeignKey("integrity_records.id"), index=True)
    acts: Mapped[int]
    """How many acts the record had had."""
    person: Mapped[bytes]
    """The blind index, as it was signed for."""
    basis: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(MAX_DOCUMENT))
    term_from: Mapped[date]
    term_until: Mapped[date | None]
    note_digest: Mapped[bytes | None]
    note: Mapped[bytes | None]
    """Sealed JSON, the text of an objection or a reason; its SHA-256 is signed for."""


class IntegrityPersonRow(Row):
    """Whose record it is, where no certificate says it."""

    __tablename__ = "integrity_persons"
    __table_args__ = (CheckConstraint("(wrapped_key IS NULL) = (personal IS NULL)", name="erased"),)

    record: Mapped[str] = mapped_column(ForeignKey("integrity_records.id"), primary_key=True)
    wrapped_key: Mapped[bytes | None]
    """The data key under the key-encryption key; null once erased."""
    personal: Mapped[bytes | None]
    """Sealed JSON: name, type and number of the ID document."""


class IntegrityExportRow(Row):
    """A file that was made for the credit platform. Never altered."""

    __tablename__ = "integrity_exports"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    place: Mapped[int] = mapped_column(unique=True)
    """0, 1, 2 ... in the order in which files were made."""
    made: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    digest: Mapped[bytes]
    """SHA-256 of the file."""


class IntegrityExportedRow(Row):
    """A record in such a file, after so many acts. Never altered."""

    __tablename__ = "integrity_exported"

    export: Mapped[str] = mapped_column(ForeignKey("integrity_exports.id"), primary_key=True)
    record: Mapped[str] = mapped_column(ForeignKey("integrity_records.id"), primary_key=True, index=True)
    acts: Mapped[int]


class IntegrityReceiptRow(Row):
    """What the credit platform answered to one record of a file; the newest counts. Never altered."""

    __tablename__ = "integrity_receipts"

    export: Mapped[str] = mapped_column(ForeignKey("integrity_exports.id"), primary_key=True)
    record: Mapped[str] = mapped_column(ForeignKey("integrity_records.id"), primary_key=True, index=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0, 1, 2 ... of what was answered to this record of this file."""
    outcome: Mapped[str] = mapped_column(String(16))
    """``accepted`` or ``refused``."""
    reason: Mapped[str] = mapped_column(String(200))
    """What the platform said; empty for nothing."""
    received: Mapped[datetime]
