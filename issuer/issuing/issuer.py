"""Issuing a batch: reserve, lint, sign, check, store; the document and the publication follow.

Order and crashes (DESIGN 6): a row is *waiting* until its reservation commits, *reserved* until its credential commits,
*issued* after. A killed run leaves rows in these states, and the next run continues each from where it stands: reserved
rows are signed from the stored bytes, and the first stored signature wins. Rows that may not be issued are reported and
left waiting; the others go on. Rows go on in chunks: the register is read and written here, a few statements a chunk,
and what takes the processor is done by a crew.

    issuer = Issuer(register, vault, trust, filings, design=design, clock=clock)
    report = issuer.issue(approved, frame, signer, pieces, progress)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self

from credential.days import day_of
from credential.errors import CredentialError
from credential.filings import VerifiedFilings
from credential.signing import Signer
from credential.trustlist import VerifiedTrustList
from issuer.batches.approval import ApprovedBatch, ApprovedRow, OpenedRow, opened
from issuer.batches.photos import require_photos
from issuer.batches.rows import AwardContent
from issuer.checker import Checked
from issuer.crew import NICE, Crew, Flow, Job
from issuer.db.again import again
from issuer.db.certificates import stored_of_each
from issuer.db.leases import LeaseLostError
from issuer.db.models import AwardState
from issuer.db.sessions import Register
from issuer.documents.face import design_of
from issuer.errors import NotAllowedError, TamperedError
from issuer.integrity.standing import NOTHING_PROVEN, Standings
from issuer.issuing.reserve import Frame, Ready, Refused, Reserving
from issuer.issuing.seen import remember
from issuer.issuing.signing import Part, Signed, SigningKit, done_of, plain_parts, sign_plain
from issuer.issuing.storing import Issued, Storing
from issuer.vault import Vault
from templates.loader import Design

CHUNK: Final = 500
"""Rows of a piece, and of a transaction: a kill repeats at most this much work, and a commit costs milliseconds."""
_READS_AS_ISSUED = frozenset({"valid", "suspended", "withdrawn", "cancelled", "superseded"})
"""What a reader may find of a certificate that was issued rightly."""

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run did. Rows in = issued + already + refused + elsewhere + left (rejected ones never reach a run)."""

    batch: str
    issued: tuple[str, ...]
    """Certificate ids, new in this run."""
    already: int
    """Rows that were issued before."""
    refused: tuple[Refused, ...]
    elsewhere: int = 0
    """Rows that another process had taken."""
    left: int = 0
    """Rows that were not begun: somebody paused the batch, or wanted no more of it for now."""
    checked: Checked | None = None
    """What a reader finds of the first new certificate, once it is published."""

    @property
    def is_disputed(self) -> bool:
        """Whether a reader does not take for issued what was issued."""
        return self.checked is not None and self.checked.outcome not in _READS_AS_ISSUED


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows that are issued together by whoever has taken them."""

    rows: Sequence[ApprovedRow]
    register: Register
    """Refuses to write when another has taken the rows meanwhile."""
    finish: Callable[[], None]
    """Says that they are done. Raises LeaseLostError."""


class _Done(NamedTuple):
    """What became of a chunk."""

    rows: int
    issued: list[str]
    refused: list[Refused]


class Issuer:
    """Issues approved batches of one register against one published trust list."""

    def __init__(
        self,
        register: Register,
        vault: Vault,
        trust: VerifiedTrustList,
        filings: VerifiedFilings,
        *,
        design: Design,
        clock: Callable[[], datetime],
        standings: Standings = NOTHING_PROVEN,
    ) -> None:
        self._standings = standings
        self._register = register
        self._vault = vault
        self._trust = trust
        self._filings = filings
        self._design = design_of(design)
        self._clock = clock

    def issue(
        self,
        batch: ApprovedBatch,
        frame: Frame,
        signer: Signer,
        rounds: Iterable[Iterable[Piece]],
        progress: Progress | None = None,
        *,
        members: int,
        between: Callable[[], object] = bool,
    ) -> Report:
        """Issue rows of a batch whose approval was just proven (``verify_approved``).

        Args:
            batch: the batch.
            frame: what its certificates have in common.
            signer: the authority's credential key.
            rounds: rows of it, taken one piece after the other while others are under way; a round begins when the one
                before it is stored.
            progress: called with rows done and rows in all.
            members: processes that sign; they stand back for this one.
            between: called between two steps of chunks, for what must not wait until one is done.

        Raises:
            NotAllowedError: ``trust_expired``; ``key_not_good``: the signer's key is not this authority's, or not good.
            TamperedError: something stored is not what was approved: nothing more is signed.
            MachineError: ``member_ended``.
        """
        self._check_signer(batch, signer)
        kit = SigningKit(
            vault=self._vault,
            signer=signer,
            trust=self._trust,
            filings=self._filings,
            frame=frame,
            design=self._design,
        )
        run = Run(self._register, self._clock, batch, kit, self._standings)
        already = sum(row.state is AwardState.ISSUED for row in batch.rows)
        issued: list[str] = []
        refused: list[Refused] = []
        done = already
        with Crew(kit, members, nice=NICE) as crew:
            for pieces in rounds:
                for each in crew.run(map(run.piece, pieces), between):
                    issued += each.issued
                    refused += each.refused
                    done += each.rows
                    if progress is not None:
                        progress(done, len(batch.rows))
        refused.sort(key=lambda each: each.sheet_row)
        left = len(batch.rows) - done
        return Report(batch=batch.id, issued=tuple(issued), already=already, refused=tuple(refused), left=left)

    def _check_signer(self, batch: ApprovedBatch, signer: Signer) -> None:
        now = self._clock().replace(microsecond=0)
        try:
            self._trust.check_fresh(now)
        except CredentialError as error:
            message = f"the trust list is over ({error}); the root signs it again"
            raise NotAllowedError("trust_expired", message) from error
        try:
            entry = self._trust.key(signer.key_id, use="credential")
            entry.check_signs_now(now)
        except CredentialError as error:
            message = f"the credential key of {batch.authority} is not good in the published trust list: {error}"
            raise NotAllowedError("key_not_good", message) from error
        if entry.authority != batch.authority:
            raise NotAllowedError("key_not_good", f"key {signer.key_id.hex()} belongs to {entry.authority}")


def to_issue(rows: Sequence[ApprovedRow]) -> list[ApprovedRow]:
    """Return the rows that are to be issued: those that wait, and those that a run reserved that died."""
    return [row for row in rows if row.state in {AwardState.WAITING, AwardState.RESERVED}]


class Run:
    """One run over a batch."""

    def __init__(
        self,
        register: Register,
        clock: Callable[[], datetime],
        batch: ApprovedBatch,
        kit: SigningKit,
        standings: Standings = NOTHING_PROVEN,
    ) -> None:
        self._register = register
        self._clock = clock
        self._batch = batch
        self._kit = kit
        self._reserving = Reserving(kit.vault, kit.trust, kit.filings, kit.frame, kit.design, standings=standings)
        self._storing = Storing(batch, lambda session, row: self._reserving.replaceable(session, row, self._clock()))

    def piece(self, piece: Piece) -> Flow[_Done]:
        """Issue the rows of a piece; what another process has taken meanwhile is left to it."""
        done = _Done(rows=0, issued=[], refused=[])
        try:
            done = yield from self.on(piece.register).chunk(piece.rows)
            piece.finish()
        except LeaseLostError:
            pass
        return done

    def on(self, register: Register) -> Self:
        """Return this run with another register to write."""
        other = copy(self)
        other._register = register
        return other

    def chunk(self, rows: Sequence[ApprovedRow]) -> Flow[_Done]:
        """Reserve the rows of a chunk, have them signed, and store them: three transactions and one that reads."""
        with self._register.read() as session:
            # Whoever had these rows before may have issued some since the batch was looked at.
            here = [
                each
                for each in opened(session, self._kit.vault, self._batch.id, rows)
                if each.content.state is not AwardState.ISSUED
            ]
        ready, refused = self.reserve([each.content for each in here])
        parts = self.read_back(ready, {each.content.award: each for each in here})
        done = done_of((yield Job(sign_plain, plain_parts(parts))))
        signed = [
            Issued(row=each.row, signed=found)
            for each, found in zip(ready, done, strict=True)
            if isinstance(found, Signed)
        ]
        refused += [each for each in done if isinstance(each, Refused)]
        stored, unstored = self.store(signed)
        return _Done(rows=len(rows), issued=[each.signed.certificate for each in stored], refused=[*refused, *unstored])

    @again
    def reserve(self, contents: Sequence[AwardContent]) -> tuple[list[Ready], list[Refused]]:
        """Reserve what rows need, in one transaction."""
        with self._register.write() as session:
            return self._reserving.reserve(session, contents, now=self._clock())

    @again
    def store(self, signed: Sequence[Issued]) -> tuple[list[Issued], list[Refused]]:
        """Store what was signed, in one transaction. Returns what is new, and what was refused."""
        with self._register.write() as session:
            stored = self._storing.store(session, signed, now=self._clock().replace(microsecond=0))
        marks = {each.signed.certificate: each.signed.mark for each in stored[0]}
        remember(session, {each: mark for each, mark in marks.items() if mark is not None})
        return stored

    def read_back(self, ready: Sequence[Ready], rows: Mapping[str, OpenedRow]) -> list[Part]:
        """What was reserved, as it is stored: that is signed, and nothing that was only in memory."""
        if not ready:
            return []
        with self._register.read() as session:
            awards = [each.row.award for each in ready]
            stored = {each.award: each for each in stored_of_each(session, awards=awards)}
            # Whoever altered a photo is found before anything is signed.
            require_photos(session, self._kit.vault, [each.row for each in ready])
        parts, today = [], day_of(self._clock())
        for each in ready:
            row = each.row
            if row.award not in stored:
                message = f"row {row.draft.sheet_row} is reserved but has no certificate; stop"
                raise TamperedError("no_reservation", message)
            counted_from = None if each.replaced is None else each.replaced.replaced.counted_from
            found = rows[row.award]
            part = Part(row.draft, found.stored, found.leaf, stored[row.award], today, counted_from)
            parts.append(part)
        return parts
