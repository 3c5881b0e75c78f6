"""Reading the office: all of its tables as domain values, in an order that does not change between runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from credential.catalogue import Catalogue, Specialty
from credential.contacts import read_contacts
from credential.filings import Committee, Filing
from credential.grants import Grant
from credential.signing import VerifyKey
from issuer.db.models import (
    AuthorityRow,
    CatalogueVersionRow,
    CommitteeRow,
    DeploymentRow,
    FilingRow,
    GrantRow,
    OperatorRow,
    RegionRow,
    SpecialtyRow,
)
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.office.values import Authority, Deployment, OperatorListing, Region


def deployment(session: ReadSession) -> Deployment:
    """Return the deployment this register belongs to. Raises NotFoundError before it is founded."""
    row = session.get(DeploymentRow, 1)
    if row is None:
        raise NotFoundError("no_deployment", "this register belongs to no deployment yet")
    return Deployment(
        id=row.id,
        created=row.created,
        status_lists=row.status_lists,
        operators_version=row.operators_version,
        administrator=VerifyKey.from_jwk(row.administrator_jwk),
    )


def regions(session: ReadSession) -> list[Region]:
    """Return all regions by code."""
    return [Region(code=row.code, name=row.name) for row in session.scalars(select(RegionRow).order_by(RegionRow.code))]


def authorities(session: ReadSession) -> list[Authority]:
    """Return all authorities by id."""
    return [_authority(row) for row in session.scalars(select(AuthorityRow).order_by(AuthorityRow.id))]


def authority(session: ReadSession, authority_id: str) -> Authority:
    """Return one authority. Raises NotFoundError."""
    row = session.get(AuthorityRow, authority_id)
    if row is None:
        message = f"there is no authority {authority_id}"
        raise NotFoundError("no_authority", message, id=authority_id)
    return _authority(row)


def grants(session: ReadSession, authority_id: str) -> list[Grant]:
    """Return an authority's grants in the order in which they were added."""
    query = select(GrantRow).where(GrantRow.authority == authority_id).order_by(GrantRow.id)
    return [
        Grant(
            series=_numbers(row.series),
            levels=_numbers(row.levels),
            ways=_numbers(row.ways),
            committee_ways=frozenset(row.committee_ways),
            region=row.region,
            scope_required=row.scope_required,
            first=row.valid_from,
            last=row.valid_until,
            max_gap_days=row.max_gap_days,
            legal_basis=row.legal_basis,
            acts=frozenset(row.acts),
            over=row.over.value,
        )
        for row in session.scalars(query)
    ]


def committees(session: ReadSession) -> list[Committee]:
    """Return all committees by id."""
    query = select(CommitteeRow).order_by(CommitteeRow.id)
    return [Committee(id=row.id, name=row.name) for row in session.scalars(query)]


def filings(session: ReadSession) -> list[Filing]:
    """Return all filings by number."""
    return [
        Filing(
            number=row.number,
            committee=row.committee,
            authority=row.authority,
            series=_numbers(row.series),
            levels=_numbers(row.levels),
            region=row.region,
            scope=row.scope,
            first=row.valid_from,
            last=row.valid_until,
        )
        for row in session.scalars(select(FilingRow).order_by(FilingRow.number))
    ]


def specialties(session: ReadSession, authority_id: str) -> list[Specialty]:
    """Return an authority's specialties by series, name and first day."""
    query = select(SpecialtyRow).where(SpecialtyRow.authority == authority_id)
    return [
        Specialty(
            series=row.series,
            name=row.name,
            authority=row.authority,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in session.scalars(query.order_by(SpecialtyRow.series, SpecialtyRow.name, SpecialtyRow.valid_from))
    ]


def catalogue(session: ReadSession) -> Catalogue:
    """Return the catalogue in use. Raises NotFoundError ``no_catalogue``."""
    newest = select(CatalogueVersionRow).order_by(CatalogueVersionRow.version.desc()).limit(1)
    row = session.scalars(newest).first()
    if row is None:
        raise NotFoundError("no_catalogue", "no catalogue is in use")
    return Catalogue.from_json(row.content)


def operators(session: ReadSession) -> list[OperatorListing]:
    """Return all operators by id."""
    query = select(OperatorRow).order_by(OperatorRow.id)
    names = tuple(OperatorListing.__dataclass_fields__)
    return [OperatorListing(**{name: getattr(row, name) for name in names}) for row in session.scalars(query)]


def _authority(row: AuthorityRow) -> Authority:
    members = {name: getattr(row, name) for name in Authority.__dataclass_fields__}
    return Authority(**(members | {"contact": read_contacts(row.contact)}))


def _numbers(stored: Any) -> frozenset[int] | None:
    return None if stored == "*" else frozenset(stored)
