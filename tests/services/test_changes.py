"""What the root is shown before it signs: every member that differs, found in the signed JSON itself."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import jsonform
from credential.catalogue import Catalogue
from credential.filings import encode_filings
from credential.roots import encode_root, verify_root
from credential.trustform import encode_trust_list
from issuer.trust.changes import CATALOGUE, FILINGS, ROOT_SET, TRUST_LIST, Change, Kind, compare, fingerprint
from issuer.trust.roots import draft_next_root, root_changes
from tests.support.keys import Key
from tests.support.world import DISTRICT, NOW, PROVINCE, World, wide_grant


def small_catalogue() -> bytes:
    """The built-in catalogue with two entries of each kind."""
    plain = json.loads(Catalogue.load_builtin().to_json())
    return jsonform.encode({name: each[:2] if isinstance(each, list) else each for name, each in plain.items()})


WORLD = World()
ROOT = verify_root(WORLD.pinned_root, None)
FILES: dict[str, tuple[bytes, Kind]] = {
    "list": (encode_trust_list(WORLD.trust), TRUST_LIST),
    "filings": (encode_filings(WORLD.filings), FILINGS),
    "catalogue": (small_catalogue(), CATALOGUE),
    "root": (encode_root(ROOT.root), ROOT_SET),
}


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a JSON value, but for its top."""
    found = [at] if at else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for name, each in inner for place in places(each, (*at, name))]


@st.composite
def altered(draw: st.DrawFn) -> tuple[bytes, bytes, Kind]:
    """One of the signed files, and the same with anything anywhere replaced, removed, doubled or moved."""
    original, kind = FILES[draw(st.sampled_from(sorted(FILES)))]
    value = json.loads(original)
    for _ in range(draw(st.integers(1, 3))):
        found = places(value)
        if not found:
            break
        *way, last = draw(st.sampled_from(found))
        holder = value
        for step in way:
            holder = holder[step]
        match draw(st.sampled_from(["replace", "remove", "double", "move", "of another kind"])):
            case "replace":
                holder[last] = draw(st.sampled_from(["x", "", 0, 1, True, False, None, [], {}, [1], {"a": 1}, "*"]))
            case "remove":
                del holder[last]
            case "double" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
            case "move" if isinstance(holder, list):
                holder.insert(0, holder.pop(last))
            case _:
                holder[last] = [holder[last]]
    return original, jsonform.encode(value), kind


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(altered())
def test_whatever_differs_in_a_signed_file_is_told(case: tuple[bytes, bytes, Kind]) -> None:
    before, after, kind = case
    told = compare(before, after, kind)
    assert bool(told) == (before != after)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_single_member_is_told_by_its_name(name: str) -> None:
    """Each member alone: the line names the kind of its entry and the member itself, with both values."""
    before, kind = FILES[name]
    for *way, last in places(json.loads(before)):
        value = json.loads(before)
        holder = value
        for step in way:
            holder = holder[step]
        if isinstance(holder[last], dict | list) or isinstance(last, int):
            continue
        old, holder[last] = holder[last], "altered"
        told = compare(before, jsonform.encode(value), kind)
        found = [each for each in told if each.member.rpartition(".")[2] == last]
        assert found, (way, last)
        assert any(each.before == old or each.after == "altered" for each in found), (way, last)


def only(changes: tuple[Change, ...], what: str) -> list[Change]:
    return [each for each in changes if each.what == what]


def test_a_new_grant_is_told_with_all_that_it_allows() -> None:
    first, *others = WORLD.trust.authorities
    added = wide_grant(legal_basis="示人社规〔2026〕9号", acts=frozenset({"withdraw"}), over="all")
    newer = replace(WORLD.trust, authorities=(replace(first, grants=(*first.grants, added)), *others))
    told = compare(FILES["list"][0], encode_trust_list(newer), TRUST_LIST)
    assert {each.which for each in told} == {f"{PROVINCE}: 示人社规〔2026〕9号 ({added.first})"}
    assert {each.member: each.after for each in told} == {
        "acts": ["withdraw"],
        "committee_ways": sorted(added.committee_ways),
        "from": added.first.isoformat(),
        "legal_basis": "示人社规〔2026〕9号",
        "levels": "*",
        "max_gap_days": added.max_gap_days,
        "over": "all",
        "region": added.region,
        "scope_required": added.scope_required,
        "series": "*",
        "until": None,
        "ways": "*",
    }
    assert {each.step for each in told} == {"new"}


