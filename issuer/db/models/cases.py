"""Tables of cases: complaints and reports about certificates, what was done about each, and what they are about.

Rules: every act on a case is a row, appended only, and rests on an operator's statement. Who complained and every text
is sealed under the key of the case; deleting the key erases them and leaves what was done.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from credential.history import MAX_DOCUMENT
from issuer.db.models.base import Row


class CaseRow(Row):
    """A complaint or a report."""

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"))
    kind: Mapped[str] = mapped_column(String(16))
    opened: Mapped[datetime]
    wrapped_key: Mapped[bytes | None]
    """The data key under the key-encryption key; null once erased."""


class CaseStepRow(Row):
    """One act on a case. Never altered."""

    __tablename__ = "case_steps"

    case: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0, 1, 2 ..."""
    act: Mapped[str] = mapped_column(String(24))
    said: Mapped[str] = mapped_column(String(32))
    document: Mapped[str] = mapped_column(String(MAX_DOCUMENT))
    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"))
    recorded: Mapped[datetime]
    due: Mapped[date | None]
    """By when the next act is due, by the terms of that day; null where none is."""
    text: Mapped[bytes]
    """Sealed JSON; its SHA-256 is signed for."""


class CaseCertificateRow(Row):
    """A certificate that a case is about. Never altered."""

    __tablename__ = "case_certificates"

    case: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    number: Mapped[str] = mapped_column(ForeignKey("certificates.number"), primary_key=True, index=True)
    place: Mapped[int]
    """Of the act that named it."""
