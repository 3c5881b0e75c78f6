"""What is kept unread (FORMAT 1.1, 1.9): keys of a later suite, unknown uses and acts, ``ext``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from credential import cbor, cose, jose
from credential.algorithms import ES256, find, is_known, may_be_called
from credential.catalogue import Catalogue
from credential.errors import CannotKnowError, CredentialError, MalformedError, NotTrustedError
from credential.filings import encode_filings, parse_filings
from credential.members import Members
from credential.roots import Root, check_known, encode_root, parse_root
from credential.signing import AnyKey, SignatureError, UnusableKey, usable
from credential.snapshot import TYP as SNAPSHOT_TYP
from credential.snapshot import encode_snapshot, parse_snapshot
from credential.trustform import DocumentCertificate, encode_trust_list, parse_trust_list
from tests.support.keys import Key
from tests.support.world import NOW, PROVINCE, START, World, key_entry, wide_grant
from tests.support.worldparts import demo_filings
from tests.vectors.craft import signed
from tests.vectors.subjects.suites import token

A, B, LATER = Key("a"), Key("b"), Key("later")
UNUSABLE = UnusableKey(key_id=LATER.key_id, alg="SM2", params={"id": "1"}, jwk={"kty": "EC", "n": [None]})
EXT = {"a": {"B": [1, None, {"": "二"}]}, "z_9": True}


def test_one_pair_is_known() -> None:
    assert find("ES256", {}) is ES256
    assert [find(*pair) for pair in (("ES256", {"a": 1}), ("es256", {}), ("SM2", {}), ("", {}))] == [None] * 4
    assert (is_known("ES256"), is_known("SM2"), is_known(-7), is_known(-8)) == (True, False, True, False)


@pytest.mark.parametrize(
    ("alg", "number", "expected"),
    [("ES256", -7, True), ("ES256", -8, False), ("SM2", -7, False), ("SM2", -8, True), ("es256", -7, False)],
)
def test_a_number_may_be_the_algorithm_of_a_name(alg: str, number: int, expected: bool) -> None:
    assert may_be_called(alg, number) is expected


def test_an_unusable_key_has_nothing_to_verify_with() -> None:
    assert not hasattr(UNUSABLE, "verify")
    assert usable(A.public) is A.public
    with pytest.raises(CannotKnowError) as refusal:
        usable(UNUSABLE)
    assert (refusal.value.code, refusal.value.fields["alg"]) == ("newer_format", "SM2")


# --- what is kept is written again byte for byte ---------------------------------------------------------------------


def test_a_trust_list_with_all_of_it_is_written_again_as_it_was() -> None:
    trust = World().trust
    seal = {"authority": PROVINCE, "alg": "SM2", "params": {"id": "1"}, "certificate": b"der"}
    life = {"begins": START, "ends": None, "state": trust.keys[0].state}
    content = replace(
        trust,
        keys=(*trust.keys, replace(key_entry(LATER, "timestamp", None), key=UNUSABLE)),
        document_certificates=(DocumentCertificate(**seal, **life),),
        authorities=(
            replace(trust.authorities[0], grants=(wide_grant(acts=frozenset({"issue", "teach", "appoint"})),)),
            *trust.authorities[1:],
        ),
        ext=EXT,
    )
    payload = encode_trust_list(content)
    assert parse_trust_list(payload) == content
    assert encode_trust_list(parse_trust_list(payload)) == payload
    assert b'"acts":["issue","appoint","teach"]' in payload
    kept = parse_trust_list(payload)
    assert (kept.keys[-1].key, kept.ext, kept.document_certificates[0].usable) == (UNUSABLE, EXT, False)


def test_a_root_set_with_a_later_key_is_written_again_as_it_was() -> None:
    root = Root(version=1, iat=NOW, demonstration=True, keys=(A.public, UNUSABLE), threshold=2)
    payload = encode_root(root)
    assert encode_root(parse_root(payload)) == payload
    assert set(map(type, parse_root(payload).keys)) == {type(A.public), UnusableKey}
    with pytest.raises(MalformedError) as refusal:
        check_known(root)
    assert refusal.value.code == "unknown_kind"
    check_known(replace(root, keys=(A.public, B.public)))


def test_a_snapshot_is_written_again_as_it_was() -> None:
    token = World().publish(ext=EXT)["snapshot.jwt"]
    parsed = parse_snapshot(token)
    assert parsed.content.ext == EXT
    assert encode_snapshot(parsed.content) == parsed.message.payload


def test_filings_are_written_again_as_they_were() -> None:
    data = encode_filings(replace(demo_filings(), ext=EXT))
    assert parse_filings(data).ext == EXT
    assert encode_filings(parse_filings(data)) == data


def test_a_catalogue_is_written_again_as_it_was() -> None:
    data = replace(Catalogue.load_builtin(), ext=EXT).to_json()
    assert Catalogue.from_json(data).ext == EXT
    assert Catalogue.from_json(data).to_json() == data


@pytest.mark.parametrize(
    "ext", [None, [], "", {"Note": 1}, {"a" * 41: 1}, {"": 1}, {"a": 1.5}, {f"n{n}": 0 for n in range(65)}]
)
def test_an_ext_that_is_none_spoils_the_catalogue(ext: object) -> None:
    data = Catalogue.load_builtin().to_json()
    spoilt = data.replace(b'"ext":{}', b'"ext":' + _json(ext))
    assert spoilt != data
    with pytest.raises(MalformedError) as refusal:
        Catalogue.from_json(spoilt)
    assert refusal.value.code == "bad_catalogue"


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


# --- messages --------------------------------------------------------------------------------------------------------


def _code(ask: Callable[[], object]) -> str:
    with pytest.raises(CredentialError) as refusal:
        ask()
    return refusal.value.code


@pytest.mark.parametrize(
    ("key", "alg", "expected"),
    [
        (A.public, -7, None),
        (A.public, -8, "bad_header"),
        (replace(UNUSABLE, key_id=A.key_id), -7, "bad_header"),
        (replace(UNUSABLE, key_id=A.key_id), -8, "newer_format"),
        (replace(UNUSABLE, key_id=A.key_id, alg="ES256"), -7, "newer_format"),
        (replace(UNUSABLE, key_id=A.key_id, alg="ES256"), -8, "bad_header"),
        (B.public, -7, "wrong_key"),
        (UNUSABLE, -8, "wrong_key"),
    ],
)
def test_a_message_is_checked_with_its_keys_algorithm(key: AnyKey, alg: int, expected: str | None) -> None:
    message = cose.parse(signed(b"\x00", A, protected=cbor.encode({1: alg, 4: A.key_id})), max_bytes=420)
    assert message.alg == alg
    if expected is None:
        assert message.verify(key) == b"\x00"
    else:
        assert _code(lambda: message.check_key(key)) == _code(lambda: message.verify(key)) == expected


@pytest.mark.parametrize(
    ("alg", "size", "expected"), [(-8, 0, "not_recognised"), (-8, 1, None), (-7, 1, "not_recognised")]
)
def test_the_form_of_a_later_signature(alg: int, size: int, expected: str | None) -> None:
    header = cbor.encode({1: alg, 4: A.key_id})
    data = cose.assemble(header, b"\x00", b"\xff" * size)
    if expected is None:
        assert cose.parse(data, max_bytes=420).signature == b"\xff" * size
    else:
        assert _code(lambda: cose.parse(data, max_bytes=420)) == expected


@pytest.mark.parametrize(
    ("signers", "threshold", "expected"),
    [
        ("a", 1, None),
        ("a later", 1, None),
        ("a b", 2, None),
        ("a later", 2, CannotKnowError),
        ("later", 1, CannotKnowError),
        ("a", 2, NotTrustedError),
        ("later", 2, NotTrustedError),
        ("a stranger", 2, NotTrustedError),
        ("a b later", 3, CannotKnowError),
        ("a later wrong", 1, MalformedError),
        ("a forged", 1, SignatureError),
    ],
)
def test_lines_of_a_later_suite_count_nothing(signers: str, threshold: int, expected: type[Exception] | None) -> None:
    keys: dict[bytes, AnyKey] = {A.key_id: A.public, B.key_id: B.public, LATER.key_id: UNUSABLE}
    lines = {
        "a": lambda: jose.sign(b"{}", A, typ=SNAPSHOT_TYP),
        "b": lambda: jose.sign(b"{}", B, typ=SNAPSHOT_TYP),
        "stranger": lambda: jose.sign(b"{}", Key("stranger"), typ=SNAPSHOT_TYP),
        "later": lambda: _later(LATER, "SM2"),
        "wrong": lambda: _later(LATER, "ES256"),
        "forged": lambda: _later(B, "ES256", by=A),
    }
    wanted = [name for name in signers.split() if not (name == "later" and "wrong" in signers)]
    messages = jose.parse_container(jose.join([lines[name]() for name in wanted]), typ=SNAPSHOT_TYP)
    if expected is None:
        assert jose.verify_threshold(messages, keys, threshold) == b"{}"
        return
    with pytest.raises(CredentialError) as refusal:
        jose.verify_threshold(messages, keys, threshold)
    assert type(refusal.value) is expected


def test_what_is_too_little_for_one_set_beats_what_is_open_for_another() -> None:
    messages = jose.parse_container(jose.join([_later(LATER, "SM2")]), typ=SNAPSHOT_TYP)
    mine: tuple[dict[bytes, AnyKey], int] = ({A.key_id: A.public}, 1)
    open_one: tuple[dict[bytes, AnyKey], int] = ({LATER.key_id: UNUSABLE}, 1)
    for demands in ([mine, open_one], [open_one, mine]):
        assert _code(lambda demands=demands: jose.verify_thresholds(messages, demands)) == "too_few_signatures"  # type: ignore[misc]
    assert _code(lambda: jose.verify_thresholds(messages, [open_one, open_one])) == "newer_format"


def _later(key: Key, alg: str, *, by: Key | None = None) -> str:
    signature = (by or key).sign(b"something else") if by else None
    return token(b"{}", key, SNAPSHOT_TYP, alg=alg, signature=signature)


# --- entries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "A" * 33},
        {"alg": 1},
        {"params": []},
        {"params": {str(n): n for n in range(17)}},
        {"jwk": []},
        {"kid": "AAAA"},
    ],
)
def test_an_entry_of_a_later_suite_has_its_form(change: dict[str, Any]) -> None:
    entry = {"alg": "SM2", "params": {}, "jwk": {}, "kid": "AAAAAAAAAAA"}
    assert isinstance(Members(entry, "key", entry).key(), UnusableKey)
    assert _code(lambda: Members({**entry, **change}, "key", entry).key()) == "bad_member"
