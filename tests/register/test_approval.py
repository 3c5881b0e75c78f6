"""Two people, signed: nothing in the database alone makes the worker sign, whoever writes it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from credential import statements
from credential.history import Act
from credential.signing import Signer
from credential.statements import Statement
from credential.text import to_base64url
from issuer import audit
from issuer.batches import approval, rows
from issuer.batches.store import RejectedRow
from issuer.db.models import AwardState, BatchState, EntryState
from issuer.errors import ConflictError, InputError, IssuerError, NotAllowedError, NotFoundError, TamperedError
from issuer.office.operators import Operators
from issuer.vault import Vault
from tests.register.conftest import (
    APPROVER,
    CLERK,
    ENTRIES,
    OPERATORS,
    OTHER_CLERK,
    STRANGER,
    Office,
    good_row,
    operators_of,
)
from tests.support.clock import NOW


def submit(office: Office, batch: str, signer: Signer = CLERK, operators: Operators = OPERATORS) -> Statement:
    with office.register.write() as session:
        return approval.submit(session, office.vault, batch, signer=signer, operators=operators, now=NOW)


def approve(office: Office, batch: str, signer: Signer = APPROVER, operators: Operators = OPERATORS) -> Statement:
    with office.register.write() as session:
        return approval.approve(session, office.vault, batch, signer=signer, operators=operators, now=NOW)


def prove(office: Office, batch: str, operators: Operators = OPERATORS) -> approval.ApprovedBatch:
    with office.register.read() as session:
        return approval.verify_approved(session, office.vault, batch, operators=operators, now=NOW)


def refusal(office: Office, batch: str, operators: Operators = OPERATORS) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        prove(office, batch, operators)
    return caught.value


@pytest.fixture
def approved(office: Office) -> str:
    batch = office.store()
    submit(office, batch)
    approve(office, batch)
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
    assert [row.normal for row in found.rows] == [good_row(place).normal for place in range(3)]
    assert [row.sheet_row for row in found.rows] == [4, 5, 6]
    with office.register.read() as session:
        assert rows.batch(session, batch).state is BatchState.APPROVED
        assert [entry.act for entry in audit.entries(session, subject=batch)] == [
            "batch.approve",
            "batch.submit",
            "batch.check",
        ]


def test_the_order_of_the_file_decides_not_the_order_of_arrival(office: Office) -> None:
    digests = set()
    for number, order in enumerate(itertools.permutations(range(3))):
        batch = office.store(
            good=tuple(good_row(place) for place in order), rejected=(), file_digest=bytes([number]) * 32
        )
        with office.register.read() as session:
            digests.add(rows.batch(session, batch).rows_digest)
    assert len(digests) == 1


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
        ("UPDATE batches SET rows_digest = zeroblob(32)", "other_statement"),
        ("UPDATE batches SET file_digest = zeroblob(32)", "other_statement"),
        ("UPDATE batches SET decision_document = '示人社〔2026〕99号'", "other_statement"),
        ("UPDATE batches SET rows_total = 5, rows_rejected = 2", "other_statement"),
        ("DELETE FROM statements WHERE act = 'submit'", "no_statement"),
        ("DELETE FROM statements WHERE act = 'approve'", "no_statement"),
        ("UPDATE statements SET jws = (SELECT jws FROM statements WHERE act = 'submit')", "other_statement"),
        (
            "UPDATE statements SET jws = substr(jws, 1, length(jws) - 4) || 'AAAA' WHERE act = 'approve'",
            "bad_statement",
        ),
        ("UPDATE statements SET jws = '' WHERE act = 'approve'", "bad_statement"),
    ],
)
def test_a_tampered_register_signs_nothing(office: Office, approved: str, statement: str, code: str) -> None:
    prove(office, approved)
    office.raw(statement)
    error = refusal(office, approved)
    assert (type(error), error.code) == (TamperedError, code)


def test_a_row_slipped_in_with_the_right_keys_signs_nothing(office: Office, approved: str) -> None:
    """Even somebody with the key-encryption key, who can seal rows, needs two operators' keys."""
    with office.register.read() as session:
        holder = rows.open_rows(session, office.vault, approved)[0].holder
        wrapped = (
            session.connection().exec_driver_sql("SELECT wrapped_key FROM holders WHERE id = ?", (holder,)).scalar()
        )
    key = office.vault.unwrap(wrapped, table="holders", row=holder)
    sealed = key.seal(good_row(0, level=1).normal, table="awards", column="payload", row="f" * 32)
    office.raw(
        "INSERT INTO awards (id, batch, seq, sheet_row, holder, payload, state)"
        " VALUES (:id, :batch, 9, 9, :holder, :payload, 'waiting')",
        id="f" * 32,
        batch=approved,
        holder=holder,
        payload=sealed,
    )
    assert refusal(office, approved).code == "rows_altered"


