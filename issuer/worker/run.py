"""The worker: the one process at a time that signs certificates and publishes.

Rules: it holds the home's lock. It does what the outbox says, in order, and every piece may be done twice. A
certificate whose events no operator ordered is held back and told; the others go on. Commands that find the lock taken
leave their work in the outbox and wait for it.

A batch that is being issued stands in the outbox until its last document is made and published: whoever becomes the
worker after a crash goes on with it.

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
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import select

from credential import durable
from credential.errors import CredentialError
from credential.signing import Signer
from issuer.batches.approval import verify_approved
from issuer.batches.rows import batch as read_batch
from issuer.db import outbox
from issuer.db.models import OutboxRow
from issuer.db.outbox import Work
from issuer.documents.errors import DocumentError
from issuer.documents.making import DocumentFacts, DocumentMaker, check_seal, missing_documents
from issuer.documents.render import DocumentRenderer
from issuer.documents.seal import Sealer
from issuer.errors import ConflictError, IssuerError
from issuer.home.paths import Home
from issuer.issuing.numbers import NumberTemplate
from issuer.issuing.reserve import Frame
from issuer.issuing.service import TOPIC, Issuer, Progress, Report
from issuer.office import lists
from issuer.publishing.publisher import Published, Publisher, PublisherKeys, PublishingRules
from issuer.status.apply import verify_events
from issuer.status.standing import certificates_with_changes, disputes
from issuer.trust.entries import active_certificate, active_key
from issuer.trust.lists import status_uri
from issuer.worker.office import Office
from keys.errors import KeysError
from keys.passphrase import Passphrase
from keys.signers import FileSigner

ISSUE: Final = "issue"
"""The outbox's word for a batch that is to be issued; ``publish`` is the word for a changed certificate."""
RENEW_WHEN_LEFT: Final = 3
"""A snapshot is made anew when a third of its life is left: two nights' margin for a day-long one."""
POLL_SECONDS: Final = 0.2
TAKE: Final = 5000
FAULTS: Final = (IssuerError, CredentialError, KeysError)
"""What the packages below raise on purpose; anything else is a crash, and the work is done again."""
_PASSING: Final = frozenset({"publisher_running"})
"""Codes of what is over by itself."""


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
            durable.sweep(office.home.documents)  # what killed workers left; the lock is ours
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

    def issue(self, batch_id: str, progress: Progress | None = None, documents: Progress | None = None) -> Report:
        """Issue an approved batch, make its documents and publish.

        Raises:
            ConflictError, NotAllowedError, TamperedError: as ``verify_approved`` and ``Issuer.issue``.
        """
        with self.office.register.write() as session:
            read_batch(session, batch_id)
            outbox.put(session, topic=ISSUE, object=batch_id, now=self.office.clock())
            works = outbox.pending_on(session, topic=ISSUE, object=batch_id)
        try:
            report = self._issue(batch_id, progress, documents)
        except FAULTS as error:
            for work in works:
                self._hold_back(work, error)
            raise
        self._acknowledge(works)
        return report

    def make_documents(self, authority_id: str, progress: Progress | None = None) -> int:
        """Make every missing document of an authority; returns how many were made.

        Raises:
            ConflictError: ``documents_missing``: some could not be made; the others were.
        """
        with self.office.register.read() as session:
            missing = missing_documents(session, authority_id)
        if not missing:
            return 0
        maker = self._maker(authority_id)
        failed: list[DocumentError] = []
        for done, certificate_id in enumerate(missing, start=1):
            try:
                maker.make(certificate_id)
            except DocumentError as error:
                failed.append(error)
            if progress is not None:
                progress(done, len(missing))
        if failed:
            # Errors of documents may quote a name; this message is stored, and names only what went wrong.
            codes = ", ".join(sorted({error.code for error in failed}))
            message = f"{len(failed)} documents of {authority_id} could not be made ({codes}); issue the batch again"
            raise ConflictError("documents_missing", message, missing=len(failed), authority=authority_id) from failed[
                0
            ]
        return len(missing)

    def make_document(self, certificate_id: str, authority_id: str) -> Path:
        """Make one document, anew where its file is lost: the page is the same."""
        return self._maker(authority_id).make(certificate_id)

    def run_pending(self) -> Done:
        """Do all that the outbox holds."""
        reports, held = [], []
        for work in self._take(ISSUE):
            try:
                reports.append(self._issue(work.object))
                self._acknowledge([work])
            except FAULTS as error:
                held.append(self._hold_back(work, error))
        done = self.publish_changes()
        return Done(published=done.published, issued=tuple(reports), held_back=(*held, *done.held_back))

    def publish_changes(self, *, even_without: bool = False) -> Done:
        """Publish what changed since the last snapshot; ``even_without`` makes a snapshot in any case.

        Raises:
            ConflictError: ``publisher_running``.
            IssuerError, CredentialError: as ``Publisher.publish``; the work is pending again.
        """
        works = self._take(TOPIC)
        try:
            good, held = self._checked(works)
            published = None
            if good or even_without:
                with self.office.home.publication.lock():
                    published = self.publisher.publish([work.object for work in good], now=self.office.clock())
        except FAULTS as error:
            self._give_back(works, error)
            raise
        left_out = {} if published is None else {each.certificate: each for each in published.left_out}
        self._acknowledge([work for work in good if work.object not in left_out])
        for work in good:
            if work.object in left_out:
                reason = left_out[work.object]
                held.append(self._note(work, reason.code, reason.message))
        if published is not None:
            held += self._disputes()
        return Done(published=published, held_back=tuple(held))

    def renew_if_needed(self) -> Published | None:
        """Make a new snapshot when the present one is missing, or less than a third of its life is left."""
        now = self.office.clock()
        expires = self.publisher.expires(now=now)
        if expires is not None and expires - now > self.office.home.lifetime / RENEW_WHEN_LEFT:
            return None
        return self.publish_changes(even_without=True).published

    def serve(self, stop: Callable[[], bool], *, tell: Callable[[str], None]) -> None:
        """Do pending work and renew the snapshot until ``stop`` says so; one failure does not end it."""
        told = ""
        while not stop():
            try:
                done = self.run_pending()
                renewed = self.renew_if_needed()
                for published in (done.published, renewed):
                    if published is not None:
                        tell(f"published snapshot {published.sequence}, {published.records} certificates")
                for held in done.held_back:
                    tell(f"held back {held.object}: {held.message}")
                told = ""
            except Exception as error:  # whatever it is, withdrawals go on when it is over
                if str(error) != told:
                    told = str(error)
                    tell(f"the worker could not finish, and tries again: {error}")
            time.sleep(POLL_SECONDS)

    def _issue(self, batch_id: str, progress: Progress | None = None, documents: Progress | None = None) -> Report:
        office = self.office
        trust = office.trust()
        with office.register.read() as session:
            approved = verify_approved(
                session, office.vault, batch_id, operators=office.operators(), now=office.clock()
            )
            authority = lists.authority(session, approved.authority)
            key = active_key(session, use="credential", authority=authority.id)
            count = lists.deployment(session).status_lists
            check_seal(active_certificate(session, authority=authority.id), office.clock())
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
        self.publish_changes()
        self.make_documents(authority.id, documents)
        return report

    def _checked(self, works: Sequence[Work]) -> tuple[list[Work], list[HeldBack]]:
        """Divide work on certificates into what an operator ordered and what nobody did."""
        if not works:
            return [], []
        office, good, held = self.office, [], []
        operators, trust = office.operators(), office.trust()
        with office.register.read() as session:
            grown = certificates_with_changes(session, [work.object for work in works])
            for work in works:
                try:
                    if work.object in grown:
                        verify_events(session, office.vault, grown[work.object], operators, trust)
                    good.append(work)
                except FAULTS as error:
                    held.append((work, error))
        return good, [self._note(work, error.code, str(error)) for work, error in held]

    def _disputes(self) -> list[HeldBack]:
        with self.office.register.read() as session:
            found = disputes(session)
        return [
            HeldBack(
                object=each.number,
                code="state_differs",
                message=(
                    f"certificate {each.number} is {each.column.value} in the register, but its events end at "
                    f"{each.events.value}, and that is what is published; compare the register with a backup"
                ),
            )
            for each in found
        ]

    def _take(self, topic: str) -> list[Work]:
        works: list[Work] = []
        with self.office.register.write() as session:
            while taken := outbox.take(
                session, worker=str(os.getpid()), now=self.office.clock(), limit=TAKE, topic=topic
            ):
                works += taken
        return works

    def _acknowledge(self, works: Sequence[Work]) -> None:
        with self.office.register.write() as session:
            for start in range(0, len(works), TAKE):
                ids = [work.id for work in works[start : start + TAKE]]
                outbox.acknowledge(session, ids, now=self.office.clock())

    def _hold_back(self, work: Work, error: IssuerError | CredentialError | KeysError) -> HeldBack:
        """Note why a batch was not issued, and be done with it, unless only the publisher's lock stood in the way."""
        with self.office.register.write() as session:
            if error.code not in _PASSING:
                outbox.acknowledge(session, [work.id], now=self.office.clock())
                outbox.note(session, work.id, error=str(error))
            else:
                outbox.give_back(session, work.id, error=str(error))
        return HeldBack(object=work.object, code=error.code, message=str(error))

    def _note(self, work: Work, code: str, message: str) -> HeldBack:
        """Note why; the work stays taken, and so is tried again after a while, not at once."""
        with self.office.register.write() as session:
            outbox.note(session, work.id, error=message)
        return HeldBack(object=work.object, code=code, message=message)

    def _give_back(self, works: Sequence[Work], error: Exception) -> None:
        with self.office.register.write() as session:
            for work in works:
                outbox.give_back(session, work.id, error=str(error))

    def _maker(self, authority_id: str) -> DocumentMaker:
        office = self.office
        with office.register.read() as session:
            authority = lists.authority(session, authority_id)
            seal = active_certificate(session, authority=authority_id)
            catalogue = office.catalogue(session)
        settings = office.home.settings
        signer = office.service_signer(seal.kid, "document", self.passphrase)
        return DocumentMaker(
            office.register,
            office.vault,
            DocumentFacts(
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
        raise ConflictError(
            "worker_running", f"another process is the worker of {home.directory}", home=str(home.directory)
        ) from error
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
