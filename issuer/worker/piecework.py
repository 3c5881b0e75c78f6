"""What any process may do of issuing and of making documents: whatever piece is free, of whatever is asked for.

Rules: what is asked for stands in the outbox until all of its pieces are done, whoever did them. A process takes pieces
by lease, and needs no lock: several work on one batch, on one machine or on many. Who finds all of them done says so.
What fails for a reason of its own is noted and not tried again; what the machine did is over by itself, and is.

    work = PieceWork.open(opened)
    report = work.issue(batch_id, between=publish_if_needed)
    found = work.round()
    work.close()
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from credential.errors import CodedError
from issuer import clock
from issuer.batches.pacing import Pace
from issuer.db import certificates, leases, outbox
from issuer.db.outbox import Topic, Work
from issuer.documents.stamping import Silence
from issuer.errors import MachineError, ServiceError
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.issuing.issuer import Progress, Report
from issuer.worker.issuing import IssuingJob
from issuer.worker.leasing import Leasing
from issuer.worker.presence import Presence
from issuer.worker.turns import FAULTS, HeldBack, Turns

if TYPE_CHECKING:
    from issuer.worker.documents import DocumentsJob

Result = TypeVar("Result")


@dataclass(slots=True)
class Tries:
    """What came of one thing after the other: one that fails holds up no other."""

    held: list[HeldBack] = field(default_factory=list)
    """What failed for a reason of its own."""
    faults: list[MachineError] = field(default_factory=list)
    """What the machine did: it is over by itself, and the work is done again."""

    def run(self, object: str, act: Callable[[], Result]) -> list[Result]:
        """Do one thing; returns what came of it, in a list, which is empty where it failed."""
        try:
            return [act()]
        except MachineError as error:
            self.faults.append(error)
        except FAULTS as error:
            self.held.append(HeldBack(object=object, code=error.code, message=str(error), fields=error.fields))
        return []

    def raise_fault(self) -> None:
        """Raise the first MachineError, if there was one."""
        if self.faults:
            raise self.faults[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceWork:
    """The issuing and the documents of one process."""

    opened: Opened
    present: Presence
    leasing: Leasing = field(repr=False)
    turns: Turns = field(repr=False)
    members: int | None = None
    """Processes of a crew, where this one has one."""
    silence: Silence = field(default_factory=Silence, repr=False)
    """Of the time-stamp service."""

    @classmethod
    def open(cls, opened: Opened, *, members: int | None = None) -> Self:
        """Say that this process works on a home, and take up what others left that have ended."""
        present = Presence.take(opened.home)
        leasing = Leasing(opened, present.owner)
        try:
            leasing.free_ended()
        except BaseException:
            present.release()
            raise
        turns = Turns(opened.register, opened.clock)
        return cls(opened=opened, present=present, leasing=leasing, turns=turns, members=members)

    def close(self) -> None:
        """Say that this process works no more."""
        self.present.release()

    def asked(self, topic: Topic) -> list[str]:
        """Return what work of a topic is pending on."""
        with self.opened.register.read() as session:
            return outbox.asked(session, topic=topic)

    def issue(
        self,
        batch_id: str,
        progress: Progress | None = None,
        *,
        between: Callable[[int], None],
        meanwhile: Callable[[], object] = bool,
    ) -> Report:
        """Issue what is free of a batch, and say when all of it is done. Raises as ``IssuingJob.run``."""
        clock.check(self.opened)

        pace = Pace(self.opened.register, batch_id)

        def run(request: int) -> Report:
            job = IssuingJob(self.opened, self.leasing, members=self.members)
            return job.run(batch_id, progress, request=request, between=between, meanwhile=meanwhile, pace=pace)

        return self._work(Topic.ISSUE, batch_id, run, pace)

    def is_asked(self, topic: Topic, object: str) -> bool:
        """Whether work of a topic is pending on an object, and not paused."""
        return object in self.asked(topic)

    def documents(
        self,
        batch_id: str,
        progress: Progress | None = None,
        *,
        between: Callable[[], None],
        jobs: int | None = None,
    ) -> int:
        """Make the missing documents of a batch that are free; returns how many. Raises as ``DocumentsJob.run``."""

        pace = Pace(self.opened.register, batch_id)

        def run(request: int) -> int:
            return self._printing().run(batch_id, progress, request=request, between=between, jobs=jobs, pace=pace)

        return self._work(Topic.DOCUMENTS, batch_id, run, pace)

    def document(self, number: str) -> Path | None:
        """Make one document, anew where its file is lost: the page is the same.

        Returns:
            Where it is; None where another process makes it just now.

        Raises:
            NotFoundError: ``no_certificate``.
        """
        with self.opened.register.read() as session:
            found = certificates.by_number(session, number)
        job = self._printing()
        if not self._works(Topic.DOCUMENTS, number):
            return job.make(found.id, found.authority)

        def run(request: int) -> Path | None:
            self.leasing.lay_out(Topic.DOCUMENTS, number, rows=0, size=1)
            held = self.leasing.take(Topic.DOCUMENTS, number, request)
            if held is None:
                return None
            try:
                path = job.maker(found.authority).on(held.register).make(found.id)
            except Exception:
                self.leasing.give_back(Topic.DOCUMENTS, number)
                raise
            held.finish()
            return path

        return self._work(Topic.DOCUMENTS, number, run)

    def prepare(self) -> None:
        """Load what makes documents now: with the first one asked for, a service would stand still for seconds."""
        self._printing()

    def _printing(self) -> DocumentsJob:
        """Return the job that makes documents; typesetter and seals are loaded with the first one."""
        from issuer.worker.documents import DocumentsJob  # noqa: PLC0415 - who only publishes prints nothing

        return DocumentsJob(self.opened, self.leasing)

    def asked_documents(self, object: str, *, between: Callable[[], None], jobs: int | None = None) -> None:
        """Make what the outbox names: the document of a certificate, by its number, or those of a batch.

        While the time-stamp service is left alone, what waits for it waits on.
        """
        if self.silence.lasts(self.opened.clock()):
            return
        with self.opened.register.read() as session:
            is_number = certificates.is_number(session, object)
        if is_number:
            self.document(object)
        else:
            self.documents(object, between=between, jobs=jobs)

    def run_pending(self) -> list[HeldBack]:
        """Do a round, as a process beside the one that publishes: whatever is free, where the fewest work first.

        Returns:
            What was not done, and why.

        Raises:
            MachineError: what the machine did to one of them; the others are done.
        """
        self.leasing.free_ended()
        tries = Tries()
        for batch_id in self._fewest_first(self.asked(Topic.ISSUE)):
            tries.run(batch_id, partial(self.issue, batch_id, between=lambda _: None))
        for object in self._fewest_first(self.asked(Topic.DOCUMENTS)):
            if self._is_public(object):
                tries.run(object, partial(self.asked_documents, object, between=lambda: None, jobs=1))
        tries.raise_fault()
        return tries.held

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
        """Note beside what was begun why it is not done yet, as far as the register can be written just now."""
        try:
            self.turns.note_begun((Topic.ISSUE, Topic.DOCUMENTS), error)
        except Exception as failed:
            if machine.known(failed) is None:
                raise

    def _fewest_first(self, objects: Sequence[str]) -> list[str]:
        """In the order in which they were asked for, but those first that the fewest work on."""
        with self.opened.register.read() as session:
            busy = Counter(lease.object for lease in leases.listed(session))
        return sorted(objects, key=lambda each: busy[each])

    def _is_public(self, object: str) -> bool:
        """Whether a batch is issued, and what can be published of it is; nobody makes its documents before that."""
        with self.opened.register.read() as session:
            is_issuing = outbox.waiting_on(session, topics=(Topic.ISSUE,), objects=[object]).count
            return not is_issuing and not outbox.publishing_of(session, object)

    def _work(self, topic: Topic, object: str, run: Callable[[int], Result], pace: Pace | None = None) -> Result:
        """Do work that is asked for; what was paused stays in the outbox, and goes on when somebody resumes it."""
        works = self._works(topic, object)
        request = max((work.id for work in works), default=0)
        self.turns.begin(works)
        try:
            done = run(request)
        except Exception as error:
            self._hold_back(works, error)
            raise
        if pace is not None and pace.is_paused:
            self.turns.put_off(works)
        elif (pace is not None and pace.is_reached) or self.leasing.is_done(topic, object, request):
            self.turns.acknowledge(works)
        return done

    def _works(self, topic: Topic, object: str) -> list[Work]:
        with self.opened.register.read() as session:
            return outbox.pending_on(session, topic=topic, object=object)

    def _hold_back(self, works: Sequence[Work], error: Exception) -> None:
        """Hold back what failed for a reason of its own; what the machine did is over by itself, and is done again.

        Raises:
            TamperedError: ``number_taken``, in the place of what the database says.
        """
        fault = machine.known(error)
        if fault is None or isinstance(fault, MachineError):
            return
        if isinstance(fault, ServiceError):
            self.turns.give_back(works, fault)
            self.silence.begin(self.opened.clock())
            return
        for work in works:
            self.turns.hold_back(work, fault)
        if fault is not error:
            raise fault from error
