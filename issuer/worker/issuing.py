"""The job of the topic ``issue``: the rows of an approved batch become signed certificates.

Rules: what two operators approved is proven from their statements, now, by each process before it signs anything of the
batch. A piece is a chunk of rows, and several processes may work on one batch. A row that may not be issued is reported
and left waiting; the others go on. Between two chunks of rows a change of status that waits is published first, and so
is what was signed.

    report = IssuingJob(opened, leasing).run(batch_id, progress, request=7, between=publish_if_needed)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from credential.signing import KeyId, KeyUse
from credential.trustform import KeyState
from issuer.batches.approval import ApprovedBatch, verify_approved
from issuer.batches.pacing import Pace
from issuer.batches.rows import batch as read_batch
from issuer.crew import members_for
from issuer.db import certificates, outbox
from issuer.db.outbox import Topic
from issuer.db.sessions import ReadSession
from issuer.home.opened import Opened
from issuer.integrity.standing import standings_of
from issuer.issuing import issuer as issuing
from issuer.issuing.issuer import Issuer, Piece, Progress, Report, to_issue
from issuer.issuing.numbers import NumberTemplate
from issuer.issuing.reserve import Frame
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_filings, published_trust
from issuer.publishing.kept import Kept
from issuer.publishing.named import named_key
from issuer.trust.entries import active_certificate, check_seal, keys
from issuer.trust.lists import status_uri
from issuer.worker.leasing import Leasing
from templates.loader import load_design


class IssuingJob:
    """Issues the batches of one home."""

    def __init__(self, opened: Opened, leasing: Leasing | None = None, *, members: int | None = None) -> None:
        """Take a home.

        Args:
            opened: the home.
            leasing: the leases of this process; None for one that shows its presence nowhere.
            members: how many a crew has at most; None for as many as the machine has processors.
        """
        self._opened = opened
        self._leasing = leasing or Leasing(opened)
        self._members = members

    def run(
        self,
        batch_id: str,
        progress: Progress | None = None,
        *,
        request: int = 0,
        between: Callable[[int], None],
        meanwhile: Callable[[], object] = bool,
        pace: Pace | None = None,
    ) -> Report:
        """Sign every row of a batch that may be issued and that no other process has taken.

        Args:
            batch_id: the batch.
            progress: called with rows done and rows in all.
            request: the newest piece of work (``outbox.id``) that asks for it.
            between: called after each chunk with the rows done, for what must not wait until all are signed.
            meanwhile: called more often, between the steps of chunks, for what must wait for none.
            pace: says how many rows are begun, and when no other is; None takes what the register says.

        Returns:
            What this process did.

        Raises:
            ConflictError, NotAllowedError, TamperedError: as ``verify_approved`` and ``Issuer.issue``;
                ``integrity_missing``, ``integrity_unproven``: as ``Standings.require_whole``.
        """
        opened = self._opened
        if not self._leasing.is_free(Topic.ISSUE, batch_id, request):
            return self._nothing(batch_id)
        with opened.register.read() as session:
            operators = read_operators(session, opened)
            trust = published_trust(session, opened.home.publication, now=opened.clock())
            approved = verify_approved(
                session, opened.vault, batch_id, operators=operators, now=opened.clock(), between=meanwhile
            )
            standings = standings_of(session, operators)
            standings.require_whole()  # whoever took a record away would free somebody
            frame = self._frame(session, approved)
            check_seal(active_certificate(session, authority=approved.authority), opened.clock())
        signer = opened.custody.signer(KeyUse.CREDENTIAL, frame.signer_kid)
        filings = published_filings(Kept(opened.register.read, opened.home.publication), trust)
        issuer = Issuer(
            opened.register,
            opened.vault,
            trust,
            filings,
            design=load_design(),
            clock=opened.clock,
            standings=standings,
        )
        self._leasing.lay_out(Topic.ISSUE, batch_id, rows=len(approved.rows), size=issuing.CHUNK)
        self._leasing.pass_over(
            Topic.ISSUE, batch_id, request, lambda first, last: not to_issue(approved.rows[first:last])
        )

        def step(done: int, total: int) -> None:
            self._leasing.renew()
            if progress is not None:
                progress(done, total)
            between(done)

        pace = pace or Pace(opened.register, batch_id)
        wanted = members_for(len(to_issue(approved.rows)))
        members = wanted if self._members is None else min(wanted, self._members)
        rounds = self._rounds(approved, request, pace)
        try:
            report = issuer.issue(approved, frame, signer, rounds, step, members=members, between=meanwhile)
        except (Exception, KeyboardInterrupt):
            with suppress(Exception):  # the register may be what failed; then the leases end by themselves
                self._leasing.give_back(Topic.ISSUE, batch_id)
            raise
        return report if pace.is_ended else replace(report, left=0, elsewhere=report.left)

    def _rounds(self, approved: ApprovedBatch, request: int, pace: Pace) -> Iterator[Iterator[Piece]]:
        """Yield pieces round by round: all in one, or with a limit as many rows as are still wanted."""
        tried: set[str] = set()
        while room := pace.room(len(approved.rows)):
            before = len(tried)
            yield self._pieces(approved, request, pace, room, tried)
            if len(tried) == before:
                return

    def _pieces(self, approved: ApprovedBatch, request: int, pace: Pace, room: int, tried: set[str]) -> Iterator[Piece]:
        """Take one piece after the other, while nobody paused the batch, or found something that stops it."""
        while room and pace.goes_on() and self._is_wanted(request):
            held = self._leasing.take(Topic.ISSUE, approved.id, request, alone=pace.is_limited)
            if held is None:
                return
            left = [
                row for row in to_issue(approved.rows[held.lease.first : held.lease.last]) if row.award not in tried
            ]
            rows = left[:room]
            tried |= {row.award for row in rows}
            room -= len(rows)
            is_whole = len(rows) == len(left)
            yield Piece(rows=rows, register=held.register, finish=held.finish if is_whole else held.give_back)

    def _is_wanted(self, request: int) -> bool:
        if request == 0:
            return True
        with self._opened.register.read() as session:
            return outbox.is_pending(session, request)

    def _nothing(self, batch_id: str) -> Report:
        """What is told where others have all that is left."""
        with self._opened.register.read() as session:
            found = read_batch(session, batch_id)
        left = found.rows_waiting + found.rows_reserved
        return Report(batch=batch_id, issued=(), already=found.rows_issued, refused=(), elsewhere=left)

    def _frame(self, session: ReadSession, approved: ApprovedBatch) -> Frame:
        settings = self._opened.home.trust_settings
        authority = lists.authority(session, approved.authority)
        return Frame(
            authority=authority.id,
            region=authority.region_code,
            template=NumberTemplate.parse(authority.number_template),
            signer_kid=self._signer_kid(session, approved),
            status_uris=tuple(status_uri(settings, number) for number in range(lists.deployment(session).status_lists)),
        )

    def _signer_kid(self, session: ReadSession, approved: ApprovedBatch) -> KeyId:
        """The key that the list names; what a run that died laid out for the key before is signed by that one."""
        opened, authority = self._opened, approved.authority
        active = {
            key.key.key_id
            for key in keys(session, use=KeyUse.CREDENTIAL, authority=authority)
            if key.state is KeyState.ACTIVE
        }
        begun = [each for each in certificates.reserved_for(session, approved.id) if each in active]
        if begun:
            return KeyId(begun[0])
        return named_key(session, opened.home.publication, KeyUse.CREDENTIAL, now=opened.clock(), authority=authority)
