"""Which certificates a description reaches, found through indexes, and what few columns say of each.

Rules: a description is read along the one index that leads to the fewest rows: the batch, then the filing with its day,
then the days of issue of a key, then the authority. What else it says is asked of the rows as they come, so that the
cost is that of the rows that the index gives, in a register of any size. Nothing that is sealed is read.

    for each in reached(session, Reach(filing="示评备〔2025〕012号", session=date(2026, 10, 30))): ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select

from credential.days import day_of
from credential.history import STATE_AFTER, Act, EventKind
from credential.statuslist import Status
from issuer.db.certificates import Certificate
from issuer.db.models import (
    LATER_EVENTS,
    AuthorityRow,
    AwardRow,
    BatchRow,
    CertificateRow,
    EventRow,
    FilingRow,
    HolderRow,
    OrderRow,
    OrderState,
    Stage,
    StatedCertificateRow,
    StatementRow,
    TrustKeyRow,
)
from issuer.db.sessions import ReadSession, chunked, table_of
from issuer.errors import NotFoundError
from issuer.vault import Vault

_TABLE: Final = CertificateRow.__tablename__
_READ_AT_ONCE: Final = 1000
_VALUES: Final = tuple(Certificate.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A description of certificates; None is any. What is named together narrows."""

    batch: str | None = None
    filing: str | None = None
    """The number of a filing, or of what else is the basis of the award."""
    session: date | None = None
    """The award date: with ``filing``, one session of its committee."""
    key: bytes | None = None
    """The id of the key that signed the credential."""
    since: datetime | None = None
    """Issued at this instant or later; aware."""
    issued_by: str | None = None
    """The authority that issued them."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is described: it reaches nobody, not everybody."""
        return (self.batch, self.filing, self.key, self.since, self.issued_by) == (None,) * 5


class Reached(NamedTuple):
    """A signed certificate that a description reaches."""

    id: str
    number: str
    state: Status
    authority: str
    awarded_on: date
    basis_reference: str
    credential_kid: bytes | None
    issued_at: datetime | None


def require_known(session: ReadSession, reach: Reach) -> None:
    """Ask whether what a description names is in the register: a slip of the pen must not reach nobody in silence.

    Raises:
        NotFoundError: ``no_batch``, ``no_filing``, ``no_key``, ``no_authority``. A filing is known too when an award
            rests on it: other ways than review name other documents.
    """
    if reach.batch is not None and session.get(BatchRow, reach.batch) is None:
        raise NotFoundError("no_batch", f"there is no batch {reach.batch}", batch=reach.batch)
    if reach.filing is not None and session.get(FilingRow, reach.filing) is None:
        rests = select(CertificateRow.id).where(CertificateRow.basis_reference == reach.filing).limit(1)
        if session.scalar(rests) is None:
            raise NotFoundError("no_filing", f"there is no filing {reach.filing}", filing=reach.filing)
    if reach.key is not None and session.get(TrustKeyRow, reach.key) is None:
        raise NotFoundError("no_key", f"the trust list has no key {reach.key.hex()}", kid=reach.key.hex())
    if reach.issued_by is not None and session.get(AuthorityRow, reach.issued_by) is None:
        raise NotFoundError("no_authority", f"there is no authority {reach.issued_by}", id=reach.issued_by)


def reached(session: ReadSession, reach: Reach) -> Iterator[Reached]:
    """Yield the signed certificates that a description reaches, as the index gives them; none for an empty one."""
    if reach.is_empty:
        return
    columns = [getattr(CertificateRow, name) for name in Reached._fields]
    query = _led(session, reach, select(*columns)).where(CertificateRow.stage == Stage.SIGNED)
    with session.execute(query.execution_options(yield_per=_READ_AT_ONCE)) as rows:
        for row in rows:
            each = Reached._make(row)
            if _is_meant(each, reach):
                yield each


def _led(session: ReadSession, reach: Reach, query: Select[Any]) -> Select[Any]:
    """Add the one condition that has an index and leads to the fewest rows."""
    if reach.batch is not None:
        return query.join(AwardRow, AwardRow.id == CertificateRow.award).where(AwardRow.batch == reach.batch)
    if reach.filing is not None:
        query = query.where(CertificateRow.basis_reference == reach.filing)
        return query if reach.session is None else query.where(CertificateRow.awarded_on == reach.session)
    since = reach.since or _begin(session, reach.key)
    if since is not None:
        return query.where(CertificateRow.issued_on >= day_of(since))
    return query.where(CertificateRow.authority == reach.issued_by)


def _begin(session: ReadSession, key: bytes | None) -> datetime | None:
    """When a key began to sign; None where none is named."""
    return None if key is None else session.scalar(select(TrustKeyRow.valid_from).where(TrustKeyRow.kid == key))


