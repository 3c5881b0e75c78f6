"""The file of operators: the administrator's signature decides who acts, not the database."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credential import jose, jsonform
from credential.signing import KeyId, KeyUse, UnusableKey
from credential.statements import OPERATORS_TYP
from credential.statements import TYP as STATEMENT_TYP
from issuer import audit
from issuer.audit import ChainHead
from issuer.db.models import EntryState
from issuer.errors import ConflictError, InputError, NotAllowedError, TamperedError
from issuer.office import lists, operators
from issuer.office.operators import OperatorEntry, Operators
from issuer.office.schemes import STATED_ACTS
from issuer.office.values import Scheme
from tests.register.conftest import (
    ADMINISTRATOR,
    CLERK,
    DEPLOYMENT,
    ENTRIES,
    OPERATORS,
    STRANGER,
    Office,
    ended,
    fixed_signer,
    operators_of,
    signed_file,
    verified,
)
from tests.support.clock import NOW


def test_the_file_goes_round() -> None:
    assert OPERATORS.deployment == DEPLOYMENT
    assert OPERATORS.entries == tuple(sorted(ENTRIES, key=lambda entry: entry.operator.id))
    assert OPERATORS.acting(CLERK.key_id, NOW).operator.id == "clerk1"


def test_only_verify_makes_operators() -> None:
    with pytest.raises(TypeError):
        Operators(deployment=DEPLOYMENT, version=1, entries=ENTRIES, proof=object())


def test_a_file_by_another_key_for_another_deployment_or_altered_is_refused() -> None:
    token = signed_file()
    by_stranger = signed_file(signer=STRANGER)
    elsewhere = signed_file(deployment="elsewhere")
    head, payload, signature = token.split(".")
    altered = ".".join((head, payload[:-4] + "AAAA", signature))
    for bad in (by_stranger, elsewhere, altered, token[:-1], token + "=", "", "{}"):
        with pytest.raises(TamperedError) as caught:
            operators.verify(bad, administrator=ADMINISTRATOR.public, deployment=DEPLOYMENT)
        assert caught.value.code == "operators_file"


def test_a_kid_that_is_not_the_keys_own_is_refused() -> None:
    token = signed_file()
    payload = jose.verify(token, {ADMINISTRATOR.key_id: ADMINISTRATOR.public}, typ=OPERATORS_TYP, max_bytes=1 << 20)
    value = jsonform.decode_object(payload, max_bytes=1 << 20)
    listed = value["operators"]
    assert isinstance(listed, list)
    assert isinstance(listed[0], dict)
    listed[0]["jwk"] = STRANGER.public.to_jwk()  # type: ignore[assignment]
    forged = jose.sign(jsonform.encode(value), ADMINISTRATOR, typ=OPERATORS_TYP)
    with pytest.raises(TamperedError):
        operators.verify(forged, administrator=ADMINISTRATOR.public, deployment=DEPLOYMENT)


def test_what_the_administrator_signed_as_something_else_is_no_file_of_operators() -> None:
    token = signed_file()
    payload = jose.verify(token, {ADMINISTRATOR.key_id: ADMINISTRATOR.public}, typ=OPERATORS_TYP, max_bytes=1 << 20)
    for typ, refused in ((OPERATORS_TYP, False), (STATEMENT_TYP, True)):
        signed = jose.sign(payload, ADMINISTRATOR, typ=typ)
        with pytest.raises(TamperedError) if refused else contextlib.nullcontext():
            operators.verify(signed, administrator=ADMINISTRATOR.public, deployment=DEPLOYMENT)


def test_empty_and_doubled_files_are_not_signed() -> None:
    twice = (*ENTRIES, replace(ENTRIES[0], operator=replace(ENTRIES[0].operator, id="clerk9")))
    for entries in ((), (*ENTRIES, ENTRIES[0]), twice):
        with pytest.raises(InputError):
            operators.edition(entries, deployment=DEPLOYMENT, version=1)


def test_a_file_in_another_order_is_refused() -> None:
    """One list of operators has one form."""
    value = jsonform.decode_object(operators.edition(ENTRIES, deployment=DEPLOYMENT, version=1), max_bytes=1 << 20)
    listed = value["operators"]
    assert isinstance(listed, list)
    for order, refused in ((listed, False), (listed[::-1], True)):
        token = jose.sign(jsonform.encode(value | {"operators": order}), ADMINISTRATOR, typ=OPERATORS_TYP)
        with pytest.raises(TamperedError) if refused else contextlib.nullcontext():
            operators.verify(token, administrator=ADMINISTRATOR.public, deployment=DEPLOYMENT)


HEAD = ChainHead(length=7, head=bytes(31) + b"\1")
SM2 = UnusableKey(key_id=KeyId(bytes(8)), alg="SM2", params={"id": "1234567812345678"}, jwk={"kty": "SM2"})
MANY = (Scheme(name="jws", acts=frozenset({"submit", "approve"})), Scheme(name="sm2"), Scheme(name="webauthn"))


def changed(**parts: object) -> OperatorEntry:
    """The first entry with another of the operator's parts."""
    return replace(ENTRIES[0], operator=replace(ENTRIES[0].operator, **parts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRIES[0], state=EntryState.ENDED, valid_until=NOW, audit=HEAD),
        changed(schemes=(Scheme(name="jws", acts=frozenset(STATED_ACTS)),)),
        changed(person="工" * 60),
    ],
)
def test_a_file_says_whose_hand_a_key_is_how_it_signs_and_where_it_ended(entry: OperatorEntry) -> None:
    assert operators_of((entry, *ENTRIES[1:])).by_id("clerk1") == entry


