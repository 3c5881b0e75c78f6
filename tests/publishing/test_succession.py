"""A trust list is not signed when something that was published is gone from the register, or became something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from credential import jose, publication
from credential.errors import MalformedError
from credential.filings import Filings, encode_filings
from credential.signing import UnusableKey
from credential.trustform import DocumentCertificate, KeyState, TrustList, encode_trust_list
from credential.trustlist import TYP
from issuer.errors import ConflictError, TamperedError
from issuer.publishing.chain import newest_trust
from issuer.trust.ceremony import export_trust_list
from issuer.trust.lists import sign_trust_list
from issuer.trust.succession import ENTRIES_TOLD, check_continues, check_goes_on
from tests.simulation.test_list_ceremony import A, B, Office, ready
from tests.support.keys import Key
from tests.support.world import NOW, PROVINCE, START, World, key_entry, wide_grant

WORLD = World()
OLD, FILINGS = WORLD.trust, WORLD.filings
FIRST_GRANT, *OTHER_GRANTS = OLD.authorities[0].grants
LATER = UnusableKey(key_id=Key("later").key_id, alg="SM2", params={}, jwk={})
SEAL = DocumentCertificate(
    authority=PROVINCE, alg="ES256", params={}, certificate=b"der", begins=START, ends=None, state=KeyState.ACTIVE
)


def changed_authority(**changes: Any) -> TrustList:
    first, *others = OLD.authorities
    return replace(OLD, authorities=(replace(first, **changes), *others))


def changed_key(**changes: Any) -> TrustList:
    first, *others = OLD.keys
    return replace(OLD, keys=(replace(first, **changes), *others))


def test_what_is_new_or_ends_goes_on() -> None:
    grants = OLD.authorities[0].grants
    ended = (
        *(replace(grant, last=date(2026, 11, 20)) for grant in grants),
        wide_grant(legal_basis="示人社规〔2026〕9号"),
    )
    check_continues(OLD, FILINGS, OLD, FILINGS)
    check_continues(changed_authority(grants=ended, name="改了名的机关"), FILINGS, OLD, FILINGS)
    check_continues(changed_key(state=KeyState.ENDED, ends=NOW), FILINGS, OLD, FILINGS)
    check_continues(changed_key(state=KeyState.COMPROMISED, compromised_since=NOW), FILINGS, OLD, FILINGS)
    sooner = tuple(replace(each, last=each.first) for each in FILINGS.filings)
    check_continues(OLD, replace(FILINGS, filings=sooner), OLD, FILINGS)
    longer = World()
    longer.add_key(Key("one more"), "credential", PROVINCE)
    check_continues(longer.trust, FILINGS, OLD, FILINGS)


@pytest.mark.parametrize(
    ("told", "newer"),
    [
        ("authority", replace(OLD, authorities=OLD.authorities[1:])),
        ("grant", changed_authority(grants=OLD.authorities[0].grants[1:])),
        ("grant", changed_authority(grants=(replace(FIRST_GRANT, max_gap_days=7), *OTHER_GRANTS))),
        ("key", replace(OLD, keys=OLD.keys[1:])),
        ("key", changed_key(use="receipt")),
        ("key", changed_key(begins=OLD.keys[0].begins + timedelta(days=1))),
        ("deployment", replace(OLD, deployment="another")),
        ("status lists", replace(OLD, status=(replace(OLD.status[0], cwt="https://other.example/0.cwt"),))),
    ],
)
def test_what_is_gone_or_another_is_told(told: str, newer: TrustList) -> None:
    with pytest.raises(TamperedError) as refusal:
        check_continues(newer, FILINGS, OLD, FILINGS)
    assert refusal.value.code == "entries_removed"
    assert told in str(refusal.value)


@pytest.mark.parametrize("state", ["active", "ended"])
def test_a_compromised_key_does_not_recover(state: str) -> None:
    bad = changed_key(state=KeyState.COMPROMISED, compromised_since=NOW)
    with pytest.raises(TamperedError):
        check_continues(changed_key(state=state, ends=NOW), FILINGS, bad, FILINGS)


@pytest.mark.parametrize("newer", [(), (SEAL,), (replace(SEAL, state=KeyState.ENDED, ends=NOW),)])
def test_a_seal_is_not_forgotten_and_does_not_recover(newer: tuple[DocumentCertificate, ...]) -> None:
    bad = replace(OLD, document_certificates=(replace(SEAL, state=KeyState.COMPROMISED),))
    check_continues(bad, FILINGS, replace(OLD, document_certificates=(SEAL,)), FILINGS)
    with pytest.raises(TamperedError, match="document certificate"):
        check_continues(replace(OLD, document_certificates=newer), FILINGS, bad, FILINGS)


@pytest.mark.parametrize(
    ("told", "change"),
    [
        ("filing", lambda old: replace(old, filings=old.filings[1:])),
        ("filing", lambda old: replace(old, filings=(replace(old.filings[0], region="110000"), *old.filings[1:]))),
        ("committee", lambda old: replace(old, committees=old.committees[1:])),
    ],
)
def test_filings_are_not_forgotten_either(told: str, change: Callable[[Filings], Filings]) -> None:
    with pytest.raises(TamperedError, match=told):
        check_continues(OLD, change(FILINGS), OLD, FILINGS)


def test_the_first_breaches_are_told_and_all_are_there() -> None:
    many = World()
    for number in range(ENTRIES_TOLD + 5):
        many.add_key(Key(f"lost {number}"), "credential", PROVINCE)
    with pytest.raises(TamperedError) as refusal:
        check_continues(OLD, FILINGS, many.trust, FILINGS)
    assert len(refusal.value.fields["entries"]) == ENTRIES_TOLD + 5  # type: ignore[arg-type]
    assert "and 5 more" in str(refusal.value)


def test_no_request_for_signatures_leaves_the_house() -> None:
    office = ready()
    office.publish(A, B)
    office.world.filings = replace(office.world.filings, filings=office.world.filings.filings[1:])
    office.filings = encode_filings(office.world.filings)
    with pytest.raises(TamperedError) as refusal:
        export_trust_list(office.store, office.draft())
    assert refusal.value.code == "entries_removed"


def test_in_whose_place_a_key_came_is_said_later_and_never_unsaid() -> None:
    """Histories that it signed stand on the windows of those that it succeeds."""
    named = changed_key(succeeds=OLD.keys[1].key.key_id)
    check_continues(named, FILINGS, OLD, FILINGS)
    check_continues(named, FILINGS, named, FILINGS)
    for newer in (OLD, changed_key(succeeds=OLD.keys[2].key.key_id)):
        with pytest.raises(TamperedError, match="key"):
            check_continues(newer, FILINGS, named, FILINGS)


@pytest.mark.parametrize(
    "change",
    [
        {"ext": {"note": 1}},
        {"keys": (*OLD.keys, replace(key_entry(Key("later"), "receipt", None), key=LATER))},
        {"keys": (*OLD.keys, key_entry(Key("later"), "timestamp", None))},
        {"document_certificates": (replace(SEAL, alg="SM2"),)},
        {"authorities": (replace(OLD.authorities[0], grants=(wide_grant(acts=frozenset({"issue", "teach"})),)),)},
    ],
)
def test_a_list_of_a_newer_program_is_not_carried_on(change: dict[str, Any]) -> None:
    """What this program does not know it would drop, and readers would miss it for thirty years."""
    office = published()
    trust = newest_trust(office.store, now=NOW).content
    if "authorities" in change:
        change = {"authorities": (*change["authorities"], *trust.authorities[1:])}
    payload = encode_trust_list(replace(trust, **change))
    office.store.files[publication.trust_list(1)] = jose.join([jose.sign(payload, key, typ=TYP) for key in (A, B)])
    with pytest.raises(ConflictError) as refusal:
        check_goes_on(office.store, office.draft().content, office.filings, now=NOW)
    assert refusal.value.code == "newer_publication"
    assert "newer program" in str(refusal.value)


def test_filings_of_a_newer_program_are_not_carried_on() -> None:
    office = published(ext={"note": 1})
    with pytest.raises(ConflictError) as refusal:
        check_goes_on(office.store, office.draft().content, encode_filings(office.world.filings), now=NOW)
    assert refusal.value.code == "newer_publication"


def published(**changes: Any) -> Office:
    """An office whose first list is published."""
    office = ready()
    office.filings = encode_filings(replace(office.world.filings, **changes))
    office.publish(A, B)
    return office


def test_a_draft_of_what_the_program_does_not_know_is_not_signed() -> None:
    office = ready()
    office.world.change_trust(ext={"note": 1})
    with pytest.raises(MalformedError) as refusal:
        sign_trust_list(office.store, office.draft(), [A, B])
    assert refusal.value.code == "unknown_kind"
