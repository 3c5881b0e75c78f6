"""Work for the worker: what waits is counted, put there, and done."""

from __future__ import annotations

from sqlalchemy import func, select

from issuer.db.models import OutboxRow
from issuer.db.sessions import ReadSession
from tests.support.office import DemoOffice


def pending(session: ReadSession) -> int:
    """How many pieces of work are not done."""
    return session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.done_at.is_(None))) or 0


def nudge(demo: DemoOffice, number: str) -> None:
    """Put the certificate into the outbox, as somebody does who wants it published anew."""
    demo.raw(
        "INSERT INTO outbox (topic, object, created, attempts)"
        " SELECT 'publish', id, '2026-11-21 02:00:00', 0 FROM certificates WHERE number = ?",
        number,
    )


def codes_of_publishing(demo: DemoOffice) -> list[str]:
    """Publish what has changed; the code of each piece that was held back.

    What is wrong with integrity records, which follow from withdrawals, has tests of its own.
    """
    with demo.worker() as worker:
        found = worker.publish_changes(even_without=True).held_back
    return [held.code for held in found if not held.code.startswith("integrity_")]