@pytest.mark.parametrize(
    ("entry", "unknown"),
    [
        (changed(key=SM2), "algorithm SM2 of operator clerk1"),
        (changed(schemes=MANY), "scheme sm2 of operator clerk1"),
        (changed(schemes=(Scheme(name="jws", acts=frozenset({"submit", "a_later", "later"})),)), "act a_later"),
    ],
)
def test_what_a_later_program_wrote_is_kept_and_made_by_none_of_today(entry: OperatorEntry, unknown: str) -> None:
    entries = (entry, *ENTRIES[1:])
    found = verified(entries, ext={"later": {"any": [None]}})
    assert found.by_id("clerk1") == entry
    assert found.ext == {"later": {"any": [None]}}
    with pytest.raises(InputError, match=unknown) as caught:
        operators.edition(entries, deployment=DEPLOYMENT, version=2)
    assert caught.value.code == "unknown_kind"
    with pytest.raises(InputError, match=r"ext\.later"):
        operators.check_known(ENTRIES, found.ext)


def in_json(**changes: object) -> dict[str, Any]:
    """The first entry's JSON with other members; one that is None is left out."""
    plain: dict[str, Any] = operators._to_json(ENTRIES[0]) | changes
    return {name: value for name, value in plain.items() if value != "gone"}


