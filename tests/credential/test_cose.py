"""COSE_Sign1 has one form (FORMAT 2, 6 and 7)."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cose, history
from credential.algorithms import ES256
from credential.errors import CredentialError, MalformedError
from credential.signing import SignatureError
from tests.credential.again import by_encoding_again
from tests.credential.changed import changed
from tests.credential.made import CLAIMS, credential, high_s, signer

BY = signer("credential")
TYP = "application/example+cbor"
HEADER = {1: -7, 4: BY.key_id}


def message(**parts: object) -> bytes:
    """A message with some of its parts replaced, signed like the rest."""
    protected = parts.get("protected", cbor2.dumps(parts.get("header", HEADER)))
    payload = parts.get("payload", b"hello")
    assert isinstance(protected, bytes)
    signature = parts.get("signature")
    if signature is None:
        assert isinstance(payload, bytes)
        signature = BY.sign(cose.sig_structure(protected, payload))
    four = [protected, parts.get("unprotected", {}), payload, signature]
    return cbor2.dumps(cbor2.CBORTag(18, [*four, *parts.get("more", [])]))  # type: ignore[misc]


def parse(data: bytes, typ: str | None = None) -> cose.UnverifiedSign1:
    return cose.parse(data, max_bytes=1000, typ=typ)


def code(data: bytes, typ: str | None = None) -> str:
    with pytest.raises(MalformedError) as caught:
        parse(data, typ)
    return caught.value.code


@pytest.mark.parametrize("typ", [None, TYP])
def test_what_is_signed_is_verified(typ: str | None) -> None:
    data = cose.sign(b"hello", BY, typ=typ)
    found = parse(data, typ)
    assert found.verify(BY.key) == b"hello"
    assert (found.key_id, found.payload) == (BY.key_id, b"hello")
    if typ is None:
        assert data == message()


def test_the_signed_bytes_are_the_sig_structure_of_rfc_9052() -> None:
    protected = cose.protected_header(BY.key_id)
    payload = bytes(300)
    assert cose.sig_structure(protected, payload) == cbor2.dumps(["Signature1", protected, b"", payload])
    assert protected == bytes.fromhex("a201260448") + BY.key_id


HEADERS = {
    "no algorithm": {4: BY.key_id},
    "no key": {1: -7},
    "an algorithm in words": {1: "ES256", 4: BY.key_id},
    "a content type": {1: -7, 3: 0, 4: BY.key_id},
    "a critical header": {1: -7, 2: [4], 4: BY.key_id},
    "an unknown label": {1: -7, 4: BY.key_id, 99: 1},
    "a label in words": {1: -7, 4: BY.key_id, "x": 1},
    "a type where none belongs": {1: -7, 4: BY.key_id, 16: TYP},
    "a key in words": {1: -7, 4: "12345678"},
    "seven bytes of a key": {1: -7, 4: BY.key_id[:7]},
    "nine bytes of a key": {1: -7, 4: BY.key_id + b"\0"},
    "nothing": {},
    "a list": [1, -7],
    "true for 1": {4: BY.key_id, True: -7},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_the_header_holds_algorithm_and_key_and_no_more(header: object) -> None:
    assert code(message(header=header)) == ("not_canonical" if header == HEADERS["true for 1"] else "bad_header")


@pytest.mark.parametrize(
    "header",
    [HEADER, {1: -7, 4: BY.key_id, 16: TYP + "x"}, {1: -7, 4: BY.key_id, 16: 50}, {1: -7, 4: BY.key_id, 16: b"a"}],
)
def test_a_message_of_another_type_is_refused(header: object) -> None:
    assert code(message(header=header), TYP) == "bad_header"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (message(unprotected={4: BY.key_id}), "bad_header"),
        (message(unprotected={1: -7}), "bad_header"),
        (message(unprotected=[]), "not_recognised"),
        (message(unprotected=None), "not_recognised"),
        (message(protected=b""), "not_cbor"),
        (message(protected=bytes.fromhex("b80201260448") + BY.key_id), "not_canonical"),
        (message(protected=bytes.fromhex("a20448") + BY.key_id + bytes.fromhex("0126")), "not_canonical"),
        (message(protected=bytes.fromhex("a201260448") + BY.key_id + b"\0"), "not_canonical"),
        (message(payload=None, signature=bytes(64)), "not_recognised"),
        (message(payload="hello", signature=bytes(64)), "not_recognised"),
        (message(signature=bytes(63)), "not_recognised"),
        (message(signature=bytes(65)), "not_recognised"),
        (message(signature="a" * 64), "not_recognised"),
        (message(more=[b""]), "not_recognised"),
        (message()[1:], "not_recognised"),
        (b"\xd8\x3d" + message(), "not_recognised"),
        (b"\xd1" + message()[1:], "not_recognised"),
        (b"\xd8\x12" + message()[1:], "not_canonical"),
        (message() + b"\0", "not_canonical"),
        (message()[:-1], "not_cbor"),
        (b"\xd2\x80", "not_recognised"),
        (b"\xd2\xa0", "not_recognised"),
        (message(payload=bytes(1000)), "too_large"),
    ],
)
def test_another_form_is_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_the_second_form_of_a_signature_is_refused_as_malformed() -> None:
    data = message()
    assert code(data[:-64] + high_s(data[-64:])) == "high_s"


@pytest.mark.parametrize("signature", [bytes(64), b"\0" * 32 + b"\0" * 31 + b"\1", b"\0" * 31 + b"\1" + b"\0" * 32])
def test_a_signature_of_zeros_verifies_nothing(signature: bytes) -> None:
    with pytest.raises(SignatureError) as caught:
        parse(message(signature=signature)).verify(BY.key)
    assert caught.value.code == "bad_signature"


def test_the_key_must_be_the_one_the_header_names() -> None:
    with pytest.raises(SignatureError) as caught:
        parse(message()).verify(signer("somebody else").key)
    assert caught.value.code == "wrong_key"
    named = {1: -7, 4: signer("somebody else").key_id}
    with pytest.raises(SignatureError) as caught:
        parse(message(header=named)).verify(signer("somebody else").key)
    assert caught.value.code == "bad_signature"


def test_any_flipped_bit_is_refused() -> None:
    data = message()
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(CredentialError):
            parse(bytes(changed)).verify(BY.key)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_refused_in_our_words(data: bytes) -> None:
    with pytest.raises(CredentialError):
        parse(data)


def plainly(data: bytes, typ: str | None) -> tuple[bytes, ...] | None:
    """Key id, payload, signature and what is signed, as the library reads them; None for another form."""
    try:
        item: Any = by_encoding_again(data)
        protected, unprotected, payload, signature = item.value
        header: Any = by_encoding_again(protected)
        alg, key_id = header[1], header[4]
    except Exception:
        return None
    expected = {1: alg, 4: key_id} | ({} if typ is None else {16: typ})
    if [type(part) for part in (item, item.value, payload, signature, key_id)] != [cbor2.CBORTag, list, *[bytes] * 3]:
        return None
    if unprotected != {} or header != expected or type(alg) is not int or len(key_id) != 8:
        return None
    low = len(signature) == 64 and int.from_bytes(signature[32:]) <= ES256.half_order
    if not (low if alg == -7 else signature):
        return None
    return key_id, payload, signature, cbor2.dumps(["Signature1", protected, b"", payload])


def agrees(data: bytes, typ: str | None) -> None:
    expected = plainly(data, typ)
    if expected is None:
        with pytest.raises(MalformedError):
            cose.parse(data, max_bytes=100_000, typ=typ)
    else:
        found = cose.parse(data, max_bytes=100_000, typ=typ)
        assert (found.key_id, found.payload, found.signature, found.signed) == expected


SIGNED = credential(CLAIMS, BY)
SIGNED_HISTORY = cose.sign(bytes(60), signer("status"), typ=history.TYP)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(changed([SIGNED, SIGNED_HISTORY]) | st.binary(max_size=40).map(lambda tail: SIGNED[:20] + tail), st.booleans())
def test_changed_messages_are_judged_as_the_library_would_judge_them(data: bytes, typed: bool) -> None:
    agrees(data, history.TYP if typed else None)


@pytest.mark.parametrize("typ", [None, TYP])
@pytest.mark.parametrize("length", [0, 1, 23, 24, 255, 256, 65_535, 65_536])
def test_payloads_of_every_length_of_length_are_read(length: int, typ: str | None) -> None:
    data = cose.sign(bytes(length), BY, typ=typ)
    assert cose.parse(data, max_bytes=100_000, typ=typ).verify(BY.key) == bytes(length)
    longer = data.replace(cbor2.dumps(bytes(length)), b"\x58" + bytes([length % 256]) + bytes(length), 1)
    longest = data.replace(cbor2.dumps(bytes(length)), b"\x59" + (length % 65_536).to_bytes(2) + bytes(length), 1)
    second = data[:-64] + high_s(data[-64:])
    for other in (data, data[:-1], data + b"\0", data[:-65], longer, longest, second):
        agrees(other, typ)
