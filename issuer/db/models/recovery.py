"""Tables of backups, of the journal on another disk, and of restorations.

Rules: none of them holds anything personal. A backup is noted when its file has its name. A mark says that a row of a
table changed since the journal was last written; triggers put it there in the transaction that changes the row, once a
journal was begun. What a restoration left open is written down with it, and stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.db.models.base import Row


class BackupRow(Row):
    """A backup that was made. Appended only."""

    __tablename__ = "backups"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    began: Mapped[datetime]
    """The state of the register that it holds."""
    ended: Mapped[datetime] = mapped_column(index=True)
    folder: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes of the file."""
    digest: Mapped[bytes]
    """SHA-256 of the file."""
    key_id: Mapped[bytes]
    """The recovery key that opens it."""
    rows: Mapped[int] = mapped_column(BigInteger)
    journal: Mapped[str | None] = mapped_column(String(32))
    """The journal that goes on from it; null where none is kept."""
    entry: Mapped[int | None] = mapped_column(BigInteger)
    """The last entry of the journal that it needs no more."""


class JournalRow(Row):
    """The journal that is kept, if one is: one row."""

    __tablename__ = "journal"
    __table_args__ = (CheckConstraint("one = 1", name="one"),)

    one: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1, so that there is one row."""
    id: Mapped[str] = mapped_column(String(32))
    folder: Mapped[str] = mapped_column(Text)
    register: Mapped[str] = mapped_column(Text)
    """Where the register was when it began, without a password: elsewhere another journal begins."""
    began: Mapped[datetime]
    entry: Mapped[int] = mapped_column(BigInteger)
    """The last entry that is on its disk; 0 before the first."""
    written: Mapped[datetime | None]
    """When that was."""
    failing_since: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(64))
    """The code of what keeps it from being written; null while it is written."""


class JournalMarkRow(Row):
    """A row of a table that is to be written into the journal."""

    __tablename__ = "journal_marks"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook

    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    """Never used twice."""
    source: Mapped[str] = mapped_column(String(64))
    """The table."""
    key: Mapped[str] = mapped_column(Text)
    """The row's primary key: its values in their order, bytes in hexadecimal, U+001F between two."""


class RestorationRow(Row):
    """That the register was made from a backup. Appended only."""

    __tablename__ = "restorations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    """Who said so."""
    backup: Mapped[bytes]
    """SHA-256 of the file."""
    made: Mapped[datetime]
    """The state that the backup holds."""
    entries: Mapped[int | None] = mapped_column(BigInteger)
    """Of the journal that were applied; null where there was none."""
    until: Mapped[datetime]
    """The state of the register with the journal applied."""
    margin: Mapped[int]
    """How many numbers of each counter were skipped, because they may have been used."""
    sequence: Mapped[int]
    """No snapshot gets this number or a lower one from then on."""
    unknown: Mapped[int]
    """How many published certificates nobody knows any more; 0 where no publication was looked at."""


class FoundEventRow(Row):
    """An event that the public has and the restored register does not: an operator orders it anew. Appended only."""

    __tablename__ = "found_events"

    certificate: Mapped[str] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Its place in the certificate's published history."""
    said: Mapped[dict[str, Any]]
    """Kind, day, authority, basis, document and reason, in the words of the format."""
