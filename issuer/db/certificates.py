"""The repository of certificates: reserving, storing signatures, finding, events. Several domains share it.

Rules: it holds SQL and the order of stages, no policy: who may withdraw is decided before. Reserving happens in one
transaction: ``next_serials``, ``free_status_indexes`` and ``add_all_reserved`` together, so that a number that is taken
has a row that explains it. The first stored signature wins.

    serials = next_serials(session, 500, authority="sf-rst", scope="2026-05")
    indexes = free_status_indexes(session, [0] * 500, size=1 << 20)
    add_all_reserved(session, [Reserved(...).sealed(key), ...])
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from credential.claims import Claims
from credential.kdf import extract
from credential.sealed import Kind, locator_from
from credential.statuslist import Status
from issuer.db.bulk import update_many
from issuer.db.models import (
    AwardRow,
    AwardState,
    CertificateRow,
    HolderRow,
    NumberCounterRow,
    RestorationRow,
    SealedCertificateRow,
    Stage,
)
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all, table_of
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
    reserved_at: datetime
    """When the bytes to be signed were laid out, as they say it."""
    signer_kid: bytes
    credential_digest: bytes | None
    credential_kid: bytes | None
    issued_on: date | None
    issued_at: datetime | None
    document_path: str | None
    document_digest: bytes | None
    document_design: str | None
    first_published: int | None


CERTIFICATE_VALUES: Final = tuple(Certificate.__dataclass_fields__)
"""The names of its values, in the order in which they are read together."""


class SealedContent(NamedTuple):
    """What is stored of it, and the wrapped key that opens it."""

    to_sign: bytes | None
    credential: bytes | None
    check_code: bytes | None
    wrapped_key: bytes | None


class StoredCertificate(NamedTuple):
    """A certificate as it is stored: plain values, which cost little to hand to another process."""

    award: str
    values: tuple[Any, ...]
    """Of ``Certificate``, in its order."""
    sealed: SealedContent

    def to_certificate(self) -> Certificate:
        """Return it without what is sealed."""
        return Certificate(**dict(zip(CERTIFICATE_VALUES, self.values, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateContent:
    """What only the holder's data key opens."""

    to_sign: bytes = field(repr=False)
    credential: bytes | None = field(repr=False)
    check_code: str = field(repr=False)


def next_serials(session: WriteSession, count: int, *, authority: str, scope: str) -> range:
    """Take the next serials of ``scope`` with one statement. They are taken only if the transaction commits.

    The counter is locked until then: nobody takes the next one before it is known whether these are taken.
    """
    table = table_of(NumberCounterRow)
    insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    # Whoever counted in this scope after the copy of a restored register is not known.
    skipped = select(func.coalesce(func.max(RestorationRow.margin), 0)).scalar_subquery()
    first = insert(table).values(authority=authority, scope=scope, last=count + skipped)
    on = [table.c.authority, table.c.scope]
    taken = first.on_conflict_do_update(index_elements=on, set_={"last": table.c.last + count})
    last = session.scalars(taken.returning(table.c.last)).one()
    return range(last - count + 1, last + 1)


def free_status_indexes(
    session: ReadSession, lists: Sequence[int], *, size: int, randbelow: Callable[[int], int] = secrets.randbelow
) -> list[int]:
    """Return a free index for each of these lists, no two the same of one list.

    They are drawn at random, so that an index tells nothing about when or for whom.

    Raises:
        ConflictError: code ``status_list_full``.
    """
    found: list[int | None] = [None] * len(lists)
    places: set[tuple[int, int]] = set()
    for _ in range(_INDEX_TRIES):
        drawn = {at: (each, randbelow(size)) for at, each in enumerate(lists) if found[at] is None}
        taken = _taken_places(session, set(drawn.values()))
        for at, place in drawn.items():
            if place not in taken and place not in places:
                places.add(place)
                found[at] = place[1]
        if None not in found:
            return [index for index in found if index is not None]
    raise _list_full(lists[found.index(None)])