def test_a_grant_that_ends_is_the_same_grant() -> None:
    first, *others = WORLD.trust.authorities
    ended = replace(first.grants[0], last=date(2026, 11, 20))
    newer = replace(WORLD.trust, authorities=(replace(first, grants=(ended, *first.grants[1:])), *others))
    [told] = compare(FILES["list"][0], encode_trust_list(newer), TRUST_LIST)
    assert (told.step, told.what, told.member) == ("changed", "grant", "until")
    assert (told.before, told.after) == (first.grants[0].last and first.grants[0].last.isoformat(), "2026-11-20")


def test_a_grant_that_is_altered_is_one_that_goes_and_one_that_comes() -> None:
    first, *others = WORLD.trust.authorities
    wider = replace(first.grants[0], max_gap_days=36_525)
    newer = replace(WORLD.trust, authorities=(replace(first, grants=(wider, *first.grants[1:])), *others))
    told = compare(FILES["list"][0], encode_trust_list(newer), TRUST_LIST)
    gaps = {each.step: (each.before, each.after) for each in told if each.member == "max_gap_days"}
    assert gaps == {"gone": (first.grants[0].max_gap_days, None), "new": (None, 36_525)}


def test_a_key_is_told_by_its_id_and_all_its_members() -> None:
    longer = World()
    longer.add_key(Key("one more"), "credential", DISTRICT)
    told = only(compare(FILES["list"][0], encode_trust_list(longer.trust), TRUST_LIST), "key")
    assert {each.which for each in told} == {Key("one more").key_id.hex()}
    members = {each.member: each.after for each in told}
    assert (members["use"], members["authority"], members["state"]) == ("credential", DISTRICT, "active")
    assert {"from", "until", "compromised_since", "succeeds", "alg", "jwk.x", "jwk.y"} < members.keys()


def test_a_filing_is_told_with_its_scope_and_term() -> None:
    first, *others = WORLD.filings.filings
    newer = replace(WORLD.filings, filings=(*others, replace(first, number="示评备〔2026〕1号", last=date(2028, 1, 1))))
    told = compare(FILES["filings"][0], encode_filings(newer), FILINGS)
    steps = {(each.step, each.which) for each in told}
    assert steps == {("gone", first.number), ("new", "示评备〔2026〕1号")}
    assert {each.member: each.after for each in told if each.step == "new"}["until"] == "2028-01-01"


def test_another_order_is_told_too() -> None:
    newer = replace(WORLD.trust, authorities=WORLD.trust.authorities[::-1])
    [told] = compare(FILES["list"][0], encode_trust_list(newer), TRUST_LIST)
    assert (told.what, told.member) == ("authority", "order")
    assert told.after == [each.id for each in newer.authorities]


def test_of_the_first_file_everything_is_new() -> None:
    for data, kind in FILES.values():
        assert {each.step for each in compare(None, data, kind)} == {"new"}
    assert compare(*(FILES["list"][0],) * 2, TRUST_LIST) == ()


def test_the_next_root_set_is_told_key_by_key() -> None:
    keys = [Key("root").public, Key("another").public]
    told = root_changes(ROOT, draft_next_root(ROOT, keys, 2, now=NOW))
    assert {each.which for each in only(told, "root_key")} == {Key("another").key_id.hex()}
    assert {each.member: each.after for each in only(told, "root_set")}["threshold"] == 2


def test_the_check_digits_stand_for_all_but_the_clock() -> None:
    newer = replace(WORLD.trust, version=9, iat=NOW, hosts=("https://x.example",))
    told = compare(FILES["list"][0], encode_trust_list(newer), TRUST_LIST)
    later = tuple(replace(each, after=1) if each.member == "iat" else each for each in told)
    assert fingerprint(told) == fingerprint(later)
    for each in told:
        without = tuple(other for other in told if other is not each)
        assert fingerprint(without) != fingerprint(told) or each.member in {"iat", "exp"}


def test_true_is_not_one() -> None:
    """To Python they are equal; signed, they are other bytes."""
    [told] = compare(jsonform.encode({"v": True}), jsonform.encode({"v": 1}), TRUST_LIST)
    assert (told.before, told.after) == (True, 1)
