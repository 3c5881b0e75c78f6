"""A statement of a batch is drafted, signed anywhere, and accepted once, for a day and for one state of the batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from credential import jose, statements
from credential.history import Act
from credential.signing import Signer
from issuer.batches import approval, rows
from issuer.db.models import BatchState
from issuer.errors import IssuerError, NotAllowedError
from issuer.office.operators import Operators
from issuer.statements import Draft
from tests.register.conftest import (
    APPROVER,
    CLERK,
    ENTRIES,
    OPERATORS,
    OTHER_CLERK,
    STRANGER,
    WITHDRAWAL,
    Office,
    accept,
    ended,
    operators_of,
)
from tests.support.clock import NOW


def drafted(office: Office, batch: str, what: Act = Act.SUBMIT, signer: Signer = CLERK) -> Draft:
    with office.register.read() as session:
        entry = OPERATORS.by_key(signer.key_id)
        return approval.draft(session, office.vault, batch, what, entry, operators=OPERATORS, now=NOW)


def refused(office: Office, token: str, now: datetime = NOW, operators: Operators = OPERATORS) -> str:
    with pytest.raises(IssuerError) as caught:
        accept(office, token, operators, now)
    return caught.value.code


def test_a_draft_changes_nothing_and_holds_the_bytes_that_are_signed(office: Office) -> None:
    batch = office.store()
    made = drafted(office, batch)
    with office.register.read() as session:
        assert rows.batch(session, batch).state is BatchState.CHECKED
    elsewhere = jose.sign(made.payload, CLERK, typ=statements.TYP)  # what a browser or a token does
    assert elsewhere == made.signed_by(CLERK)
    accept(office, elsewhere)
    with office.register.read() as session:
        assert rows.batch(session, batch).state is BatchState.SUBMITTED


def test_a_draft_is_signed_by_the_operator_whom_it_names(office: Office) -> None:
    made = drafted(office, office.store())
    with pytest.raises(NotAllowedError) as caught:
        made.signed_by(APPROVER)
    assert caught.value.code == "other_key"
    assert refused(office, statements.sign(made.statement, OTHER_CLERK)) == "other_operator"
    assert refused(office, statements.sign(made.statement, STRANGER)) == "bad_statement"
    assert refused(office, "") == "bad_statement"


@pytest.mark.parametrize(
    ("hours", "code"), [(0, None), (24, None), (24.001, "statement_expired"), (-0.08, None), (-0.1, "statement_early")]
)
def test_a_draft_is_good_for_a_day(office: Office, hours: float, code: str | None) -> None:
    token = drafted(office, office.store()).signed_by(CLERK)
    if code is None:
        accept(office, token, now=NOW + timedelta(hours=hours))
    else:
        assert refused(office, token, NOW + timedelta(hours=hours)) == code


def test_a_draft_is_good_for_one_state_of_its_batch(office: Office) -> None:
    batch = office.store()
    two = [drafted(office, batch, signer=each).signed_by(each) for each in (CLERK, OTHER_CLERK)]
    accept(office, two[0])
    assert refused(office, two[1]) == "wrong_state"
    office.raw("UPDATE batches SET state = 'checked', decision_document = 'another'")
    assert refused(office, two[1]) == "moved_on"


def test_a_statement_counts_once(office: Office) -> None:
    batch = office.store()
    token = drafted(office, batch).signed_by(CLERK)
    accept(office, token)
    office.raw("UPDATE batches SET state = 'checked'")
    assert refused(office, token) == "statement_used"
    with office.register.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM statements").scalar_one() == 1


def test_a_statement_of_another_deployment_or_act_moves_no_batch(office: Office) -> None:
    said = drafted(office, office.store()).statement
    assert refused(office, statements.sign(replace(said, deployment="elsewhere"), CLERK)) == "other_deployment"
    assert refused(office, statements.sign(replace(said, **WITHDRAWAL), CLERK)) == "other_act"
    assert refused(office, statements.sign(replace(said, act=Act.WITHDRAW), CLERK)) == "bad_statement"
    assert refused(office, statements.sign(replace(said, object={}), CLERK)) == "bad_statement"


def test_who_ended_after_drafting_is_not_accepted(office: Office) -> None:
    token = drafted(office, office.store()).signed_by(CLERK)
    gone = operators_of((ended(ENTRIES[0]), *ENTRIES[1:]), version=2)
    assert refused(office, token, operators=gone) == "operator_not_in_force"


@pytest.mark.parametrize(
    ("term", "hours", "code"),
    [
        ({"valid_until": NOW + timedelta(hours=2)}, 1, None),
        ({"valid_until": NOW + timedelta(hours=2)}, 2, "operator_not_in_force"),
        ({"valid_from": NOW}, 1, None),
        ({"valid_from": NOW + timedelta(seconds=1)}, 1, "operator_not_in_force"),
    ],
)
def test_who_signs_is_in_force_when_it_is_drafted_and_when_it_is_accepted(
    office: Office, term: dict[str, datetime], hours: int, code: str | None
) -> None:
    token = drafted(office, office.store()).signed_by(CLERK)
    operators = operators_of((replace(ENTRIES[0], **term), *ENTRIES[1:]), version=2)  # type: ignore[arg-type]
    if code is None:
        accept(office, token, operators, NOW + timedelta(hours=hours))
    else:
        assert refused(office, token, NOW + timedelta(hours=hours), operators) == code


def test_who_has_ended_drafts_nothing(office: Office) -> None:
    batch = office.store()
    gone = operators_of((ended(ENTRIES[0]), *ENTRIES[1:]), version=2)
    entry = gone.by_id("clerk1")
    with pytest.raises(NotAllowedError) as caught, office.register.read() as session:
        approval.draft(session, office.vault, batch, Act.SUBMIT, entry, operators=gone, now=NOW)
    assert caught.value.code == "operator_not_in_force"


@pytest.mark.parametrize("change", ["DELETE FROM awards WHERE seq = 1", "UPDATE awards SET position = position + 9"])
def test_rows_that_were_altered_after_it_was_drafted_are_not_accepted(office: Office, change: str) -> None:
    batch = office.store()
    token = drafted(office, batch).signed_by(CLERK)
    office.raw(change)
    assert refused(office, token) == "rows_altered"


def test_a_row_is_read_in_its_only_form_before_it_is_approved(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for each act: whoever opens it later takes that from its hash."""
    batch, read = office.store(), list[bytes]()
    usual = rows.draft_from_json
    monkeypatch.setattr("issuer.batches.rows.draft_from_json", lambda data: read.append(data) or usual(data))
    token = drafted(office, batch).signed_by(CLERK)
    assert not read
    with office.register.write() as session:
        approval.move(session, office.vault, token, operators=OPERATORS, now=NOW)
    assert len(read) == len(set(read)) > 0
