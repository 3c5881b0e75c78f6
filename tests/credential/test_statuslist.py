"""Status lists (FORMAT 7): the specification's own vectors, and tokens that say no other thing.

The vectors of appendix "Test vectors for Status List encoding" of draft-ietf-oauth-status-list are in
`status_list_vectors.json`: every position the appendix names, and the `lst` it prints.
"""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cose, jose, jsonform
from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.statuslist import (
    CWT_TYP,
    JWT_TYP,
    LIST_SIZE,
    PLAIN_BYTES,
    Status,
    StatusArray,
    VerifiedStatusList,
    check_lifetime,
    sign_cwt,
    sign_jwt,
    unpack,
    verify_cwt,
    verify_jwt,
)
from credential.text import from_base64url, to_base64url
from tests.credential.made import NOW, ORIGIN, TestSigner, signer

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("status_list_vectors.json").read_text("utf-8"))
BY = signer("status")
KEYS = {BY.key_id: BY.key}
CWT_URI = f"{ORIGIN}/p/status/0.cwt"
JWT_URI = f"{ORIGIN}/p/status/0.jwt"
DAY = timedelta(days=1)
ARRAY = StatusArray.zeros().with_changes({0: 1, 17: 2, 18: 3, LIST_SIZE - 1: 12})
TIMES = {"issued_at": NOW, "expires_at": NOW + DAY, "ttl": timedelta(hours=1)}
CWT = sign_cwt(ARRAY, CWT_URI, BY, **TIMES)  # type: ignore[arg-type]
JWT = sign_jwt(ARRAY, JWT_URI, BY, **TIMES)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bits", "data", "values", "packed"),
    [
        (1, "b9a3", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], "eNrbuRgAAhcBXQ"),
        (2, "c944f9", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], "eNo76fITAAPfAgc"),
    ],
)
def test_the_short_examples_of_the_specification(bits: int, data: str, values: list[int], packed: str) -> None:
    array = StatusArray(bits=bits, data=bytes.fromhex(data))
    assert [array[index] for index in range(len(array))] == values
    assert StatusArray.zeros(bits=bits, size=len(values)).with_changes(dict(enumerate(values))) == array
    assert unpack(from_base64url(packed), bits=bits, plain_bytes=len(array.data)) == array
    assert zlib.decompress(array.pack()) == array.data


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['bits']} bits")
def test_the_long_vectors_of_the_specification(vector: dict[str, Any]) -> None:
    bits = vector["bits"]
    values = {int(index): value for index, value in vector["values"].items()}
    array = unpack(from_base64url(vector["lst"]), bits=bits, plain_bytes=LIST_SIZE * bits // 8)
    assert len(array) == LIST_SIZE
    assert {index: array[index] for index in values} == values
    assert StatusArray.zeros(bits=bits).with_changes(values) == array  # and every other entry is 0


def test_all_four_sizes_have_their_vector() -> None:
    assert [(vector["bits"], len(vector["values"])) for vector in VECTORS] == [(1, 11), (2, 11), (4, 15), (8, 256)]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([1, 2, 4, 8]), st.data())
def test_changing_entries_changes_those_and_no_others(bits: int, data: st.DataObject) -> None:
    entry = st.integers(0, 2**bits - 1)
    start = data.draw(st.lists(entry, min_size=16, max_size=16))
    changes = data.draw(st.dictionaries(st.integers(0, 15), entry, max_size=6))
    array = StatusArray.zeros(bits=bits, size=16).with_changes(dict(enumerate(start))).with_changes(changes)
    assert [array[index] for index in range(16)] == [changes.get(index, start[index]) for index in range(16)]


@pytest.mark.parametrize("index", [-1, 16, 2**40])
def test_an_entry_outside_the_list_is_refused(index: int) -> None:
    array = StatusArray.zeros(bits=4, size=16)
    for use in (lambda: array[index], lambda: array.with_changes({index: 1})):
        with pytest.raises(MalformedError) as caught:
            use()
        assert caught.value.code == "index_out_of_range"


