"""The snapshot: form, the rules inside, verification."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credential import jose, jsonform
from credential.errors import CredentialError, MalformedError, NotInForceError
from credential.publication import SNAPSHOT, trust_list
from credential.roots import verify_root
from credential.snapshot import TYP, Snapshot, VerifiedSnapshot, encode_snapshot, parse_snapshot, verify_snapshot
from credential.trustlist import VerifiedTrustList, verify_trust_list
from tests.support.keys import Key
from tests.support.world import NOW, World


def trust_of(world: World) -> VerifiedTrustList:
    return verify_trust_list(world.files[trust_list(world.trust.version)], verify_root(world.roots[-1], None), now=NOW)


def verified(world: World, files: dict[str, bytes], *, now: datetime = NOW) -> VerifiedSnapshot:
    return verify_snapshot(parse_snapshot(files[SNAPSHOT]), trust_of(world), now=now)


def snapshot_of(world: World) -> Snapshot:
    return parse_snapshot(world.publish()[SNAPSHOT]).content


def test_the_payload_comes_back() -> None:
    content = snapshot_of(World())
    token = jose.sign(encode_snapshot(content), Key("publisher"), typ=TYP).encode()
    assert parse_snapshot(token).content == content


def test_a_snapshot_in_order_is_taken_and_lives_until_its_end() -> None:
    world = World()
    snapshot = verified(world, world.publish())
    snapshot.check_fresh(NOW + timedelta(hours=24) - timedelta(seconds=1))
    with pytest.raises(NotInForceError) as refusal:
        snapshot.check_fresh(NOW + timedelta(hours=24))
    assert refusal.value.code == "publication_expired"


@pytest.mark.parametrize(
    ("records", "longest"),
    [(0, 0), (127, 0), (128, 0), (255, 0), (256, 1), (511, 1), (512, 2), (1 << 20, 13), (1 << 40, 20)],
)
def test_a_prefix_is_at_most_so_long(records: int, longest: int) -> None:
    content = replace(snapshot_of(World()), records=records)
    for prefix in (longest, longest + 1):
        manifests = (bytes(32),) * (1 << prefix // 2)
        token = jose.sign(
            encode_snapshot(replace(content, prefix=prefix, manifests=manifests)), Key("publisher"), typ=TYP
        ).encode()
        if prefix == longest:
            assert parse_snapshot(token).content.prefix == longest
        else:
            with pytest.raises(MalformedError):
                parse_snapshot(token)


@pytest.mark.parametrize(
    ("sentence", "alter"),
    [
        ("a later format", lambda value: value.update(v=2)),
        ("a member too many", lambda value: value.update(note="")),
        ("number zero", lambda value: value.update(seq=0)),
        ("a life of more than seven days", lambda value: value.update(exp=value["iat"] + 7 * 86400 + 1)),
        ("no life at all", lambda value: value.update(exp=value["iat"])),
        ("a manifest too many", lambda value: value["manifests"].append("00" * 32)),
        ("no manifest", lambda value: value.update(manifests=[])),
        ("a digest in capitals", lambda value: value.update(manifests=["AB" * 32])),
        ("status lists out of order", lambda value: value["status"].reverse() or value["status"][0].update(id=1)),
        ("an audit head that is none", lambda value: value["audit"].update(head="")),
        ("a trust list of version zero", lambda value: value["trust"].update(version=0)),
        ("an instant that is true", lambda value: value.update(iat=True)),
    ],
)
def test_a_payload_is_refused_with(sentence: str, alter: Callable[[Any], None]) -> None:
    value = jsonform.decode(encode_snapshot(snapshot_of(World())), max_bytes=1 << 20)
    alter(value)
    with pytest.raises(MalformedError) as refusal:
        parse_snapshot(jose.sign(jsonform.encode(value), Key("publisher"), typ=TYP).encode())
    assert refusal.value.code == "bad_member", sentence


@pytest.mark.parametrize(
    ("sentence", "publish", "code"),
    [
        ("a stranger", lambda world: world.publish(signer=Key("stranger")), "unknown_key"),
        ("the status key", lambda world: world.publish(signer=world.status_key), "key_use"),
        ("another trust list", lambda world: world.publish(trust_digest=bytes(32)), "wrong_trust_list"),
        ("another deployment", lambda world: world.publish(deployment="other"), "wrong_deployment"),
        ("status lists that are left out", lambda world: world.publish(status=()), "wrong_status"),
        (
            "six minutes ahead",
            lambda world: world.publish(iat=NOW + timedelta(minutes=6), exp=NOW + timedelta(hours=1)),
            "from_the_future",
        ),
    ],
)
def test_a_snapshot_is_refused_from(sentence: str, publish: Callable[[World], dict[str, bytes]], code: str) -> None:
    world = World()
    files = publish(world)
    with pytest.raises(CredentialError) as refusal:
        verified(world, files)
    assert refusal.value.code == code, sentence


@pytest.mark.parametrize(
    ("sentence", "changes", "good"),
    [
        ("an ended publisher key", {"state": "ended", "ends": NOW}, False),
        ("one that ends a second later", {"state": "ended", "ends": NOW + timedelta(seconds=1)}, True),
        ("a stolen one", {"state": "compromised", "compromised_since": NOW + timedelta(days=1)}, False),
        ("one that begins tomorrow", {"begins": NOW + timedelta(days=1)}, False),
    ],
)
def test_a_publisher_key_signs_when_it_is_good(sentence: str, changes: dict[str, Any], good: bool) -> None:
    world = World()
    world.change_key(world.publisher, **changes)
    files = world.publish()
    if good:
        assert verified(world, files).content.seq == 1, sentence
        return
    with pytest.raises(NotInForceError) as refusal:
        verified(world, files)
    assert refusal.value.code == "key_not_good", sentence


def test_nobody_but_the_verification_makes_a_verified_snapshot() -> None:
    with pytest.raises(TypeError):
        VerifiedSnapshot(content=snapshot_of(World()), token=b"", proof=None)


def test_every_flipped_character_is_refused() -> None:
    world = World(now=datetime(2026, 11, 21, 2, tzinfo=UTC))
    token = world.publish()[SNAPSHOT]
    for position in range(0, len(token), 7):
        changed = bytearray(token)
        changed[position] ^= 1
        with pytest.raises(CredentialError):
            verified(world, {SNAPSHOT: bytes(changed)})
