"""Taking back: one of those who signed ends an approved batch, or a row, before it is issued; the audit proves it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credential import statements
from credential.history import Act
from issuer.batches import approval
from issuer.errors import IssuerError
from issuer.services import acting, batches, work
from issuer.worker import issuing
from issuer.worker.issuing import IssuingJob
from tests.services.elsewhere import audited, code_of
from tests.support.office import (
    ACTOR,
    APPROVER,
    CLERK,
    DISTRICT_APPROVER,
    OTHER_LIST,
    DemoOffice,
)


@pytest.fixture
def batch(founded: DemoOffice) -> str:
    """Three rows that two persons approved."""
    return founded.approved(OTHER_LIST)


def rows_of(demo: DemoOffice, batch: str) -> list[tuple[int, str]]:
    return demo.raw("SELECT sheet_row, state FROM awards WHERE batch = ? ORDER BY seq", batch)


def refused(demo: DemoOffice, batch: str, operator: str = APPROVER, row: int | None = None) -> str:
    before = demo.raw("SELECT count(*) FROM statements"), rows_of(demo, batch)
    with pytest.raises(IssuerError) as caught:
        batches.take_back_here(demo.opened, operator, batch, row=row)
    assert (demo.raw("SELECT count(*) FROM statements"), rows_of(demo, batch)) == before
    return code_of(caught)


def issuing_ends_with(demo: DemoOffice, batch: str) -> str:
    with pytest.raises(IssuerError) as caught:
        IssuingJob(demo.opened).run(batch, between=lambda _: None)
    assert demo.raw("SELECT count(*) FROM certificates") == [(0,)]
    return code_of(caught)


def go_on(demo: DemoOffice, batch: str) -> None:
    """What somebody does who owns the database, after a batch was taken back."""
    demo.raw(
        "UPDATE batches SET state = 'approved', rows_waiting = rows_waiting + rows_rejected, rows_rejected = 0"
        " WHERE id = ?",
        batch,
    )
    demo.raw("UPDATE awards SET state = 'waiting' WHERE batch = ?", batch)


@pytest.mark.slow
@pytest.mark.parametrize("operator", [CLERK, APPROVER])
def test_a_batch_is_taken_back_by_one_of_those_who_signed(founded: DemoOffice, batch: str, operator: str) -> None:
    found = batches.take_back_here(founded.opened, operator, batch)
    assert (found.state, found.rows_waiting, found.rows_rejected) == ("rejected", 0, 3)
    assert audited(founded, "batch.take_back") == [(operator, batch)]
    assert issuing_ends_with(founded, batch) == "wrong_state"
    assert refused(founded, batch) == "wrong_state"
    assert founded.store(OTHER_LIST) != batch, "the list can be checked again"


@pytest.mark.slow
def test_a_row_is_taken_back_and_the_others_are_issued(founded: DemoOffice, batch: str) -> None:
    row = rows_of(founded, batch)[1][0]
    made = batches.draft_taking_back(founded.opened, CLERK, batch, row=row)
    assert (made.statement.object["row"], made.statement.previous) == ("1", "approved")
    found = batches.accept_taking_back(founded.opened, made.signed_by(founded.signer(CLERK)))
    assert (found.state, found.rows_waiting, found.rows_rejected) == ("approved", 2, 1)
    assert refused(founded, batch, row=row) == "taken_back"
    assert len(founded.issue(batch).issued) == 2
    assert batches.shown(founded.opened, batch).state == "issued"
    assert founded.outcomes() == {"valid": 2}


@pytest.mark.slow
def test_the_last_rows_end_the_batch(founded: DemoOffice, batch: str) -> None:
    for row, _ in rows_of(founded, batch):
        found = batches.take_back_here(founded.opened, APPROVER, batch, row=row)
    assert (found.state, found.rows_rejected) == ("rejected", 3)


@pytest.mark.slow
def test_work_that_was_asked_for_is_over_with_the_batch(founded: DemoOffice, batch: str) -> None:
    work.request_issue(founded.opened, ACTOR, batch)
    batches.take_back_here(founded.opened, APPROVER, batch)
    assert founded.raw("SELECT count(*) FROM outbox WHERE done_at IS NULL AND topic = 'issue'") == [(0,)]


@pytest.mark.slow
def test_nobody_else_and_nothing_else_is_taken_back(founded: DemoOffice, batch: str) -> None:
    assert refused(founded, batch, DISTRICT_APPROVER) == "not_signed_by"
    assert refused(founded, batch, row=9999) == "no_row"
    assert refused(founded, "none") == "no_batch"
    submitted = founded.store()
    founded.submit(submitted)
    assert refused(founded, submitted, CLERK) == "wrong_state"


@pytest.mark.slow
def test_what_is_reserved_is_not_taken_back(founded: DemoOffice, batch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    founded.reserve_and_die(batch, monkeypatch)
    assert {state for _, state in rows_of(founded, batch)} == {"reserved"}
    assert refused(founded, batch) == "reserved"
    assert refused(founded, batch, row=rows_of(founded, batch)[0][0]) == "reserved"


@pytest.mark.slow
def test_a_row_that_moved_on_since_it_was_drafted_stays(
    founded: DemoOffice, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever issues meanwhile was first: the row has a certificate."""
    row = rows_of(founded, batch)[0][0]
    token = batches.draft_taking_back(founded.opened, CLERK, batch, row=row).signed_by(founded.signer(CLERK))
    founded.reserve_and_die(batch, monkeypatch)
    with pytest.raises(IssuerError) as caught:
        batches.accept_taking_back(founded.opened, token)
    assert code_of(caught) == "reserved"