@pytest.mark.parametrize("value", [-1, 16, 255])
def test_a_value_wider_than_an_entry_is_refused(value: int) -> None:
    with pytest.raises(MalformedError):
        StatusArray.zeros(bits=4, size=16).with_changes({0: value})


@pytest.mark.parametrize("bits", [0, 3, 5, 16, -4])
def test_other_widths_are_not_known(bits: int) -> None:
    with pytest.raises(MalformedError) as caught:
        StatusArray(bits=bits, data=b"")
    assert caught.value.code == "not_recognised"


@pytest.mark.slow
def test_a_bomb_is_stopped_one_byte_behind_the_list() -> None:
    bomb = zlib.compress(bytes(200 << 20), 9)
    assert len(bomb) < 1 << 20
    with pytest.raises(MalformedError) as caught:
        unpack(bomb, bits=4, plain_bytes=PLAIN_BYTES)
    assert caught.value.code == "wrong_size"


GOOD = zlib.compress(bytes(64), 9)


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (zlib.compress(bytes(63), 9), "wrong_size"),
        (zlib.compress(bytes(65), 9), "wrong_size"),
        (zlib.compress(b"", 9), "wrong_size"),
        (GOOD + b"\0", "wrong_size"),
        (GOOD + GOOD, "wrong_size"),
        (GOOD[:-1], "wrong_size"),
        (GOOD[:-4], "wrong_size"),
        (GOOD[:-4] + b"\0\0\0\0", "not_zlib"),
        (b"", "wrong_size"),
        (b"\0" * 20, "not_zlib"),
        (zlib.compress(bytes(64), wbits=-15), "not_zlib"),
        (zlib.compress(bytes(64), wbits=31), "not_zlib"),
        (bytes((1 << 20) + 1), "too_large"),
    ],
)
def test_what_is_not_one_stream_of_the_right_size_is_refused(packed: bytes, expected: str) -> None:
    assert unpack(GOOD, bits=4, plain_bytes=64).data == bytes(64)
    with pytest.raises(MalformedError) as caught:
        unpack(packed, bits=4, plain_bytes=64)
    assert caught.value.code == expected


def read_cwt(data: bytes = CWT, **changes: Any) -> VerifiedStatusList:
    return verify_cwt(data, **{"keys": KEYS, "uri": CWT_URI, "now": NOW, **changes})


def read_jwt(data: bytes | str = JWT, **changes: Any) -> VerifiedStatusList:
    token = data.encode() if isinstance(data, str) else data
    return verify_jwt(token, **{"keys": KEYS, "uri": JWT_URI, "now": NOW, **changes})


def test_both_tokens_say_the_same() -> None:
    for found in (read_cwt(), read_jwt()):
        assert found.array == ARRAY
        assert (found.issued_at, found.expires_at, found.ttl) == (NOW, NOW + DAY, timedelta(hours=1))
        states = [found.status(index) for index in (0, 1, 17, 18, LIST_SIZE - 1)]
        assert states == [Status.WITHDRAWN, Status.VALID, Status.SUSPENDED, Status.SUPERSEDED, Status.CANCELLED]


def test_the_tokens_are_those_of_the_specification() -> None:
    protected, unprotected, payload, _ = cbor2.loads(CWT).value
    assert (cbor2.loads(protected), unprotected) == ({1: -7, 4: BY.key_id, 16: "application/statuslist+cwt"}, {})
    seconds = int(NOW.timestamp())
    listed = {"bits": 4, "lst": ARRAY.pack()}
    assert cbor2.loads(payload) == {2: CWT_URI, 4: seconds + 86400, 6: seconds, 65534: 3600, 65533: listed}
    header, body, _ = (from_base64url(part) for part in (*JWT.split(".")[:2], "AA"))
    assert json.loads(header) == {"alg": "ES256", "kid": to_base64url(BY.key_id), "typ": "statuslist+jwt"}
    listed = {"bits": 4, "lst": to_base64url(ARRAY.pack())}
    expected = {"exp": seconds + 86400, "iat": seconds, "status_list": listed, "sub": JWT_URI, "ttl": 3600}
    assert json.loads(body) == expected


