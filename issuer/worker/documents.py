"""The job of the topic ``documents``: the sealed PDFs of a batch, or one, when somebody asks for them.

Rules: a document can be made again at any time and is the same page. What is made is not made again. One that cannot be
made holds up no other. Many are made by several processes, few in this one. Whether the disk has room is asked before
the first. Between two documents a change of status that waits is published first.

    job.run(batch_id, progress, between=publish_if_needed, jobs=4)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from credential import durable
from credential.signing import KeyUse
from issuer.batches.pacing import Pace
from issuer.batches.rows import batch as read_batch
from issuer.db import certificates
from issuer.documents.errors import DocumentError
from issuer.documents.fonts import fonts_of
from issuer.documents.making import DocumentFacts, DocumentMaker, Made, record
from issuer.documents.render import DocumentRenderer
from issuer.documents.room import require_room
from issuer.documents.seal import Sealer
from issuer.errors import ConflictError
from issuer.home.opened import Opened
from issuer.issuing.issuer import Progress
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.trust.entries import active_certificate
from issuer.worker.makers import Failed, Makers, cores

EACH: Final = 50
"""Documents that are worth a process: it needs as long to load as for so many."""
RECORDED: Final = 50
"""Documents that are recorded in one transaction; after a crash so many are made again, the same."""


class DocumentsJob:
    """Makes the documents of one home."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def run(
        self,
        batch_id: str,
        progress: Progress | None = None,
        *,
        between: Callable[[], None],
        jobs: int | None = None,
        pace: Pace | None = None,
    ) -> int:
        """Make every missing document of a batch; returns how many were tried: fewer only where it was paused.

        Args:
            batch_id: the batch.
            progress: called after each document.
            between: called after each document, for what must not wait until all are made.
            jobs: at most so many processes; None for as many as there are processors.
            pace: asked after every so many documents whether it goes on; None where nobody can pause it.

        Raises:
            ConflictError: ``documents_missing``: some could not be made; the others were.
            MachineError: ``documents_space``, ``documents_files``: there is no room; none was made.
            As ``Makers.make``.
        """
        durable.sweep(self._opened.home.documents)
        with self._opened.register.read() as session:
            authority = read_batch(session, batch_id).authority
            missing = certificates.without_document(session, batch_id)
        if not missing or (pace is not None and not pace.goes_on()):
            return 0
        require_room(self._opened.home.documents, len(missing))
        failed: Counter[str] = Counter()
        done = 0
        with closing(self._made(authority, missing, jobs or cores())) as answers:
            for done, code in enumerate(answers, start=1):
                failed.update(filter(None, [code]))
                if progress is not None:
                    progress(done, len(missing))
                between()
                if pace is not None and done % RECORDED == 0 and not pace.goes_on():
                    break
        if failed:
            # Errors of documents may quote a name; this message is stored, and names only what went wrong.
            codes = ", ".join(sorted(failed))
            message = f"{failed.total()} documents of {batch_id} could not be made ({codes}); ask for them again"
            raise ConflictError("documents_missing", message, missing=failed.total(), batch=batch_id, codes=codes)
        return done

    def make(self, certificate_id: str, authority_id: str) -> Path:
        """Make one document, anew where its file is lost: the page is the same."""
        return self.maker(authority_id).make(certificate_id)

    def maker(self, authority_id: str) -> DocumentMaker:
        """Return what makes the documents of one authority, with its document key opened."""
        opened = self._opened
        settings = opened.home.settings
        with opened.register.read() as session:
            authority = lists.authority(session, authority_id)
            seal = active_certificate(session, authority=authority_id)
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
            ),
            renderer=DocumentRenderer(fonts_of(opened.home)),
            sealer=Sealer(certificate=seal.certificate, chain=seal.chain, signer=signer),
            directory=opened.home.documents,
        )

    def _made(self, authority: str, missing: Sequence[str], jobs: int) -> Generator[str | None]:
        """Yield for each document the code of what went wrong, or None."""
        count = min(jobs, len(missing) // EACH)
        if count < 2 or self._opened.custody.handed_on() is None:
            yield from self._alone(authority, missing)
        else:
            yield from self._together(authority, missing, count)

    def _alone(self, authority: str, missing: Sequence[str]) -> Iterator[str | None]:
        maker = self.maker(authority)
        for certificate_id in missing:
            try:
                maker.make(certificate_id)
            except DocumentError as error:
                yield error.code
            else:
                yield None

    def _together(self, authority: str, missing: Sequence[str], count: int) -> Iterator[str | None]:
        made: list[Made] = []
        with Makers(self._opened, authority, count=count) as makers, closing(makers.make(missing)) as answers:
            try:
                for answer in answers:
                    if isinstance(answer, Failed):
                        yield answer.code
                        continue
                    made.append(answer)
                    if len(made) == RECORDED:
                        record(self._opened.register, made)
                        made.clear()
                    yield None
            finally:
                record(self._opened.register, made)
