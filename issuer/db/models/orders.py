"""The table of what waits, or waited, for a second operator.

Rules: what was ordered and by whom stands in the statements, and is believed from there; a row only joins two of them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from issuer.db.models.base import Row, words


class OrderState(StrEnum):
    """Where an order stands. One whose time is over is still waiting here: it has no answer."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class OrderRow(Row):
    """A first operator's statement that takes a second one."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (answer IS NULL)", name="answered"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    """What people call it. Never used twice."""
    first: Mapped[str] = mapped_column(ForeignKey("statements.id"), unique=True)
    """The statement of who ordered it."""
    answer: Mapped[str | None] = mapped_column(ForeignKey("statements.id"), unique=True)
    """The statement of who let it happen, refused it or took it back."""
    state: Mapped[OrderState] = mapped_column(words(OrderState, "state"), index=True)
    made: Mapped[datetime]
    until: Mapped[datetime]
    """The first instant at which nobody answers it any more."""
