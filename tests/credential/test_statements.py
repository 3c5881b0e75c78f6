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
from credential.merkle import root_of
from credential.statements import TYP, SeenCertificate, Statement, certificates_root, sign, verify
from credential.statuslist import Status
from credential.text import from_base64url
from tests.credential.made import signer
from tests.support.statements import STATEMENT, WITHDRAWAL

BY = signer("operator")
KEYS = {BY.key_id: BY.key}
PAYLOAD: dict[str, Any] = json.loads(STATEMENT.encode())
ORDER: dict[str, Any] = json.loads(WITHDRAWAL.encode())


def token(payload: dict[str, Any] = PAYLOAD, **changes: Any) -> str:
    members = {name: value for name, value in (payload | changes).items() if value is not ...}
    return jose.sign(jsonform.encode(members), BY, typ=TYP)


def refusal(said: str) -> str:
    with pytest.raises(CredentialError) as caught:
        verify(said, KEYS)
    return caught.value.code


@pytest.mark.parametrize("act", [Act.SUBMIT, Act.APPROVE, Act.REJECT])
def test_what_is_signed_on_a_batch_is_verified(act: Act) -> None:
    statement = replace(STATEMENT, act=act)
    assert verify(sign(statement, BY), KEYS) == statement
    assert refusal(sign(replace(WITHDRAWAL, act=act), BY)) == "bad_statement"


TAKEN_BACK = replace(STATEMENT, act=Act.TAKE_BACK, object={**STATEMENT.object, "row": "22"}, previous="approved")


@pytest.mark.parametrize("row", ["", "0", "7", "22"])
def test_what_takes_back_names_a_row_by_its_place_or_the_whole_batch(row: str) -> None:
    statement = replace(TAKEN_BACK, object={**STATEMENT.object, "row": row})
    assert verify(sign(statement, BY), KEYS) == statement


@pytest.mark.parametrize("row", ["23", "-1", "07", "1.0", " 1", "x", "10000000", "１"])
def test_a_row_that_is_no_place_under_the_root_is_refused(row: str) -> None:
    assert refusal(sign(replace(TAKEN_BACK, object={**STATEMENT.object, "row": row}), BY)) == "bad_statement"


def test_only_what_takes_back_names_a_row() -> None:
    assert refusal(sign(replace(TAKEN_BACK, act=Act.REJECT), BY)) == "bad_statement"
    assert refusal(sign(replace(TAKEN_BACK, object=STATEMENT.object), BY)) == "bad_statement"


@pytest.mark.parametrize("act", [Act.SUSPEND, Act.REINSTATE, Act.WITHDRAW, Act.CANCEL, Act.ERASE])
def test_what_is_signed_on_certificates_is_verified(act: Act) -> None:
    statement = replace(WITHDRAWAL, act=act)
    assert verify(sign(statement, BY), KEYS) == statement
    assert refusal(sign(replace(STATEMENT, act=act), BY)) == "bad_statement"


def with_more(act: Act, **more: str) -> Statement:
    """A statement on certificates with more members."""
    return replace(WITHDRAWAL, act=act, object={**WITHDRAWAL.object, **more})


def test_a_suspension_may_name_the_day_of_its_review_and_nothing_else_does() -> None:
    statement = with_more(Act.SUSPEND, review_by="2027-01-31")
    assert verify(sign(statement, BY), KEYS) == statement
    assert refusal(sign(with_more(Act.SUSPEND, review_by="2027-01-32"), BY)) == "bad_statement"
    assert refusal(sign(with_more(Act.CANCEL, review_by="2027-01-31"), BY)) == "bad_statement"


def test_an_annotation_has_a_note_and_nothing_else_does() -> None:
    statement = with_more(Act.ANNOTATE, note="复核维持原结论")
    assert verify(sign(statement, BY), KEYS) == statement
    for note in ("", "字" * 201, "一\n二"):
        assert refusal(sign(with_more(Act.ANNOTATE, note=note), BY)) == "bad_statement"
    assert refusal(sign(with_more(Act.ANNOTATE), BY)) == "bad_statement"
    assert refusal(sign(with_more(Act.CANCEL, note="注"), BY)) == "bad_statement"


def answering(first: Statement, act: Act = Act.SECOND, **changes: Any) -> Statement:
    """An answer to a statement that waits."""
    said = {"object": {**first.object, "act": first.act.value}, "digests": {**first.digests, "first": "12" * 32}}
    return replace(first, act=act, previous="waiting", **(said | changes))


@pytest.mark.parametrize("act", [Act.SECOND, Act.REFUSE, Act.RECALL])
@pytest.mark.parametrize("first", [WITHDRAWAL, with_more(Act.SUSPEND, review_by="2027-01-31"), STATEMENT])
def test_an_answer_says_all_that_the_statement_says_which_it_answers(act: Act, first: Statement) -> None:
    statement = answering(first, act)
    assert verify(sign(statement, BY), KEYS) == statement


@pytest.mark.parametrize(
    "changes",
    [
        {"object": WITHDRAWAL.object},
        {"object": {**WITHDRAWAL.object, "act": ""}},
        {"object": {**WITHDRAWAL.object, "act": "second"}},
        {"object": {**WITHDRAWAL.object, "act": "approve"}},
        {"object": {**WITHDRAWAL.object, "act": "withdraw", "reason": "because"}},
        {"digests": WITHDRAWAL.digests},
        {"counts": {}},
    ],
)
def test_an_answer_in_another_form_is_refused(changes: dict[str, Any]) -> None:
    assert refusal(sign(answering(WITHDRAWAL, **changes), BY)) == "bad_statement"


