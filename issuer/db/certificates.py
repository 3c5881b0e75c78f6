"""The repository of certificates: reserving, storing signatures, finding, events. Several domains share it.

Rules: it holds SQL and the order of stages, no policy: who may withdraw is decided before. Reserving happens in one
transaction: ``next_serial``, ``free_status_index`` and ``add_reserved`` together, so that a number that is taken has a
row that explains it. The first stored signature wins; storing another one is refused.

    serial = next_serial(session, authority="sf-rst", scope="2026-05")
    index = free_status_index(session, status_list=0, size=1 << 20)
    add_reserved(session, holder_key, claims, id=..., to_sign=..., ...)
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select

from credential.claims import Claims
from credential.sealed import Kind, record_keys
from credential.statuslist import Status
from issuer.db.models import AwardRow, CertificateRow, HolderRow, NumberCounterRow, Stage
from issuer.db.sessions import ReadSession, WriteSession, chunked
from issuer.errors import ConflictError, IssuerError, NotAllowedError, NotFoundError
from issuer.vault import DataKey, Vault

_TABLE: Final = "certificates"
_INDEX_TRIES: Final = 200
"""A list that is 90 % full fails this often once in 10^9: then it counts as full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate without its personal content."""

    id: str
    number: str
    cti: bytes = field(repr=False)
    authority: str
    holder: str
    award: str
    stage: Stage
    state: Status
    awarded_on: date
    basis_reference: str
    status_list: int
    status_index: int
    signer_kid: bytes
    credential_digest: bytes | None
    credential_kid: bytes | None
    issued_on: date | None
    issued_at: datetime | None
    document_path: str | None
    document_digest: bytes | None
    document_design: str | None
    first_published: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateContent:
    """What only the holder's data key opens."""

    to_sign: bytes = field(repr=False)
    credential: bytes | None = field(repr=False)
    check_code: str = field(repr=False)


def next_serial(session: WriteSession, *, authority: str, scope: str) -> int:
    """Take the next serial (1, 2, 3 ...) of ``scope``. It is taken only if the transaction commits: no gaps."""
    key = {"authority": authority, "scope": scope}
    counter = session.get(NumberCounterRow, key, with_for_update=True, populate_existing=True)
    if counter is None:
        counter = NumberCounterRow(authority=authority, scope=scope, last=0)
        session.add(counter)
    counter.last += 1
    session.flush()
    return counter.last


def free_status_index(
    session: ReadSession, *, status_list: int, size: int, randbelow: Callable[[int], int] = secrets.randbelow
) -> int:
    """Return a free index of the list, at random, so that an index tells nothing about when or for whom.

    Raises:
        ConflictError: code ``status_list_full``.
    """
    taken = select(CertificateRow.id).where(CertificateRow.status_list == status_list)
    for _ in range(_INDEX_TRIES):
        index = randbelow(size)
        if session.scalar(taken.where(CertificateRow.status_index == index)) is None:
            return index
    message = f"status list {status_list} is as good as full; plan more lists for a new deployment"
    raise ConflictError("status_list_full", message, status_list=status_list)


def add_reserved(
    session: WriteSession,
    key: DataKey,
    claims: Claims,
    *,
    id: str,
    holder: str,
    award: str,
    status_list: int,
    signer_kid: bytes,
    to_sign: bytes,
    check_code: str,
) -> None:
    """Store what is fixed before a certificate is signed.

    Args:
        session: the transaction that also took the serial and the status index.
        key: the holder's data key, which seals what is personal.
        claims: what the credential will say.
        id: of the new row.
        holder: whose it is.
        award: the row of the batch that it comes from.
        status_list: number of the list that ``claims.status`` names by its address.
        signer_kid: the key that is to sign.
        to_sign: the exact bytes to be signed.
        check_code: 20 characters.

    Raises:
        ConflictError: ``award_taken``: the award has a certificate.
    """
    if session.scalar(select(CertificateRow.id).where(CertificateRow.award == award)) is not None:
        raise ConflictError("award_taken", f"award {award} has a certificate already", award=award)
    session.add(
        CertificateRow(
            id=id,
            number=claims.number,
            cti=claims.cti,
            authority=claims.issuer,
            holder=holder,
            award=award,
            stage=Stage.RESERVED,
            state=Status.VALID,
            awarded_on=claims.award_date,
            basis_reference=claims.basis_reference,
            status_list=status_list,
            status_index=claims.status.index,
            reserved_at=claims.issued_at,
            signer_kid=signer_kid,
            to_sign=key.seal(to_sign, table=_TABLE, column="to_sign", row=id),
            check_code=key.seal(check_code.encode(), table=_TABLE, column="check_code", row=id),
            check_code_locator=record_keys(Kind.CERTIFICATE, check_code.encode("ascii")).locator,
        )
    )
    session.flush()


