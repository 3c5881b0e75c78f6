"""Grants within those of the authority that delegated: one table of what is wider, and who is named (FORMAT 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from credential.delegation import check_delegation, lies_within, wider_than
from credential.errors import NotTrustedError
from credential.grants import Grant
from credential.trustlist import TrustList
from tests.support.world import DISTRICT, PROVINCE, World, wide_grant

PARENT = wide_grant(
    series=frozenset({5, 22}),
    levels=frozenset({2, 3}),
    ways=frozenset({1, 5, 6}),
    committee_ways=frozenset({1, 6}),
    region="990100",
    scope_required=True,
    first=date(2022, 1, 1),
    last=date(2030, 12, 31),
    max_gap_days=365,
    acts=frozenset({"issue", "suspend"}),
    over="own",
)
ALL = frozenset(range(1, 256))


def test_a_grant_lies_within_its_like() -> None:
    assert wider_than(PARENT, PARENT) == ()


@pytest.mark.parametrize(
    "narrower",
    [
        {"series": frozenset({5})},
        {"levels": frozenset({3})},
        {"ways": frozenset({6})},
        {"ways": frozenset({5}), "committee_ways": frozenset()},
        {"committee_ways": frozenset({1, 5, 6})},
        {"region": "990101"},
        {"first": date(2022, 1, 2)},
        {"last": date(2030, 12, 30)},
        {"max_gap_days": 364},
        {"legal_basis": "another"},
        {"acts": frozenset({"issue"})},
    ],
)
def test_a_narrower_grant_lies_within(narrower: dict[str, Any]) -> None:
    assert wider_than(replace(PARENT, **narrower), PARENT) == ()


@pytest.mark.parametrize(
    ("wider", "member"),
    [
        ({"series": frozenset({5, 6})}, "series"),
        ({"series": None}, "series"),
        ({"levels": frozenset({1, 2})}, "levels"),
        ({"levels": None}, "levels"),
        ({"ways": frozenset({1, 2})}, "ways"),
        ({"ways": None}, "ways"),
        ({"ways": frozenset({1, 9})}, "ways"),
        ({"committee_ways": frozenset({1})}, "committee_ways"),
        ({"region": "990000"}, "region"),
        ({"region": "990200"}, "region"),
        ({"scope_required": False}, "scope_required"),
        ({"first": date(2021, 12, 31)}, "from"),
        ({"last": date(2031, 1, 1)}, "until"),
        ({"last": None}, "until"),
        ({"max_gap_days": 366}, "max_gap_days"),
        ({"acts": frozenset({"issue", "withdraw"})}, "acts"),
        ({"over": "all"}, "over"),
    ],
)
def test_a_grant_is_wider_by(wider: dict[str, Any], member: str) -> None:
    assert wider_than(replace(PARENT, **wider), PARENT) == (member,)


@pytest.mark.parametrize(
    ("parent", "grant", "wider"),
    [
        ({"ways": None, "committee_ways": frozenset()}, {"ways": frozenset({1, 8})}, ()),
        ({"ways": None, "committee_ways": frozenset()}, {"ways": frozenset({9})}, ("ways",)),
        ({"ways": frozenset(range(1, 9))}, {"ways": None}, ()),
        ({"ways": frozenset(range(1, 10))}, {"ways": frozenset({9})}, ()),
        ({"levels": frozenset(range(1, 6))}, {"levels": None}, ()),
        ({"series": ALL}, {"series": None}, ()),
        ({"series": ALL - {255}}, {"series": None}, ("series",)),
    ],
)
def test_all_means_the_numbers_that_there_are_and_of_ways_all_but_9(
    parent: dict[str, Any], grant: dict[str, Any], wider: tuple[str, ...]
) -> None:
    assert wider_than(wide_grant(**grant), wide_grant(**parent)) == wider


def test_a_single_grant_holds_it_and_not_two_together() -> None:
    halves = (replace(PARENT, series=frozenset({5})), replace(PARENT, series=frozenset({22})))
    assert lies_within(halves[0], halves)
    assert lies_within(halves[1], halves)
    assert not lies_within(PARENT, halves)
    assert not lies_within(PARENT, ())


def listed(*grants: Grant, parent: str | None = PROVINCE, above: tuple[Grant, ...] = (PARENT,)) -> TrustList:
    world = World()
    world.change_authority(PROVINCE, grants=above)
    world.change_authority(DISTRICT, grants=grants, parent=parent)
    return world.trust


def test_a_list_is_in_order_when_every_grant_lies_within_or_nobody_delegated() -> None:
    check_delegation(listed(PARENT, replace(PARENT, levels=frozenset({3}))))
    check_delegation(listed())
    check_delegation(listed(wide_grant(), parent=None))


def test_a_refusal_names_authority_grant_and_what_is_wider_than_the_closest() -> None:
    far = replace(PARENT, region="990200", acts=frozenset({"suspend"}))
    grant = replace(PARENT, last=None, legal_basis="示范市委托书")
    with pytest.raises(NotTrustedError) as refusal:
        check_delegation(listed(PARENT, grant, above=(far, PARENT)))
    assert refusal.value.code == "outside_delegation"
    assert dict(refusal.value.fields) == {
        "authority": DISTRICT,
        "parent": PROVINCE,
        "grant": "示范市委托书 from 2022-01-01",
        "wider": ("until",),
    }


def test_a_parent_without_a_grant_delegates_none() -> None:
    with pytest.raises(NotTrustedError) as refusal:
        check_delegation(listed(PARENT, above=()))
    assert refusal.value.fields["wider"] == ()
