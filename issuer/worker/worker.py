"""The worker: it holds the home's lock and does what the outbox says, a topic each for issuing, documents, publishing.

Rules: every piece of work may be done twice. One process publishes, and holds the lock; issuing and documents are done
in pieces by lease, by this process and by others (``piecework``). Commands that find the lock taken leave their work in
the outbox and wait for it. A batch that is being issued stands in the outbox until its last row is signed, or as many
as were wanted; one that is paused stays there, and waits. What documents were asked of, a batch or one certificate,
stands there until they are made. Whoever becomes the worker after a crash goes on with it. Documents are made when
somebody asks. Publishing comes first: a change of status waits for no batch and no document.

    with Worker.open(opened, checker) as worker:
        report = worker.issue(batch_id, progress)
        worker.run_pending()
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from credential.errors import CodedError
from issuer import clock
from issuer.batches.rows import batch as read_batch
from issuer.checker import READABLE, Checked, Checker
from issuer.db import certificates, outbox
from issuer.db.leases import LeaseLostError
from issuer.db.outbox import Topic
from issuer.db.single import Single
from issuer.home import machine
from issuer.home.opened import Actor, Opened
from issuer.home.paths import Home
from issuer.issuing.issuer import Progress, Report
from issuer.issuing.reserve import Refused
from issuer.publishing.publisher import Published
from issuer.publishing.store import PublicationStore
from issuer.worker import lock, presence
from issuer.worker.desk import DeskJob
from issuer.worker.leasing import LeasedHome
from issuer.worker.lock import WorkerRunningError
from issuer.worker.noticing import NoticeJob
from issuer.worker.piecework import PieceWork, Tries
from issuer.worker.publishing import Anew, Outcome, PublishingJob
from issuer.worker.turns import FAULTS, HeldBack, Turns
from issuer.worker.urgent import IN_FLIGHT

__all__ = [
    "READABLE",
    "Anew",
    "Checked",
    "Done",
    "HeldBack",
    "Outcome",
    "Progress",
    "PublicationStore",
    "Published",
    "Refused",
    "Report",
    "Worker",
    "WorkerRunningError",
    "standstill",
]


OTHERS_SECONDS: Final = 0.2
"""Between two looks at what others have."""
NOTICED_SECONDS: Final = 2.0
"""Within which a server ends the connection of a process that was killed, and frees its lock."""


@contextmanager
def standstill(home: Home) -> Iterator[None]:
    """Hold the worker's lock without working, so that nobody is the worker meanwhile. Raises WorkerRunningError."""
    descriptor = lock.take(home)
    try:
        held = presence.still(home)
        try:
            yield
        finally:
            os.close(held)
    finally:
        lock.release(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one run over the outbox did."""

    published: Published | None
    touched: tuple[str, ...] = ()
    """Ids of the certificates that were published anew."""
    issued: tuple[Report, ...] = ()
    held_back: tuple[HeldBack, ...] = ()


@contextmanager
def place_of_worker(opened: Opened) -> Iterator[None]:
    """Hold the worker's place while the block runs, without its keys: nobody works on the home or its register.

    Raises:
        WorkerRunningError: another process is the worker.
    """
    with ExitStack() as held:
        descriptor = lock.take(opened.home)
        held.callback(lock.release, descriptor)
        held.callback(_single(opened).release)
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The worker of one home, holding its lock until closed."""

    opened: Opened
    checker: Checker = field(repr=False)
    turns: Turns = field(repr=False)
    publishing: PublishingJob = field(repr=False)
    pieces: PieceWork = field(repr=False)
    leased: LeasedHome = field(repr=False)
    """The home as the one process that publishes writes it."""
    single: Single = field(repr=False)
    descriptor: int = field(repr=False)
    desks: list[DeskJob] = field(default_factory=list, repr=False)
    """The job for the holder's desk, made at its first round."""
    made: list[Published] = field(default_factory=list, repr=False)
    """The snapshots of this round, also those that were made while a batch was being issued."""

    @classmethod
    def open(cls, opened: Opened, checker: Checker, *, clock_is_right: Actor | None = None) -> Self:
        """Take the lock and open the status and publisher keys.

        Args:
            opened: the home.
            checker: looks at what is published as a stranger does.
            clock_is_right: who says so, where the clock would not be believed.

        Raises:
            WorkerRunningError: another process is the worker.
            ConflictError: ``clock_ahead``, ``clock_behind``.
            PassphraseError: it does not open the service keys.
        """
        with ExitStack() as opening:
            descriptor = lock.take(opened.home)
            opening.callback(lock.release, descriptor)
            single = _single(opened)
            opening.callback(single.release)
            if clock_is_right is not None:
                clock.confirm(opened, clock_is_right)
            clock.check(opened)
            pieces = PieceWork.open(opened)
            opening.callback(pieces.close)
            leased = pieces.leasing.take_over(Topic.PUBLISH)
            with leased.register.write() as session:
                outbox.release_all(session)
            turns = Turns(leased.register, opened.clock)
            publishing = PublishingJob.open(leased, turns)
            publishing.hold_on(pieces.leasing.renew)
            opening.pop_all()
        return cls(
            opened=opened,
            checker=checker,
            turns=turns,
            publishing=publishing,
            pieces=pieces,
            leased=leased,
            single=single,
            descriptor=descriptor,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None or isinstance(error, Exception):
                with suppress(Exception):  # the register may be what failed; then the leases end by themselves
                    self.pieces.leasing.give_back()
        finally:
            self.close()

    def close(self) -> None:
        """Give the lock back."""
        for desk in self.desks:
            desk.close()
        self.pieces.close()
        self.single.release()
        lock.release(self.descriptor)

    def show_publishing(self, progress: Progress) -> None:
        """Tell how many of the certificates that are to be published are signed, of how many."""
        self.publishing.show(progress)

    def expires(self) -> datetime | None:
        """Return when the present snapshot ends, or None when the one in the folder is not the last we made."""
        return self.publishing.expires()

    def issue(
        self,
        batch_id: str,
        progress: Progress | None = None,
        documents: Progress | None = None,
        *,
        with_documents: bool = False,
    ) -> Report:
        """Issue an approved batch, publish, and look at the result as a stranger does.

        Args:
            batch_id: the batch.
            progress: called with the rows signed and the rows in all.
            documents: called with the documents made and those to be made.
            with_documents: whether documents are made now; each can be made when somebody asks for it.

        Raises:
            ConflictError, NotAllowedError, TamperedError: as ``IssuingJob.run`` and ``DocumentsJob.run``.
        """
        with self.opened.register.write() as session:
            read_batch(session, batch_id)
            outbox.put(session, topic=Topic.ISSUE, object=batch_id, now=self.opened.clock())
            if with_documents:
                outbox.put(session, topic=Topic.DOCUMENTS, object=batch_id, now=self.opened.clock())
        report = self._issue_all(batch_id, progress)
        self.publish_changes()
        if with_documents:
            self._all_documents(batch_id, documents)
        return self.looked_at(report)

    def make_documents(self, batch_id: str, progress: Progress | None = None, *, jobs: int | None = None) -> int:
        """Make every missing document of a batch, and do what the outbox asks of it. Raises as ``DocumentsJob.run``."""
        return self._all_documents(batch_id, progress, jobs)

    def make_document(self, number: str) -> Path:
        """Make one document, anew where its file is lost: the page is the same. Raises NotFoundError."""
        while (path := self.pieces.document(number)) is None:
            self._wait(None)  # another process makes it just now
        return path

    def run_pending(self) -> Done:
        """Do all that the outbox holds and no other process has taken.

        Raises:
            MachineError: what the machine did to one of them; the others are done.
        """
        self.made.clear()
        self.pieces.leasing.renew()
        first = self.publish_changes()
        self.pieces.leasing.free_ended()
        self.serve_desk()
        notices = self._notices.run()
        tries = Tries([*first.held_back, *notices])
        reports: list[Report] = []
        # Documents first: who asks for both at once does so in one transaction, so what is to be issued is seen below.
        documents = self.pieces.asked(Topic.DOCUMENTS)
        batches = self.pieces.asked(Topic.ISSUE)
        for batch_id in batches:
            reports += tries.run(batch_id, partial(self._issue, batch_id))
        then = self.publish_changes() if batches else first
        tries.held += then.held_back if batches else ()
        for object in documents:
            tries.run(object, partial(self.pieces.asked_documents, object, between=self._look_beside))
        tries.raise_fault()
        issued = tuple(map(self.looked_at, reports))
        held = [*tries.held, *self.disputes(issued)]
        touched = first.touched if then is first else (*then.touched, *first.touched)
        return Done(
            published=self.made[-1] if self.made else None, touched=touched, issued=issued, held_back=tuple(held)
        )

    def publish_changes(self, *, even_without: bool = False, urgent: bool = False) -> Outcome:
        """Publish what changed since the last snapshot; ``urgent``: only of what is public already.

        Raises:
            ConflictError: ``clock_ahead``, ``clock_behind``.
            WorkerRunningError: the connection to the register was lost, and another machine publishes by now.
            As ``PublishingJob.publish_changes``.
        """
        clock.check(self.opened)
        self._require_single()
        return self._noted(self.publishing.publish_changes(even_without=even_without, urgent=urgent))

    def _noted(self, outcome: Outcome) -> Outcome:
        """Remember a snapshot for the report of the round."""
        if outcome.published is not None:
            self.made.append(outcome.published)
        return outcome

    def renew_if_needed(self) -> Outcome:
        """Make a new snapshot before the present one ends. Raises ConflictError as ``publish_changes``."""
        clock.check(self.opened)
        self._require_single()
        return self._noted(self.publishing.renew_if_needed())

    def walk(self) -> Outcome:
        """Look at what is due of what is published. Raises as ``PublishingJob.walk``."""
        return self.publishing.walk()

    def lay_out_anew(self, *, act: bool) -> Anew:
        """Lay out the publication from the register. Raises as ``PublishingJob.lay_out_anew``."""
        return self.publishing.lay_out_anew(act=act)

    def serve_desk(self) -> int:
        """Do what the holder's desk asks; returns how many jobs and requests it was."""
        if not self.desks:
            self.desks.append(DeskJob(self.opened, self.make_document))
        return self.desks[0].run()

    def look_around(self) -> list[HeldBack]:
        """Look at what is due of the audit and the integrity records; return what this did not return before."""
        return self.publishing.rounds.news()

    def make_notices(self, *, everything: bool = True) -> list[HeldBack]:
        """Make all notices that are asked for, or a part of them; return what could not be made."""
        return self._notices.run(everything=everything)

    @property
    def _notices(self) -> NoticeJob:
        return NoticeJob(opened=self.opened, turns=self.turns)

    def newest_work(self) -> int:
        """As ``PieceWork.newest_work``."""
        return self.pieces.newest_work()

    def put_back(self, error: CodedError) -> None:
        """Make what was taken pending again, with the reason, as far as the register can be written just now."""
        self.pieces.put_back(error)
        self.release_changes(error)

    def release_changes(self, error: CodedError) -> None:
        """Make the changes of certificates that were taken pending again, as ``put_back``."""
        try:
            self.turns.release(error)
        except Exception as failed:
            if machine.known(failed) is None and not isinstance(failed, LeaseLostError):
                raise

    def _require_single(self) -> None:
        """Ask whether this is still the one process that publishes; the server forgets that with its connection."""
        if not self.single.is_held():
            if not self.single.take():
                raise lock.running(self.opened.home)
            self.pieces.leasing.take_over_again(self.leased)

    def _issue_all(self, batch_id: str, progress: Progress | None) -> Report:
        """Issue a batch to its end, with others where others have pieces of it."""
        report = self._issue(batch_id, progress)
        while self.pieces.is_asked(Topic.ISSUE, batch_id):
            self._wait(batch_id)
            report = _together(report, self._issue(batch_id, progress))
        return report

    def _issue(self, batch_id: str, progress: Progress | None = None) -> Report:
        return self.pieces.issue(batch_id, progress, between=self._between(batch_id), meanwhile=self._overtake)

    def _overtake(self) -> None:
        """Publish a change of status that waits; asked between all short parts of what takes long."""
        if self.publishing.urgent.waits():
            with suppress(*FAULTS):
                self.publish_changes(urgent=True)

    def _wait(self, batch_id: str | None) -> None:
        """Wait for others, and meanwhile do what does not wait."""
        self._let_pass(batch_id)
        time.sleep(OTHERS_SECONDS)
        self.pieces.leasing.free_ended()

    def _between(self, batch_id: str) -> Callable[[int], None]:
        """What is done between two chunks of a batch: what waits is published, and what was signed, in pieces."""
        published = seen = 0

        def between(done: int) -> None:
            nonlocal published, seen
            if done - published < self.publishing.piece():
                seen = self._let_pass(batch_id, seen)
                return
            published = done
            with suppress(*FAULTS):
                self.publish_changes()

        return between

    def _all_documents(self, batch_id: str, progress: Progress | None = None, jobs: int | None = None) -> int:
        """Make the documents of a batch, with others where others have pieces of it."""
        made = 0
        while True:
            made += self.pieces.documents(batch_id, progress, between=self._look_beside, jobs=jobs)
            if not self.pieces.is_asked(Topic.DOCUMENTS, batch_id):
                return made
            self._wait(None)

    def _look_beside(self) -> None:
        """Between documents: publish what waits."""
        self._let_pass(None)

    def _let_pass(self, batch_id: str | None, after: int = 0) -> int:
        """Publish now, if a change waits that is not this batch's own beginning, or the snapshot is about to end.

        A publication that fails here stops no batch: its work is pending again, and the next one reports why.

        Args:
            batch_id: what is being issued.
            after: what an earlier call returned: what stood there then is not looked at again.
        """
        besides = [] if batch_id is None else [batch_id]
        with self.opened.register.read() as session:
            newest = outbox.newest(session)
            urgent = outbox.urgent_waits(session, after=after)
            waits = urgent or outbox.changes_wait(session, besides=besides, after=after)
        if waits:
            with suppress(*FAULTS):
                self.publish_changes(urgent=urgent)
        if self.publishing.is_to_look():
            with suppress(*FAULTS):
                self.renew_if_needed()
        self.serve_desk()
        return 0 if waits else max(0, newest - IN_FLIGHT)

    def looked_at(self, report: Report) -> Report:
        """Return a report with what a stranger finds of its first new certificate."""
        if not report.issued:
            return report
        with self.opened.register.read() as session:
            credential = certificates.content(session, self.opened.vault, report.issued[0]).credential
        assert credential is not None
        home = self.opened.home
        pinned = home.trust_root.read_bytes()
        found = self.checker(credential, home.publication, trust_root=pinned, now=self.opened.clock())
        return replace(report, checked=found)

    def disputes(self, reports: Sequence[Report]) -> list[HeldBack]:
        """Return what is said of batches whose first new certificate a stranger does not take for issued."""
        return [_disputed(report) for report in reports if report.is_disputed]


def _single(opened: Opened) -> Single:
    """Take the server's lock. One whose process was killed just now is free when the server has noticed that."""
    single = Single(opened.register.engine)
    until = time.monotonic() + NOTICED_SECONDS
    while not single.take():
        if time.monotonic() > until:
            raise lock.running(opened.home)
        time.sleep(OTHERS_SECONDS)
    return single


def _together(first: Report, then: Report) -> Report:
    """What a process did of a batch in two runs."""
    refused = tuple(sorted((*first.refused, *then.refused), key=lambda each: each.sheet_row))
    return replace(first, issued=(*first.issued, *then.issued), refused=refused, elsewhere=then.elsewhere)


def _disputed(report: Report) -> HeldBack:
    assert report.checked is not None
    message = (
        f"a reader finds the first certificate of {report.batch} {report.checked.outcome} ({report.checked.reason}); "
        "look into the publication before anything else is issued"
    )
    fields = {"outcome": report.checked.outcome, "reason": report.checked.reason}
    return HeldBack(object=report.batch, code="reader_disagrees", message=message, fields=fields)