@pytest.mark.parametrize("value", sorted(set(range(16)) - {0, 1, 2, 3, 12}))
def test_a_value_that_no_issuer_writes_is_refused_where_it_is_read(value: int) -> None:
    array = StatusArray.zeros().with_changes({7: value})
    found = read_cwt(sign_cwt(array, CWT_URI, BY, **TIMES))  # type: ignore[arg-type]
    assert found.status(6) is Status.VALID
    with pytest.raises(MalformedError) as caught:
        found.status(7)
    assert caught.value.code == "unknown_status"
    with pytest.raises(MalformedError) as caught:
        found.status(LIST_SIZE)
    assert caught.value.code == "index_out_of_range"


@pytest.mark.parametrize("read", [read_cwt, read_jwt])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"keys": {}}, "unknown_key"),
        ({"keys": {signer("x").key_id: signer("x").key}}, "unknown_key"),
        ({"keys": {BY.key_id: signer("x").key}}, "wrong_key"),
        ({"uri": f"{ORIGIN}/p/status/1.cwt"}, "wrong_sub"),
        ({"uri": ""}, "wrong_sub"),
        ({"now": NOW + DAY}, "expired"),
        ({"now": NOW - timedelta(seconds=301)}, "not_yet_valid"),
    ],
)
def test_who_where_and_when_are_checked(read: Any, changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(NotTrustedError) as caught:
        read(**changes)
    assert caught.value.code == expected


@pytest.mark.parametrize("now", [NOW + DAY - timedelta(seconds=1), NOW, NOW - timedelta(seconds=300)])
def test_within_its_time_a_list_is_read(now: Any) -> None:
    assert read_cwt(now=now).array == read_jwt(now=now).array == ARRAY


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(days=7, seconds=1)])
def test_a_lifetime_over_the_cap_is_refused(lifetime: timedelta) -> None:
    times = {**TIMES, "expires_at": NOW + lifetime}
    for read in (
        lambda: read_cwt(sign_cwt(ARRAY, CWT_URI, BY, **times)),  # type: ignore[arg-type]
        lambda: read_jwt(sign_jwt(ARRAY, JWT_URI, BY, **times)),  # type: ignore[arg-type]
        lambda: check_lifetime(NOW, NOW + lifetime, now=NOW, cap=timedelta(days=7), what="x"),
    ):
        with pytest.raises(NotTrustedError) as caught:
            read()
        assert caught.value.code == "lifetime"
    check_lifetime(NOW, NOW + timedelta(days=7), now=NOW, cap=timedelta(days=7), what="x")


def test_the_address_in_the_two_tokens_differs() -> None:
    with pytest.raises(NotTrustedError) as caught:
        read_cwt(sign_cwt(ARRAY, JWT_URI, BY, **TIMES))  # type: ignore[arg-type]
    assert caught.value.code == "wrong_sub"


LST = {"lst": ARRAY.pack(), "bits": 4}


def cwt(by: TestSigner = BY, typ: str | None = CWT_TYP, **changes: Any) -> bytes:
    claims: dict[Any, Any] = {2: CWT_URI, 4: 1795312800, 6: 1795226400, 65534: 3600}
    claims[65533] = LST
    claims |= {int(name[1:]): value for name, value in changes.items()}
    claims = {key: claims[key] for key in sorted(claims, key=cbor2.dumps) if claims[key] is not ...}
    return cose.sign(cbor2.dumps(claims), by, typ=typ)


def jwt(**changes: Any) -> str:
    claims: dict[str, Any] = {"sub": JWT_URI, "exp": 1795312800, "iat": 1795226400, "ttl": 3600}
    claims["status_list"] = {"bits": 4, "lst": to_base64url(ARRAY.pack())}
    claims |= changes
    return jose.sign(jsonform.encode({k: v for k, v in claims.items() if v is not ...}), BY, typ=JWT_TYP)


