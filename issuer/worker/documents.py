"""The job of the topic ``documents``: the sealed PDFs of a batch, or one, when somebody asks for them.

Rules: a document can be made again at any time and is the same page. What is made is not made again. One that cannot be
made holds up no other. A piece is the certificates of some rows, and several processes may work on one batch. Many are
made by several processes, few in this one. Whether the disk has room is asked before the first. Between two documents a
change of status that waits is published first.

    DocumentsJob(opened, leasing).run(batch_id, progress, request=7, between=publish_if_needed, jobs=4)
"""

from __future__ import annotations

import fcntl
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from credential import durable
from credential.signing import KeyUse
from issuer.batches.pacing import Pace
from issuer.batches.rows import batch as read_batch
from issuer.batches.rows import count_rows
from issuer.db import certificates
from issuer.db.leases import LeaseLostError
from issuer.db.outbox import Topic
from issuer.documents.errors import DocumentError
from issuer.documents.fonts import fonts_of
from issuer.documents.making import DocumentFacts, DocumentMaker, Made, record
from issuer.documents.render import DocumentRenderer
from issuer.documents.room import require_room
from issuer.documents.seal import Sealer
from issuer.documents.stamping import stamper_of
from issuer.errors import ConflictError
from issuer.home.opened import Opened
from issuer.issuing.issuer import Progress
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.publishing.named import named_seal
from issuer.worker.leasing import Held, Leasing
from issuer.worker.makers import Failed, Makers, cores

EACH: Final = 50
"""Documents that are worth a process: it needs as long to load as for so many."""
RECORDED: Final = 50
"""Rows of a piece, whose documents are recorded in one transaction; after a crash so many are made again, the same."""


@dataclass(slots=True, kw_only=True)
class _Piece:
    """A piece of work and what came of it."""

    held: Held
    missing: list[str]
    """Ids of certificates."""
    answered: int = 0
    made: list[Made] = field(default_factory=list)

    def record(self) -> None:
        """Say in the register what was made."""
        record(self.held.register, self.made)
        self.made.clear()


