"""Publishing beside processes that issue: a change of status at once, new certificates in pieces or at the end.

Rules: this process takes no piece of issuing or of documents; those that it starts do. While a batch is being issued,
its new certificates wait until they are worth a snapshot, or until no batch is left. Of each batch that went out, a
certificate is looked at as a stranger does.

    beside = Beside(worker, Workers(opened, count=4))
    loop.serve(beside, stop, say=print)
    beside.end()
"""

from __future__ import annotations

from collections.abc import Sequence

from credential.errors import CodedError
from issuer.db import certificates, outbox
from issuer.db.outbox import Topic
from issuer.home.opened import Opened
from issuer.worker.turns import HeldBack
from issuer.worker.worker import Done, Outcome, Report, Worker
from issuer.worker.workers import Workers


class Beside:
    """The worker of one home that publishes only, and the processes that do the rest."""

    def __init__(self, worker: Worker, workers: Workers) -> None:
        """Take the worker and processes that are not started yet.

        Args:
            worker: open, so that it holds the lock.
            workers: started by the thread that calls ``run_pending``.
        """
        self._worker = worker
        self._workers = workers
        self._looked: set[str] = set()

    @property
    def opened(self) -> Opened:
        """The home."""
        return self._worker.opened

    def end(self) -> None:
        """End the processes; what they had taken is free."""
        self._workers.end()

    def run_pending(self) -> Done:
        """Publish what does not wait, serve the holder's desk, make notices, and see to it that the others are there.

        Raises:
            As ``Worker.publish_changes``.
        """
        told = self._workers.keep()
        self._worker.pieces.leasing.renew()
        done = self._published()
        self._worker.serve_desk()
        notices = self._worker.make_notices(everything=False)
        held = [*told, *done.held_back, *notices, *self._disputes(done.touched)]
        return Done(published=done.published, touched=done.touched, held_back=tuple(held))

    def renew_if_needed(self) -> Outcome:
        """As ``Worker.renew_if_needed``."""
        return self._worker.renew_if_needed()

    def walk(self) -> Outcome:
        """As ``Worker.walk``."""
        return self._worker.walk()

    def look_around(self) -> list[HeldBack]:
        """As ``Worker.look_around``."""
        return self._worker.look_around()

    def newest_work(self) -> int:
        """As ``Worker.newest_work``."""
        return self._worker.newest_work()

    def put_back(self, error: CodedError) -> None:
        """Make the changes that were taken pending again; what the others do goes on."""
        self._worker.release_changes(error)

    def _published(self) -> Outcome:
        under_way = self._worker.pieces.asked(Topic.ISSUE)
        with self.opened.register.read() as session:
            urgent = outbox.urgent_waits(session)
            is_due = not under_way or outbox.changes_wait(session, besides=under_way)
            is_due = is_due or outbox.count_changes(session) >= self._worker.publishing.piece()
        return self._worker.publish_changes(urgent=urgent) if urgent or is_due else Outcome(published=None)

    def _disputes(self, touched: Sequence[str]) -> list[HeldBack]:
        """What a stranger finds of the batches that went out for the first time since this process began."""
        if not touched:
            return []
        with self.opened.register.read() as session:
            first = certificates.one_of_each_batch(session, touched)
        new = {batch: certificate for batch, certificate in first.items() if batch not in self._looked}
        self._looked |= new.keys()
        made = [Report(batch=batch, issued=(certificate,), already=0, refused=()) for batch, certificate in new.items()]
        return self._worker.disputes([self._worker.looked_at(report) for report in made])