TEXT_LST = {"bits": 4, "lst": to_base64url(ARRAY.pack())}


def test_the_makers_of_bad_tokens_make_good_ones() -> None:
    assert cwt() == CWT
    assert jwt() == JWT


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (cwt(c2=...), "not_recognised"),
        (cwt(c4=...), "not_recognised"),
        (cwt(c6=...), "not_recognised"),
        (cwt(c65534=...), "not_recognised"),
        (cwt(c65533=...), "not_recognised"),
        (cwt(c1="province"), "not_recognised"),
        (cwt(c65533={"lst": ARRAY.pack(), "bits": 8}), "not_recognised"),
        (cwt(c65533={"lst": ARRAY.pack(), "bits": True}), "not_recognised"),
        (cwt(c65533={"lst": "text", "bits": 4}), "not_recognised"),
        (cwt(c65533={**LST, "aggregation_uri": "https://a"}), "not_recognised"),
        (cwt(c65533=cbor2.dumps(LST)), "not_recognised"),
        (cwt(c2=b"bytes"), "not_recognised"),
        (cwt(c6=True), "not_recognised"),
        (cwt(c4=True), "not_recognised"),
        (cwt(c65534=True), "not_recognised"),
        (cwt(c65534=-1), "not_recognised"),
        (cwt(c4=-1), "bad_instant"),
        (cwt(c65533={"lst": zlib.compress(bytes(10)), "bits": 4}), "wrong_size"),
        (cwt(c65533={"lst": b"xx", "bits": 4}), "not_zlib"),
        (cwt(typ="statuslist+cwt"), "bad_header"),
        (cwt(typ=None), "bad_header"),
        (CWT[1:], "not_recognised"),
        (bytes((2 << 20) + 1), "too_large"),
    ],
)
def test_a_cwt_of_another_form_is_refused(data: bytes, expected: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_cwt(data)
    assert caught.value.code == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (jwt(sub=...), "not_recognised"),
        (jwt(exp=...), "not_recognised"),
        (jwt(ttl=...), "not_recognised"),
        (jwt(iss="province"), "not_recognised"),
        (jwt(status_list={"bits": 2, "lst": TEXT_LST["lst"]}), "not_recognised"),
        (jwt(status_list={**TEXT_LST, "aggregation_uri": "https://a"}), "not_recognised"),
        (jwt(status_list={"bits": 4, "lst": 5}), "not_recognised"),
        (jwt(status_list={"bits": 4, "lst": str(TEXT_LST["lst"]) + "="}), "not_base64url"),
        (jwt(iat=True), "not_recognised"),
        (jwt(ttl=True), "not_recognised"),
        (jwt(ttl=-1), "not_recognised"),
        (jwt(iat="1795226400"), "not_recognised"),
        (JWT + "==", "not_base64url"),
        ("x" * ((2 << 20) + 1), "too_large"),
    ],
)
def test_a_jwt_of_another_form_is_refused(data: str, expected: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_jwt(data)
    assert caught.value.code == expected


def test_a_long_ttl_is_capped() -> None:
    assert read_cwt(cwt(c65534=10**9)).ttl == timedelta(days=7)


@pytest.mark.slow
def test_any_flipped_bit_of_a_token_is_refused() -> None:
    for data, read in ((CWT, read_cwt), (JWT.encode(), read_jwt)):
        for bit in range(0, len(data) * 8, 3):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << (bit % 8)
            with pytest.raises(CredentialError):
                read(bytes(changed))  # type: ignore[operator]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_our_words(data: bytes) -> None:
    for read in (lambda: read_cwt(data), lambda: read_jwt(data), lambda: unpack(data, bits=4, plain_bytes=8)):
        with pytest.raises(CredentialError):
            read()
