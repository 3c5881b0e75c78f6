"""Operators' statements (FORMAT 11): exactly the members of the document, by exactly the keys that are given."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import jose, jsonform
from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.history import Act
from credential.statements import MAX_BYTES, TYP, Statement, sign, verify
from credential.text import from_base64url
from tests.credential.made import NOW, signer

BY = signer("operator")
KEYS = {BY.key_id: BY.key}
STATEMENT = Statement(
    act=Act.APPROVE,
    deployment="demo",
    operator="li-si",
    object={"batch": "2026-001", "rows": [1, 2, 3], "note": None},
    previous="submitted",
    counts={"rows": 24, "rejected": 0},
    digests={"file": "ab" * 32, "rows": "cd" * 32},
    issued_at=NOW,
    nonce="AAECAwQFBgcICQoLDA0ODw",
)
PAYLOAD: dict[str, Any] = json.loads(STATEMENT.encode())


def token(**changes: Any) -> str:
    members = {name: value for name, value in (PAYLOAD | changes).items() if value is not ...}
    return jose.sign(jsonform.encode(members), BY, typ=TYP)


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.ISSUE])
def test_what_is_signed_is_verified(act: Act) -> None:
    statement = replace(STATEMENT, act=act)
    assert verify(sign(statement, BY), KEYS) == statement


def test_issuing_is_nobodys_statement() -> None:
    with pytest.raises(MalformedError) as refused:
        verify(token(act="issue"), KEYS)
    assert refused.value.code == "bad_statement"


def test_the_payload_is_that_of_the_document() -> None:
    expected = {
        "act": "approve",
        "counts": {"rejected": 0, "rows": 24},
        "deployment": "demo",
        "digests": {"file": "ab" * 32, "rows": "cd" * 32},
        "iat": 1795226400,
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "object": {"batch": "2026-001", "note": None, "rows": [1, 2, 3]},
        "operator": "li-si",
        "previous": "submitted",
        "v": 1,
    }
    assert expected == PAYLOAD
    assert json.loads(from_base64url(sign(STATEMENT, BY).split(".")[0]))["typ"] == "titlecert-statement+jwt"


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"v": "1"},
        {"v": ...},
        {"act": "forgive"},
        {"act": ...},
        {"act": None},
        {"deployment": 5},
        {"operator": None},
        {"object": []},
        {"object": None},
        {"previous": None},
        {"counts": {"rows": -1}},
        {"counts": {"rows": True}},
        {"counts": {"rows": "24"}},
        {"counts": []},
        {"digests": {"file": "AB" * 32}},
        {"digests": {"file": "ab" * 31}},
        {"digests": {"file": None}},
        {"digests": None},
        {"iat": True},
        {"iat": "now"},
        {"iat": ...},
        {"nonce": "AAECAwQFBgcICQoLDA0OD"},
        {"nonce": "AAECAwQFBgcICQoLDA0OD="},
        {"nonce": ""},
        {"nonce": None},
        {"comment": "x"},
    ],
    ids=str,
)
def test_other_members_or_values_are_refused(change: dict[str, Any]) -> None:
    assert verify(token(), KEYS) == STATEMENT
    with pytest.raises(MalformedError) as caught:
        verify(token(**change), KEYS)
    assert caught.value.code == "bad_statement"


def test_an_instant_outside_the_calendar_is_refused() -> None:
    with pytest.raises(MalformedError) as caught:
        verify(token(iat=-1), KEYS)
    assert caught.value.code == "bad_instant"


def test_only_the_keys_that_are_given_count() -> None:
    for keys in ({}, {signer("x").key_id: signer("x").key}):
        with pytest.raises(NotTrustedError) as caught:
            verify(sign(STATEMENT, BY), keys)
        assert caught.value.code == "unknown_key"


def test_a_token_of_another_type_is_no_statement() -> None:
    with pytest.raises(MalformedError) as caught:
        verify(jose.sign(STATEMENT.encode(), BY, typ="titlecert-operators+jwt"), KEYS)
    assert caught.value.code == "bad_header"


def test_a_longer_statement_than_the_cap_is_refused() -> None:
    with pytest.raises(MalformedError) as caught:
        verify(sign(replace(STATEMENT, object={"x": "a" * MAX_BYTES}), BY), KEYS)
    assert caught.value.code == "too_large"


def test_any_flipped_bit_is_refused() -> None:
    data = bytearray(sign(STATEMENT, BY).encode())
    for bit in range(0, len(data) * 8, 3):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(CredentialError):
            verify(changed.decode("latin-1"), KEYS)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(PAYLOAD)), st.none() | st.booleans() | st.integers(-3, 3) | st.text("a0", max_size=3))
def test_any_value_of_a_member_is_read_or_refused_in_our_words(name: str, value: object) -> None:
    try:
        found = verify(token(**{name: value}), KEYS)
    except CredentialError:
        return
    assert sign(found, BY) == token(**{name: value})
