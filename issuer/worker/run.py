"""The worker: the one process at a time that signs certificates and publishes.

Rules: it holds the home's lock. It does what the outbox says, in order, and every piece may be done twice. A
certificate whose events no operator ordered is held back and told; the others go on. Commands that find the lock taken
leave their work in the outbox and wait for it.

    with Worker.open(office, passphrase) as worker:
        report = worker.issue(batch_id, progress)
        worker.run_pending()
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from sqlalchemy import select

from credential.numbers import NumberTemplate
from credential.signing import Signer
from issuer.batches.approval import verify_approved
from issuer.batches.rows import batch as read_batch
from issuer.db import certificates, outbox
from issuer.db.models import CertificateRow, OutboxRow
from issuer.db.outbox import Work
from issuer.documents.render import DocumentRenderer
from issuer.documents.seal import Sealer
from issuer.errors import ConflictError, IssuerError
from issuer.home import Home
from issuer.issuing.papers import PaperFacts, Papers
from issuer.issuing.reserve import Frame
from issuer.issuing.service import TOPIC, Issuer, Progress, Report
from issuer.office import lists
from issuer.publishing.publisher import Published, Publisher, PublisherKeys, PublishingRules
from issuer.trust.entries import active_certificate, active_key
from issuer.trust.lists import status_uri
from issuer.withdrawal.apply import verify_events
from issuer.worker.office import Office
from keys.passphrase import Passphrase
from keys.signers import FileSigner

ISSUE: Final = "issue"
"""The outbox's word for a batch that is to be issued; ``publish`` is the word for a changed certificate."""
RENEW_WHEN_LEFT: Final = 3
"""A snapshot is made anew when a third of its life is left: two nights' margin for a day-long one."""
POLL_SECONDS: Final = 0.2
TAKE: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Work that was not done, and why."""

    object: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one run over the outbox did."""

    published: Published | None
    issued: tuple[Report, ...] = ()
    held_back: tuple[HeldBack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The worker of one home, holding its lock until closed."""

    office: Office
    passphrase: Passphrase = field(repr=False)
    publisher: Publisher = field(repr=False)
    lock: int = field(repr=False)

    @classmethod
    def open(cls, office: Office, passphrase: Passphrase) -> Self:
        """Take the lock and open the status and publisher keys.

        Raises:
            ConflictError: ``worker_running``: another process is the worker.
            PassphraseError: it does not open the service keys.
        """
        lock = _take_lock(office.home)
        try:
            with office.register.write() as session:
                outbox.release_all(session)
            publisher = _publisher(office, passphrase)
        except BaseException:
            os.close(lock)
            raise
        return cls(office=office, passphrase=passphrase, publisher=publisher, lock=lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.lock)

    def issue(self, batch_id: str, progress: Progress | None = None, paper_progress: Progress | None = None) -> Report:
        """Issue an approved batch, make its documents and publish.

        Raises:
            ConflictError, NotAllowedError, TamperedError: as ``verify_approved`` and ``Issuer.issue``.
        """
        office = self.office
        trust = office.trust()
        with office.register.read() as session:
            approved = verify_approved(
                session, office.vault, batch_id, operators=office.operators(), now=office.clock()
            )
            authority = lists.authority(session, approved.authority)
            key = active_key(session, use="credential", authority=authority.id)
            count = lists.deployment(session).status_lists
        signer = office.service_signer(key.key.key_id, "credential", self.passphrase)
        frame = Frame(
            authority=authority.id,
            region=authority.region_code,
            template=NumberTemplate.parse(authority.number_template),
            signer_kid=signer.key_id,
            status_uris=tuple(status_uri(office.home.trust_settings, number) for number in range(count)),
        )
        issuer = Issuer(office.register, office.vault, trust, office.filings(trust), clock=office.clock)
        report = issuer.issue(approved, frame, signer, progress)
        self.make_documents(authority.id, paper_progress)
        self.publish_changes()
        return report

    def make_documents(self, authority_id: str, progress: Progress | None = None) -> int:
        """Make every missing document of an authority; returns how many were made."""
        papers = self._papers(authority_id)
        missing = papers.missing()
        for done, certificate_id in enumerate(missing, start=1):
            papers.make(certificate_id)
            if progress is not None:
                progress(done, len(missing))
        return len(missing)

    def run_pending(self) -> Done:
        """Do all that the outbox holds."""
        reports, held = [], []
        for work in self._take(ISSUE):
            try:
                reports.append(self.issue(work.object))
                self._acknowledge([work])
            except IssuerError as error:
                held.append(self._hold_back(work, error, final=True))
        done = self.publish_changes()
        return Done(published=done.published, issued=tuple(reports), held_back=(*held, *done.held_back))

    def publish_changes(self, *, even_without: bool = False) -> Done:
        """Publish what changed since the last snapshot; ``even_without`` makes a snapshot in any case."""
        works = self._take(TOPIC)
        good, held = self._checked(works)
        published = None
        if good or even_without:
            with self.office.home.publication.lock():
                published = self.publisher.publish([work.object for work in good], now=self.office.clock())
            self._acknowledge(good)
        return Done(published=published, held_back=held)

    def renew_if_needed(self) -> Published | None:
        """Make a new snapshot when the present one is missing, or less than a third of its life is left."""
        now = self.office.clock()
        expires = self.publisher.expires(now=now)
        if expires is not None and expires - now > self.office.home.lifetime / RENEW_WHEN_LEFT:
            return None
        return self.publish_changes(even_without=True).published

    def serve(self, stop: Callable[[], bool], *, tell: Callable[[str], None]) -> None:
        """Do pending work and renew the snapshot until ``stop`` says so; one failure does not end it."""
        while not stop():
            try:
                done = self.run_pending()
                renewed = self.renew_if_needed()
                for published in (done.published, renewed):
                    if published is not None:
                        tell(f"published snapshot {published.sequence}, {published.records} certificates")
                for held in done.held_back:
                    tell(f"held back {held.object}: {held.message}")
            except IssuerError as error:
                tell(f"the worker could not finish: {error}")
            time.sleep(POLL_SECONDS)

    def _checked(self, works: Sequence[Work]) -> tuple[list[Work], tuple[HeldBack, ...]]:
        good, held = [], []
        operators = self.office.operators() if works else None
        for work in works:
            assert operators is not None
            try:
                with self.office.register.read() as session:
                    row = session.get_one(CertificateRow, work.object)
                    verify_events(session, certificates.to_value(row), operators)
                good.append(work)
            except IssuerError as error:
                held.append(self._hold_back(work, error, final=False))
        return good, tuple(held)

    def _take(self, topic: str) -> list[Work]:
        with self.office.register.write() as session:
            worker = str(os.getpid())
            return outbox.take(session, worker=worker, now=self.office.clock(), limit=TAKE, topic=topic)

    def _acknowledge(self, works: Sequence[Work]) -> None:
        with self.office.register.write() as session:
            outbox.acknowledge(session, [work.id for work in works], now=self.office.clock())

    def _hold_back(self, work: Work, error: IssuerError, *, final: bool) -> HeldBack:
        """Note why; work that may come right stays taken, and so is tried again after a while, not at once."""
        with self.office.register.write() as session:
            if final:
                outbox.acknowledge(session, [work.id], now=self.office.clock())
            outbox.note(session, work.id, error=str(error))
        return HeldBack(object=work.object, code=error.code, message=str(error))

    def _papers(self, authority_id: str) -> Papers:
        office = self.office
        with office.register.read() as session:
            authority = lists.authority(session, authority_id)
            seal = active_certificate(session, authority=authority_id)
            catalogue = office.catalogue(session)
        settings = office.home.settings
        signer = office.service_signer(seal.kid, "document", self.passphrase)
        return Papers(
            office.register,
            office.vault,
            PaperFacts(
                authority=authority,
                catalogue=catalogue,
                origin=settings.origin,
                demonstration=settings.demonstration,
            ),
            renderer=DocumentRenderer(office.fonts()),
            sealer=Sealer(certificate=seal.certificate, chain=seal.chain, signer=signer),
            directory=office.home.documents,
        )


def wait_for(office: Office, topic: str, objects: Sequence[str], *, seconds: float) -> bool:
    """Wait until a running worker has done the work on these objects; False when the time is over first."""
    deadline = time.monotonic() + seconds
    query = select(OutboxRow.id).where(
        OutboxRow.topic == topic, OutboxRow.object.in_(list(objects)), OutboxRow.done_at.is_(None)
    )
    while True:
        with office.register.read() as session:
            if session.scalar(query.limit(1)) is None:
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)


def leave_batch(office: Office, batch_id: str) -> None:
    """Leave a batch for the running worker to issue. Raises NotFoundError ``no_batch``."""
    with office.register.write() as session:
        read_batch(session, batch_id)
        outbox.put(session, topic=ISSUE, object=batch_id, now=office.clock())


def _take_lock(home: Home) -> int:
    descriptor = os.open(home.directory / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ConflictError("worker_running", f"another process is the worker of {home.directory}") from error
    return descriptor


def _publisher(office: Office, passphrase: Passphrase) -> Publisher:
    def signer(use: str) -> Signer:
        with office.register.read() as session:
            key = active_key(session, use=use, authority=None)
        opened: FileSigner = office.service_signer(key.key.key_id, use, passphrase)
        return opened

    return Publisher(
        office.register,
        office.home.publication,
        PublisherKeys(status=signer("status"), publisher=signer("publisher")),
        PublishingRules(deployment=office.home.settings.deployment, lifetime=office.home.lifetime),
    )
