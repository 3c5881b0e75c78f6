"""The table of leases: which piece of work is whose, and until when.

Rules: a row is laid out once, before the piece is taken for the first time, and stays. Its fence only grows: each time
somebody takes the piece it is one more, so that whoever held it before can be told from whoever holds it now.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from issuer.db.models.base import Row


class LeaseRow(Row):
    """A piece of work that one process at a time does."""

    __tablename__ = "leases"
    __table_args__ = (CheckConstraint("(owner IS NULL) = (until IS NULL)", name="held"),)

    topic: Mapped[str] = mapped_column(String(24), primary_key=True)
    object: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A batch, the number of a certificate, or ``-`` where there is one piece of a topic."""
    piece: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0, 1, 2 ... among the pieces of the object."""
    first: Mapped[int]
    """The position of its first row in the batch."""
    last: Mapped[int]
    """The position behind its last row."""
    owner: Mapped[str | None] = mapped_column(String(96), index=True)
    """The process that does it just now."""
    since: Mapped[datetime | None]
    """When the owner, or the last one, took it."""
    until: Mapped[datetime | None]
    """When others may take it, if the owner did not say meanwhile that it goes on."""
    fence: Mapped[int]
    """How often it was taken."""
    done_for: Mapped[int]
    """The newest request (``outbox.id``) that it is done for; -1 before the first."""
