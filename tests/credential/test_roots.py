"""Root key sets: form, and how one hands over to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from credential import jose, jsonform
from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.members import key_to_json
from credential.roots import TYP, Root, VerifiedRoot, encode_root, parse_root, verify_root
from credential.signing import SignatureError
from tests.support.keys import Key
from tests.support.world import NOW, World

A, B, C = Key("a"), Key("b"), Key("c")


def make(version: int, keys: list[Key], threshold: int, signers: list[Key], *, demonstration: bool = True) -> bytes:
    root = Root(
        version=version,
        iat=NOW,
        demonstration=demonstration,
        keys=tuple(key.public for key in keys),
        threshold=threshold,
    )
    return jose.join([jose.sign(encode_root(root), signer, typ=TYP) for signer in signers])


@pytest.mark.parametrize(
    ("sentence", "data"),
    [
        ("signed by its only key", make(1, [A], 1, [A])),
        ("signed by two of three", make(1, [A, B, C], 2, [A, C])),
        ("signed by a stranger as well, which counts nothing", make(1, [A], 1, [A, B])),
        ("any version can be pinned", make(7, [A], 1, [A])),
    ],
)
def test_a_pinned_root_is_taken_when(sentence: str, data: bytes) -> None:
    assert verify_root(data, None).container == data, sentence


@pytest.mark.parametrize(
    ("sentence", "data", "code"),
    [
        ("signed by a stranger only", make(1, [A], 1, [B]), "too_few_signatures"),
        ("signed by one of the two needed", make(1, [A, B], 2, [A]), "too_few_signatures"),
        ("signed by nobody", b"", "not_canonical"),
        ("without its last newline", make(1, [A], 1, [A])[:-1], "not_canonical"),
    ],
)
def test_a_pinned_root_is_refused_when(sentence: str, data: bytes, code: str) -> None:
    with pytest.raises(CredentialError) as refusal:
        verify_root(data, None)
    assert refusal.value.code == code, sentence


FIRST = make(1, [A], 1, [A])


@pytest.mark.parametrize(
    ("sentence", "data", "code"),
    [
        ("old and new keys signed", make(2, [B], 1, [A, B]), None),
        ("the same keys go on", make(2, [A], 1, [A]), None),
        ("only the new keys signed", make(2, [B], 1, [B]), "too_few_signatures"),
        ("only the old keys signed", make(2, [B], 1, [A]), "too_few_signatures"),
        ("a version is left out", make(3, [B], 1, [A, B]), "wrong_version"),
        ("the version does not move", make(1, [A], 1, [A]), "wrong_version"),
        ("a demonstration becomes real", make(2, [B], 1, [A, B], demonstration=False), "demonstration_changed"),
    ],
)
def test_the_next_root(sentence: str, data: bytes, code: str | None) -> None:
    first = verify_root(FIRST, None)
    if code is None:
        assert verify_root(data, first).root.version == 2, sentence
        return
    with pytest.raises(NotTrustedError) as refusal:
        verify_root(data, first)
    assert refusal.value.code == code, sentence


def test_a_bad_signature_of_a_known_key_is_refused_even_when_enough_others_hold() -> None:
    good = make(1, [A, B], 1, [A, B])
    lines = good.decode().split("\n")
    lines[1] = lines[1][:-3] + ("AAA" if not lines[1].endswith("AAA") else "BBB")
    with pytest.raises((SignatureError, MalformedError)):
        verify_root("\n".join(lines).encode(), None)


def test_the_threshold_of_the_previous_root_counts() -> None:
    first = verify_root(make(1, [A, B], 2, [A, B]), None)
    with pytest.raises(NotTrustedError) as refusal:
        verify_root(make(2, [C], 1, [A, C]), first)
    assert refusal.value.code == "too_few_signatures"
    assert verify_root(make(2, [C], 1, [A, B, C]), first).root.version == 2


ROOT = Root(version=1, iat=NOW, demonstration=True, keys=(A.public,), threshold=1)


def test_the_payload_comes_back() -> None:
    assert parse_root(encode_root(ROOT)) == ROOT


def change(**members: object) -> Callable[[dict[str, object]], None]:
    return lambda value: value.update(members)


@pytest.mark.parametrize(
    ("sentence", "alter"),
    [
        ("a later format", change(v=2)),
        ("version zero", change(version=0)),
        ("a version of ten digits", change(version=1_000_000_000)),
        ("no keys", change(keys=[])),
        ("a threshold of zero", change(threshold=0)),
        ("a threshold beyond the keys", change(threshold=2)),
        ("a threshold that is true", change(threshold=True)),
        ("a demonstration that is a number", change(demonstration=1)),
        ("a member too many", change(note="")),
        ("a member too few", lambda value: value.pop("iat")),
        ("an instant before 1970", change(iat=-1)),
        ("a key under another key's name", change(keys=[{**key_to_json(A.public), "kid": "AAAAAAAAAAA"}])),
        ("a key without its algorithm", change(keys=[{**key_to_json(A.public), "alg": None}])),
        (
            "a key of seventeen parameters",
            change(keys=[{**key_to_json(A.public), "params": dict.fromkeys("abcdefghijklmnopq", 0)}]),
        ),
        (
            "one key twice",
            lambda value: value.update(keys=value["keys"] * 2, threshold=2),
        ),
    ],
)
def test_a_payload_is_refused_with(sentence: str, alter: Callable[[dict[str, object]], object]) -> None:
    value = jsonform.decode_object(encode_root(ROOT), max_bytes=10_000)
    alter(value)  # type: ignore[arg-type]
    with pytest.raises(MalformedError) as refusal:
        parse_root(jsonform.encode(value))
    assert refusal.value.code == "bad_member", sentence


def test_keys_out_of_order_are_refused() -> None:
    payload = encode_root(replace(ROOT, keys=(A.public, B.public), threshold=2))
    value = jsonform.decode_object(payload, max_bytes=10_000)
    value["keys"] = list(reversed(value["keys"]))  # type: ignore[arg-type]
    with pytest.raises(MalformedError):
        parse_root(jsonform.encode(value))


def test_nobody_but_the_verification_makes_a_verified_root() -> None:
    with pytest.raises(TypeError):
        VerifiedRoot(root=ROOT, container=FIRST, proof=object())


def test_the_world_begins_with_a_root_that_verifies() -> None:
    assert verify_root(World().pinned_root, None).root.iat < NOW - timedelta(days=1)