@pytest.mark.slow
def test_a_row_that_is_taken_back_while_the_batch_is_issued_gets_no_certificate(
    founded: DemoOffice, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes between the proof of the approval and the reservation: the row's state decides, under its lock."""
    proven = approval.verify_approved
    row = rows_of(founded, batch)[0][0]

    def then_taken_back(*words: object, **named: object) -> object:
        found = proven(*words, **named)  # type: ignore[arg-type]
        batches.take_back_here(founded.opened, CLERK, batch, row=row)
        return found

    monkeypatch.setattr(issuing, "verify_approved", then_taken_back)
    report = founded.issue(batch)
    assert (len(report.issued), [each.sheet_row for each in report.refused]) == (2, [row])
    assert rows_of(founded, batch)[0] == (row, "rejected")


@pytest.mark.slow
def test_the_statement_is_the_operators_and_only_for_this(founded: DemoOffice, batch: str) -> None:
    made = batches.draft_taking_back(founded.opened, CLERK, batch)
    token = made.signed_by(founded.signer(CLERK))
    with pytest.raises(IssuerError) as caught:
        batches.accept(founded.opened, token)
    assert code_of(caught) == "other_act"
    batches.accept_taking_back(founded.opened, token)
    with pytest.raises(IssuerError) as caught:
        batches.accept_taking_back(founded.opened, token)
    assert code_of(caught) == "wrong_state"
    rejection = batches.draft(founded.opened, CLERK, Act.REJECT, founded.store())
    with pytest.raises(IssuerError) as caught:
        batches.accept_taking_back(founded.opened, rejection.signed_by(founded.signer(CLERK)))
    assert code_of(caught) == "other_act"


@pytest.mark.slow
def test_another_count_or_another_root_takes_nothing_back(founded: DemoOffice, batch: str) -> None:
    made = batches.draft_taking_back(founded.opened, CLERK, batch).statement
    other = replace(made, digests={**made.digests, "rows_root": "0" * 64})
    with pytest.raises(IssuerError) as caught:
        batches.accept_taking_back(founded.opened, statements.sign(other, founded.signer(CLERK)))
    assert code_of(caught) == "moved_on"


@pytest.mark.slow
def test_states_that_were_set_back_issue_nothing(founded: DemoOffice, batch: str) -> None:
    batches.take_back_here(founded.opened, APPROVER, batch)
    go_on(founded, batch)
    assert issuing_ends_with(founded, batch) == "taken_back"
    founded.raw("DELETE FROM statements WHERE act = 'take_back'")
    assert issuing_ends_with(founded, batch) == "taken_back"


@pytest.mark.slow
def test_one_row_that_was_set_back_stops_its_batch(founded: DemoOffice, batch: str) -> None:
    row = rows_of(founded, batch)[1][0]
    batches.take_back_here(founded.opened, APPROVER, batch, row=row)
    go_on(founded, batch)
    assert issuing_ends_with(founded, batch) == "taken_back"


@pytest.mark.slow
@pytest.mark.parametrize("with_statement", [False, True])
def test_an_entry_that_was_deleted_is_noticed(founded: DemoOffice, batch: str, *, with_statement: bool) -> None:
    batches.take_back_here(founded.opened, APPROVER, batch)
    founded.store()  # something follows in the audit
    go_on(founded, batch)
    founded.raw("DELETE FROM audit WHERE act = 'batch.take_back'")
    if with_statement:
        founded.raw("DELETE FROM statements WHERE act = 'take_back'")
    assert issuing_ends_with(founded, batch) == "audit_altered"


@pytest.mark.slow
def test_the_newest_entry_that_was_deleted_leaves_its_statement(founded: DemoOffice, batch: str) -> None:
    batches.take_back_here(founded.opened, APPROVER, batch)
    go_on(founded, batch)
    founded.raw("DELETE FROM audit WHERE act = 'batch.take_back'")
    assert issuing_ends_with(founded, batch) == "audit_altered"


@pytest.mark.slow
def test_an_entry_that_was_changed_is_noticed(founded: DemoOffice, batch: str) -> None:
    batches.take_back_here(founded.opened, APPROVER, batch)
    go_on(founded, batch)
    founded.raw("UPDATE audit SET act = 'batch.check' WHERE act = 'batch.take_back'")
    assert issuing_ends_with(founded, batch) == "audit_altered"


@pytest.mark.slow
def test_without_the_approvals_entry_nothing_is_known(founded: DemoOffice, batch: str) -> None:
    founded.raw("UPDATE audit SET object = 'none' WHERE act = 'batch.approve' AND object = ?", batch)
    assert issuing_ends_with(founded, batch) == "audit_altered"


@pytest.mark.slow
def test_who_acted_names_the_one_who_took_it_back(founded: DemoOffice, batch: str) -> None:
    batches.take_back_here(founded.opened, CLERK, batch)
    last = acting.on_batch(founded.opened, batch)[-1]
    assert (last.act, last.operator, last.wrong) == ("take_back", CLERK, None)
