"""Work that waits for the worker, counted."""

from __future__ import annotations

from sqlalchemy import func, select

from issuer.db.models import OutboxRow
from issuer.db.sessions import ReadSession


def pending(session: ReadSession) -> int:
    """How many pieces of work are not done."""
    return session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.done_at.is_(None))) or 0