@pytest.mark.usefixtures("approved")
def test_the_statements_of_another_batch_approve_nothing(office: Office) -> None:
    other = office.store(good=(good_row(0),), rejected=(), file_digest=b"\x01" * 32)
    office.raw("UPDATE batches SET state = 'approved' WHERE id = :id", id=other)
    office.raw("UPDATE statements SET batch = :id", id=other)
    assert refusal(office, other).code == "other_statement"


def test_a_statement_made_by_a_stranger_with_the_right_words_approves_nothing(office: Office) -> None:
    batch = office.store()
    submit(office, batch)
    approve(office, batch)
    with office.register.read() as session:
        token = session.connection().exec_driver_sql("SELECT jws FROM statements WHERE act = 'approve'").scalar_one()
    said = statements.verify(token, OPERATORS.keys)
    forged = statements.sign(said, STRANGER)
    office.raw("UPDATE statements SET jws = :jws WHERE act = 'approve'", jws=forged)
    assert refusal(office, batch).code == "bad_statement"
    by_clerk = statements.sign(replace(said, operator="clerk1"), CLERK)
    office.raw("UPDATE statements SET jws = :jws WHERE act = 'approve'", jws=by_clerk)
    assert (type(refusal(office, batch)), refusal(office, batch).code) == (NotAllowedError, "role")
    in_anothers_name = statements.sign(said, CLERK)
    office.raw("UPDATE statements SET jws = :jws WHERE act = 'approve'", jws=in_anothers_name)
    assert refusal(office, batch).code == "other_statement"


@pytest.mark.parametrize(
    "change",
    [
        {"deployment": "elsewhere"},
        {"previous": "checked"},
        {"digests": {}},
        {"counts": {"rows": 3}},
        {"object": {}},
        {"act": Act.WITHDRAW},
        {"issued_at": NOW + timedelta(seconds=301)},
    ],
)
def test_an_approval_of_something_else_approves_nothing(
    office: Office, approved: str, change: dict[str, object]
) -> None:
    with office.register.read() as session:
        token = session.connection().exec_driver_sql("SELECT jws FROM statements WHERE act = 'approve'").scalar_one()
    said = replace(statements.verify(token, OPERATORS.keys), nonce=to_base64url(bytes(16)), **change)  # type: ignore[arg-type]
    office.raw("UPDATE statements SET jws = :jws WHERE act = 'approve'", jws=statements.sign(said, APPROVER))
    assert refusal(office, approved).code == "other_statement"


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
        " SELECT 'x', 'approve', operator, batch, object, zeroblob(16), :jws, received FROM statements",
        jws=statements.sign(second, APPROVER),
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
    for act, code in cases:
        with pytest.raises(NotAllowedError) as caught:
            act()
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
    with office.register.write() as session:
        approval.reject(session, office.vault, batch, signer=APPROVER, operators=OPERATORS, now=NOW)
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
        {"rejected": (RejectedRow(sheet_row=4, findings=()),)},
        {"file_digest": b""},
        {"good": (replace(good_row(0), normal=b"{}\n"),)},
    ],
)
def test_an_unfit_batch_is_not_stored(office: Office, change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        office.store(**change)
    assert office.store() == "sf-rst-0001"  # the refused one took no number


def test_a_person_in_two_batches_is_one_holder(office: Office) -> None:
    first = office.store(good=(good_row(0),), rejected=())
    second = office.store(good=(good_row(0, level=3), good_row(1)), rejected=(), file_digest=b"\x01" * 32)
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
