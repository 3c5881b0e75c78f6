"""The job of the topic ``issue``: the rows of an approved batch become signed certificates.

Rules: what two operators approved is proven from their statements, now. A row that may not be issued is reported and
left waiting; the others go on. Between two chunks of rows a change of status that waits is published first, and so is
what was signed, in pieces.

    report = job.run(batch_id, progress, between=publish_if_needed)
"""

from __future__ import annotations

from collections.abc import Callable

from credential.signing import KeyUse
from issuer.batches.approval import ApprovedBatch, verify_approved
from issuer.batches.pacing import Pace
from issuer.db.sessions import ReadSession
from issuer.documents.making import check_seal
from issuer.home.opened import Opened
from issuer.issuing.issuer import Issuer, Progress, Report
from issuer.issuing.numbers import NumberTemplate
from issuer.issuing.reserve import Frame
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_filings, published_trust
from issuer.publishing.kept import Kept
from issuer.trust.entries import active_certificate, active_key
from issuer.trust.lists import status_uri
from templates.loader import load_design


class IssuingJob:
    """Issues the batches of one home."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def run(
        self,
        batch_id: str,
        progress: Progress | None = None,
        *,
        between: Callable[[int], None],
        pace: Pace | None = None,
    ) -> Report:
        """Sign every row of a batch that may be issued.

        Args:
            batch_id: the batch.
            progress: called with rows done and rows in all.
            between: called after each chunk with the rows done, for what must not wait until all are signed.
            pace: as ``Issuer.issue``.

        Raises:
            ConflictError, NotAllowedError, TamperedError: as ``verify_approved`` and ``Issuer.issue``.
        """
        opened = self._opened
        with opened.register.read() as session:
            operators = read_operators(session, opened)
            trust = published_trust(session, opened.home.publication, now=opened.clock())
            approved = verify_approved(session, opened.vault, batch_id, operators=operators, now=opened.clock())
            frame = self._frame(session, approved)
            check_seal(active_certificate(session, authority=approved.authority), opened.clock())
        signer = opened.custody.signer(KeyUse.CREDENTIAL, frame.signer_kid)
        filings = published_filings(Kept(opened.register.read, opened.home.publication), trust)
        issuer = Issuer(opened.register, opened.vault, trust, filings, design=load_design(), clock=opened.clock)

        def step(done: int, total: int) -> None:
            if progress is not None:
                progress(done, total)
            between(done)

        return issuer.issue(approved, frame, signer, step, pace=pace)

    def _frame(self, session: ReadSession, approved: ApprovedBatch) -> Frame:
        settings = self._opened.home.trust_settings
        authority = lists.authority(session, approved.authority)
        return Frame(
            authority=authority.id,
            region=authority.region_code,
            template=NumberTemplate.parse(authority.number_template),
            signer_kid=active_key(session, use=KeyUse.CREDENTIAL, authority=authority.id).key.key_id,
            status_uris=tuple(status_uri(settings, number) for number in range(lists.deployment(session).status_lists)),
        )