def test_an_answer_to_an_act_that_is_not_known_proves_nothing() -> None:
    changed = answering(WITHDRAWAL, object={**WITHDRAWAL.object, "act": "forgive"})
    assert refusal(sign(changed, BY)) == "unknown_act"


@pytest.mark.parametrize("act", ["issue", "supersede", "set_aside", "revoke_key", "forgive"])
def test_a_statement_of_an_act_that_is_not_known_proves_nothing(act: str) -> None:
    """It may be in order, whatever it is about: what it holds is not looked at, only the form of any statement."""
    with pytest.raises(NotTrustedError) as caught:
        verify(token(act=act, object={"key": [1, None]}), KEYS)
    assert (caught.value.code, caught.value.fields["act"]) == ("unknown_act", act)
    assert refusal(token(act=act, nonce="x")) == "bad_statement"


def test_the_payload_is_that_of_the_document() -> None:
    expected = {
        "act": "approve",
        "counts": {"rejected": 1, "rows": 24, "waiting": 23},
        "deployment": "demo",
        "digests": {"file": "ab" * 32, "rows_root": "cd" * 32},
        "iat": 1795226400,
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "object": {"authority": "province", "batch": "2026-001", "decision_document": "示人社〔2026〕12号"},
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
        {"act": "Approve"},
        {"act": ""},
        {"act": "a" * 33},
        {"act": ...},
        {"act": None},
        {"deployment": 5},
        {"operator": None},
        {"object": []},
        {"object": None},
        {"object": {}},
        {"object": PAYLOAD["object"] | {"note": ""}},
        {"object": PAYLOAD["object"] | {"batch": None}},
        {"object": PAYLOAD["object"] | {"batch": 1}},
        {"previous": None},
        {"counts": PAYLOAD["counts"] | {"rows": 22, "rejected": -1}},
        {"counts": PAYLOAD["counts"] | {"rejected": True}},
        {"counts": PAYLOAD["counts"] | {"rows": "24"}},
        {"counts": PAYLOAD["counts"] | {"rows": 25}},
        {"counts": PAYLOAD["counts"] | {"issued": 0}},
        {"counts": {"rows": 24, "rejected": 24}},
        {"counts": []},
        {"digests": PAYLOAD["digests"] | {"file": "AB" * 32}},
        {"digests": PAYLOAD["digests"] | {"file": "ab" * 31}},
        {"digests": PAYLOAD["digests"] | {"file": None}},
        {"digests": PAYLOAD["digests"] | {"rows": "ab" * 32}},
        {"digests": {"file": "ab" * 32}},
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
    assert refusal(token(**change)) == "bad_statement"


@pytest.mark.parametrize(
    "change",
    [
        {"counts": {"certificates": 0}},
        {"counts": {"certificates": 1_000_001}},
        {"counts": {"certificates": 1, "rows": 1}},
        {"counts": {}},
        {"digests": {}},
        {"digests": ORDER["digests"] | {"states": "ab" * 32}},
        {"object": ORDER["object"] | {"certificates": ["SF2026-0000001"]}},
        {"object": ORDER["object"] | {"certificates": "SF2026-0000001"}},
        {"object": ORDER["object"] | {"reason": "because"}},
        {"object": ORDER["object"] | {"reason": "FRAUD"}},
        {"object": ORDER["object"] | {"reason": 1}},
        {"object": ORDER["object"] | {"effective": "2026-11-31"}},
        {"object": ORDER["object"] | {"effective": "20261121"}},
        {"object": ORDER["object"] | {"basis": "字" * 201}},
        {"object": ORDER["object"] | {"document": "字" * 101}},
        {"object": ORDER["object"] | {"document": "一\n二"}},
    ],
    ids=str,
)
def test_other_members_or_values_of_an_order_are_refused(change: dict[str, Any]) -> None:
    assert verify(token(ORDER), KEYS) == WITHDRAWAL
    assert refusal(token(ORDER, **change)) == "bad_statement"


@pytest.mark.parametrize("many", [1, 1_000_000])
def test_a_statement_has_one_size_however_many_it_names(many: int) -> None:
    assert verify(token(ORDER, counts={"certificates": many}), KEYS).counts == {"certificates": many}
    assert len(token(ORDER, counts={"certificates": many})) < 1000


def test_the_root_is_over_number_state_and_events_in_the_order_of_the_list() -> None:
    seen = [
        SeenCertificate(number="SF2026-0000001", state=Status.VALID, events=1),
        SeenCertificate(number="SF2026-0000002", state=Status.SUSPENDED, events=2),
    ]
    leaves = [b'["SF2026-0000001","valid",1]', b'["SF2026-0000002","suspended",2]']
    assert [each.encode() for each in seen] == leaves
    assert certificates_root(seen) == root_of(leaves).hex() != certificates_root(reversed(seen))
    for change in ({"number": "SF2026-0000003"}, {"state": Status.VALID}, {"events": 4}):
        assert certificates_root([seen[0], replace(seen[1], **change)]) != certificates_root(seen)  # type: ignore[arg-type]


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


def test_a_statement_has_at_most_64_kib() -> None:
    """The token as it is signed, so about 48,000 bytes of payload."""
    for length, code in ((48_000, None), (49_000, "too_large"), (200_000, "too_large")):
        said = token(object=PAYLOAD["object"] | {"decision_document": "a" * length})
        assert (len(said) > 65_536) == (code is not None)
        if code is None:
            assert len(verify(said, KEYS).object["decision_document"]) == length
        else:
            assert refusal(said) == code


@pytest.mark.slow
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
