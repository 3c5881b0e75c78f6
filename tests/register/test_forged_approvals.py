"""Nothing in the database alone makes the worker sign: what somebody writes there proves no approval."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credential import jose, jsonform, statements
from credential.history import Act
from credential.merkle import leaf_hash
from credential.signing import Signer
from credential.statements import Statement
from credential.text import to_base64url
from issuer.batches import approval, rows
from issuer.db.models import HolderRow
from issuer.errors import NotAllowedError, TamperedError
from issuer.intake.normalform import draft_to_json
from issuer.vault import Vault
from tests.register.conftest import (
    APPROVER,
    CLERK,
    OPERATORS,
    STRANGER,
    WITHDRAWAL,
    Office,
    approve,
    evidence,
    good_row,
    prove,
    put_evidence,
    refusal,
    submit,
)
from tests.support.clock import NOW


@pytest.mark.parametrize("state", ["approved", "issuing", "issued"])
def test_a_forged_state_signs_nothing(office: Office, state: str) -> None:
    batch = office.store()
    office.raw(f"UPDATE batches SET state = '{state}'")
    assert refusal(office, batch).code == "no_statement"
    office.raw("UPDATE batches SET state = 'checked'")
    submit(office, batch)
    office.raw(f"UPDATE batches SET state = '{state}'")
    error = refusal(office, batch)
    assert (type(error), error.code, error.fields["act"]) == (TamperedError, "no_statement", "approve")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE awards SET payload = (SELECT payload FROM awards WHERE seq = 2) WHERE seq = 1", "sealed_altered"),
        ("UPDATE awards SET payload = zeroblob(200) WHERE seq = 1", "sealed_altered"),
        ("UPDATE awards SET holder = (SELECT holder FROM awards WHERE seq = 2) WHERE seq = 1", "sealed_altered"),
        ("UPDATE awards SET seq = seq + 10 WHERE seq = 1", "rows_altered"),
        ("DELETE FROM awards WHERE seq = 2", "rows_altered"),
        ("UPDATE awards SET state = 'rejected', payload = NULL WHERE seq = 2", "rows_altered"),
        ("UPDATE batches SET rows_root = zeroblob(32)", "other_statement"),
        ("UPDATE awards SET hashes = zeroblob(32) WHERE seq = 1", "rows_altered"),
        ("UPDATE awards SET hashes = substr(hashes, 1, 32) WHERE seq = 2", "rows_altered"),
        ("UPDATE awards SET hashes = NULL WHERE seq = 1", "rows_altered"),
        ("UPDATE awards SET position = NULL WHERE seq = 1", "rows_altered"),
        ("UPDATE awards SET position = 9 WHERE seq = 1", "rows_altered"),
        ("UPDATE batches SET file_digest = zeroblob(32)", "other_statement"),
        ("UPDATE batches SET decision_document = '示人社〔2026〕99号'", "other_statement"),
        ("UPDATE batches SET rows_total = 5, rows_rejected = 2", "other_statement"),
        ("DELETE FROM statements WHERE act = 'submit'", "no_statement"),
        ("DELETE FROM statements WHERE act = 'approve'", "no_statement"),
        ("UPDATE statements SET evidence = (SELECT evidence FROM statements WHERE act = 'submit')", "bad_statement"),
        ("UPDATE statements SET evidence = substr(evidence, 1, 300) WHERE act = 'approve'", "bad_statement"),
        ("UPDATE statements SET evidence = x'' WHERE act = 'approve'", "bad_statement"),
        ("UPDATE statements SET evidence = x'ff' WHERE act = 'approve'", "bad_statement"),
        ("UPDATE statements SET operator = 'clerk1' WHERE act = 'approve'", "bad_statement"),
        ("UPDATE statements SET key_id = x'0011223344556677' WHERE act = 'approve'", "bad_statement"),
        ("UPDATE statements SET nonce = zeroblob(16) WHERE act = 'approve'", "bad_statement"),
        ("UPDATE statements SET scheme = 'webauthn' WHERE act = 'approve'", "unknown_scheme"),
    ],
)
def test_a_tampered_register_signs_nothing(office: Office, approved: str, statement: str, code: str) -> None:
    prove(office, approved)
    office.raw(statement)
    error = refusal(office, approved)
    assert (type(error), error.code) == (TamperedError, code)


def test_a_row_that_is_no_award_signs_nothing(office: Office, approved: str) -> None:
    with office.register.read() as session:
        row = rows.open_rows(session, office.vault, approved)[0]
        wrapped = session.get_one(HolderRow, row.holder).wrapped_key
    key = office.vault.unwrap(wrapped, table="holders", row=row.holder)
    for normal in (b"{}", row.normal + b" ", b"\xff"):
        sealed = key.seal(normal, table="awards", column="payload", row=row.award)
        office.raw("UPDATE awards SET payload = :payload WHERE id = :id", payload=sealed, id=row.award)
        error = refusal(office, approved)
        assert (type(error), error.code) == (TamperedError, "rows_altered")


def test_a_row_slipped_in_with_the_right_keys_signs_nothing(office: Office, approved: str) -> None:
    """Even somebody with the key-encryption key, who can seal rows, needs two operators' keys."""
    with office.register.read() as session:
        holder = rows.open_rows(session, office.vault, approved)[0].holder
    [(wrapped,)] = office.raw("SELECT wrapped_key FROM holders WHERE id = :id", id=holder)
    key = office.vault.unwrap(wrapped, table="holders", row=holder)
    normal = draft_to_json(good_row(0, level=1), salt="A" * 22)
    sealed = key.seal(normal, table="awards", column="payload", row="f" * 32)
    office.raw(
        "INSERT INTO awards (id, batch, seq, sheet_row, holder, payload, position, hashes, state)"
        " VALUES (:id, :batch, 9, 9, :holder, :payload, 3, :hashes, 'waiting')",
        id="f" * 32,
        hashes=leaf_hash(normal),
        batch=approved,
        holder=holder,
        payload=sealed,
    )
    assert refusal(office, approved).code == "rows_altered"


