"""The office: what is added is listed as it was given, what contradicts is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from credential.catalogue import Specialty
from credential.filings import Committee, Filing
from credential.statements import OperatorRole
from credential.trustform import MAX_STATUS_LISTS
from issuer.db.sessions import WriteSession
from issuer.errors import ConflictError, InputError, IssuerError, NotFoundError
from issuer.home.settings import MAX_PLANNED_LISTS
from issuer.office import adding, lists
from issuer.office.licences import credit_code_check_character
from issuer.office.values import Authority, Operator, Region
from tests.register.conftest import (
    ADMINISTRATOR,
    AUTHORITY,
    CLERK,
    DEPLOYMENT,
    DISTRICT,
    GRANT,
    PEOPLE,
    REGION,
    STRANGER,
    Office,
)
from tests.support.clock import NOW

COMMITTEE = Committee(id="sf-eng-senior", name="示范省工程系列高级职称评审委员会")
FILING = Filing(
    number="示评备〔2025〕012号",
    committee=COMMITTEE.id,
    authority="sf-rst",
    series=frozenset({5}),
    levels=frozenset({1, 2}),
    region="990000",
    scope=None,
    first=date(2025, 3, 1),
    last=date(2028, 2, 29),
)
SPECIALTY = Specialty(series=5, name="机械工程", authority="sf-rst", valid_from=date(2020, 1, 1))
OTHER = replace(
    AUTHORITY,
    id="sf-dist",
    credit_code="91350100M000100Y43",
    region_code="990101",
    name="示范市示范区人力资源和社会保障局",
)
NEWCOMER = replace(PEOPLE[0], id="clerk9", key=STRANGER.public)
region = partial(adding.add_region, actor="a", now=NOW)
authority = partial(adding.add_authority, actor="a", now=NOW)
grant = partial(adding.add_grant, actor="a", now=NOW)
committee = partial(adding.add_committee, actor="a", now=NOW)
filing = partial(adding.add_filing, actor="a", now=NOW)
specialty = partial(adding.add_specialty, actor="a", now=NOW)
operator = partial(adding.add_operator, actor="a", now=NOW)
found = partial(adding.found_deployment, deployment="x", administrator=CLERK.public, now=NOW)


def add(office: Office, act: Callable[[WriteSession], object]) -> None:
    with office.register.write() as session:
        act(session)


def refusal(office: Office, act: Callable[[WriteSession], object]) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        add(office, act)
    return caught.value


def add_committee(session: WriteSession) -> None:
    committee(session, COMMITTEE, authority="sf-rst")


def test_what_was_added_is_listed_as_it_was_given(office: Office) -> None:
    add(office, add_committee)
    add(office, lambda session: filing(session, FILING))
    add(office, lambda session: specialty(session, SPECIALTY))
    with office.register.read() as session:
        assert lists.regions(session) == [REGION, DISTRICT]
        assert lists.authorities(session) == [AUTHORITY]
        assert lists.authority(session, "sf-rst") == AUTHORITY
        assert lists.grants(session, "sf-rst") == [GRANT]
        assert lists.committees(session) == [COMMITTEE]
        assert lists.filings(session) == [FILING]
        assert lists.specialties(session, "sf-rst") == [SPECIALTY]
        assert [(each.id, each.role, each.key_id) for each in lists.operators(session)] == [
            (person.id, person.role, person.key.key_id) for person in sorted(PEOPLE, key=lambda person: person.id)
        ]
        made = lists.deployment(session)
    assert (made.id, made.status_lists, made.administrator) == (DEPLOYMENT, 1, ADMINISTRATOR.public)


@pytest.mark.parametrize(
    ("act", "kind", "code"),
    [
        (lambda s: region(s, REGION), ConflictError, "duplicate"),
        (lambda s: region(s, Region(code="990200", name="示范省")), ConflictError, "duplicate"),
        (lambda s: authority(s, AUTHORITY), ConflictError, "duplicate"),
        (lambda s: authority(s, replace(OTHER, credit_code=AUTHORITY.credit_code)), ConflictError, "duplicate"),
        (lambda s: authority(s, replace(OTHER, region_code="990000")), ConflictError, "same_numbers"),
        (lambda s: authority(s, replace(OTHER, region_code="980000")), NotFoundError, "no_region"),
        (lambda s: grant(s, "nobody", GRANT), NotFoundError, "no_authority"),
        (lambda s: grant(s, "sf-rst", GRANT), ConflictError, "duplicate"),
        (lambda s: grant(s, "sf-rst", replace(GRANT, last=date(2019, 1, 1))), InputError, "bad_member"),
        (lambda s: grant(s, "sf-rst", replace(GRANT, series=frozenset())), InputError, "bad_member"),
        (lambda s: grant(s, "sf-rst", replace(GRANT, ways=frozenset({12}))), InputError, "bad_member"),
        (lambda s: grant(s, "sf-rst", replace(GRANT, acts=frozenset())), InputError, "bad_member"),
        (lambda s: grant(s, "sf-rst", replace(GRANT, acts=frozenset({"issue", "x"}))), InputError, "no_such_act"),
        (lambda s: grant(s, "sf-rst", replace(GRANT, over="some")), InputError, "bad_member"),
        (lambda s: grant(s, "sf-rst", replace(GRANT, region="980000")), NotFoundError, "no_region"),
        (lambda s: filing(s, FILING), NotFoundError, "no_committee"),
        (lambda s: committee(s, COMMITTEE, authority="nobody"), NotFoundError, "no_authority"),
        (lambda s: specialty(s, replace(SPECIALTY, authority="nobody")), NotFoundError, "no_authority"),
        (lambda s: specialty(s, replace(SPECIALTY, authority=None)), InputError, "no_authority"),
        (lambda s: specialty(s, replace(SPECIALTY, valid_until=date(2019, 1, 1))), InputError, "bad_span"),
        (lambda s: operator(s, PEOPLE[0]), ConflictError, "duplicate"),
        (lambda s: operator(s, replace(PEOPLE[0], id="clerk9")), ConflictError, "duplicate"),
        (lambda s: operator(s, replace(NEWCOMER, authority="x")), NotFoundError, "no_authority"),
        (lambda s: found(s, status_lists=1), ConflictError, "duplicate"),
        (lambda s: found(s, status_lists=3), InputError, "status_lists"),
        (lambda s: found(s, status_lists=2 * MAX_PLANNED_LISTS), InputError, "status_lists"),
    ],
)
def test_what_contradicts_is_refused_and_leaves_nothing(
    office: Office, act: Callable[[WriteSession], object], kind: type[IssuerError], code: str
) -> None:
    with office.register.read() as session:
        before = (lists.regions(session), lists.authorities(session), lists.grants(session, "sf-rst"))
    error = refusal(office, act)
    assert (type(error), error.code) == (kind, code)
    with office.register.read() as session:
        assert (lists.regions(session), lists.authorities(session), lists.grants(session, "sf-rst")) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": FILING.number}, "duplicate"),
        ({"number": "n2", "last": date(2028, 3, 1)}, "term_too_long"),
        ({"number": "n2", "last": date(2025, 2, 1)}, "bad_member"),
        ({"number": "n2", "authority": "nobody"}, "no_authority"),
        ({"number": "n2", "scope": "980000"}, "no_region"),
        ({"number": "n2", "levels": frozenset({7})}, "bad_member"),
    ],
)
def test_an_unfit_filing_is_refused(office: Office, change: dict[str, object], code: str) -> None:
    add(office, add_committee)
    add(office, lambda session: filing(session, FILING))
    unfit = replace(FILING, **change)  # type: ignore[arg-type]
    assert refusal(office, lambda session: filing(session, unfit)).code == code


def test_a_second_committee_of_the_same_name_is_refused(office: Office) -> None:
    add(office, add_committee)
    same = Committee(id="other", name=COMMITTEE.name)
    error = refusal(office, lambda s: committee(s, same, authority="sf-rst"))
    assert error.code == "duplicate"


def test_a_specialty_may_follow_itself_but_not_overlap(office: Office) -> None:
    ended = replace(SPECIALTY, valid_until=date(2024, 12, 31))
    add(office, lambda session: specialty(session, ended))
    overlapping = replace(SPECIALTY, valid_from=date(2024, 12, 31))
    assert refusal(office, lambda session: specialty(session, overlapping)).code == "duplicate"
    following = replace(SPECIALTY, valid_from=date(2025, 1, 1))
    add(office, lambda session: specialty(session, following))
    with office.register.read() as session:
        assert lists.specialties(session, "sf-rst") == [ended, following]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "SF"}, "authority_id"),
        ({"id": "x"}, "authority_id"),
        ({"name": ""}, "bad_text"),
        ({"name": "甲\n乙"}, "bad_text"),
        ({"credit_code": "123"}, "bad_credit_code"),
        ({"region_code": "99"}, "bad_region"),
        ({"number_template": "{year}"}, "bad_number_template"),
        ({"valid_until": date(2019, 12, 31)}, "bad_span"),
    ],
)
def test_an_unfit_authority_is_refused_where_it_is_made(change: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(AUTHORITY, **change)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_an_unfit_operator_is_refused_where_it_is_made() -> None:
    with pytest.raises(InputError) as caught:
        Operator(id="Clerk 1", name="甲", role=OperatorRole.CLERK, authority=None, key=CLERK.public)
    assert caught.value.code == "operator_id"


def test_an_unknown_authority_is_said(office: Office) -> None:
    with pytest.raises(NotFoundError), office.register.read() as session:
        lists.authority(session, "nobody")


def test_readers_take_every_plan() -> None:
    assert MAX_PLANNED_LISTS < MAX_STATUS_LISTS


def below(n: int) -> Authority:
    """The n-th authority under the first, each the child of the one before, with numbers of its own."""
    above = AUTHORITY.id if n == 1 else f"step-{n - 1}"
    code = f"9135010{n}M000100Y4"
    return replace(
        OTHER,
        id=f"step-{n}",
        credit_code=code + credit_code_check_character(code),
        number_template=f"{AUTHORITY.number_template}{n}",
        parent=above,
    )


def test_eight_steps_lead_up_from_an_authority_and_not_nine(office: Office) -> None:
    for n in range(1, 9):
        add(office, lambda session, n=n: authority(session, below(n)))  # type: ignore[misc]
    assert refusal(office, lambda session: authority(session, below(9))).code == "too_many_parents"


def test_a_grant_lies_within_the_parents_of_its_day(office: Office) -> None:
    add(office, lambda session: authority(session, replace(OTHER, parent=AUTHORITY.id)))
    wider = replace(GRANT, max_gap_days=GRANT.max_gap_days + 1)
    refused = refusal(office, lambda session: grant(session, OTHER.id, wider))
    assert (type(refused), refused.code, refused.fields["wider"]) == (
        InputError,
        "outside_delegation",
        ("max_gap_days",),
    )
    add(office, lambda session: grant(session, AUTHORITY.id, wider))
    add(office, lambda session: grant(session, OTHER.id, wider))
    with office.register.read() as session:
        assert lists.grants(session, OTHER.id) == [wider]
