"""Two people, signed: nothing in the database alone makes the worker sign, whoever writes it."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from credential import jose, jsonform, statements
from credential.history import Act
from credential.merkle import leaf_hash, root_of
from credential.signing import Signer
from credential.statements import Statement
from credential.text import from_base64url, to_base64url
from issuer import audit
from issuer.batches import approval, rows
from issuer.db.models import AwardState, BatchState, EntryState, HolderRow
from issuer.errors import ConflictError, InputError, IssuerError, NotAllowedError, NotFoundError, TamperedError
from issuer.intake.model import RawRow
from issuer.intake.normalform import draft_to_json
from issuer.office.operators import Operators
from issuer.vault import Vault
from tests.register.conftest import (
    APPROVER,
    CLERK,
    ENTRIES,
    GOOD,
    OPERATORS,
    OTHER_CLERK,
    STRANGER,
    Office,
    copied,
    good_row,
    operators_of,
)
from tests.support.clock import NOW


def act(office: Office, batch: str, what: Act, signer: Signer, operators: Operators = OPERATORS) -> Statement:
    """Draft, sign, accept."""
    with office.register.read() as session:
        entry = operators.by_key(signer.key_id)
        made = approval.draft(session, office.vault, batch, what, entry, operators=operators, now=NOW)
    token = made.signed_by(signer)
    accept(office, token, operators)
    return made.statement


def accept(office: Office, token: str, operators: Operators = OPERATORS, now: datetime = NOW) -> None:
    with office.register.write() as session:
        approval.move(session, office.vault, token, operators=operators, now=now)


def submit(office: Office, batch: str, signer: Signer = CLERK, operators: Operators = OPERATORS) -> Statement:
    return act(office, batch, Act.SUBMIT, signer, operators)


def approve(office: Office, batch: str, signer: Signer = APPROVER, operators: Operators = OPERATORS) -> Statement:
    return act(office, batch, Act.APPROVE, signer, operators)


def evidence(office: Office, what: str = "approve") -> str:
    """The stored token of an act."""
    with office.register.read() as session:
        query = "SELECT evidence FROM statements WHERE act = ?"
        return bytes(session.connection().exec_driver_sql(query, (what,)).scalar_one()).decode()


def put_evidence(
    office: Office, token: str, signer: Signer, operator: str = "approver1", what: str = "approve"
) -> None:
    """Write a token over the stored one, with a row that agrees with it."""
    nonce = json.loads(from_base64url(token.split(".")[1]))["nonce"]
    office.raw(
        "UPDATE statements SET evidence = :evidence, key_id = :key_id, operator = :operator, nonce = :nonce"
        " WHERE act = :act",
        evidence=token.encode(),
        key_id=bytes(signer.key_id),
        operator=operator,
        nonce=from_base64url(nonce),
        act=what,
    )


def prove(office: Office, batch: str, operators: Operators = OPERATORS) -> approval.ApprovedBatch:
    with office.register.read() as session:
        return approval.verify_approved(session, office.vault, batch, operators=operators, now=NOW)


def refusal(office: Office, batch: str, operators: Operators = OPERATORS) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        prove(office, batch, operators)
    return caught.value


@pytest.fixture(scope="module")
def approved_before(founded: Path, vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A register with an approved batch, to copy, and the batch."""
    with copied(founded, vault, tmp_path_factory.mktemp("approved")) as office:
        batch = office.store()
        submit(office, batch)
        approve(office, batch)
        return office.path, batch


@pytest.fixture
def approved(office: Office, approved_before: tuple[Path, str]) -> str:
    path, batch = approved_before
    office.become(path)
    return batch


def test_two_operators_make_a_batch_signable_with_exactly_its_rows(office: Office) -> None:
    batch = office.store()
    assert batch == "sf-rst-0001"
    submitted = submit(office, batch)
    assert (submitted.act, submitted.previous, submitted.counts) == (
        Act.SUBMIT,
        "checked",
        {"rows": 4, "rejected": 1, "waiting": 3},
    )
    approve(office, batch)
    found = prove(office, batch)
    assert (found.submitted_by, found.approved_by, found.approved_at) == ("clerk1", "approver1", NOW)
    assert submitted.digests["rows_root"] == root_of(row.normal for row in found.rows).hex()
    assert [row.draft for row in found.rows] == list(GOOD)
    with office.register.read() as session:
        assert rows.batch(session, batch).state is BatchState.APPROVED
        assert [(entry.act, entry.actor) for entry in audit.entries(session, subject=batch)] == [
            ("batch.approve", "approver1"),
            ("batch.submit", "clerk1"),
            ("batch.check", "clerk1"),
        ]


