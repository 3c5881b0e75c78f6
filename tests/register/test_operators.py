"""The file of operators: the administrator's signature decides who acts, not the database."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from credential import jose, jsonform
from credential.statements import OPERATORS_TYP
from credential.statements import TYP as STATEMENT_TYP
from issuer import audit
from issuer.db.models import EntryState
from issuer.errors import ConflictError, InputError, NotAllowedError, TamperedError
from issuer.office import lists, operators
from issuer.office.operators import Operators
from tests.register.conftest import (
    ADMINISTRATOR,
    CLERK,
    DEPLOYMENT,
    ENTRIES,
    OPERATORS,
    STRANGER,
    Office,
    operators_of,
    signed_file,
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


def test_who_is_unknown_ended_or_outside_the_window_does_not_act() -> None:
    ended = operators_of((replace(ENTRIES[0], state=EntryState.ENDED), *ENTRIES[1:]))
    closed = operators_of((replace(ENTRIES[0], valid_until=NOW), *ENTRIES[1:]))
    future = operators_of((replace(ENTRIES[0], valid_from=NOW + timedelta(seconds=1)), *ENTRIES[1:]))
    for found in (ended, closed, future):
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
