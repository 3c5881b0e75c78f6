"""The trust list: form, verification, lookups, grants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from credential import jsonform
from credential.contacts import NO_CONTACTS, Contact, Contacts
from credential.errors import CredentialError, MalformedError, NotInForceError, NotTrustedError
from credential.grants import grant_to_json, read_grant
from credential.publication import trust_list
from credential.roots import verify_root
from credential.trustform import KeyState
from credential.trustlist import (
    DocumentCertificate,
    TrustList,
    VerifiedTrustList,
    encode_trust_list,
    parse_trust_list,
    verify_trust_list,
)
from tests.support.keys import Key
from tests.support.world import DISTRICT, NOW, ORIGIN, PROVINCE, START, World, key_entry, wide_grant


def verified(world: World, *, now: datetime = NOW) -> VerifiedTrustList:
    files = world.publish()
    root = verify_root(world.roots[-1], None)
    return verify_trust_list(files[trust_list(world.trust.version)], root, now=now)


def content() -> TrustList:
    seal = DocumentCertificate(
        authority=PROVINCE, alg="ES256", params={}, certificate=b"der", begins=START, ends=None, state=KeyState.ACTIVE
    )
    return replace(World().trust, document_certificates=(seal,))


def test_the_payload_comes_back() -> None:
    assert parse_trust_list(encode_trust_list(content())) == content()


def at(*path: str | int, value: object) -> Callable[[Any], None]:
    def alter(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return alter


@pytest.mark.parametrize(
    ("sentence", "alter"),
    [
        ("a later format", at("v", value=2)),
        ("no version", at("version", value=0)),
        ("a version that no path has", at("version", value=10**9)),
        ("a member too many", at("note", value="")),
        ("no authorities", at("authorities", value=[])),
        ("an authority id with capitals", at("authorities", 0, "id", value="Demo")),
        ("a credit code of 17 characters", at("authorities", 0, "code", value="1" * 17)),
        ("a region of five digits", at("authorities", 0, "region", value="99000")),
        ("a name with a line break", at("authorities", 0, "name", value="示范\n省")),
        ("a grant with a member too many", at("authorities", 0, "grants", 0, "note", value="")),
        ("a grant for no series", at("authorities", 0, "grants", 0, "series", value=[])),
        ("a grant with series out of order", at("authorities", 0, "grants", 0, "series", value=[5, 4])),
        ("a grant for level 6", at("authorities", 0, "grants", 0, "levels", value=[6])),
        ("a grant for way 10", at("authorities", 0, "grants", 0, "ways", value=[10])),
        ("a grant for an act in capitals", at("authorities", 0, "grants", 0, "acts", value=["Bless"])),
        ("a grant whose acts are out of order", at("authorities", 0, "grants", 0, "acts", value=["withdraw", "issue"])),
        ("a grant over everybody's", at("authorities", 0, "grants", 0, "over", value="everybody")),
        ("a grant that ends first", at("authorities", 0, "grants", 0, "until", value="2019-12-31")),
        ("a grant from the 30th of February", at("authorities", 0, "grants", 0, "from", value="2020-02-30")),
        ("a parent that is not there", at("authorities", 1, "parent", value="stranger")),
        ("its own parent", at("authorities", 0, "parent", value=PROVINCE)),
        ("a contact in one language", at("authorities", 0, "contact", value={"zh": {}})),
        ("a contact without hours", at("authorities", 0, "contact", "zh", value={"address": "", "web": ""})),
        ("a telephone of 201 characters", at("authorities", 0, "contact", "zh", "telephone", value="0" * 201)),
        ("an address with a line break", at("authorities", 0, "contact", "en", "address", value="1 Road\nShifan")),
        ("a web address of another scheme", at("authorities", 0, "contact", "zh", "web", value="javascript:alert()")),
        ("a web address with a blank", at("authorities", 0, "contact", "zh", "web", value="https://a.example/ b")),
        ("a web address that is not ASCII", at("authorities", 0, "contact", "zh", "web", value="https://示范.example")),
        ("a key that succeeds a stranger's", at("keys", 0, "succeeds", value="AAAAAAAAAAA")),
        ("a key that succeeds itself", lambda it: it["keys"][0].update(succeeds=it["keys"][0]["kid"])),
        ("a key that succeeds one of another use", lambda it: it["keys"][0].update(succeeds=it["keys"][3]["kid"])),
        ("a key for a use in capitals", at("keys", 0, "use", value="Root")),
        ("a key of no algorithm", at("keys", 0, "alg", value="")),
        ("a key with parameters that are none", at("keys", 0, "params", value=None)),
        ("more than can be read in ext", at("ext", value={"Note": 1})),
        ("a credential key of nobody", at("keys", 0, "authority", value=None)),
        ("a key of a stranger", at("keys", 0, "authority", value="stranger")),
        ("a key under another's name", at("keys", 0, "kid", value="AAAAAAAAAAA")),
        ("a compromised key without a date", at("keys", 0, "state", value="compromised")),
        ("a compromise of an active key", at("keys", 0, "compromised_since", value=1)),
        ("an ended key without an end", at("keys", 0, "state", value="ended")),
        ("a key that ends before it begins", at("keys", 0, "until", value=1)),
        ("a seal of a stranger", at("document_certificates", 0, "authority", value="stranger")),
        ("a seal that is no base64url", at("document_certificates", 0, "certificate", value="=")),
        ("a host with a path", at("hosts", value=["https://zc.example/"])),
        ("a host over plain http", at("hosts", value=["http://zc.example"])),
        ("no host", at("hosts", value=[])),
        ("a publication without its slash", at("publications", value=["https://zc.example/p"])),
        ("status ids that do not count from 0", at("status", 0, "id", value=1)),
        ("a status list signed by a credential key", at("status", 0, "kids", value=["AAAAAAAAAAA"])),
        ("a status address too long for a credential", at("status", 0, "cwt", value="https://zc.example/" + "a" * 110)),
        ("filings without a digest", at("filings", "digest", value="00")),
        ("an end before the beginning", at("exp", value=0)),
        ("a demonstration that is a word", at("demonstration", value="yes")),
    ],
)
def test_a_payload_is_refused_with(sentence: str, alter: Callable[[Any], None]) -> None:
    value = jsonform.decode(encode_trust_list(content()), max_bytes=1 << 20)
    alter(value)
    with pytest.raises(MalformedError) as refusal:
        parse_trust_list(jsonform.encode(value))
    assert refusal.value.code == "bad_member", sentence


def test_a_lifetime_of_400_days_is_the_longest() -> None:
    longest = replace(content(), exp=content().iat + timedelta(days=400))
    assert parse_trust_list(encode_trust_list(longest)) == longest
    with pytest.raises(MalformedError):
        parse_trust_list(encode_trust_list(replace(longest, exp=longest.exp + timedelta(seconds=1))))


@pytest.mark.parametrize("address", ["http://127.0.0.1:8787", "http://localhost", "http://[::1]:80"])
def test_plain_http_is_official_on_loopback_in_a_demonstration_only(address: str) -> None:
    demonstration = replace(content(), hosts=(address,))
    assert parse_trust_list(encode_trust_list(demonstration)).hosts == (address,)
    with pytest.raises(MalformedError):
        parse_trust_list(encode_trust_list(replace(demonstration, demonstration=False)))


def test_three_status_lists_are_no_power_of_two() -> None:
    with pytest.raises(MalformedError):
        parse_trust_list(encode_trust_list(World(lists=3).trust))
    assert len(parse_trust_list(encode_trust_list(World(lists=4).trust)).status) == 4


@pytest.mark.parametrize(
    ("sentence", "change", "code"),
    [
        ("signed by a stranger", lambda world: setattr(world, "root_signers", [Key("stranger")]), "too_few_signatures"),
        (
            "real under a demonstration root",
            lambda world: world.change_trust(demonstration=False),
            "demonstration_differs",
        ),
        (
            "signed six minutes ahead",
            lambda world: world.change_trust(iat=NOW + timedelta(minutes=6)),
            "from_the_future",
        ),
    ],
)
def test_a_list_is_not_trusted_when(sentence: str, change: Callable[[World], None], code: str) -> None:
    world = World()
    root = verify_root(world.pinned_root, None)
    change(world)
    files = world.publish()
    with pytest.raises(NotTrustedError) as refusal:
        verify_trust_list(files[trust_list(world.trust.version)], root, now=NOW)
    assert refusal.value.code == code, sentence


def test_a_list_that_was_verified_before_is_asked_for_its_time_again() -> None:
    world = World()
    root = verify_root(world.pinned_root, None)
    container = world.publish()[trust_list(world.trust.version)]
    verify_trust_list(container, root, now=NOW)
    with pytest.raises(NotTrustedError) as refusal:
        verify_trust_list(container, root, now=world.trust.iat - timedelta(minutes=6))
    assert refusal.value.code == "from_the_future"


def test_a_list_that_was_verified_under_one_root_is_not_trusted_under_another() -> None:
    world = World()
    container = world.publish()[trust_list(world.trust.version)]
    verify_trust_list(container, verify_root(world.pinned_root, None), now=NOW)
    stranger = World(root_signers=[Key("stranger")])
    with pytest.raises(NotTrustedError):
        verify_trust_list(container, verify_root(stranger.pinned_root, None), now=NOW)


def test_it_is_fresh_until_the_second_of_its_end() -> None:
    trust = verified(World())
    trust.check_fresh(trust.content.exp - timedelta(seconds=1))
    with pytest.raises(NotInForceError) as refusal:
        trust.check_fresh(trust.content.exp)
    assert refusal.value.code == "trust_expired"


def test_nobody_but_the_verification_makes_a_verified_list() -> None:
    with pytest.raises(TypeError):
        VerifiedTrustList(content=content(), container=b"", root_version=1, proof=None)


def test_a_key_is_found_for_its_use_only() -> None:
    world = World()
    trust = verified(world)
    assert trust.key(world.credential_key.key_id, use="credential").authority == PROVINCE
    for key_id, use, code in (
        (world.credential_key.key_id, "status", "key_use"),
        (Key("stranger").key_id, "status", "unknown_key"),
    ):
        with pytest.raises(NotTrustedError) as refusal:
            trust.key(key_id, use=use)
        assert refusal.value.code == code
    assert trust.find_key(world.credential_key.key_id) == trust.key(world.credential_key.key_id, use="credential")
    assert trust.find_key(Key("stranger").key_id) is None


T0, T1 = START, datetime(2026, 7, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("sentence", "changes", "instant", "good"),
    [
        ("an active key from its first second", {}, T0, True),
        ("not before", {}, T0 - SECOND, False),
        ("an ended key within its window", {"state": "ended", "ends": T1}, T1 - SECOND, True),
        ("not from its end on", {"state": "ended", "ends": T1}, T1, False),
        ("a stolen key before the theft", {"state": "compromised", "compromised_since": T1}, T1 - SECOND, True),
        ("not from the theft on", {"state": "compromised", "compromised_since": T1}, T1, False),
    ],
)
def test_a_key_is_good_at(sentence: str, changes: dict[str, Any], instant: datetime, good: bool) -> None:
    entry = replace(key_entry(Key("k"), "credential", PROVINCE), **changes)
    if good:
        entry.check_good_at(instant)
        return
    with pytest.raises(NotInForceError) as refusal:
        entry.check_good_at(instant)
    assert refusal.value.code == "key_not_good", sentence


def test_a_stolen_key_signs_nothing_now_whatever_instant_it_names() -> None:
    entry = replace(key_entry(Key("k"), "status", None), state=KeyState.COMPROMISED, compromised_since=T1)
    with pytest.raises(NotInForceError):
        entry.check_signs_now(T0)


def test_a_seal_belongs_to_one_authority_and_ends_with_its_compromise() -> None:
    world = World()
    seal = DocumentCertificate(
        authority=PROVINCE, alg="ES256", params={}, certificate=b"der", begins=START, ends=None, state=KeyState.ACTIVE
    )
    world.change_trust(document_certificates=(seal,))
    verified(world).check_seal(b"der", authority=PROVINCE)
    for certificate, authority in ((b"der", DISTRICT), (b"other", PROVINCE)):
        with pytest.raises(NotTrustedError) as refusal:
            verified(world).check_seal(certificate, authority=authority)
        assert refusal.value.code == "document_seal_unknown"
    world.change_trust(document_certificates=(replace(seal, state=KeyState.ENDED, ends=NOW),))
    verified(world).check_seal(b"der", authority=PROVINCE)
    world.change_trust(document_certificates=(replace(seal, state=KeyState.COMPROMISED),))
    with pytest.raises(NotTrustedError):
        verified(world).check_seal(b"der", authority=PROVINCE)


def test_status_lists_and_hosts_are_matched_and_never_followed() -> None:
    trust = verified(World())
    assert trust.status_list(ORIGIN + "/p/status/0.cwt").id == 0
    with pytest.raises(NotTrustedError):
        trust.status_list(ORIGIN + "/p/status/0.jwt")
    assert trust.is_official(ORIGIN)
    assert not trust.is_official(ORIGIN + ".evil.example")


GRANT = wide_grant(
    series=frozenset({5}), levels=frozenset({2}), ways=frozenset({1, 2}), region="990100", last=date(2026, 12, 31)
)


def test_a_grant_comes_back() -> None:
    assert read_grant(grant_to_json(GRANT)) == GRANT


@pytest.mark.parametrize("position", range(0, 4000, 97))
def test_a_flipped_bit_is_refused(position: int) -> None:
    world = World()
    data = bytearray(world.publish()[trust_list(1)])
    data[position % len(data)] ^= 1
    with pytest.raises(CredentialError):
        verify_trust_list(bytes(data), verify_root(world.pinned_root, None), now=NOW)


def with_parents(**parents: str | None) -> TrustList:
    """A list of authorities, each under the one that is named."""
    first, second = content().authorities
    more = tuple(replace(second, id=name, parent=parent) for name, parent in parents.items())
    return replace(content(), authorities=(first, second, *more))


def test_eight_steps_lead_to_the_authority_that_nobody_delegated_to_and_nine_are_too_many() -> None:
    steps: dict[str, str | None] = {f"step-{n}": f"step-{n + 1}" for n in range(1, 8)} | {"step-8": PROVINCE}
    longest = with_parents(**steps)
    assert parse_trust_list(encode_trust_list(longest)) == longest
    with pytest.raises(MalformedError) as refusal:
        parse_trust_list(encode_trust_list(with_parents(**(steps | {"step-0": "step-1"}))))
    assert refusal.value.code == "bad_member"


def test_nobody_is_their_own_parent_by_two_steps() -> None:
    with pytest.raises(MalformedError):
        parse_trust_list(encode_trust_list(with_parents(**{"one-city": "two-city", "two-city": "one-city"})))


CONTACTS = Contacts(
    zh=Contact(
        address="示范省示范市人民路1号", hours="工作日 9:00–17:00", telephone="000-0000-0000", web="https://a.example"
    ),
    en=Contact(address="", hours="", telephone="000-0000-0000", web="http://a.example/en"),
)


def test_a_contact_comes_back_and_its_plain_http_is_for_a_demonstration_only() -> None:
    authority, *others = content().authorities
    reached = replace(content(), authorities=(replace(authority, contact=CONTACTS), *others))
    assert parse_trust_list(encode_trust_list(reached)).authorities[0].contact == CONTACTS
    with pytest.raises(MalformedError):
        parse_trust_list(encode_trust_list(replace(reached, demonstration=False)))


def test_a_contact_is_empty_when_every_text_in_both_languages_is() -> None:
    assert NO_CONTACTS.is_empty
    assert not CONTACTS.is_empty
    assert not replace(NO_CONTACTS, en=replace(NO_CONTACTS.en, hours="by day")).is_empty


OLD, MIDDLE, NEW = Key("status old"), Key("status middle"), Key("status new")
T2, T3 = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)


def succession(**changes: Any) -> World:
    """Three status keys, each in the place of the one before; ``changes`` are the oldest one's."""
    world = World()
    world.add_key(OLD, "status", **({"state": KeyState.ENDED, "ends": T1} | changes))
    world.add_key(MIDDLE, "status", begins=T2, state=KeyState.ENDED, ends=T3, succeeds=OLD.key_id)
    world.add_key(NEW, "status", begins=T3, succeeds=MIDDLE.key_id)
    return world


