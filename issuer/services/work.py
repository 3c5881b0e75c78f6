"""Work that a command leaves for the worker, and waiting for it.

work.request_issue(opened, actor, batch_id)
work.wait_for_batch(opened, batch_id, seconds=120)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from issuer import audit
from issuer.batches import rows
from issuer.batches.rows import Batch
from issuer.db import outbox
from issuer.db.outbox import Topic
from issuer.home.opened import Actor, Opened

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


def wait_for_batch(opened: Opened, batch_id: str, *, seconds: float) -> bool:
    """Wait until a worker has issued a batch and made its documents; False when the time is over first."""
    return _wait(opened, (Topic.ISSUE, Topic.DOCUMENTS), [batch_id], seconds)


def wait_for_publication(opened: Opened, certificates: Sequence[str], *, seconds: float) -> bool:
    """Wait until a worker has published what changed of certificates (their ids); False when the time is over first."""
    return _wait(opened, (Topic.PUBLISH,), certificates, seconds)


def _wait(opened: Opened, topics: Sequence[Topic], objects: Sequence[str], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        with opened.register.read() as session:
            if not outbox.pending_on_any(session, topics=topics, objects=objects):
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_AGAIN_SECONDS)