class DocumentsJob:
    """Makes the documents of one home."""

    def __init__(self, opened: Opened, leasing: Leasing | None = None) -> None:
        """Take the leases of this process; None for one that shows its presence nowhere."""
        self._opened = opened
        self._leasing = leasing or Leasing(opened)

    def run(
        self,
        batch_id: str,
        progress: Progress | None = None,
        *,
        request: int = 0,
        between: Callable[[], None],
        jobs: int | None = None,
        pace: Pace | None = None,
    ) -> int:
        """Make every missing document of a batch that no other process has taken.

        Returns:
            How many were tried.

        Args:
            batch_id: the batch.
            progress: called after each document.
            request: the newest piece of work (``outbox.id``) that asks for them.
            between: called after each document and while none comes, for what must not wait until all are made.
            jobs: at most so many processes; None for as many as there are processors.
            pace: asked after every so many documents whether it goes on; None where nobody can pause it.

        Raises:
            ConflictError: ``documents_missing``: some could not be made; the others were.
            MachineError: ``documents_space``, ``documents_files``: there is no room; none was made.
            As ``Makers.make``.
        """
        if not self._leasing.is_free(Topic.DOCUMENTS, batch_id, request):
            return 0
        with _writing(self._opened.home.documents):
            try:
                return self._run(batch_id, request, progress=progress, between=between, jobs=jobs or cores(), pace=pace)
            except (Exception, KeyboardInterrupt):
                with suppress(Exception):  # the register may be what failed; then the leases end by themselves
                    self._leasing.give_back(Topic.DOCUMENTS, batch_id)
                raise

    def _run(
        self,
        batch_id: str,
        request: int,
        *,
        progress: Progress | None,
        between: Callable[[], None],
        jobs: int,
        pace: Pace | None,
    ) -> int:
        with self._opened.register.read() as session:
            authority = read_batch(session, batch_id).authority
            rows = count_rows(session, batch_id)
            missing = certificates.without_document(session, batch_id)
        self._leasing.lay_out(Topic.DOCUMENTS, batch_id, rows=rows, size=RECORDED)
        places = sorted(missing.values())
        self._leasing.pass_over(
            Topic.DOCUMENTS,
            batch_id,
            request,
            lambda first, last: bisect_left(places, first) == bisect_left(places, last),
        )
        if missing and (pace is None or pace.goes_on()):
            require_room(self._opened.home.documents, len(missing))
        failed: Counter[str] = Counter()
        done = 0
        pieces = self._pieces(batch_id, request, pace)
        for done, code in enumerate(self._made(authority, pieces, len(missing), jobs, between), start=1):
            failed.update(filter(None, [code]))
            self._leasing.renew()
            if progress is not None:
                progress(done, len(missing))
            between()
        if failed or done < len(missing):
            self._require_all(batch_id, request, failed)
        return done

    def _require_all(self, batch_id: str, request: int, failed: Counter[str]) -> None:
        """Where all are done, ask whether some could not be made, here or elsewhere."""
        if not self._leasing.is_done(Topic.DOCUMENTS, batch_id, request):
            return
        with self._opened.register.read() as session:
            missing = len(certificates.without_document(session, batch_id))
        if missing:
            # Errors of documents may quote a name; this message is stored, and names only what went wrong.
            codes = ", ".join(sorted(failed)) or "in another process"
            message = f"{missing} documents of {batch_id} could not be made ({codes}); ask for them again"
            raise ConflictError("documents_missing", message, missing=missing, batch=batch_id, codes=codes)

    def _pieces(self, batch_id: str, request: int, pace: Pace | None) -> Iterator[_Piece]:
        """Take one piece after the other, with what is missing of it now, while nobody paused the batch."""
        while pace is None or pace.goes_on():
            held = self._leasing.take(Topic.DOCUMENTS, batch_id, request)
            if held is None:
                return
            with self._opened.register.read() as session:
                missing = certificates.without_document(session, batch_id, held.lease.first, held.lease.last)
            if missing:
                yield _Piece(held=held, missing=list(missing))
            else:
                with suppress(LeaseLostError):
                    held.finish()

    def make(self, certificate_id: str, authority_id: str) -> Path:
        """Make one document, anew where its file is lost: the page is the same."""
        return self.maker(authority_id).make(certificate_id)

    def maker(self, authority_id: str) -> DocumentMaker:
        """Return what makes the documents of one authority, with its document key opened."""
        opened = self._opened
        settings = opened.home.settings
        with opened.register.read() as session:
            authority = lists.authority(session, authority_id)
            seal = named_seal(session, opened.home.publication, authority_id, now=opened.clock())
            catalogue = lists.catalogue(session)
            operators = read_operators(session, opened)
        signer = opened.custody.signer(KeyUse.DOCUMENT, seal.kid)
        return DocumentMaker(
            opened.register,
            opened.vault,
            operators,
            DocumentFacts(
                authority=authority,
                catalogue=catalogue,
                origin=settings.origin,
                demonstration=settings.demonstration,
                training=settings.training,
            ),
            renderer=DocumentRenderer(fonts_of(opened.home)),
            sealer=Sealer(certificate=seal.certificate, chain=seal.chain, signer=signer, stamper=stamper_of(opened)),
            directory=opened.home.documents,
        )

    def _made(
        self, authority: str, pieces: Iterator[_Piece], count: int, jobs: int, between: Callable[[], None]
    ) -> Iterator[str | None]:
        """Yield for each document the code of what went wrong, or None."""
        processes = min(jobs, count // EACH)
        if processes < 2 or self._opened.custody.handed_on() is None:
            yield from self._alone(authority, pieces)
        else:
            yield from self._together(authority, pieces, processes, between)

    def _alone(self, authority: str, pieces: Iterator[_Piece]) -> Iterator[str | None]:
        maker = None
        for piece in pieces:
            maker = maker or self.maker(authority)
            with suppress(LeaseLostError):
                yield from self._each(maker.on(piece.held.register), piece)
                piece.held.finish()

    def _each(self, maker: DocumentMaker, piece: _Piece) -> Iterator[str | None]:
        for certificate_id in piece.missing:
            try:
                maker.make(certificate_id)
            except DocumentError as error:
                yield error.code
            else:
                yield None

    def _together(
        self, authority: str, pieces: Iterator[_Piece], count: int, between: Callable[[], None]
    ) -> Iterator[str | None]:
        under_way: dict[str, _Piece] = {}

        def ids() -> Iterator[str]:
            for piece in pieces:
                under_way.update(dict.fromkeys(piece.missing, piece))
                yield from piece.missing

        with Makers(self._opened, authority, count=count) as makers, closing(makers.make(ids(), between)) as answers:
            try:
                for answer in answers:
                    piece = under_way.pop(answer.certificate)
                    piece.answered += 1
                    if isinstance(answer, Made):
                        piece.made.append(answer)
                    if piece.answered == len(piece.missing):
                        _finish(piece)
                    yield answer.code if isinstance(answer, Failed) else None
            finally:
                for piece in {id(each): each for each in under_way.values()}.values():
                    with suppress(LeaseLostError):
                        piece.record()


def _finish(piece: _Piece) -> None:
    with suppress(LeaseLostError):  # whoever has it now makes the same pages
        piece.record()
        piece.held.finish()


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    """Say that documents are being written. What killed writers left goes first, where nobody else writes."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            durable.sweep(directory)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
