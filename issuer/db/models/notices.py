"""The table of notices to holders: what was told of each change of a certificate, and how it reached them.

Rules: a change has one notice. What it says is sealed under the holder's key, so that erasing the holder erases it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.db.models.base import Row


class NoticeRow(Row):
    """A notice of one change of one certificate."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("certificate", "ordinal"),
        ForeignKeyConstraint(["certificate", "ordinal"], ["events.certificate", "events.ordinal"]),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    certificate: Mapped[str] = mapped_column(String(32))
    ordinal: Mapped[int]
    """Of the event that it tells of."""
    holder: Mapped[str] = mapped_column(ForeignKey("holders.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    """The word of the event."""
    made: Mapped[datetime] = mapped_column(index=True)
    said: Mapped[bytes]
    """Sealed JSON: everything that the notice says."""
    next_try: Mapped[datetime | None] = mapped_column(index=True)
    """When it is sent, or tried again; null where nobody sends it (any more)."""
    attempts: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(String(64))
    """The code of the error of the last attempt."""
    sent: Mapped[datetime | None]
    printed: Mapped[datetime | None]
    """When somebody printed it last."""
