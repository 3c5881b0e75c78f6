"""Services of the office: adding and listing regions, authorities, grants, committees, filings, specialties, operators.

Rules: each addition is checked against the register, written, and audited in the caller's transaction. Nothing is
deleted; what ends gets an end. Errors name the thing and the next step.

    with register.write() as session:
        add_region(session, Region(code="990000", name="示范省"), actor="setup", now=now)
        add_authority(session, authority, actor="setup", now=now)
        add_grant(session, "sf-rst", grant, actor="setup", now=now)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import select

from credential.catalogue import Specialty
from credential.claims import MAX_SPECIALTY
from credential.contacts import Contacts, contacts_to_json
from credential.delegation import check_delegated
from credential.errors import CredentialError
from credential.filings import Committee, Filing, Filings, encode_filings, parse_filings
from credential.grants import ACTS, Grant, Over, grant_to_json, read_grant
from credential.members import number_list
from credential.signing import VerifyKey
from credential.trustform import MAX_PARENTS
from issuer import audit
from issuer.db.models import (
    AuthorityRow,
    CommitteeRow,
    DeploymentRow,
    EntryKind,
    FilingRow,
    GrantRow,
    OperatorRow,
    RegionRow,
    Row,
    SpecialtyRow,
)
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.home.settings import MAX_PLANNED_LISTS
from issuer.office import ends, lists
from issuer.office.schemes import schemes_to_json
from issuer.office.values import (
    Authority,
    Deployment,
    Operator,
    Region,
    check_contacts,
    require_span,
    require_text,
)

FILING_YEARS: Final = 3
"""A filing lasts at most three years (人力资源社会保障部令第40号, 职称评审管理暂行规定, 2019)."""
_Checked = TypeVar("_Checked")


def check_deployment(session: ReadSession) -> None:
    """Ask whether a register belongs to nobody yet. Raises ConflictError ``duplicate``."""
    _refuse_second(session, DeploymentRow, 1, "a deployment", "this register")


def found_deployment(
    session: WriteSession, *, deployment: str, status_lists: int, administrator: VerifyKey, now: datetime
) -> Deployment:
    """Write the one row that names the deployment. ``status_lists`` is a power of two and fixed for ever.

    Raises:
        ConflictError: code ``duplicate``: the register belongs to a deployment already.
        InputError: the number of lists is no power of two in range.
    """
    require_text("deployment id", deployment, 64)
    if not 1 <= status_lists <= MAX_PLANNED_LISTS or status_lists & (status_lists - 1):
        message = f"{status_lists} is no power of two from 1 to {MAX_PLANNED_LISTS}"
        raise InputError("status_lists", message, most=MAX_PLANNED_LISTS)
    check_deployment(session)
    row = DeploymentRow(
        one=1,
        id=deployment,
        created=now,
        status_lists=status_lists,
        operators_version=0,
        administrator_jwk=administrator.to_jwk(),
    )
    _add(session, row, actor="setup", act="deployment.found", subject=deployment, now=now)
    return lists.deployment(session)


def add_region(session: WriteSession, region: Region, *, actor: str, now: datetime) -> None:
    """Add a region. Raises ConflictError for a second one with its code or name."""
    _refuse_second(session, RegionRow, region.code, "region", region.code)
    if session.scalar(select(RegionRow.code).where(RegionRow.name == region.name)):
        raise ConflictError(
            "duplicate", f"a region named {region.name} exists; each name stands for one code", name=region.name
        )
    row = RegionRow(code=region.code, name=region.name)
    _add(session, row, actor=actor, act="region.add", subject=region.code, now=now)


def check_authority(session: ReadSession, authority: Authority) -> None:
    """Ask what stands against adding an authority. Raises as ``add_authority``."""
    _refuse_second(session, AuthorityRow, authority.id, "authority", authority.id)
    _require(session, RegionRow, authority.region_code, "region", "add the region first")
    _check_parent(session, authority)
    for other in lists.authorities(session):
        if other.credit_code == authority.credit_code:
            raise ConflictError(
                "duplicate", f"authority {other.id} has credit code {other.credit_code} already", id=other.id
            )
        if (other.number_template, other.region_code) == (authority.number_template, authority.region_code):
            message = (
                f"authority {other.id} numbers by {other.number_template} in the same region; take another template"
            )
            raise ConflictError("same_numbers", message, authority=other.id)


def _check_parent(session: ReadSession, authority: Authority) -> None:
    """The parent is there, and is not too many steps from the authority that nobody delegated to (FORMAT 9)."""
    above, steps = authority.parent, 0
    while above is not None:
        _require(session, AuthorityRow, above, "authority", "add the authority that delegates first")
        above, steps = lists.authority(session, above).parent, steps + 1
    if steps > MAX_PARENTS:
        message = f"{authority.id} would be {steps} steps from the authority at the top; at most {MAX_PARENTS} are"
        raise InputError("too_many_parents", message, id=authority.id)


def add_authority(session: WriteSession, authority: Authority, *, actor: str, now: datetime) -> None:
    """Add an authority. Raises ConflictError for a second id, credit code or row of numbers, NotFoundError for its
    region or parent, InputError for a parent too far down."""
    check_authority(session, authority)
    members = {name: getattr(authority, name) for name in Authority.__dataclass_fields__}
    row = AuthorityRow(**(members | {"contact": contacts_to_json(authority.contact)}))
    _add(session, row, actor=actor, act="authority.add", subject=authority.id, now=now)


def change_contact(session: WriteSession, authority: str, contact: Contacts, *, actor: str, now: datetime) -> None:
    """Say anew how an authority is reached. Raises InputError (not in the form of FORMAT 9), NotFoundError."""
    check_contacts(contact)
    row = session.get(AuthorityRow, authority, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("no_authority", f"there is no authority {authority}", id=authority)
    row.contact = contacts_to_json(contact)
    session.flush()
    audit.append(session, actor=actor, act="authority.contact", subject=authority, details=row.contact, now=now)


def add_grant(session: WriteSession, authority: str, grant: Grant, *, actor: str, now: datetime) -> None:
    """Add a grant. Raises InputError (not in the form of FORMAT 9), NotFoundError, ConflictError (the same again).

    A grant that is wider than those of the authority that delegated is an InputError ``outside_delegation``: nobody
    would sign a trust list that holds it. An act that there is not is an InputError ``no_such_act``: the form of a
    grant would leave it out without a word.
    """
    _require(session, AuthorityRow, authority, "authority", "add the authority first")
    ends.require_not_ended(session, EntryKind.AUTHORITY, authority, last=grant.last)
    unknown = sorted(grant.acts - set(ACTS))
    if unknown:
        message = f"a grant has no act {', '.join(unknown)}; it has {', '.join(ACTS)}"
        raise InputError("no_such_act", message, acts=tuple(unknown))
    _checked(lambda: read_grant(grant_to_json(grant)))
    _require(session, RegionRow, grant.region, "region", "add the region first")
    parent = lists.authority(session, authority).parent
    if parent is not None:
        _checked(lambda: check_delegated(grant, authority, parent, lists.grants(session, parent)))
    if grant in lists.grants(session, authority):
        raise ConflictError("duplicate", f"authority {authority} has this grant already", authority=authority)
    row = GrantRow(
        authority=authority,
        series=number_list(grant.series),
        levels=number_list(grant.levels),
        ways=number_list(grant.ways),
        committee_ways=sorted(grant.committee_ways),
        region=grant.region,
        scope_required=grant.scope_required,
        valid_from=grant.first,
        valid_until=grant.last,
        max_gap_days=grant.max_gap_days,
        legal_basis=grant.legal_basis,
        acts=grant_to_json(grant)["acts"],
        over=Over(grant.over),
    )
    _add(session, row, actor=actor, act="grant.add", subject=authority, now=now, details=grant_to_json(grant))


def add_committee(session: WriteSession, committee: Committee, *, authority: str, actor: str, now: datetime) -> None:
    """Add a committee of an authority. Raises ConflictError for a second id or name, NotFoundError, InputError."""
    require_text("committee id", committee.id, 32)
    require_text("committee name", committee.name, 100)
    _refuse_second(session, CommitteeRow, committee.id, "committee", committee.id)
    _require(session, AuthorityRow, authority, "authority", "add the authority first")
    if session.scalar(select(CommitteeRow.id).where(CommitteeRow.name == committee.name)):
        raise ConflictError("duplicate", f"a committee named {committee.name} exists", name=committee.name)
    row = CommitteeRow(id=committee.id, authority=authority, name=committee.name)
    _add(session, row, actor=actor, act="committee.add", subject=committee.id, now=now)


def add_filing(session: WriteSession, filing: Filing, *, actor: str, now: datetime) -> None:
    """Put a committee on file. Raises InputError (form, a term over three years), NotFoundError, ConflictError."""
    _refuse_second(session, FilingRow, filing.number, "filing", filing.number)
    _require(session, CommitteeRow, filing.committee, "committee", "add the committee first")
    ends.require_not_ended(session, EntryKind.COMMITTEE, filing.committee, last=filing.last)
    _require(session, AuthorityRow, filing.authority, "authority", "add the authority first")
    named = Committee(id=filing.committee, name=filing.committee)
    _checked(lambda: parse_filings(encode_filings(Filings(committees=(named,), filings=(filing,)))))
    if filing.last > _years_after(filing.first, FILING_YEARS) - timedelta(days=1):
        message = f"filing {filing.number} runs {filing.first} to {filing.last}; a filing lasts at most 3 years"
        raise InputError("term_too_long", message, number=filing.number)
    for region in {filing.region, filing.scope} - {None}:
        _require(session, RegionRow, region, "region", "add the region first")
    row = FilingRow(
        number=filing.number,
        committee=filing.committee,
        authority=filing.authority,
        series=number_list(filing.series),
        levels=number_list(filing.levels),
        region=filing.region,
        scope=filing.scope,
        valid_from=filing.first,
        valid_until=filing.last,
    )
    _add(session, row, actor=actor, act="filing.add", subject=filing.number, now=now)


def add_specialty(session: WriteSession, specialty: Specialty, *, actor: str, now: datetime) -> None:
    """Add a specialty of one authority. Raises InputError, NotFoundError, ConflictError (spans overlap)."""
    if specialty.authority is None:
        raise InputError(
            "no_authority", f"specialty {specialty.name} names no authority; the register keeps them by it"
        )
    require_text("specialty", specialty.name, MAX_SPECIALTY)
    require_span(f"specialty {specialty.name}", specialty.valid_from, specialty.valid_until)
    _require(session, AuthorityRow, specialty.authority, "authority", "add the authority first")
    for other in lists.specialties(session, specialty.authority):
        alike = (other.series, other.name) == (specialty.series, specialty.name)
        if alike and (_overlap(other, specialty) or other.valid_from == specialty.valid_from):
            message = f"specialty {other.name} of {other.authority} is in force from {other.valid_from} already"
            raise ConflictError("duplicate", message, name=other.name)
    row = SpecialtyRow(
        authority=specialty.authority,
        series=specialty.series,
        name=specialty.name,
        valid_from=specialty.valid_from,
        valid_until=specialty.valid_until,
    )
    subject = f"{specialty.authority}/{specialty.series}/{specialty.name}"
    _add(session, row, actor=actor, act="specialty.add", subject=subject, now=now)


def check_operator_id(session: ReadSession, operator_id: str) -> None:
    """Ask whether an operator's id is free. Raises ConflictError ``duplicate``."""
    _refuse_second(session, OperatorRow, operator_id, "operator", operator_id)


