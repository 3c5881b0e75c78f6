"""The worker: it holds the home's lock and does what the outbox says, a topic each for issuing, documents, publishing.

Rules: every piece of work may be done twice. Commands that find the lock taken leave their work in the outbox and wait
for it. A batch that is being issued stands in the outbox until its last row is signed, or as many as were wanted; one
that is paused stays there, and waits. What documents were asked of, a batch or one certificate, stands there until they
are made. Whoever becomes the worker after a crash goes on with it. Documents are made when somebody asks. Publishing
comes first: a change of status waits for no batch and no document.

    with Worker.open(opened, checker) as worker:
        report = worker.issue(batch_id, progress)
        worker.run_pending()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from credential.errors import CodedError
from issuer import clock
from issuer.batches.pacing import Pace
from issuer.batches.rows import batch as read_batch
from issuer.checker import READABLE, Checked, Checker
from issuer.db import certificates, outbox
from issuer.db.outbox import Topic, Work
from issuer.errors import MachineError
from issuer.home import machine
from issuer.home.opened import Actor, Opened
from issuer.home.paths import Home
from issuer.issuing.issuer import Progress, Report
from issuer.issuing.reserve import Refused
from issuer.publishing.publisher import Published
from issuer.publishing.store import PublicationStore
from issuer.worker import lock
from issuer.worker.documents import DocumentsJob
from issuer.worker.issuing import IssuingJob
from issuer.worker.lock import WorkerRunningError
from issuer.worker.publishing import Anew, Outcome, PublishingJob
from issuer.worker.turns import FAULTS, HeldBack, Turns

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


@contextmanager
def standstill(home: Home) -> Iterator[None]:
    """Hold the worker's lock without working, so that nobody is the worker meanwhile. Raises WorkerRunningError."""
    descriptor = lock.take(home)
    try:
        yield
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The worker of one home, holding its lock until closed."""

    opened: Opened
    checker: Checker = field(repr=False)
    turns: Turns = field(repr=False)
    publishing: PublishingJob = field(repr=False)
    descriptor: int = field(repr=False)

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
        descriptor = lock.take(opened.home)
        try:
            if clock_is_right is not None:
                clock.confirm(opened, clock_is_right)
            clock.check(opened)
            with opened.register.write() as session:
                outbox.release_all(session)
            turns = Turns(opened.register, opened.clock)
            publishing = PublishingJob.open(opened, turns)
        except BaseException:
            lock.release(descriptor)
            raise
        return cls(opened=opened, checker=checker, turns=turns, publishing=publishing, descriptor=descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back."""
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
        report = self._issue(batch_id, progress)
        self.publish_changes()
        if with_documents:
            self._documents(batch_id, documents)
        return replace(report, checked=self._checked(report))

    def make_documents(self, batch_id: str, progress: Progress | None = None, *, jobs: int | None = None) -> int:
        """Make every missing document of a batch, and do what the outbox asks of it. Raises as ``DocumentsJob.run``."""
        return self._documents(batch_id, progress, jobs)

    def make_document(self, number: str) -> Path:
        """Make one document, anew where its file is lost: the page is the same. Raises NotFoundError."""
        with self.opened.register.read() as session:
            found = certificates.by_number(session, number)
        works = self._works(Topic.DOCUMENTS, found.number)
        try:
            path = DocumentsJob(self.opened).make(found.id, found.authority)
        except Exception as error:
            self._hold_back(works, error)
            raise
        self.turns.acknowledge(works)
        return path

    def run_pending(self) -> Done:
        """Do all that the outbox holds."""
        first = self.publish_changes()
        reports, held = [], list(first.held_back)
        # Documents first: who asks for both at once does so in one transaction, so what is to be issued is seen below.
        documents = self.turns.take(Topic.DOCUMENTS)
        batches = self.turns.take(Topic.ISSUE)
        for work in batches:
            try:
                reports.append(self._issue(work.object))
            except FAULTS as error:
                held.append(_held(work.object, error))
        then = self.publish_changes() if batches else first
        held += then.held_back if batches else ()
        for work in documents:
            try:
                self._asked_documents(work.object)
            except FAULTS as error:
                held.append(_held(work.object, error))
        issued = tuple(replace(report, checked=self._checked(report)) for report in reports)
        held += [_disputed(report) for report in issued if report.is_disputed]
        touched = first.touched if then is first else (*then.touched, *first.touched)
        published = then.published or first.published
        return Done(published=published, touched=touched, issued=issued, held_back=tuple(held))

    def publish_changes(self, *, even_without: bool = False) -> Outcome:
        """Publish what changed since the last snapshot.

        Raises:
            ConflictError: ``clock_ahead``, ``clock_behind``.
            As ``PublishingJob.publish_changes``.
        """
        clock.check(self.opened)
        return self.publishing.publish_changes(even_without=even_without)

    def renew_if_needed(self) -> Outcome:
        """Make a new snapshot before the present one ends. Raises ConflictError as ``publish_changes``."""
        clock.check(self.opened)
        return self.publishing.renew_if_needed()

    def walk(self) -> Outcome:
        """Look at what is due of what is published. Raises as ``PublishingJob.walk``."""
        return self.publishing.walk()

    def lay_out_anew(self, *, act: bool) -> Anew:
        """Lay out the publication from the register. Raises as ``PublishingJob.lay_out_anew``."""
        return self.publishing.lay_out_anew(act=act)

    def look_around(self) -> list[HeldBack]:
        """Look at what is due of the audit and the integrity records; return what this did not return before."""
        return self.publishing.rounds.news()

    def newest_work(self) -> int:
        """Return the number of the piece of work that was left last; 0 when the register cannot be asked just now."""
        try:
            with self.opened.register.read() as session:
                return outbox.newest(session)
        except Exception as error:
            if machine.known(error) is None:
                raise
            return 0

    def put_back(self, error: CodedError) -> None:
        """Make what was taken pending again, with the reason, as far as the register can be written just now."""
        try:
            self.turns.release(error)
        except Exception as failed:
            if machine.known(failed) is None:
                raise

    def _issue(self, batch_id: str, progress: Progress | None = None) -> Report:
        """Sign a batch."""
        clock.check(self.opened)
        works = self._works(Topic.ISSUE, batch_id)
        pace = Pace(self.opened.register, batch_id)
        try:
            report = IssuingJob(self.opened).run(batch_id, progress, between=self._between(batch_id), pace=pace)
        except Exception as error:
            self._hold_back(works, error)
            raise
        self._finish(works, pace)
        return report

    def _finish(self, works: Sequence[Work], pace: Pace) -> None:
        """What was paused stays in the outbox, and goes on when somebody resumes it."""
        if pace.is_paused:
            self.turns.put_off(works)
        else:
            self.turns.acknowledge(works)

    def _between(self, batch_id: str) -> Callable[[int], None]:
        """What is done between two chunks of a batch: what waits is published, and what was signed, in pieces."""
        published = 0

        def between(done: int) -> None:
            nonlocal published
            if done - published < self.publishing.piece():
                self._let_pass(batch_id)
                return
            published = done
            with suppress(*FAULTS):
                self.publish_changes()

        return between

    def _asked_documents(self, object: str) -> None:
        """Make what the outbox names: the document of a certificate, by its number, or those of a batch."""
        with self.opened.register.read() as session:
            is_number = certificates.is_number(session, object)
        if is_number:
            self.make_document(object)
        else:
            self._documents(object)

    def _documents(self, batch_id: str, progress: Progress | None = None, jobs: int | None = None) -> int:
        works = self._works(Topic.DOCUMENTS, batch_id)
        pace = Pace(self.opened.register, batch_id)
        job = DocumentsJob(self.opened)
        try:
            made = job.run(batch_id, progress, between=lambda: self._let_pass(None), jobs=jobs, pace=pace)
        except Exception as error:
            self._hold_back(works, error)
            raise
        self._finish(works, pace)
        return made

    def _hold_back(self, works: Sequence[Work], error: Exception) -> None:
        """Hold back what failed for a reason of its own; what the machine did is over by itself, and is done again.

        Raises:
            TamperedError: ``number_taken``, in the place of what the database says.
        """
        fault = machine.known(error)
        if fault is None or isinstance(fault, MachineError):
            return
        for work in works:
            self.turns.hold_back(work, fault)
        if fault is not error:
            raise fault from error

    def _works(self, topic: Topic, batch_id: str) -> list[Work]:
        with self.opened.register.read() as session:
            works = outbox.pending_on(session, topic=topic, object=batch_id)
        self.turns.begin(works)
        return works

    def _let_pass(self, batch_id: str | None) -> None:
        """Publish now, if a change waits that is not this batch's own beginning.

        A publication that fails here stops no batch: its work is pending again, and the next one reports why.
        """
        with self.opened.register.read() as session:
            waits = outbox.changes_wait(session, besides=batch_id)
        if waits:
            with suppress(*FAULTS):
                self.publish_changes()

    def _checked(self, report: Report) -> Checked | None:
        """What a stranger finds of the first new certificate of a batch."""
        if not report.issued:
            return None
        with self.opened.register.read() as session:
            credential = certificates.content(session, self.opened.vault, report.issued[0]).credential
        assert credential is not None
        home = self.opened.home
        pinned = home.trust_root.read_bytes()
        return self.checker(credential, home.publication, trust_root=pinned, now=self.opened.clock())


def _held(object: str, error: CodedError) -> HeldBack:
    return HeldBack(object=object, code=error.code, message=str(error), fields=error.fields)


def _disputed(report: Report) -> HeldBack:
    assert report.checked is not None
    message = (
        f"a reader finds the first certificate of {report.batch} {report.checked.outcome} ({report.checked.reason}); "
        "look into the publication before anything else is issued"
    )
    fields = {"outcome": report.checked.outcome, "reason": report.checked.reason}
    return HeldBack(object=report.batch, code="reader_disagrees", message=message, fields=fields)