@pytest.mark.usefixtures("approved")
def test_the_statements_of_another_batch_approve_nothing(office: Office) -> None:
    other = office.store(good=(good_row(0),), rejected=(), data=b"another file")
    office.raw("UPDATE batches SET state = 'approved' WHERE id = :id", id=other)
    office.raw("UPDATE statements SET batch = :id", id=other)
    assert refusal(office, other).code == "other_statement"


def test_a_statement_made_by_a_stranger_with_the_right_words_approves_nothing(office: Office) -> None:
    batch = office.store()
    submit(office, batch)
    approve(office, batch)
    said = statements.verify(evidence(office), OPERATORS.keys)
    put_evidence(office, statements.sign(said, STRANGER), STRANGER)
    assert refusal(office, batch).code == "bad_statement"
    put_evidence(office, statements.sign(replace(said, operator="clerk1"), CLERK), CLERK, "clerk1")
    assert (type(refusal(office, batch)), refusal(office, batch).code) == (NotAllowedError, "role")
    put_evidence(office, statements.sign(said, CLERK), CLERK)
    assert refusal(office, batch).code == "bad_statement"  # in another's name


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"deployment": "elsewhere"}, "bad_statement"),
        ({"previous": "checked"}, "other_statement"),
        ({"digests": {}}, "bad_statement"),
        ({"digests": {"file": "0" * 64}}, "bad_statement"),
        ({"rows_root": "0" * 64}, "other_statement"),
        ({"file": "0" * 64}, "other_statement"),
        ({"counts": {"rows": 4}}, "bad_statement"),
        ({"counts": {"rows": 4, "rejected": 1, "waiting": 2}}, "bad_statement"),
        ({"counts": {"rows": 3, "rejected": 1, "waiting": 2}}, "other_statement"),
        ({"counts": {"rows": 4, "rejected": 2, "waiting": 2}}, "other_statement"),
        ({"object": {}}, "bad_statement"),
        ({"batch": "sf-rst-0002"}, "other_statement"),
        ({"authority": "sf-dist"}, "other_statement"),
        ({"decision_document": "示人社〔2026〕13号"}, "other_statement"),
        (WITHDRAWAL, "bad_statement"),
        ({"act": "forgive"}, "unknown_act"),
        ({"issued_at": NOW + timedelta(seconds=301)}, "other_statement"),
    ],
    ids=str,
)
def test_an_approval_of_something_else_approves_nothing(
    office: Office, approved: str, change: dict[str, Any], code: str
) -> None:
    said = statements.verify(evidence(office), OPERATORS.keys)
    inside = {
        name: {**getattr(said, name), **{key: value for key, value in change.items() if key in getattr(said, name)}}
        for name in ("object", "digests")
    }
    whole = {name: value for name, value in change.items() if name in said.__dataclass_fields__}
    changed = replace(said, **{"nonce": to_base64url(bytes(16)), **inside, **whole})
    put_evidence(office, sign_anything(changed, APPROVER), APPROVER)
    assert refusal(office, approved).code == code


def sign_anything(statement: Statement, signer: Signer) -> str:
    """Sign, also for an act that nobody knows."""
    payload = {**json.loads(replace(statement, act=Act.APPROVE).encode()), "act": str(statement.act)}
    return jose.sign(jsonform.encode(payload), signer, typ=statements.TYP)


def test_two_statements_on_other_numbers_of_rows_approve_nothing(office: Office, approved: str) -> None:
    """Both operators sign for two rows under the root over three."""
    for what, signer, name in (("submit", CLERK, "clerk1"), ("approve", APPROVER, "approver1")):
        said = statements.verify(evidence(office, what), OPERATORS.keys)
        fewer = replace(said, counts={"rows": 4, "rejected": 2, "waiting": 2})
        put_evidence(office, statements.sign(fewer, signer), signer, name, what)
    assert refusal(office, approved).code == "rows_altered"


def test_two_statements_to_one_act_prove_nothing(office: Office, approved: str) -> None:
    """Both may be good: which of them the batch rests on, nobody can say."""
    said = replace(statements.verify(evidence(office), OPERATORS.keys), nonce=to_base64url(bytes(16)))
    office.raw(
        "INSERT INTO statements (id, act, operator, batch, nonce, received, scheme, key_id, evidence)"
        " SELECT 'x', act, operator, batch, zeroblob(16), received, scheme, key_id, :evidence"
        " FROM statements WHERE act = 'approve'",
        evidence=statements.sign(said, APPROVER).encode(),
    )
    assert refusal(office, approved).code == "no_statement"


def test_another_kek_opens_no_rows(office: Office, approved: str) -> None:
    other = Vault(kek=b"\x05" * 32, index_key=b"\x02" * 32)
    with pytest.raises(NotAllowedError) as caught, office.register.read() as session:
        approval.verify_approved(session, other, approved, operators=OPERATORS, now=NOW)
    assert caught.value.code == "wrong_kek"
