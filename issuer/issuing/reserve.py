"""Reserving: everything of a certificate is fixed and stored before a key signs it.

Number, cti, check code, status index and the exact bytes to be signed are committed together. A run that dies
afterwards is continued from these bytes; nothing is drawn twice. What a reader would refuse takes no number.

    ready, refused = Reserving(vault, trust, filings, frame, design).reserve(session, rows, now=now)
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credential import cbor, checkcode, face
from credential.claims import (
    CTI_BYTES,
    LIST_SIZE,
    Claims,
    Scope,
    StatusReference,
    UnsignedCredential,
    decode_claims,
    prepare,
)
from credential.days import day_of
from credential.errors import CodedError, CredentialError
from credential.filings import VerifiedFilings
from credential.kdf import prefix
from credential.trustlist import VerifiedTrustList
from issuer.batches.asking import Asked
from issuer.batches.context import refuse_barred, require_asked
from issuer.batches.photos import require_photos
from issuer.batches.rows import AwardContent, move_awards
from issuer.db.certificates import Certificate, Reserved, add_all_reserved, free_status_indexes, next_serials
from issuer.db.models import AwardState, HolderRow
from issuer.db.sessions import ReadSession, WriteSession, chunked
from issuer.documents.face import members_of
from issuer.errors import ConflictError, IssuerError, TamperedError
from issuer.identifiers import last_four
from issuer.ids import new_id
from issuer.intake.model import AwardDraft
from issuer.integrity.standing import NOTHING_PROVEN, Standings
from issuer.issuing.authority import Rights, award_of_row, basis_of_row
from issuer.issuing.numbers import NumberFacts, NumberTemplate
from issuer.status.replacing import Replaceable, require_replaceable
from issuer.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all certificates of one run have in common."""

    authority: str
    region: str
    template: NumberTemplate
    signer_kid: bytes
    status_uris: tuple[str, ...]
    """Address of each status list, in order; their number is a power of two."""
    token_bytes: Callable[[int], bytes] = secrets.token_bytes


def list_bits(status_uris: Sequence[str]) -> int:
    """How many leading bits of the prefix choose the status list."""
    return (len(status_uris) - 1).bit_length()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that was not issued, and why; it stays waiting, or reserved."""

    sheet_row: int
    code: str
    message: str
    fields: Mapping[str, object] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, row: AwardContent, error: CodedError) -> Self:
        """Return what is reported of a row that an error stands against."""
        return cls.at(row.draft.sheet_row, error)

    @classmethod
    def at(cls, sheet_row: int, error: CodedError) -> Self:
        """As ``of``, of a row by its number in the sheet."""
        return cls(sheet_row=sheet_row, code=error.code, message=str(error), fields=error.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A row whose certificate is reserved, now or by a run that died."""

    row: AwardContent
    replaced: Replaceable | None
    """The certificate that it replaces, as it stood when this was asked."""