@pytest.mark.parametrize(
    "changes",
    [
        {"person": ""},
        {"person": "工" * 61},
        {"person": "工号\u200b9"},
        {"person": 7},
        {"person": " 7"},
        {"person": "gone"},
        {"schemes": []},
        {"schemes": "*"},
        {"schemes": "gone"},
        {"schemes": [{"scheme": "jws", "acts": []}]},
        {"schemes": [{"scheme": "jws", "acts": "all"}]},
        {"schemes": [{"scheme": "jws", "acts": ["approve", "submit"]}]},
        {"schemes": [{"scheme": "jws", "acts": ["submit", "submit"]}]},
        {"schemes": [{"scheme": "jws", "acts": ["later", "submit"]}]},
        {"schemes": [{"scheme": "jws", "acts": ["Submit"]}]},
        {"schemes": [{"scheme": "jws", "acts": [1]}]},
        {"schemes": [{"scheme": "jws", "acts": [f"a{'b' * 32}"]}]},
        {"schemes": [{"scheme": "jws", "acts": [f"x_{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(65)]}]},
        {"schemes": [{"scheme": "jws"}]},
        {"schemes": [{"scheme": "jws", "acts": "*", "more": 1}]},
        {"schemes": [{"scheme": "JWS", "acts": "*"}]},
        {"schemes": [{"scheme": f"a{'b' * 16}", "acts": "*"}]},
        {"schemes": [{"scheme": "jws", "acts": "*"}, {"scheme": "jws", "acts": ["submit"]}]},
        {"schemes": [{"scheme": "webauthn", "acts": "*"}, {"scheme": "jws", "acts": "*"}]},
        {"schemes": [{"scheme": f"a{chr(97 + n)}", "acts": "*"} for n in range(17)]},
        {"state": "ended"},
        {"audit": {"length": 1, "head": "00" * 32}},
        {"audit": "gone"},
        {"state": "ended", "audit": {"length": 1}},
        {"state": "ended", "audit": {"length": -1, "head": "00" * 32}},
        {"state": "ended", "audit": {"length": "1", "head": "00" * 32}},
        {"state": "ended", "audit": {"length": 1, "head": "0" * 63}},
        {"state": "ended", "audit": {"length": 1, "head": "AB" * 32}},
        {"state": "ended", "audit": [1, "00" * 32]},
        {"alg": "gone"},
        {"params": "gone"},
        {"params": 1},
        {"alg": "ES 256"},
        {"kid": "AAAAAAAAAAA"},
        {"more": 1},
    ],
)
def test_an_entry_that_is_not_in_the_form_is_refused(changes: dict[str, object]) -> None:
    for wrong in ({}, changes):
        listed = [in_json(**wrong), *(operators._to_json(each) for each in ENTRIES[2:])]
        with contextlib.nullcontext() if not wrong else pytest.raises(TamperedError) as caught:
            verified(ENTRIES, operators=listed)
        assert caught is None or caught.value.code == "operators_file"


@pytest.mark.parametrize("ext", [None, [], {"Later": 1}, {"a" * 41: 1}, {f"a{n}": n for n in range(65)}])
def test_what_may_be_there_unread_has_a_form(ext: object) -> None:
    with pytest.raises(TamperedError) as caught:
        verified(ENTRIES, ext=ext)
    assert caught.value.code == "operators_file"


@pytest.mark.slow
def test_two_thousand_operators_fit() -> None:
    """With the longest names, and all of them ended."""
    many = tuple(
        replace(
            changed(
                id=f"{'x' * 28}{number:04}",
                person="工" * 60,
                name="名" * 60,
                authority="a" * 16,
                key=fixed_signer(1000 + number, KeyUse.OPERATOR).public,
            ),
            state=EntryState.ENDED,
            valid_until=NOW,
            audit=HEAD,
        )
        for number in range(operators.MAX_OPERATORS)
    )
    assert len(operators_of(many).entries) == operators.MAX_OPERATORS


def test_who_is_unknown_ended_or_outside_the_window_does_not_act() -> None:
    gone = operators_of((ended(ENTRIES[0]), *ENTRIES[1:]))
    closed = operators_of((replace(ENTRIES[0], valid_until=NOW), *ENTRIES[1:]))
    future = operators_of((replace(ENTRIES[0], valid_from=NOW + timedelta(seconds=1)), *ENTRIES[1:]))
    for found in (gone, closed, future):
        with pytest.raises(NotAllowedError) as caught:
            found.acting(CLERK.key_id, NOW)
        assert caught.value.code == "operator_not_in_force"
    assert closed.acting(CLERK.key_id, NOW - timedelta(seconds=1))
    with pytest.raises(NotAllowedError) as unknown:
        OPERATORS.acting(STRANGER.key_id, NOW)
    assert unknown.value.code == "unknown_operator"


def test_an_older_file_is_refused_once_a_newer_was_accepted(office: Office) -> None:
    with office.register.write() as session:
        operators.accept(session, operators_of(version=3), actor="admin", now=NOW)
        operators.accept(session, operators_of(version=3), actor="admin", now=NOW)
        with pytest.raises(ConflictError):
            operators.accept(session, operators_of(version=2), actor="admin", now=NOW)
    with office.register.read() as session:
        seen = lists.deployment(session).operators_version
        assert [each.act for each in audit.entries(session, subject=DEPLOYMENT)] == [
            "operators.accept",
            "deployment.found",
        ], "once, though it was accepted twice"
    assert seen == 3
    old = signed_file(version=2)
    with pytest.raises(TamperedError) as caught:
        operators.verify(old, administrator=ADMINISTRATOR.public, deployment=DEPLOYMENT, at_least=seen)
    assert caught.value.code == "operators_rollback"
