"""Two people, signed: how a batch moves, and what its rows become."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from credential.history import Act
from credential.merkle import root_of
from issuer import audit
from issuer.batches import approval, rows
from issuer.db.models import AwardState, BatchState
from issuer.errors import ConflictError, InputError, NotFoundError, TamperedError
from issuer.intake.model import RawRow
from tests.register.conftest import (
    APPROVER,
    CLERK,
    GOOD,
    OPERATORS,
    Office,
    act,
    approve,
    good_row,
    prove,
    refusal,
    submit,
)
from tests.support.clock import NOW
from tests.support.registered import move_award


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
    with office.register.read() as session:
        opened = [each.content for each in approval.opened(session, office.vault, batch, found.rows)]
        assert submitted.digests["rows_root"] == root_of(row.normal for row in opened).hex()
        assert [row.draft for row in opened] == list(GOOD)
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


def test_a_batch_that_is_not_approved_signs_nothing(office: Office) -> None:
    batch = office.store()
    assert refusal(office, batch).code == "wrong_state"
    submit(office, batch)
    assert refusal(office, batch).code == "wrong_state"
    assert refusal(office, "sf-rst-0099").code == "wrong_state"


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


def test_no_statement_is_drafted_on_rows_that_were_altered(office: Office) -> None:
    batch = office.store()
    office.raw("DELETE FROM awards WHERE seq = 1")
    entry = OPERATORS.by_key(CLERK.key_id)
    with office.register.read() as session, pytest.raises(TamperedError) as caught:
        approval.draft(session, office.vault, batch, Act.SUBMIT, entry, operators=OPERATORS, now=NOW)
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


def test_awards_move_forward_and_counts_with_them(office: Office, approved: str) -> None:
    with office.register.read() as session:
        awards = [row.award for row in rows.open_rows(session, office.vault, approved)]
    with office.register.write() as session:
        for award in awards[:2]:
            move_award(session, award, AwardState.RESERVED)
        move_award(session, awards[0], AwardState.ISSUED)
        move_award(session, awards[1], AwardState.REJECTED)
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
            move_award(session, award, after)
    with office.register.write() as session:
        move_award(session, awards[2], AwardState.RESERVED)
        move_award(session, awards[2], AwardState.ISSUED)
    with office.register.read() as session:
        assert rows.batch(session, approved).state is BatchState.ISSUED
        assert [batch.id for batch in rows.batches(session, state=BatchState.ISSUED)] == [approved]
    assert len(prove(office, approved).rows) == 3  # what was approved stays provable after it was issued