STOLEN = {"state": KeyState.COMPROMISED, "compromised_since": T0, "ends": T1}


@pytest.mark.parametrize(
    ("sentence", "changes", "key", "instant", "good"),
    [
        ("a key's own window", {}, NEW, T3, True),
        ("the window of the one before", {}, NEW, T2, True),
        ("the window of the one before that", {}, NEW, T0, True),
        ("the window of a stolen one, also after the theft", STOLEN, NEW, T1 - SECOND, True),
        ("no instant between two windows", {}, NEW, T1, False),
        ("no instant before the first", {}, NEW, T0 - SECOND, False),
        ("no window of the one behind", {}, OLD, T2, False),
        ("the end of a key that was replaced", {}, MIDDLE, T3, False),
        ("no instant for a key that is stolen itself", STOLEN, OLD, T0, False),
    ],
)
def test_a_record_is_vouched_for_by(
    sentence: str, changes: dict[str, Any], key: Key, instant: datetime, good: bool
) -> None:
    trust = verified(succession(**changes))
    entry = trust.key(key.key_id, use="status")
    if good:
        trust.check_record_key(entry, instant)
        return
    with pytest.raises(NotInForceError) as refusal:
        trust.check_record_key(entry, instant)
    assert refusal.value.code == "key_not_good", sentence


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        ("began when the later one did", {"begins": T2}),
        ("is another authority's", {"authority": PROVINCE}),
        ("is of another use", {"use": "share"}),
    ],
)
def test_a_key_succeeds_none_that(sentence: str, changes: dict[str, Any]) -> None:
    parse_trust_list(encode_trust_list(succession().trust))
    world = succession()
    world.change_key(OLD, **({"state": KeyState.ACTIVE, "ends": None} | changes))
    with pytest.raises(MalformedError) as refusal:
        parse_trust_list(encode_trust_list(world.trust))
    assert refusal.value.fields["where"] == "key.succeeds", sentence
