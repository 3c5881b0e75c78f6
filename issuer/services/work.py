"""Work that a command leaves for the worker, and waiting for it.

work.request_issue(opened, actor, batch_id)
work.wait_for_batch(opened, batch_id, seconds=120, look=lambda reason: None)
work.waiting(opened, [certificate_id]).reason
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from issuer import audit
from issuer.batches import rows
from issuer.batches.rows import Batch
from issuer.db import outbox
from issuer.db.outbox import Topic, Waiting
from issuer.home.opened import Actor, Opened

__all__ = [
    "Look",
    "Waiting",
    "request_issue",
    "unpublished_of_batch",
    "wait_for_batch",
    "wait_for_publication",
    "waiting",
]

Look = Callable[[str], None]
"""Called at each look with what the worker noted when it last tried, empty for nothing; the caller shows it, or does
the work where the worker's place has become free."""

LOOK_AGAIN_SECONDS: Final = 0.2
"""Between two looks at the outbox: short enough for a person who waits."""


def request_issue(opened: Opened, actor: Actor, batch_id: str) -> Batch:
    """Leave a batch for the worker to issue, and note who asked; returns where it stands.

    Raises:
        NotFoundError: ``no_batch``.
    """
    now = opened.clock()
    with opened.register.write() as session:
        found = rows.batch(session, batch_id)
        outbox.put(session, topic=Topic.ISSUE, object=batch_id, now=now)
        audit.append(session, actor=actor, act="batch.request_issue", subject=batch_id, now=now)
    return found


def waiting(opened: Opened, certificates: Sequence[str]) -> Waiting:
    """Return how much of what changed of certificates (their ids) is not public yet, and why."""
    with opened.register.read() as session:
        return outbox.waiting_on(session, topics=(Topic.PUBLISH,), objects=certificates)


def unpublished_of_batch(opened: Opened, batch_id: str) -> int:
    """Return how many certificates of a batch are recorded and not public yet."""
    with opened.register.read() as session:
        return outbox.unpublished_of(session, batch_id)


def wait_for_batch(opened: Opened, batch_id: str, *, seconds: float, look: Look | None = None) -> bool:
    """Wait until a worker has issued a batch and made its documents; False when the time is over first."""
    return _wait(opened, (Topic.ISSUE, Topic.DOCUMENTS), [batch_id], seconds, look)


def wait_for_publication(
    opened: Opened, certificates: Sequence[str], *, seconds: float, look: Look | None = None
) -> bool:
    """Wait until a worker has published what changed of certificates (their ids); False when the time is over first."""
    return _wait(opened, (Topic.PUBLISH,), certificates, seconds, look)


def _wait(opened: Opened, topics: Sequence[Topic], objects: Sequence[str], seconds: float, look: Look | None) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        with opened.register.read() as session:
            found = outbox.waiting_on(session, topics=topics, objects=objects)
        if not found.count:
            return True
        if time.monotonic() > deadline:
            return False
        if look is not None:
            look(found.reason)
        time.sleep(LOOK_AGAIN_SECONDS)