def check_operator(session: ReadSession, operator: Operator) -> None:
    """Ask what stands against listing an operator. Raises as ``add_operator``."""
    check_operator_id(session, operator.id)
    if operator.authority is not None:
        _require(session, AuthorityRow, operator.authority, "authority", "add the authority first")
    key_id = operator.key.key_id
    if session.scalar(select(OperatorRow.id).where(OperatorRow.key_id == key_id)):
        raise ConflictError("duplicate", f"key {key_id.hex()} belongs to another operator; each has a key of its own")


def add_operator(session: WriteSession, operator: Operator, *, actor: str, now: datetime) -> None:
    """List an operator. It can act once the administrator has signed a file of operators that names it.

    Raises:
        ConflictError: a second id, or a key that is another entry's.
        NotFoundError: its authority is unknown.
    """
    check_operator(session, operator)
    row = OperatorRow(
        id=operator.id,
        person=operator.person,
        name=operator.name,
        role=operator.role,
        authority=operator.authority,
        key_id=operator.key.key_id,
        schemes=schemes_to_json(operator.schemes),
        added=now,
    )
    details = {"role": operator.role.value, "kid": operator.key.key_id.hex(), "person": operator.person}
    _add(session, row, actor=actor, act="operator.add", subject=operator.id, now=now, details=details)


def _add(
    session: WriteSession,
    row: Row,
    *,
    actor: str,
    act: str,
    subject: str,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    session.add(row)
    session.flush()
    audit.append(session, actor=actor, act=act, subject=subject, now=now, details=details)


def _refuse_second(session: ReadSession, table: type[Row], key: object, what: str, name: str) -> None:
    if session.get(table, key) is not None:
        raise ConflictError("duplicate", f"{what} {name} exists already", id=name)


def _require(session: ReadSession, table: type[Row], key: object, what: str, cure: str) -> None:
    if session.get(table, key) is None:
        raise NotFoundError(f"no_{what}", f"there is no {what} {key}; {cure}", id=key)


def _checked(read: Callable[[], _Checked]) -> _Checked:
    try:
        return read()
    except CredentialError as error:
        raise InputError(error.code, f"{error}; correct it", **error.fields) from error


def _overlap(one: Specialty, other: Specialty) -> bool:
    return one.valid_from <= (other.valid_until or date.max) and other.valid_from <= (one.valid_until or date.max)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
