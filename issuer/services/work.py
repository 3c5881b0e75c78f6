"""Work that a command leaves for the worker, and waiting for it.

work.request_issue(opened, actor, batch_id, documents=True)
work.request_documents(opened, actor, batch_id)
work.wait_for_batch(opened, batch_id, seconds=120, look=lambda reason: None)
work.waiting(opened, [certificate_id]).reason
work.held(opened)                              # who works on what
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from issuer import audit
from issuer.batches import pacing, rows
from issuer.batches.rows import Batch
from issuer.db import certificates, leases, outbox, publications
from issuer.db.leases import Lease
from issuer.db.outbox import Topic, Waiting
from issuer.db.sessions import ReadSession, WriteSession
from issuer.home.opened import Actor, Opened

__all__ = [
    "Lease",
    "Look",
    "Waiting",
    "WaitingDocuments",
    "documents_missing",
    "documents_waiting",
    "held",
    "request_document",
    "request_documents",
    "request_issue",
    "unpublished",
    "unpublished_of_batch",
    "wait_for_batch",
    "wait_for_documents",
    "wait_for_publication",
    "waiting",
]

Look = Callable[[str], None]
"""Called at each look with what the worker noted when it last tried, empty for nothing; the caller shows it, or does
the work where the worker's place has become free."""

LOOK_AGAIN_SECONDS: Final = 0.2
"""Between two looks at the outbox: short enough for a person who waits."""


def request_issue(
    opened: Opened, actor: Actor, batch_id: str, *, documents: bool = False, limit: int | None = None
) -> Batch:
    """Leave a batch for the worker to issue, and note who asked; returns where it stands.

    Args:
        opened: the home.
        actor: who asks.
        batch_id: the batch.
        documents: its documents are wanted too; they are made when it is issued.
        limit: so many more rows are issued now; None for all. What an earlier request said is over.

    Raises:
        NotFoundError: ``no_batch``.
        ConflictError: ``paused``.
    """
    now = opened.clock()
    with opened.register.write() as session:
        found = pacing.limit(session, batch_id, limit)
        outbox.put(session, topic=Topic.ISSUE, object=batch_id, now=now)
        audit.append(session, actor=actor, act="batch.request_issue", subject=batch_id, now=now)
        if documents:
            _request(session, actor, batch_id, now)
    return found


def request_documents(opened: Opened, actor: Actor, batch_id: str) -> Batch:
    """Leave the missing documents of a batch for the worker, and note who asked; returns where the batch stands.

    Raises:
        NotFoundError: ``no_batch``.
    """
    with opened.register.write() as session:
        found = rows.batch(session, batch_id)
        _request(session, actor, batch_id, opened.clock())
    return found


