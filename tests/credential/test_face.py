"""The face (FORMAT 6.1): what a document prints beyond its credential, its members' rules, and what is only counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cbor, cose, history
from credential.characters import is_plain
from credential.errors import CannotKnowError, CredentialError, MalformedError
from credential.face import MAX_BYTES, TYP, Design, Face, Members, Sex, decode, encode, parse, sign
from credential.signing import SignatureError
from credential.verdict import FaceFacts
from tests.credential.made import CTI, credential, signer

BY = signer("status")
DIGEST = hashlib.sha256(credential()).digest()
PHOTO = hashlib.sha256(b"a photo").digest()
FULL = Members(
    sex=Sex.FEMALE,
    employer="示范省建筑设计研究院有限公司",
    photo=PHOTO,
    birth_month="1986-07",
    design=Design(id="standard", version=1, digest=DIGEST),
    licence="1.2.156.3005.2.11100000000013338W011.001.U",
    printed=(("居民身份证", "**************380X"), ("批准文号", "示职改办字〔2026〕31号")),
)


def face(members: Members = FULL, **changes: Any) -> Face:
    return Face(**{"cti": CTI, "credential_digest": DIGEST, "members": members, **changes})


def signed(payload: object) -> bytes:
    return cose.sign(cbor.encode(payload), BY, typ=TYP)


def texts(longest: int) -> st.SearchStrategy[str]:
    plain = st.characters(codec="utf-8").filter(is_plain)
    return st.text(plain, min_size=1, max_size=longest)


designs = st.builds(
    Design,
    id=st.from_regex(r"[a-z][a-z0-9-]{0,39}", fullmatch=True),
    version=st.integers(1, 65535),
    digest=st.binary(min_size=32, max_size=32),
)
members = st.builds(
    Members,
    sex=st.none() | st.sampled_from(Sex),
    employer=st.none() | texts(100),
    photo=st.none() | st.binary(min_size=32, max_size=32),
    birth_month=st.none() | st.from_regex(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])", fullmatch=True),
    design=st.none() | designs,
    licence=st.none() | st.from_regex(r"[0-9A-Za-z.-]{1,100}", fullmatch=True),
    printed=st.lists(st.tuples(texts(10), texts(20)), max_size=16).map(tuple),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(members)
def test_what_is_signed_is_verified(made: Members) -> None:
    data = sign(face(made), BY)
    unverified = parse(data)
    assert unverified.key_id == BY.key_id
    assert unverified.verify(BY.key) == face(made)


@settings(max_examples=60, deadline=None)
@given(st.integers(0), st.integers(0, 7))
def test_a_changed_bit_is_refused(place: int, bit: int) -> None:
    data = bytearray(sign(face(), BY))
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(CredentialError):
        parse(bytes(data)).verify(BY.key)


def test_the_bytes_are_those_of_the_document() -> None:
    protected, unprotected, payload, _ = cbor2.loads(sign(face(), BY)).value
    assert (cbor2.loads(protected), unprotected) == ({1: -7, 4: BY.key_id, 16: TYP}, {})
    assert cbor2.loads(payload) == [
        1,
        CTI,
        DIGEST,
        {
            1: 2,
            2: FULL.employer,
            3: PHOTO,
            4: "1986-07",
            5: ["standard", 1, DIGEST],
            6: FULL.licence,
            7: [list(pair) for pair in FULL.printed],
        },
    ]


def test_what_is_not_printed_is_left_out() -> None:
    assert cbor2.loads(encode(face(Members()))) == [1, CTI, DIGEST, {}]
    assert cbor2.loads(encode(face(Members(sex=Sex.UNKNOWN)))) == [1, CTI, DIGEST, {1: 0}]


def test_keys_that_nobody_knows_are_counted_and_not_kept() -> None:
    known = {1: 2, 2: FULL.employer}
    found = decode(cbor.encode([1, CTI, DIGEST, {**known, 8: [None, {"a": b"b"}], -1: True, 2**53 - 1: "later"}]))
    assert found == face(Members(sex=Sex.FEMALE, employer=FULL.employer), unknown=3)
    with pytest.raises(ValueError, match="does not know"):
        encode(found)


@pytest.mark.parametrize("version", [2, 3, 2**53 - 1])
def test_a_later_version_is_newer_whatever_stands_behind_it(version: int) -> None:
    for payload in ([version], [version, CTI, DIGEST, {}], [version, "another", "form"]):
        with pytest.raises(CannotKnowError) as caught:
            parse(signed(payload)).verify(BY.key)
        assert caught.value.code == "newer_format"


BAD: list[tuple[str, object]] = [
    ("no array", {1: 1}),
    ("nothing", []),
    ("version 0", [0, CTI, DIGEST, {}]),
    ("version true", [True, CTI, DIGEST, {}]),
    ("version as text", ["1", CTI, DIGEST, {}]),
    ("three parts", [1, CTI, DIGEST]),
    ("five parts", [1, CTI, DIGEST, {}, 0]),
    ("a short cti", [1, CTI[1:], DIGEST, {}]),
    ("a cti as text", [1, "cti", DIGEST, {}]),
    ("a long digest", [1, CTI, DIGEST + b"\0", {}]),
    ("members in an array", [1, CTI, DIGEST, [1]]),
    ("a text key", [1, CTI, DIGEST, {"sex": 1}]),
]


@pytest.mark.parametrize("payload", [payload for _, payload in BAD], ids=[name for name, _ in BAD])
def test_a_payload_of_another_form_is_refused(payload: object) -> None:
    with pytest.raises(MalformedError) as caught:
        parse(signed(payload)).verify(BY.key)
    assert caught.value.code == "bad_face"


WRITTEN: list[tuple[str, Callable[[], object]]] = [
    ("employer", lambda: Members(employer="")),
    ("employer", lambda: Members(employer="单" * 101)),
    ("employer", lambda: Members(employer="示范\u200b公司")),
    ("photo", lambda: Members(photo=bytes(31))),
    ("birth_month", lambda: Members(birth_month="1986-7")),
    ("birth_month", lambda: Members(birth_month="1986-00")),
    ("licence", lambda: Members(licence="示范")),
    ("printed", lambda: Members(printed=(("a", ""),))),
    ("printed", lambda: Members(printed=(("a", "b"),) * 17)),
    ("design", lambda: Design(id="-", version=1, digest=DIGEST)),
    ("design", lambda: Design(id="a", version=0, digest=DIGEST)),
    ("design", lambda: Design(id="a", version=1, digest=b"")),
    ("cti", lambda: face(cti=bytes(15))),
]


@pytest.mark.parametrize(("member", "make"), WRITTEN)
def test_a_writer_is_held_to_the_same_rules(member: str, make: Callable[[], object]) -> None:
    """Of a reader, ``tests/vectors/subjects/faces.py`` asks each of them."""
    with pytest.raises(MalformedError) as caught:
        make()
    assert (caught.value.code, caught.value.fields) == ("bad_face", {"member": member})


def test_a_face_larger_than_a_reader_takes_is_not_signed() -> None:
    wide = Members(printed=(("标" * 40, "文" * 200),) * 16)
    with pytest.raises(MalformedError) as caught:
        sign(face(wide), BY)
    assert caught.value.code == "too_large"
    with pytest.raises(MalformedError) as caught:
        parse(bytes(MAX_BYTES + 1))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("typ", [None, history.TYP, "titlecert-face+cbor"])
def test_a_message_of_another_type_is_refused(typ: str | None) -> None:
    with pytest.raises(MalformedError) as caught:
        parse(cose.sign(encode(face()), BY, typ=typ))
    assert caught.value.code == "bad_header"


def test_a_signature_by_another_key_is_refused() -> None:
    with pytest.raises(SignatureError):
        parse(sign(face(), BY)).verify(signer("publisher").key)


def test_the_verdict_shows_what_the_face_says() -> None:
    facts = FaceFacts.of(face(unknown=2))
    assert (facts.sex, facts.photo, facts.unknown) == (2, PHOTO.hex(), 2)
    assert facts.design is not None
    assert (facts.design.id, facts.design.version, facts.design.digest) == ("standard", 1, DIGEST.hex())
    assert (facts.employer, facts.birth_month, facts.licence) == (FULL.employer, FULL.birth_month, FULL.licence)
    assert facts.printed == FULL.printed
    assert FaceFacts.of(face(Members())) == FaceFacts()
