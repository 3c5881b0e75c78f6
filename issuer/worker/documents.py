"""The job of the topic ``documents``: every signed certificate of a batch gets its sealed PDF.

Rules: a document can be made again at any time and is the same page. One that cannot be made holds up no other. Between
two documents a change of status that waits is published first.

    job.run(batch_id, progress, between=publish_if_needed)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from credential.signing import KeyUse
from issuer.batches.rows import batch as read_batch
from issuer.documents.errors import DocumentError
from issuer.documents.fonts import fonts_of
from issuer.documents.making import DocumentFacts, DocumentMaker, missing_documents
from issuer.documents.render import DocumentRenderer
from issuer.documents.seal import Sealer
from issuer.errors import ConflictError
from issuer.home.opened import Opened
from issuer.issuing.issuer import Progress
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.trust.entries import active_certificate


class DocumentsJob:
    """Makes the documents of one home."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def run(self, batch_id: str, progress: Progress | None = None, *, between: Callable[[], None]) -> int:
        """Make every missing document of a batch; returns how many were made.

        Args:
            batch_id: the batch.
            progress: called after each document.
            between: called before each document, for what must not wait until all are made.

        Raises:
            ConflictError: ``documents_missing``: some could not be made; the others were.
        """
        with self._opened.register.read() as session:
            authority = read_batch(session, batch_id).authority
            missing = missing_documents(session, batch_id)
        if not missing:
            return 0
        maker = self._maker(authority)
        failed: list[DocumentError] = []
        for done, certificate_id in enumerate(missing, start=1):
            between()
            try:
                maker.make(certificate_id)
            except DocumentError as error:
                failed.append(error)
            if progress is not None:
                progress(done, len(missing))
        if failed:
            # Errors of documents may quote a name; this message is stored, and names only what went wrong.
            codes = ", ".join(sorted({error.code for error in failed}))
            message = f"{len(failed)} documents of {batch_id} could not be made ({codes}); issue the batch again"
            raise ConflictError("documents_missing", message, missing=len(failed), batch=batch_id) from failed[0]
        return len(missing)

    def make(self, certificate_id: str, authority_id: str) -> Path:
        """Make one document, anew where its file is lost: the page is the same."""
        return self._maker(authority_id).make(certificate_id)

    def _maker(self, authority_id: str) -> DocumentMaker:
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