def test_the_order_of_the_file_decides_not_the_order_of_arrival(office: Office) -> None:
    for number, order in enumerate(itertools.permutations(range(3))):
        batch = office.store(good=tuple(good_row(place) for place in order), rejected=(), data=bytes([number]))
        with office.register.read() as session:
            opened = rows.open_rows(session, office.vault, batch)
            root = rows.batch(session, batch).rows_root
        assert [row.draft for row in opened] == list(GOOD)
        assert [row.position for row in opened] == [0, 1, 2]
        assert root == root_of(row.normal for row in opened)


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


def test_a_batch_that_is_not_approved_signs_nothing(office: Office) -> None:
    batch = office.store()
    assert refusal(office, batch).code == "wrong_state"
    submit(office, batch)
    assert refusal(office, batch).code == "wrong_state"
    assert refusal(office, "sf-rst-0099").code == "wrong_state"


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
        wrapped = (
            session.connection().exec_driver_sql("SELECT wrapped_key FROM holders WHERE id = ?", (holder,)).scalar()
        )
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


WITHDRAWAL: dict[str, Any] = {
    "act": Act.WITHDRAW,
    "object": {"authority": "sf-rst", "basis": "", "document": "", "effective": "2026-11-21", "reason": "fraud"},
    "counts": {"certificates": 1},
    "digests": {"certificates_root": "0" * 64},
}
"""What makes a statement one on certificates."""


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


def test_the_same_person_does_not_approve(office: Office) -> None:
    batch = office.store()
    submit(office, batch, signer=APPROVER)
    with pytest.raises(NotAllowedError) as caught:
        approve(office, batch, signer=APPROVER)
    assert caught.value.code == "same_operator"


def test_one_persons_two_statements_written_into_the_database_approve_nothing(office: Office) -> None:
    batch = office.store()
    said = submit(office, batch, signer=APPROVER)
    second = replace(said, act=Act.APPROVE, previous="submitted", nonce=to_base64url(bytes(16)))
    office.raw(
        "INSERT INTO statements"
        " (id, act, operator, batch, nonce, received, scheme, key_id, evidence)"
        " SELECT 'x', 'approve', operator, batch, zeroblob(16), received, scheme, key_id, :evidence FROM statements",
        evidence=statements.sign(second, APPROVER).encode(),
    )
    office.raw("UPDATE batches SET state = 'approved'")
    assert refusal(office, batch).code == "same_operator"


def test_roles_authorities_and_strangers_are_kept_apart(office: Office) -> None:
    batch = office.store()
    elsewhere = replace(ENTRIES[0], operator=replace(ENTRIES[0].operator, authority="sf-dist"))
    cases = (
        (lambda: submit(office, batch, signer=STRANGER), "unknown_operator"),
        (lambda: submit(office, batch, operators=operators_of((elsewhere, *ENTRIES[1:]))), "other_authority"),
    )
    for attempt, code in cases:
        with pytest.raises(NotAllowedError) as caught:
            attempt()
        assert caught.value.code == code
    submit(office, batch)
    with pytest.raises(NotAllowedError) as role:
        approve(office, batch, signer=OTHER_CLERK)
    assert role.value.code == "role"


def test_an_operator_who_was_ended_since_no_longer_counts(office: Office, approved: str) -> None:
    for place in (0, 1):
        entries = tuple(
            replace(entry, state=EntryState.ENDED) if number == place else entry for number, entry in enumerate(ENTRIES)
        )
        error = refusal(office, approved, operators_of(entries, version=2))
        assert (type(error), error.code) == (NotAllowedError, "operator_not_in_force")


