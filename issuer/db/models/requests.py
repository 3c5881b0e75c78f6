"""The table of what holders ask of the office: the office's queue.

Rules: a request is taken in by the worker for a ticket that names its holder. What was asked and answered is sealed
under the holder's key, so that erasing the holder erases it. The day by which it is due was fixed when it was sent.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from issuer.db.models.base import Row


class HolderRequestRow(Row):
    """A request of a holder."""

    __tablename__ = "holder_requests"
    __table_args__ = (CheckConstraint("(answered IS NULL) = (answer IS NULL)", name="answered"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    """The desk's."""
    holder: Mapped[str] = mapped_column(ForeignKey("holders.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    asked: Mapped[bytes]
    """Sealed JSON, as the desk sealed it."""
    made: Mapped[datetime]
    received: Mapped[datetime]
    due: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[bytes | None]
    """Sealed JSON."""
    outcome: Mapped[str | None] = mapped_column(String(16))
    answered: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(64))
    delivered: Mapped[datetime | None]
    """When the worker laid the answer where the holder finds it."""