def store_signed(
    session: WriteSession,
    key: DataKey,
    certificate_id: str,
    *,
    credential: bytes,
    kid: bytes,
    issued_on: date,
    now: datetime,
) -> bool:
    """Store the credential of a reserved certificate. Returns False, and changes nothing, if the same is stored.

    Raises:
        ConflictError: code ``signed_already`` (another credential is stored; the first wins) or ``void``.
    """
    row = _locked(session, certificate_id)
    digest = hashlib.sha256(credential).digest()
    if row.stage is Stage.VOID:
        raise ConflictError("void", f"certificate {row.number} is void and is not signed", number=row.number)
    if row.stage is Stage.SIGNED:
        if row.credential_digest != digest:
            raise ConflictError(
                "signed_already", f"certificate {row.number} has another credential already", number=row.number
            )
        return False
    row.credential = key.seal(credential, table=_TABLE, column="credential", row=row.id)
    row.credential_digest, row.credential_kid = digest, kid
    row.issued_on, row.issued_at = issued_on, now
    row.stage = Stage.SIGNED
    session.flush()
    return True


def void(session: WriteSession, certificate_id: str, *, reason: str) -> None:
    """Mark a reserved certificate as come to nothing; its number stays explained. Planned: a command that does.

    Raises:
        ConflictError: ``not_reserved``: it is signed, or void already.
    """
    row = _locked(session, certificate_id)
    if row.stage is not Stage.RESERVED:
        raise ConflictError(
            "not_reserved", f"certificate {row.number} is {row.stage.value} and cannot become void", number=row.number
        )
    row.stage, row.void_reason = Stage.VOID, reason
    session.flush()


def store_document(session: WriteSession, certificate_id: str, *, path: str, digest: bytes, design: str) -> None:
    """Store where the sealed document lies, its SHA-256, and the design and version it was made with."""
    row = _locked(session, certificate_id)
    row.document_path, row.document_digest, row.document_design = path, digest, design
    session.flush()


def by_number(session: ReadSession, number: str) -> Certificate:
    """Return the certificate with this number. Raises NotFoundError."""
    row = session.scalar(select(CertificateRow).where(CertificateRow.number == number))
    if row is None:
        raise _no_number(number)
    return to_value(row)


def opened_by_number(
    session: ReadSession, vault: Vault, numbers: Sequence[str]
) -> list[tuple[Certificate, CertificateContent]]:
    """Return the certificates with these numbers, in this order, each with what is sealed of it.

    Raises:
        NotFoundError: ``no_certificate``.
        NotAllowedError, TamperedError: as ``content``.
    """
    query = (
        select(CertificateRow, HolderRow.wrapped_key)
        .join(HolderRow, HolderRow.id == CertificateRow.holder)
        .where(CertificateRow.number.in_(numbers))
    )
    found = {row.number: (row, wrapped) for row, wrapped in session.execute(query)}
    for number in numbers:
        if number not in found:
            raise _no_number(number)
    return [(to_value(row), _content(vault, row, wrapped)) for row, wrapped in map(found.__getitem__, numbers)]


def by_id(session: ReadSession, certificate_id: str) -> Certificate:
    """Return the certificate of a row id. Raises NotFoundError."""
    row = session.get(CertificateRow, certificate_id, populate_existing=True)
    if row is None:
        raise NotFoundError("no_certificate", f"there is no certificate {certificate_id}", certificate=certificate_id)
    return to_value(row)


def by_award(session: ReadSession, award: str) -> Certificate | None:
    """Return the certificate of an award, or None when none is reserved yet."""
    row = session.scalar(select(CertificateRow).where(CertificateRow.award == award))
    return None if row is None else to_value(row)


def of_session(session: ReadSession, *, basis_reference: str, awarded_on: date) -> list[Certificate]:
    """Return the certificates that rest on one filing and one award date: one committee session.

    Planned: changes of status by session.
    """
    query = select(CertificateRow).where(
        CertificateRow.basis_reference == basis_reference, CertificateRow.awarded_on == awarded_on
    )
    return [to_value(row) for row in session.scalars(query.order_by(CertificateRow.number))]