class Reserving:
    """Reserves rows of one run, many with few statements.

    A row that may not be issued is refused, takes no number and stops no other. Rows are reserved together; where that
    fails they are reserved one by one, each in a savepoint of its own, by the same code, so the results are the same.
    """

    def __init__(
        self,
        vault: Vault,
        trust: VerifiedTrustList,
        filings: VerifiedFilings,
        frame: Frame,
        design: face.Design,
        *,
        standings: Standings = NOTHING_PROVEN,
    ) -> None:
        self._vault = vault
        self._standings = standings
        self._trust = trust
        self._frame = frame
        self._design = design
        self._rights = Rights(trust, filings, frame.authority)

    def reserve(
        self, session: WriteSession, rows: Sequence[AwardContent], *, now: datetime
    ) -> tuple[list[Ready], list[Refused]]:
        """Reserve the waiting rows, and ask once more about those that are reserved; the caller commits.

        Returns:
            The rows to be signed, in their order, and those that were refused.

        Raises:
            TamperedError: something stored is not what was approved: nothing more is signed.
        """
        # Rows of one person are asked about one after the other, each with the one before reserved.
        if len({row.holder for row in rows}) == len(rows):
            refused: list[Refused] = []
            try:
                with session.begin_nested():
                    return self._together(session, rows, refused, now), refused
            except TamperedError:
                raise
            except (IssuerError, CredentialError, IntegrityError):
                pass  # something of one of them: it is found below
        return self._one_by_one(session, rows, now)

    def _one_by_one(
        self, session: WriteSession, rows: Sequence[AwardContent], now: datetime
    ) -> tuple[list[Ready], list[Refused]]:
        ready: list[Ready] = []
        refused: list[Refused] = []
        for row in rows:
            try:
                with session.begin_nested():
                    ready += self._together(session, [row], refused, now)
            except TamperedError:
                raise
            except (IssuerError, CredentialError) as error:
                refused.append(Refused.of(row, error))
        return ready, refused

    def _together(
        self, session: WriteSession, rows: Sequence[AwardContent], refused: list[Refused], now: datetime
    ) -> list[Ready]:
        wrapped = locked_holders(session, [row.holder for row in rows])  # what is asked about a person stays so
        asked = Asked(session, self._vault, waiting=False, standings=self._standings)
        asked.ahead([row.draft for row in rows], day_of(now))
        ready: list[Ready] = []
        for row in rows:
            try:
                ready.append(self._asked(session, asked, row, now))
            except TamperedError:
                raise
            except (IssuerError, CredentialError) as error:
                refused.append(Refused.of(row, error))
        new = [each.row for each in ready if each.row.state is AwardState.WAITING]
        require_photos(session, self._vault, new)
        self._add(session, new, wrapped, now)
        return ready

    def _asked(self, session: ReadSession, asked: Asked, row: AwardContent, now: datetime) -> Ready:
        """Ask everything that stands against a row before a number is taken for it."""
        draft, today = row.draft, day_of(now)
        if row.state is AwardState.RESERVED:
            refuse_barred(asked.bars(draft, today), draft)
            return Ready(row=row, replaced=self.replaceable(session, row, now))
        if row.state is not AwardState.WAITING:
            message = f"row {draft.sheet_row} is {row.state.value} since the batch was looked at"
            raise ConflictError("wrong_state", message, award=row.award, state=row.state.value)
        replaced = self.replaceable(session, row, now)
        require_asked(asked, draft, today=today)
        counted_from = None if replaced is None else replaced.replaced.counted_from
        what = f"row {draft.sheet_row}"
        self._rights.check(
            award_of_row(draft), basis_of_row(draft), today, counted_from, what=what, sheet_row=draft.sheet_row
        )
        members_of(draft, self._design)
        return Ready(row=row, replaced=replaced)

    def replaceable(self, session: ReadSession, row: AwardContent, now: datetime) -> Replaceable | None:
        """Ask about the certificate that a row replaces: it may have moved on. Raises as ``require_replaceable``."""
        return require_replaceable(
            session,
            self._vault,
            row.draft,
            authority=self._frame.authority,
            trust=self._trust,
            today=day_of(now),
            standings=self._standings,
        )

    def _add(
        self, session: WriteSession, rows: Sequence[AwardContent], wrapped: Mapping[str, bytes | None], now: datetime
    ) -> None:
        """Draw and store everything of the certificates of rows: numbers, cti, codes, places and bytes to be signed."""
        if not rows:
            return
        frame = self._frame
        ctis = [frame.token_bytes(CTI_BYTES) for _ in rows]
        lists = [prefix(cti, list_bits(frame.status_uris)) for cti in ctis]
        indexes = free_status_indexes(session, lists, size=LIST_SIZE)
        keys = {
            each: self._vault.unwrap(wrapped[each], table="holders", row=each)
            for each in dict.fromkeys(row.holder for row in rows)
        }
        numbers = _numbers(session, [row.draft for row in rows], frame, now)
        sealed = []
        for row, cti, number, status_list, index in zip(rows, ctis, numbers, lists, indexes, strict=True):
            claims = to_claims(
                row.draft,
                frame.authority,
                number=number,
                cti=cti,
                status=StatusReference(index=index, uri=frame.status_uris[status_list]),
                issued_at=now.replace(microsecond=0),
            )
            reserved = Reserved(
                id=new_id(frame.token_bytes),
                claims=claims,
                holder=row.holder,
                award=row.award,
                status_list=status_list,
                signer_kid=frame.signer_kid,
                to_sign=prepare(claims, frame.signer_kid).to_be_signed,
                check_code=checkcode.make(cti, frame.token_bytes(checkcode.RANDOM_LENGTH)),
            )
            sealed.append(reserved.sealed(keys[row.holder]))
        move_awards(session, [row.award for row in rows], AwardState.RESERVED)
        add_all_reserved(session, sealed)


def to_claims(
    draft: AwardDraft, authority: str, *, number: str, cti: bytes, status: StatusReference, issued_at: datetime
) -> Claims:
    """Return what the credential of an award will say (FORMAT 2)."""
    scope = draft.scope
    return Claims(
        issuer=authority,
        issued_at=issued_at,
        cti=cti,
        status=status,
        name=draft.name,
        id_last4=last_four(draft.id_number),
        number=number,
        series=draft.series,
        title=draft.title,
        specialty=draft.specialty,
        level=draft.level,
        way=draft.way,
        award_date=draft.award_date,
        basis_kind=int(draft.basis_kind),
        basis_reference=draft.basis_reference,
        scope=None if scope is None else Scope(region=int(scope.region), name=scope.name),
    )


