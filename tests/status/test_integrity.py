"""Integrity records rest on statements: what is changed by hand frees nobody and bars nobody quietly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from credential.history import Act, Reason
from issuer.intake.model import AwardDraft
from issuer.integrity.checking import Trouble, check_ids, check_part
from issuer.worker.turns import HeldBack
from tests.support.databases import say
from tests.support.forms import first_quick
from tests.support.office import APPROVED, PROVINCE, DemoOffice, batch_drafts


def withdrawn(demo: DemoOffice, reason: Reason = Reason.FRAUD) -> tuple[str, AwardDraft]:
    """A certificate that was withdrawn, and its award."""
    certificate = demo.certificates()[0]
    name = demo.verdict_by_qr(certificate).certificate.name  # type: ignore[union-attr]
    demo.change(certificate.number, reason=reason)
    return certificate.number, next(each for each in batch_drafts(demo, APPROVED) if each.name == name)


def troubles(demo: DemoOffice) -> list[tuple[str, str]]:
    """What a check of everything finds."""
    with demo.opened.register.read() as session:
        whole = check_part(session, lambda: demo.opened.vault, demo.operators(), [("", None)])
        again: list[Trouble] = []
        for each in whole:
            again += check_ids(session, lambda: demo.opened.vault, demo.operators(), [each.id])
    assert set(again) == set(whole)
    return [(each.code, each.object) for each in whole]


def refusals(demo: DemoOffice, draft: AwardDraft) -> list[str]:
    """Why a second award of the same person is not issued."""
    batch = demo.approved_drafts([replace(draft, note="second try")])
    return [each.code for each in demo.issue(batch).refused]


def published(demo: DemoOffice) -> list[HeldBack]:
    """What a new worker reports with its first publication."""
    with demo.worker() as worker:
        return list(worker.publish_changes(even_without=True).held_back)


@pytest.mark.slow
def test_a_withdrawal_for_fraud_and_its_record_are_in_order(issued: DemoOffice) -> None:
    number, draft = withdrawn(issued)
    assert troubles(issued) == []
    [(statement, ordered)] = issued.raw(
        "SELECT r.statement, e.statement FROM integrity_records r JOIN events e ON e.certificate = r.certificate"
        " WHERE e.kind = 'withdrawn'"
    )
    assert statement == ordered is not None
    assert published(issued) == []
    assert refusals(issued, draft) == ["barred"]
    assert number


@pytest.mark.slow
def test_a_record_taken_away_is_reported_and_bars_all_the_same(issued: DemoOffice) -> None:
    number, draft = withdrawn(issued)
    issued.raw("DELETE FROM integrity_records")
    assert troubles(issued) == [("integrity_missing", number)]
    assert [(each.object, each.code) for each in published(issued)] == [(number, "integrity_missing")]
    assert refusals(issued, draft) == ["barred"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    first_quick(
        [
            "term_until = '2026-11-22'",
            "term_from = '2026-11-20'",
            "document = 'another'",
            "basis = 'another'",
            "authority = 'sfq-hrss'",
            "statement = NULL",
            "statement = (SELECT id FROM statements WHERE act = 'approve')",
            "blind_index = zeroblob(32)",
        ],
        1,
    ),
)
def test_a_record_that_was_changed_is_reported_and_bars_all_the_same(issued: DemoOffice, change: str) -> None:
    number, draft = withdrawn(issued)
    issued.raw(f"UPDATE integrity_records SET {change}")
    assert troubles(issued) == [("integrity_missing", number), ("integrity_unproven", number)]
    assert refusals(issued, draft) == ["barred"]


@pytest.mark.slow
def test_a_record_put_in_by_hand_bars_nobody_quietly(issued: DemoOffice) -> None:
    draft = batch_drafts(issued, APPROVED)[0]
    issued.raw(
        "INSERT INTO integrity_records (id, blind_index, authority, basis, document, term_from, term_until, recorded)"
        " VALUES ('ff', ?, ?, '依据', '文号', '2026-11-21', NULL, '2026-11-21 02:00:00')",
        issued.opened.vault.blind_index(draft.id_type.word, draft.id_number),
        PROVINCE,
    )
    assert troubles(issued) == [("integrity_unproven", "ff")]
    assert [each.code for each in published(issued)] == ["integrity_unproven"]
    other = replace(draft, title=5003 if draft.title != 5003 else 5002)
    assert refusals(issued, other) == ["integrity_unproven"]


@pytest.mark.slow
def test_a_record_that_claims_a_statement_is_unproven_all_the_same(issued: DemoOffice) -> None:
    draft = batch_drafts(issued, APPROVED)[0]
    issued.raw(
        "INSERT INTO integrity_records (id, blind_index, authority, basis, document, term_from, recorded, statement)"
        " VALUES ('ff', ?, ?, '依据', '文号', '2026-11-21', '2026-11-21 02:00:00',"
        " (SELECT id FROM statements WHERE act = 'approve'))",
        issued.opened.vault.blind_index(draft.id_type.word, draft.id_number),
        PROVINCE,
    )
    assert refusals(issued, replace(draft, title=5003 if draft.title != 5003 else 5002)) == ["integrity_unproven"]


def test_a_record_that_names_a_certificate_which_nobody_withdrew_is_reported(issued: DemoOffice) -> None:
    number = issued.certificates()[3].number
    issued.raw(
        "INSERT INTO integrity_records"
        " (id, blind_index, authority, certificate, basis, document, term_from, recorded, statement)"
        " SELECT 'r', blind_index, ?, certificates.id, '依据', '文号', '2026-11-21', '2026-11-21 02:00:00',"
        " (SELECT id FROM statements WHERE act = 'approve') FROM certificates JOIN holders ON holders.id = holder"
        " WHERE number = ?",
        PROVINCE,
        number,
    )
    assert troubles(issued) == [("integrity_unproven", number)]


@pytest.mark.slow
def test_a_withdrawal_whose_statement_proves_nothing_is_reported_and_bars(issued: DemoOffice) -> None:
    number, draft = withdrawn(issued)
    issued.raw("UPDATE statements SET evidence = x'00' WHERE act = 'withdraw'")
    assert troubles(issued) == [("integrity_unproven", number)]
    assert refusals(issued, draft) == ["barred"]


@pytest.mark.slow
def test_the_reason_of_an_event_is_the_statements(issued: DemoOffice) -> None:
    """Somebody makes a fraud another reason and takes the record away."""
    number, _ = withdrawn(issued)
    issued.raw("UPDATE events SET reason = 'procedure' WHERE kind = 'withdrawn'")
    issued.raw("DELETE FROM integrity_records")
    assert troubles(issued) == [("integrity_missing", number)]


@pytest.mark.slow
def test_whose_record_it_is_the_sealed_row_says(issued: DemoOffice) -> None:
    """Somebody gives the fraud another index, in both tables."""
    number, _ = withdrawn(issued)
    holder = "(SELECT holder FROM certificates WHERE number = ?)"
    issued.raw(f"UPDATE holders SET blind_index = zeroblob(32) WHERE id = {holder}", number)
    issued.raw("UPDATE integrity_records SET blind_index = zeroblob(32)")
    assert troubles(issued) == [("integrity_missing", number), ("integrity_unproven", number)]


@pytest.mark.slow
def test_withdrawals_for_other_reasons_expect_none(issued: DemoOffice) -> None:
    number, draft = withdrawn(issued, Reason.PROCEDURE)
    assert troubles(issued) == []
    assert refusals(issued, draft) == ["withdrawn_award"], "the very award; a new one is nobody's to bar"
    other = issued.certificates()[5].number
    issued.change(other, act=Act.SUSPEND)
    assert troubles(issued) == []
    assert number != other


@pytest.mark.slow
def test_what_is_right_again_is_not_reported_any_more(issued: DemoOffice) -> None:
    withdrawn(issued)
    kept = issued.raw("SELECT * FROM integrity_records")[0]
    issued.raw("DELETE FROM integrity_records")
    with issued.worker() as worker:
        assert len(worker.publish_changes(even_without=True).held_back) == 1
        assert len(worker.publish_changes(even_without=True).held_back) == 1
        marks = ", ".join("?" * len(kept))
        issued.raw(f"INSERT INTO integrity_records VALUES ({marks})", *kept)
        assert worker.publish_changes(even_without=True).held_back == ()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("act", ["UPDATE integrity_records SET document = 'x'", "DELETE FROM integrity_records"])
def test_the_database_refuses_both(issued: DemoOffice, act: str) -> None:
    withdrawn(issued)
    with (
        pytest.raises(IntegrityError, match="integrity_records is appended only"),
        issued.opened.register.write() as session,
    ):
        say(session.connection(), act)