def _is_meant(each: Reached, reach: Reach) -> bool:
    return (
        reach.filing in {None, each.basis_reference}
        and reach.session in {None, each.awarded_on}
        and reach.key in {None, each.credential_kid}
        and reach.issued_by in {None, each.authority}
        and (reach.since is None or (each.issued_at is not None and each.issued_at >= reach.since))
    )


def standing(session: ReadSession, numbers: Sequence[str]) -> dict[str, tuple[str, Status]]:
    """Return by number the id and the state of those certificates that there are, issued or not."""
    query = select(CertificateRow.number, CertificateRow.id, CertificateRow.state)
    return {
        number: (certificate, state)
        for chunk in chunked(numbers)
        for number, certificate, state in session.execute(query.where(CertificateRow.number.in_(chunk)))
    }


class Credential(NamedTuple):
    """A certificate with its credential alone; what else is sealed of it stays so."""

    certificate: Certificate
    sealed: bytes | None
    """Null until it is signed, and once it is erased."""
    wrapped_key: bytes | None

    def opened(self, vault: Vault) -> bytes | None:
        """Open the credential; None where there is none. Raises NotAllowedError, TamperedError."""
        if self.sealed is None or self.wrapped_key is None:
            return None
        key = vault.unwrap(self.wrapped_key, table="holders", row=self.certificate.holder)
        return key.open(self.sealed, table=_TABLE, column="credential", row=self.certificate.id)


def credentials(session: ReadSession, numbers: Sequence[str]) -> dict[str, Credential]:
    """Return certificates by their numbers, each with its sealed credential; those that there are not are left out."""
    table, holders = table_of(CertificateRow), table_of(HolderRow)
    columns = [*(table.c[name] for name in _VALUES), table.c.credential, holders.c.wrapped_key]
    query = select(*columns).select_from(table.outerjoin(holders, holders.c.id == table.c.holder))
    found: dict[str, Credential] = {}
    for chunk in chunked(numbers):
        for *values, sealed, wrapped in session.execute(query.where(table.c.number.in_(chunk))):
            certificate = Certificate(**dict(zip(_VALUES, values, strict=True)))
            found[certificate.number] = Credential(certificate, sealed, wrapped)
    return found


class Last(NamedTuple):
    """The last event of a certificate that brought a state."""

    kind: EventKind
    effective: date
    recorded: datetime
    document: str
    statement: str | None


def last_states(session: ReadSession, certificate_ids: Sequence[str]) -> dict[str, Last]:
    """Return by id the event that brought each certificate into its state; those that are as issued are left out."""
    newest = (
        select(EventRow.certificate, func.max(EventRow.ordinal).label("ordinal"))
        .where(LATER_EVENTS, EventRow.kind.in_(STATE_AFTER))
        .group_by(EventRow.certificate)
    )
    found: dict[str, Last] = {}
    for chunk in chunked(certificate_ids):
        last = newest.where(EventRow.certificate.in_(chunk)).subquery()
        columns = [getattr(EventRow, name) for name in Last._fields]
        query = select(EventRow.certificate, *columns).join(
            last, (last.c.certificate == EventRow.certificate) & (last.c.ordinal == EventRow.ordinal)
        )
        found |= {certificate: Last._make(values) for certificate, *values in session.execute(query)}
    return found


def places_of(session: ReadSession, certificate_ids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return by id the batch and the row of its list from which each certificate was issued."""
    query = select(CertificateRow.id, AwardRow.batch, AwardRow.sheet_row)
    query = query.join(AwardRow, AwardRow.id == CertificateRow.award)
    return {
        certificate: (batch, row)
        for chunk in chunked(certificate_ids)
        for certificate, batch, row in session.execute(query.where(CertificateRow.id.in_(chunk)))
    }


def waiting_in(session: ReadSession, act: Act, numbers: Sequence[str], now: datetime) -> dict[str, int]:
    """Return by number the order for such an act that names a certificate and waits for a second operator."""
    waits = select(OrderRow.first, OrderRow.number).join(StatementRow, StatementRow.id == OrderRow.first)
    waits = waits.where(OrderRow.state == OrderState.WAITING, OrderRow.until > now, StatementRow.act == act.value)
    orders = dict(session.execute(waits).all())
    table = StatedCertificateRow
    query = select(table.number, table.statement).where(table.statement.in_(orders))
    found: dict[str, int] = {}
    for chunk in chunked(numbers if orders else ()):
        for number, statement in session.execute(query.where(table.number.in_(chunk))):
            found[number] = orders[statement]
    return found