def read_reserved(to_sign: bytes) -> UnsignedCredential:
    """Take the stored bytes apart again: the Sig_structure of RFC 9052 section 4.4.

    Raises:
        TamperedError: ``to_sign``: the bytes are not what ``reserve`` stores.
    """
    match cbor.decode(to_sign, max_bytes=1024):
        case ["Signature1", bytes(protected), b"", bytes(payload)]:
            return UnsignedCredential(protected=protected, payload=payload)
    raise TamperedError(
        "to_sign", "the bytes reserved for signing are not a credential's; stop and tell an administrator"
    )


def reserved_claims(
    payload: bytes, draft: AwardDraft, certificate: Certificate, *, authority: str, status_uris: Sequence[str]
) -> Claims:
    """Return what the payload of a credential says, as ``check_reserved`` checks it.

    What it has to say is made again, and the bytes are compared. A payload of other bytes is read: that says why.

    Raises:
        CredentialError: it says nothing that a credential may.
        TamperedError: ``reserved_differs``.
    """
    expected = _expected(draft, certificate, authority, status_uris)
    if expected is not None and expected.encode() == payload:
        return expected
    claims = decode_claims(payload)
    check_reserved(draft, claims, certificate, authority=authority, status_uris=status_uris)
    return claims


def _expected(draft: AwardDraft, certificate: Certificate, authority: str, status_uris: Sequence[str]) -> Claims | None:
    """What the credential of a row has to say by what is reserved; None where that is not in order."""
    status_list = prefix(certificate.cti, list_bits(status_uris))
    if (certificate.authority, certificate.status_list) != (authority, status_list):
        return None
    status = StatusReference(index=certificate.status_index, uri=status_uris[status_list])
    try:
        return to_claims(
            draft,
            authority,
            number=certificate.number,
            cti=certificate.cti,
            status=status,
            issued_at=certificate.reserved_at,
        )
    except CredentialError:
        return None


def check_reserved(
    draft: AwardDraft, claims: Claims, certificate: Certificate, *, authority: str, status_uris: Sequence[str]
) -> None:
    """Lint: a credential says what two operators approved, under the identity that was reserved.

    It is asked before the credential is signed, and again before the certificate is registered.

    Args:
        draft: the row, as it was approved.
        claims: what the credential says.
        certificate: the register's row of it.
        authority: whose batch it is.
        status_uris: address of each status list, in order.

    Raises:
        TamperedError: ``reserved_differs``.
    """
    expected = to_claims(
        draft, authority, number=claims.number, cti=claims.cti, status=claims.status, issued_at=claims.issued_at
    )
    list_number = prefix(claims.cti, list_bits(status_uris))
    identity = (claims.issuer, claims.number, claims.cti, claims.status.index, claims.status.uri, list_number)
    reserved = (
        certificate.authority,
        certificate.number,
        certificate.cti,
        certificate.status_index,
        status_uris[list_number],
        certificate.status_list,
    )
    if claims != expected or identity != reserved:
        message = (
            f"what is reserved for {certificate.number} is not row {draft.sheet_row} as approved; nothing was signed"
        )
        raise TamperedError("reserved_differs", message, number=claims.number)


def locked_holders(session: WriteSession, holders: Collection[str]) -> dict[str, bytes | None]:
    """Lock holders by their ids until the transaction ends; return their wrapped keys, None of those who are erased.

    So two runs that reserve for one person wait for each other, and so does a withdrawal that bars the person.
    """
    found: dict[str, bytes | None] = {}
    for chunk in chunked(sorted(set(holders))):
        query = select(HolderRow.id, HolderRow.wrapped_key).where(HolderRow.id.in_(chunk)).order_by(HolderRow.id)
        found |= dict(session.execute(query.with_for_update(key_share=True)).all())
    return found


def _numbers(session: WriteSession, drafts: Sequence[AwardDraft], frame: Frame, now: datetime) -> list[str]:
    """Take a number for each row, in their order. Raises SerialExhaustedError."""
    year, template = day_of(now).year, frame.template
    asked = [(draft.level, draft.series, draft.way) for draft in drafts]
    facts = {
        each: NumberFacts(region=frame.region, year=year, level=each[0], series=each[1], way=each[2])
        for each in set(asked)
    }
    scopes = {each: template.counter(found) for each, found in facts.items()}
    serials = {
        scope: iter(next_serials(session, count, authority=frame.authority, scope=scope))
        for scope, count in sorted(Counter(scopes[each] for each in asked).items())  # every run locks in this order
    }
    return [template.format(facts[each], serial=next(serials[scopes[each]])) for each in asked]