def test_an_operator_whose_term_ran_out_later_still_counts(office: Office, approved: str) -> None:
    entries = tuple(replace(entry, valid_until=NOW + timedelta(seconds=1)) for entry in ENTRIES)
    later = operators_of(entries, version=2)
    with office.register.read() as session:
        found = approval.verify_approved(session, office.vault, approved, operators=later, now=NOW + timedelta(days=3))
    assert found.approved_by == "approver1"


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


def test_acts_out_of_order_are_refused(office: Office) -> None:
    batch = office.store()
    with pytest.raises(ConflictError):
        approve(office, batch)
    submit(office, batch)
    with pytest.raises(ConflictError) as again:
        submit(office, batch)
    assert again.value.code == "wrong_state"
    with pytest.raises(NotFoundError):
        submit(office, "sf-rst-0099")


def test_operators_sign_no_rows_that_were_altered_before(office: Office) -> None:
    batch = office.store()
    office.raw("DELETE FROM awards WHERE seq = 1")
    with pytest.raises(TamperedError) as caught:
        submit(office, batch)
    assert caught.value.code == "rows_altered"


def test_a_rejected_batch_frees_its_file(office: Office) -> None:
    batch = office.store()
    with pytest.raises(ConflictError) as same:
        office.store()
    assert same.value.code == "same_file"
    act(office, batch, Act.REJECT, APPROVER)
    assert office.store() == "sf-rst-0002"
    assert refusal(office, batch).code == "wrong_state"


def test_a_batch_without_good_rows_is_not_submitted(office: Office) -> None:
    batch = office.store(good=())
    with pytest.raises(ConflictError) as caught:
        submit(office, batch)
    assert caught.value.code == "nothing_to_issue"


@pytest.mark.parametrize(
    "change",
    [
        {"good": (), "rejected": ()},
        {"rejected": (RawRow(sheet_row=4, cells={}),)},
    ],
)
def test_an_unfit_batch_is_not_stored(office: Office, change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        office.store(**change)
    assert office.store() == "sf-rst-0001"  # the refused one took no number


def test_a_person_in_two_batches_is_one_holder(office: Office) -> None:
    first = office.store(good=(good_row(0),), rejected=())
    second = office.store(good=(good_row(0, level=3), good_row(1)), rejected=(), data=b"another file")
    with office.register.read() as session:
        holders = [row.holder for batch in (first, second) for row in rows.open_rows(session, office.vault, batch)]
    assert holders[0] == holders[1] != holders[2]


def test_another_kek_opens_no_rows(office: Office, approved: str) -> None:
    other = Vault(kek=b"\x05" * 32, index_key=b"\x02" * 32)
    with pytest.raises(NotAllowedError) as caught, office.register.read() as session:
        approval.verify_approved(session, other, approved, operators=OPERATORS, now=NOW)
    assert caught.value.code == "wrong_kek"


def test_awards_move_forward_and_counts_with_them(office: Office, approved: str) -> None:
    with office.register.read() as session:
        awards = [row.award for row in rows.open_rows(session, office.vault, approved)]
    with office.register.write() as session:
        for award in awards[:2]:
            rows.move_award(session, award, AwardState.RESERVED)
        rows.move_award(session, awards[0], AwardState.ISSUED)
        rows.move_award(session, awards[1], AwardState.REJECTED)
    with office.register.read() as session:
        found = rows.batch(session, approved)
    assert (found.rows_waiting, found.rows_reserved, found.rows_issued, found.rows_rejected) == (1, 0, 1, 2)
    assert found.state is BatchState.ISSUING
    for award, after in (
        (awards[0], AwardState.WAITING),
        (awards[2], AwardState.ISSUED),
        (awards[1], AwardState.RESERVED),
    ):
        with pytest.raises(ConflictError), office.register.write() as session:
            rows.move_award(session, award, after)
    with office.register.write() as session:
        rows.move_award(session, awards[2], AwardState.RESERVED)
        rows.move_award(session, awards[2], AwardState.ISSUED)
    with office.register.read() as session:
        assert rows.batch(session, approved).state is BatchState.ISSUED
        assert [batch.id for batch in rows.batches(session, state=BatchState.ISSUED)] == [approved]
    assert len(prove(office, approved).rows) == 3  # what was approved stays provable after it was issued