def _taken_places(session: ReadSession, places: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these places, and of some beside them, that are taken."""
    query = select(CertificateRow.status_list, CertificateRow.status_index)
    here = query.where(CertificateRow.status_list.in_({each for each, _ in places}))
    return {
        (row.status_list, row.status_index)
        for chunk in chunked({index for _, index in places})
        for row in session.execute(here.where(CertificateRow.status_index.in_(chunk)))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """What is fixed of a certificate before it is signed."""

    id: str
    """Of the new row."""
    claims: Claims = field(repr=False)
    """What the credential will say."""
    holder: str
    award: str
    """The row of the batch that it comes from."""
    status_list: int
    """Number of the list that ``claims.status`` names by its address."""
    signer_kid: bytes
    """The key that is to sign."""
    to_sign: bytes = field(repr=False)
    """The exact bytes to be signed."""
    check_code: str = field(repr=False)
    """20 characters."""

    def sealed(self, key: DataKey) -> dict[str, Any]:
        """Return the columns, with what is personal sealed under the holder's data key."""
        claims, code = self.claims, self.check_code.encode("ascii")
        return {
            "id": self.id,
            "number": claims.number,
            "cti": claims.cti,
            "authority": claims.issuer,
            "holder": self.holder,
            "award": self.award,
            "stage": Stage.RESERVED,
            "state": Status.VALID,
            "awarded_on": claims.award_date,
            "basis_reference": claims.basis_reference,
            "status_list": self.status_list,
            "status_index": claims.status.index,
            "reserved_at": claims.issued_at,
            "signer_kid": self.signer_kid,
            "to_sign": key.seal(self.to_sign, table=_TABLE, column="to_sign", row=self.id),
            "check_code": key.seal(code, table=_TABLE, column="check_code", row=self.id),
            "check_code_locator": locator_from(Kind.CERTIFICATE, extract(code)),
        }


def add_all_reserved(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store rows of ``Reserved.sealed`` at once. An award that has one already is an error of the database."""
    insert_all(session, CertificateRow, rows)


def store_all_signed(session: WriteSession, signed: Sequence[Mapping[str, Any]]) -> bool:
    """Store the credentials of reserved certificates with one statement; False when one is not reserved any more.

    Args:
        session: the transaction; where the answer is False, it is to be rolled back.
        signed: for each ``certificate`` (its id) and the columns of ``Signed``.
    """
    table = table_of(CertificateRow)
    query = update(table).where(table.c.id == bindparam("certificate"), table.c.stage == Stage.RESERVED)
    return update_many(session.connection(), query, signed) == len(signed)


def sealed_credential(key: DataKey, certificate_id: str, credential: bytes) -> bytes:
    """Return the column of a credential, sealed under its holder's data key."""
    return key.seal(credential, table=_TABLE, column="credential", row=certificate_id)


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


def reserved_for(session: ReadSession, batch_id: str) -> list[bytes]:
    """Return the keys for which rows of a batch are reserved and not signed, by id; each once, in their order."""
    query = (
        select(CertificateRow.signer_kid)
        .join(AwardRow, AwardRow.id == CertificateRow.award)
        .where(AwardRow.batch == batch_id, AwardRow.state == AwardState.RESERVED)
        .where(CertificateRow.stage == Stage.RESERVED)
        .distinct()
    )
    return sorted(session.scalars(query))


def _list_full(status_list: int) -> ConflictError:
    message = f"status list {status_list} is as good as full; plan more lists for a new deployment"
    return ConflictError("status_list_full", message, status_list=status_list)


def without_document(session: ReadSession, batch_id: str, first: int = 0, last: int | None = None) -> dict[str, int]:
    """Return the signed certificates of a batch that have no document yet, by number.

    Args:
        session: reads.
        batch_id: the batch.
        first: the position of the first row that is asked about.
        last: the position behind the last one; None for all of them.

    Returns:
        By id the position of the row.
    """
    query = (
        select(CertificateRow.id, AwardRow.position)
        .join(AwardRow, AwardRow.id == CertificateRow.award)
        .where(
            AwardRow.batch == batch_id,
            AwardRow.position >= first,
            CertificateRow.stage == Stage.SIGNED,
            CertificateRow.document_path.is_(None),
            CertificateRow.credential.is_not(None),
        )
    )
    if last is not None:
        query = query.where(AwardRow.position < last)
    found = session.execute(query.order_by(CertificateRow.number))
    return {certificate: position or 0 for certificate, position in found}


def one_of_each_batch(session: ReadSession, certificate_ids: Sequence[str]) -> dict[str, str]:
    """Return by batch one of these certificates."""
    query = select(AwardRow.batch, CertificateRow.id).join(CertificateRow, CertificateRow.award == AwardRow.id)
    found: dict[str, str] = {}
    for chunk in chunked(certificate_ids):
        for batch, certificate in session.execute(query.where(CertificateRow.id.in_(chunk))):
            found.setdefault(batch, certificate)
    return found


def is_number(session: ReadSession, text: str) -> bool:
    """Whether a certificate has this number."""
    return session.scalar(select(CertificateRow.id).where(CertificateRow.number == text)) is not None


def by_number(session: ReadSession, number: str) -> Certificate:
    """Return the certificate with this number. Raises NotFoundError."""
    row = session.scalar(select(CertificateRow).where(CertificateRow.number == number))
    if row is None:
        raise _no_number(number)
    return to_value(row)


def lock(session: WriteSession, numbers: Collection[str]) -> None:
    """Lock certificates by their numbers until the transaction ends; those that there are not are left out."""
    for chunk in chunked(sorted(numbers)):
        query = select(CertificateRow.id).where(CertificateRow.number.in_(chunk)).order_by(CertificateRow.number)
        session.execute(query.with_for_update())


def by_id(session: ReadSession, certificate_id: str) -> Certificate:
    """Return the certificate of a row id. Raises NotFoundError."""
    row = session.get(CertificateRow, certificate_id, populate_existing=True)
    if row is None:
        raise NotFoundError("no_certificate", f"there is no certificate {certificate_id}", certificate=certificate_id)
    return to_value(row)


def by_ids(session: ReadSession, certificate_ids: Collection[str]) -> dict[str, Certificate]:
    """Return certificates by their ids; those that there are not are left out."""
    query = select(*[getattr(CertificateRow, name) for name in CERTIFICATE_VALUES])
    return {
        row.id: Certificate(**dict(zip(CERTIFICATE_VALUES, row, strict=True)))
        for chunk in chunked(certificate_ids)
        for row in session.execute(query.where(CertificateRow.id.in_(chunk)))
    }


def for_publication(session: ReadSession, *, status_list: int | None = None) -> Iterator[Certificate]:
    """Yield all signed certificates in the order of their numbers, of one status list or of all."""
    query = select(CertificateRow).where(CertificateRow.stage == Stage.SIGNED).order_by(CertificateRow.number)
    if status_list is not None:
        query = query.where(CertificateRow.status_list == status_list)
    with session.scalars(query).yield_per(1000) as rows:
        yield from map(to_value, rows)


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


def wanted(
    session: ReadSession, which: Wanted, *, limit: int, counted: int | None = None
) -> tuple[list[Certificate], int]:
    """Return signed certificates in the order of their numbers, at most ``limit``, and how many there are in all.

    Args:
        session: reads.
        which: those that are wanted.
        limit: at most so many.
        counted: count no further than so many behind the page, so that a page costs the same in a register of any
            size; None counts all.
    """
    query = select(CertificateRow).where(CertificateRow.stage == Stage.SIGNED, *_wanted(which))
    bounded = query.with_only_columns(CertificateRow.id).limit(None if counted is None else limit + counted)
    count = session.scalar(select(func.count()).select_from(bounded.subquery())) or 0
    rows = session.scalars(query.order_by(CertificateRow.number).limit(limit))
    return [to_value(row) for row in rows], count


def _wanted(which: Wanted) -> Iterator[ColumnElement[bool]]:
    if which.batch is not None:
        yield CertificateRow.award.in_(select(AwardRow.id).where(AwardRow.batch == which.batch))
    if which.state is not None:
        yield CertificateRow.state == which.state
    if which.filing is not None:
        yield CertificateRow.basis_reference == which.filing
    days = [] if which.issued_from is None else [CertificateRow.issued_on >= which.issued_from]
    days += [] if which.issued_until is None else [CertificateRow.issued_on <= which.issued_until]
    if days:  # found by the day first: a search along the numbers would pass whatever was issued on other days
        yield CertificateRow.id.in_(select(CertificateRow.id).where(*days))
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


def stored_of_each(
    session: ReadSession, *, ids: Sequence[str] | None = None, awards: Sequence[str] | None = None
) -> Iterator[StoredCertificate]:
    """Yield the certificates that there are, by their ids or by their awards."""
    table, holders, many = table_of(CertificateRow), table_of(HolderRow), len(CERTIFICATE_VALUES)
    wanted, column = (ids, table.c.id) if ids is not None else (awards or (), table.c.award)
    columns = [table.c[name] for name in (*CERTIFICATE_VALUES, *SealedContent._fields[:-1])]
    query = select(*columns, holders.c.wrapped_key, table.c.award)
    query = query.select_from(table.outerjoin(holders, holders.c.id == table.c.holder))
    for chunk in chunked(wanted):
        for *row, award in session.execute(query.where(column.in_(chunk))):
            yield StoredCertificate(award, tuple(row[:many]), SealedContent._make(row[many:]))


def sealed_of_each(
    session: ReadSession, *, ids: Sequence[str] | None = None
) -> Iterator[tuple[Certificate, SealedContent]]:
    """Yield the certificates that there are, by their ids, each with what is sealed of it."""
    for stored in stored_of_each(session, ids=ids):
        yield stored.to_certificate(), stored.sealed


def records_of(session: ReadSession, certificate_ids: Collection[str]) -> dict[str, bytes]:
    """Return the credentials of certificates as they are published, sealed under their check codes, by id."""
    query = select(SealedCertificateRow.certificate, SealedCertificateRow.record)
    found: dict[str, bytes] = {}
    for chunk in chunked(certificate_ids):
        found |= dict(session.execute(query.where(SealedCertificateRow.certificate.in_(chunk))).all())
    return found


def content_of_each(
    session: ReadSession, vault: Vault, certificate_ids: Sequence[str]
) -> dict[str, tuple[Certificate, CertificateContent | IssuerError]]:
    """Return by id the certificates that there are, each with what is sealed of it, or what ``content`` would raise."""
    found: dict[str, tuple[Certificate, CertificateContent | IssuerError]] = {}
    for certificate, sealed in sealed_of_each(session, ids=certificate_ids):
        try:
            found[certificate.id] = certificate, opened_content(vault, certificate, sealed)[1]
        except IssuerError as error:
            found[certificate.id] = certificate, error
    return found


def opened_content(vault: Vault, certificate: Certificate, sealed: SealedContent) -> tuple[DataKey, CertificateContent]:
    """Open what is sealed, without the register; return it with the holder's key. Raises as ``content``."""
    key = vault.unwrap(sealed.wrapped_key, table="holders", row=certificate.holder)
    to_sign = _opened(key, certificate.id, "to_sign", sealed.to_sign)
    check_code = _opened(key, certificate.id, "check_code", sealed.check_code)
    if to_sign is None or check_code is None:
        number = certificate.number
        raise NotAllowedError("erased", f"the content of certificate {number} was erased", number=number)
    credential = _opened(key, certificate.id, "credential", sealed.credential)
    return key, CertificateContent(to_sign=to_sign, credential=credential, check_code=check_code.decode())


def _content(vault: Vault, row: CertificateRow, wrapped: bytes | None) -> CertificateContent:
    sealed = SealedContent(row.to_sign, row.credential, row.check_code, wrapped)
    return opened_content(vault, to_value(row), sealed)[1]


def to_value(row: CertificateRow) -> Certificate:
    """Return the domain value of a row."""
    return Certificate(**{name: getattr(row, name) for name in CERTIFICATE_VALUES})


def _no_number(number: str) -> NotFoundError:
    return NotFoundError("no_certificate", f"no certificate has the number {number}; check it", number=number)


def _opened(key: DataKey, certificate_id: str, column: str, sealed: bytes | None) -> bytes | None:
    return None if sealed is None else key.open(sealed, table=_TABLE, column=column, row=certificate_id)


def _locked(session: WriteSession, certificate_id: str) -> CertificateRow:
    row = session.get(CertificateRow, certificate_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("no_certificate", f"there is no certificate {certificate_id}", certificate=certificate_id)
    return row