def request_document(opened: Opened, actor: Actor, number: str) -> None:
    """Leave the document of one certificate for the worker, and note who asked; a lost file is made anew.

    Raises:
        NotFoundError: ``no_certificate``.
    """
    with opened.register.write() as session:
        certificates.by_number(session, number)
        _request(session, actor, number, opened.clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDocuments:
    """Documents that somebody asked for and that are not made yet."""

    object: str
    """A batch, or the number of a certificate."""
    since: datetime
    reason: str
    """What the worker noted when it last tried; empty where it has not tried or noted nothing."""
    is_late: bool
    """Whether they have waited for longer than ``outbox.LATE``."""


def documents_waiting(opened: Opened) -> tuple[WaitingDocuments, ...]:
    """Return what waits to be made, oldest first: a certificate is whole without its document."""
    now = opened.clock()
    with opened.register.read() as session:
        return tuple(
            WaitingDocuments(
                object=each.object, since=each.created, reason=each.reason, is_late=now - each.created > outbox.LATE
            )
            for each in outbox.waiting_since(session, topic=Topic.DOCUMENTS)
        )


def documents_missing(opened: Opened, batch_id: str) -> int:
    """Return how many certificates of a batch are signed and have no document."""
    with opened.register.read() as session:
        return len(certificates.without_document(session, batch_id))


def _request(session: WriteSession, actor: Actor, object: str, now: datetime) -> None:
    outbox.put(session, topic=Topic.DOCUMENTS, object=object, now=now)
    audit.append(session, actor=actor, act="document.request", subject=object, now=now)


def held(opened: Opened, object: str | None = None) -> tuple[Lease, ...]:
    """Return who works on what just now, by topic, object and piece; ``object``: on this batch or number alone."""
    with opened.register.read() as session:
        return tuple(each for each in leases.listed(session) if object in {None, each.object})


def waiting(opened: Opened, changed: Sequence[str]) -> Waiting:
    """Return how much of what changed of certificates (``changed``, their ids) is not public yet, and why."""
    with opened.register.read() as session:
        return outbox.waiting_on(session, topics=(Topic.PUBLISH,), objects=changed)


def unpublished(opened: Opened) -> int:
    """Return how many certificates have an event that no confirmed snapshot went out with."""
    with opened.register.read() as session:
        return len(set(publications.unpublished(session)))


def unpublished_of_batch(opened: Opened, batch_id: str) -> int:
    """Return how many certificates of a batch are recorded and not public yet."""
    with opened.register.read() as session:
        return outbox.unpublished_of(session, batch_id)


def wait_for_batch(opened: Opened, batch_id: str, *, seconds: float, look: Look | None = None) -> bool:
    """Wait until a worker has issued a batch, published it and made what was asked for of it.

    What a worker held back of it, and what somebody paused, is not waited for. False when nothing of it has moved for
    so many ``seconds``, and no worker was at anything else either.
    """

    def left(session: ReadSession) -> Waiting:
        found = outbox.waiting_on(session, topics=(Topic.ISSUE, Topic.DOCUMENTS), objects=[batch_id])
        return replace(found, count=found.count + outbox.publishing_of(session, batch_id))

    def moved(session: ReadSession) -> object:
        found = rows.batch(session, batch_id)
        documents = len(certificates.without_document(session, batch_id))
        return found.rows_waiting, found.rows_reserved, outbox.publishing_of(session, batch_id), documents

    return _wait(opened, left, seconds, look, moved)


def wait_for_documents(opened: Opened, object: str, *, seconds: float, look: Look | None = None) -> bool:
    """Wait until a worker has made what was asked for of a batch, or of a number; False when the time is over first."""
    return _wait(opened, partial(outbox.waiting_on, topics=(Topic.DOCUMENTS,), objects=[object]), seconds, look)


def wait_for_publication(opened: Opened, changed: Sequence[str], *, seconds: float, look: Look | None = None) -> bool:
    """Wait until a worker has published what changed of certificates, ``changed`` by their ids; False as above."""
    return _wait(opened, partial(outbox.waiting_on, topics=(Topic.PUBLISH,), objects=changed), seconds, look)


def _at_work(session: ReadSession) -> object:
    """What changes while a worker is at anything, whatever it is: who works holds on to its leases.

    A worker that took nothing, or that stopped in the middle of something, leaves it as it is.
    """
    return leases.newest(session) if outbox.is_begun(session) else None


def _wait(
    opened: Opened,
    left: Callable[[ReadSession], Waiting],
    seconds: float,
    look: Look | None,
    moved: Callable[[ReadSession], object] = lambda _: None,
) -> bool:
    """Wait until nothing is left; False when so many seconds have passed in which nothing moved, and nobody worked."""
    last, deadline = None, time.monotonic() + seconds
    while True:
        with opened.register.read() as session:
            found, now = left(session), (moved(session), _at_work(session))
        if not found.count:
            return True
        if now != last:
            last, deadline = now, time.monotonic() + seconds
        elif time.monotonic() > deadline:
            return False
        if look is not None:
            look(found.reason)
        time.sleep(LOOK_AGAIN_SECONDS)
