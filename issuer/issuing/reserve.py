"""Reserving: everything of a certificate is fixed and stored before a key signs it.

Number, cti, check code, status index and the exact bytes to be signed are committed together. A run that dies
afterwards is continued from these bytes; nothing is drawn twice.

    claims = reserve(session, vault, row, frame, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from credential import cbor, checkcode
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
from credential.kdf import prefix
from issuer.batches.context import require_issuable
from issuer.batches.rows import AwardContent, move_award
from issuer.db.certificates import Certificate, add_reserved, free_status_index, next_serial
from issuer.db.models import AwardState, HolderRow
from issuer.db.sessions import WriteSession
from issuer.errors import TamperedError
from issuer.identifiers import last_four
from issuer.ids import new_id
from issuer.intake.model import AwardDraft
from issuer.issuing.numbers import NumberFacts, NumberTemplate
from issuer.vault import DataKey, Vault


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


def reserve(session: WriteSession, vault: Vault, row: AwardContent, frame: Frame, *, now: datetime) -> Claims:
    """Reserve a certificate for a waiting row and return what it will say; the caller's transaction commits it.

    Raises:
        CredentialError: the claims break a rule of the format, or the serial is used up.
        ConflictError: the row has a certificate, the person holds this title already, or the status list is full.
        NotAllowedError: ``barred``.
    """
    draft = row.draft
    require_issuable(session, vault, draft, today=day_of(now))
    certificate_id, cti = new_id(frame.token_bytes), frame.token_bytes(CTI_BYTES)
    list_number = prefix(cti, list_bits(frame.status_uris))
    code = checkcode.make(cti, frame.token_bytes(checkcode.RANDOM_LENGTH))
    index = free_status_index(session, status_list=list_number, size=LIST_SIZE)
    claims = to_claims(
        draft,
        frame.authority,
        number=_number(session, draft, frame, now),
        cti=cti,
        status=StatusReference(index=index, uri=frame.status_uris[list_number]),
        issued_at=now.replace(microsecond=0),
    )
    add_reserved(
        session,
        holder_key(session, vault, row.holder),
        claims,
        id=certificate_id,
        holder=row.holder,
        award=row.award,
        status_list=list_number,
        signer_kid=frame.signer_kid,
        to_sign=prepare(claims, frame.signer_kid).to_be_signed,
        check_code=code,
    )
    move_award(session, row.award, AwardState.RESERVED)
    return claims


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


def read_reserved(to_sign: bytes) -> tuple[UnsignedCredential, Claims]:
    """Take the stored bytes apart again: the Sig_structure of RFC 9052 section 4.4.

    Raises:
        TamperedError: ``to_sign``: the bytes are not what ``reserve`` stores.
    """
    match cbor.decode(to_sign, max_bytes=1024):
        case ["Signature1", bytes(protected), b"", bytes(payload)]:
            return UnsignedCredential(protected=protected, payload=payload), decode_claims(payload)
    raise TamperedError(
        "to_sign", "the bytes reserved for signing are not a credential's; stop and tell an administrator"
    )


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


def holder_key(session: WriteSession, vault: Vault, holder: str) -> DataKey:
    """Open a holder's data key. Raises NotAllowedError ``erased``."""
    return vault.unwrap(session.get_one(HolderRow, holder).wrapped_key, table="holders", row=holder)


def _number(session: WriteSession, draft: AwardDraft, frame: Frame, now: datetime) -> str:
    facts = NumberFacts(
        region=frame.region, year=day_of(now).year, level=draft.level, series=draft.series, way=draft.way
    )
    serial = next_serial(session, authority=frame.authority, scope=frame.template.counter(facts))
    return frame.template.format(facts, serial=serial)
