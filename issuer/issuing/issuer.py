"""Issuing a batch: reserve, lint, sign, check, store; the document and the publication follow.

Order and crashes (DESIGN 6): a row is *waiting* until its reservation commits, *reserved* until its credential commits,
*issued* after. A killed run leaves rows in these states, and the next run continues each from where it stands: reserved
rows are signed from the stored bytes, and the first stored signature wins. Rows that may not be issued are reported and
left waiting; the others go on.

    issuer = Issuer(register, vault, trust, filings, design=design, clock=clock)
    report = issuer.issue(approved, frame, signer, progress)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from credential.claims import Claims, CredentialBytes, parse
from credential.days import day_of
from credential.errors import CodedError, CredentialError
from credential.face import Face
from credential.filings import VerifiedFilings
from credential.history import ACT_OF, EventKind, Reason, Replaced
from credential.sealed import NONCE_BYTES, Kind, seal
from credential.signing import Signer
from credential.trustlist import VerifiedTrustList
from issuer import audit, faces
from issuer.batches.approval import ApprovedBatch
from issuer.batches.context import require_not_barred
from issuer.batches.photos import photo_of
from issuer.batches.rows import AwardContent, move_awards
from issuer.checker import Checked
from issuer.db import outbox
from issuer.db.certificates import Certificate, by_award, by_id, content, store_signed
from issuer.db.events import Event, append_event
from issuer.db.faces import add_draft
from issuer.db.models import AwardState, SealedCertificateRow, Stage
from issuer.db.outbox import Topic
from issuer.db.sessions import ReadSession, Register, WriteSession
from issuer.documents.face import design_of, members_of
from issuer.errors import IssuerError, NotAllowedError, TamperedError
from issuer.intake.model import AwardDraft
from issuer.issuing.authority import check_authorised
from issuer.issuing.reserve import Frame, check_reserved, holder_key, read_reserved, reserve
from issuer.status.replacing import Replaceable, require_replaceable
from issuer.vault import Vault
from templates.loader import Design

CHUNK = 100
"""Rows a transaction: a kill repeats at most this much work, and each commit costs a few milliseconds."""
_READS_AS_ISSUED = frozenset({"valid", "suspended", "withdrawn", "cancelled", "superseded"})
"""What a reader may find of a certificate that was issued rightly."""

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that was not issued, and why; it stays waiting."""

    sheet_row: int
    code: str
    message: str
    fields: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run did. Rows in = issued + already + refused (rejected ones never reach a run)."""

    batch: str
    issued: tuple[str, ...]
    """Certificate ids, new in this run."""
    already: int
    """Rows that were issued before."""
    refused: tuple[Refused, ...]
    checked: Checked | None = None
    """What a reader finds of the first new certificate, once it is published."""

    @property
    def is_disputed(self) -> bool:
        """Whether a reader does not take for issued what was issued."""
        return self.checked is not None and self.checked.outcome not in _READS_AS_ISSUED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    certificate: Certificate
    credential: CredentialBytes
    check_code: str = field(repr=False)
    face: bytes = field(repr=False)
    """What its document prints beyond it, for the publisher to sign."""
    row: AwardContent


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
    ) -> None:
        self._register = register
        self._vault = vault
        self._trust = trust
        self._filings = filings
        self._design = design_of(design)
        self._clock = clock

    def issue(self, batch: ApprovedBatch, frame: Frame, signer: Signer, progress: Progress | None = None) -> Report:
        """Issue every row of a batch whose approval was just proven (``verify_approved``).

        Raises:
            NotAllowedError: ``trust_expired``; ``key_not_good``: the signer's key is not this authority's, or not good.
            TamperedError: something stored is not what was approved: nothing more is signed.
        """
        self._check_signer(batch, signer)
        issued: list[str] = []
        refused: list[Refused] = []
        todo = [row for row in batch.rows if row.state in {AwardState.WAITING, AwardState.RESERVED}]
        already = sum(row.state is AwardState.ISSUED for row in batch.rows)
        for start in range(0, len(todo), CHUNK):
            chunk = todo[start : start + CHUNK]
            ready = self._reserve(chunk, frame, refused)
            issued += self._sign(ready, frame, signer, batch, refused)
            if progress is not None:
                progress(already + start + len(chunk), len(batch.rows))
        return Report(batch=batch.id, issued=tuple(issued), already=already, refused=tuple(refused))

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

    def _reserve(self, rows: Sequence[AwardContent], frame: Frame, refused: list[Refused]) -> list[AwardContent]:
        """Reserve the waiting rows of a chunk in one transaction, each in a savepoint of its own."""
        ready: list[AwardContent] = []
        with self._register.write() as session:
            for row in rows:
                try:
                    with session.begin_nested():
                        if row.state is AwardState.WAITING:
                            self._reserve_row(session, row, frame)
                        else:
                            today = day_of(self._clock())
                            require_not_barred(session, self._vault, row.draft, today=today)
                            self._replaceable(session, row, frame.authority)
                    ready.append(row)
                except TamperedError:
                    raise
                except (IssuerError, CredentialError) as error:
                    refused.append(_refused(row, error))
        return ready

    def _reserve_row(self, session: WriteSession, row: AwardContent, frame: Frame) -> None:
        """Reserve, and ask before the reservation commits whether it may be issued: a refused row takes no number.

        So does one whose document would print what no face can say. A photo that is not the signed one stops all.
        """
        now = self._clock()
        replaced = self._replaceable(session, row, frame.authority)
        claims = reserve(session, self._vault, row, frame, now=now)
        self._check_authorised(claims, replaced, day_of(now))
        members_of(row.draft, self._design)
        photo_of(session, self._vault, row)

    def _replaceable(self, session: ReadSession, row: AwardContent, authority: str) -> Replaceable | None:
        """Ask about the certificate that a row replaces: it may have moved on since the row was approved."""
        today = day_of(self._clock())
        return require_replaceable(session, self._vault, row.draft, authority=authority, trust=self._trust, today=today)

    def _check_authorised(self, claims: Claims, replaced: Replaceable | None, issued_on: date) -> None:
        counted_from = None if replaced is None else replaced.replaced.counted_from
        check_authorised(self._trust, self._filings, claims, issued_on=issued_on, counted_from=counted_from)

    def _sign(
        self,
        rows: Sequence[AwardContent],
        frame: Frame,
        signer: Signer,
        batch: ApprovedBatch,
        refused: list[Refused],
    ) -> list[str]:
        signed: list[_Signed] = []
        with self._register.read() as session:
            for row in rows:
                try:
                    signed.append(self._sign_row(session, row, frame, signer))
                except TamperedError:
                    raise
                except (IssuerError, CredentialError) as error:
                    # Reserved by a run that died, and not allowed any more: it keeps its number and is reported.
                    refused.append(_refused(row, error))
        return self._store_chunk(signed, batch, refused)

    def _store_chunk(self, signed: Sequence[_Signed], batch: ApprovedBatch, refused: list[Refused]) -> list[str]:
        """Store what was signed, each with its first event and what that brings, in one transaction."""
        done: list[str] = []
        stored: list[Certificate] = []
        actor = batch.approved_by
        with self._register.write() as session:
            now = self._clock().replace(microsecond=0)
            for each in signed:
                try:
                    new = self._store_replacing(session, each, batch, now)
                except TamperedError:
                    raise
                except (IssuerError, CredentialError) as error:
                    # What it replaces has moved on since: nothing is stored, and it is reported.
                    refused.append(_refused(each.row, error))
                    continue
                done.append(each.certificate.id)
                stored += [each.certificate] if new else []
            move_awards(session, [each.award for each in stored], AwardState.ISSUED)
            outbox.put_all(session, topic=Topic.PUBLISH, objects=[each.id for each in stored], now=now)
            numbers = [each.number for each in stored]
            audit.append_all(session, actor=actor, act="certificate.issue", subjects=numbers, now=now)
        return done

    def _sign_row(self, session: ReadSession, row: AwardContent, frame: Frame, signer: Signer) -> _Signed:
        """Lint the stored bytes, sign them, and check the result with the published trust list as a reader would."""
        photo_of(session, self._vault, row)  # the document needs it; who altered it is found before anything is signed
        certificate = by_award(session, row.award)
        if certificate is None:
            raise TamperedError("no_reservation", f"row {row.draft.sheet_row} is reserved but has no certificate; stop")
        stored = content(session, self._vault, certificate.id)
        unsigned, claims = read_reserved(stored.to_sign)
        if certificate.signer_kid != signer.key_id:
            message = f"{claims.number} is laid out for key {certificate.signer_kid.hex()}; open that key to finish it"
            raise NotAllowedError("reserved_key", message, number=claims.number)
        check_reserved(row.draft, claims, certificate, authority=frame.authority, status_uris=frame.status_uris)
        self._check_authorised(claims, self._replaceable(session, row, frame.authority), day_of(self._clock()))
        credential = unsigned.assemble(signer.sign(unsigned.to_be_signed))
        unverified = parse(credential)
        entry = self._trust.key(unverified.key_id, use="credential")
        if unverified.verify(entry.key) != claims or entry.authority != claims.issuer:
            raise TamperedError("signed_differs", f"{claims.number}: the signed bytes do not say what was linted")
        members = members_of(row.draft, self._design)
        face = Face(cti=claims.cti, credential_digest=unverified.digest, members=members)
        return _Signed(
            certificate=certificate,
            credential=credential,
            face=faces.drafted(face, signer),
            check_code=stored.check_code,
            row=row,
        )

    def _store_replacing(self, session: WriteSession, signed: _Signed, batch: ApprovedBatch, now: datetime) -> bool:
        """Store one credential; in the same transaction the certificate that it replaces learns of it.

        Raises:
            IssuerError: it may not be replaced any more; nothing of this one is stored.
        """
        if signed.row.draft.replaces is None:
            return self._store(session, signed, None, now)
        with session.begin_nested():
            if _is_stored(session, signed.certificate.id):
                return False
            found = self._replaceable(session, signed.row, batch.authority)
            assert found is not None
            self._store(session, signed, found.replaced, now)
            _tell_replaced(session, found, signed, batch, now)
        return True

    def _store(self, session: WriteSession, signed: _Signed, replaced: Replaced | None, now: datetime) -> bool:
        """Store one credential with its first event; False when the same is stored already."""
        certificate, credential = signed.certificate, signed.credential
        new = store_signed(
            session,
            holder_key(session, self._vault, certificate.holder),
            certificate.id,
            credential=credential,
            kid=certificate.signer_kid,
            issued_on=day_of(now),
            now=now,
        )
        if not new:
            return False
        code = signed.check_code.encode("ascii")
        record = seal(Kind.CERTIFICATE, code, credential, nonce=secrets.token_bytes(NONCE_BYTES))
        session.add(SealedCertificateRow(certificate=certificate.id, record=record))
        add_draft(session, certificate.id, cti=certificate.cti, draft=signed.face)
        event = issued_event(certificate.authority, signed.row.draft, replaced, now)
        append_event(session, certificate.id, event)
        return True


def issued_event(authority: str, draft: AwardDraft, replaced: Replaced | None, now: datetime) -> Event:
    """Return the first event of a certificate: what issuing writes, and what is asked of it again before it is signed.

    Args:
        authority: whose certificate it is.
        draft: the approved row.
        replaced: what the row replaces.
        now: aware instant, whole seconds.
    """
    return Event(
        kind=EventKind.ISSUED,
        effective=day_of(now),
        recorded=now,
        authority=authority,
        basis="",
        document=draft.decision_document,
        reason=Reason.NONE,
        replaces=None if replaced is None else replaced.number,
        counted_from=None if replaced is None else replaced.counted_from,
    )


def _is_stored(session: ReadSession, certificate_id: str) -> bool:
    return by_id(session, certificate_id).stage is Stage.SIGNED


def _tell_replaced(
    session: WriteSession, found: Replaceable, signed: _Signed, batch: ApprovedBatch, now: datetime
) -> None:
    """Append the event of the certificate that was replaced, by the word of those who approved the batch."""
    older, successor = found.certificate, signed.certificate.number
    document = signed.row.draft.decision_document
    event = found.event(
        authority=batch.authority, document=document, successor=successor, statement=batch.statement, now=now
    )
    append_event(session, older.id, event)
    outbox.put(session, topic=Topic.PUBLISH, object=older.id, now=now)
    act = f"certificate.{ACT_OF[found.kind].value}"
    details = {"document": document, "from": older.state.value, "successor": successor}
    audit.append(session, actor=batch.approved_by, act=act, subject=older.number, now=now, details=details)


def _refused(row: AwardContent, error: CodedError) -> Refused:
    return Refused(sheet_row=row.draft.sheet_row, code=error.code, message=str(error), fields=error.fields)