def for_publication(session: ReadSession, *, status_list: int | None = None) -> Iterator[Certificate]:
    """Yield all signed certificates in the order of their numbers, of one status list or of all."""
    query = select(CertificateRow).where(CertificateRow.stage == Stage.SIGNED).order_by(CertificateRow.number)
    if status_list is not None:
        query = query.where(CertificateRow.status_list == status_list)
    for row in session.scalars(query).yield_per(1000):
        yield to_value(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which signed certificates a list shows; None is any. Nothing that is sealed is needed to choose."""

    batch: str | None = None
    state: Status | None = None
    filing: str | None = None
    """The number of a filing, or of what else is the basis of the award."""
    issued_from: date | None = None
    issued_until: date | None = None
    """The last day."""
    after: str | None = None
    """The number behind which a page begins."""


def wanted(session: ReadSession, which: Wanted, *, limit: int) -> tuple[list[Certificate], int]:
    """Return signed certificates in the order of their numbers, at most ``limit``, and how many there are in all."""
    query = select(CertificateRow).where(CertificateRow.stage == Stage.SIGNED, *_wanted(which))
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.order_by(CertificateRow.number).limit(limit))
    return [to_value(row) for row in rows], count


def _wanted(which: Wanted) -> Iterator[ColumnElement[bool]]:
    if which.batch is not None:
        yield CertificateRow.award.in_(select(AwardRow.id).where(AwardRow.batch == which.batch))
    if which.state is not None:
        yield CertificateRow.state == which.state
    if which.filing is not None:
        yield CertificateRow.basis_reference == which.filing
    if which.issued_from is not None:
        yield CertificateRow.issued_on >= which.issued_from
    if which.issued_until is not None:
        yield CertificateRow.issued_on <= which.issued_until
    if which.after is not None:
        yield CertificateRow.number > which.after


def content(session: ReadSession, vault: Vault, certificate_id: str) -> CertificateContent:
    """Open what is sealed. Raises NotAllowedError (erased, wrong KEK), TamperedError, NotFoundError."""
    query = (
        select(CertificateRow, HolderRow.wrapped_key)
        .join(HolderRow, HolderRow.id == CertificateRow.holder)
        .where(CertificateRow.id == certificate_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFoundError("no_certificate", f"there is no certificate {certificate_id}", certificate=certificate_id)
    return _content(vault, *found)


def content_of_each(
    session: ReadSession, vault: Vault, certificate_ids: Sequence[str]
) -> dict[str, tuple[Certificate, CertificateContent | IssuerError]]:
    """Return by id the certificates that there are, each with what is sealed of it, or what ``content`` would raise."""
    found: dict[str, tuple[Certificate, CertificateContent | IssuerError]] = {}
    for chunk in chunked(certificate_ids):
        query = (
            select(CertificateRow, HolderRow.wrapped_key)
            .outerjoin(HolderRow, HolderRow.id == CertificateRow.holder)
            .where(CertificateRow.id.in_(chunk))
        )
        for row, wrapped in session.execute(query.execution_options(populate_existing=True)):
            try:
                found[row.id] = to_value(row), _content(vault, row, wrapped)
            except IssuerError as error:
                found[row.id] = to_value(row), error
    return found


def _content(vault: Vault, row: CertificateRow, wrapped: bytes | None) -> CertificateContent:
    key = vault.unwrap(wrapped, table="holders", row=row.holder)
    to_sign = _opened(key, row, "to_sign")
    check_code = _opened(key, row, "check_code")
    if to_sign is None or check_code is None:
        raise NotAllowedError("erased", f"the content of certificate {row.number} was erased", number=row.number)
    return CertificateContent(
        to_sign=to_sign, credential=_opened(key, row, "credential"), check_code=check_code.decode()
    )


def to_value(row: CertificateRow) -> Certificate:
    """Return the domain value of a row."""
    names = (name for name in Certificate.__dataclass_fields__)
    return Certificate(**{name: getattr(row, name) for name in names})


def _no_number(number: str) -> NotFoundError:
    return NotFoundError("no_certificate", f"no certificate has the number {number}; check it", number=number)


def _opened(key: DataKey, row: CertificateRow, column: str) -> bytes | None:
    sealed: bytes | None = getattr(row, column)
    return None if sealed is None else key.open(sealed, table=_TABLE, column=column, row=row.id)


def _locked(session: WriteSession, certificate_id: str) -> CertificateRow:
    row = session.get(CertificateRow, certificate_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("no_certificate", f"there is no certificate {certificate_id}", certificate=certificate_id)
    return row
