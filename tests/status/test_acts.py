"""Acts after issuing beside the first four: reasons of an act, days of review, notes, erasing a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from credential.days import day_of
from credential.history import REASONS_OF, Act, Reason
from credential.statuslist import Status
from issuer import audit
from issuer.batches.context import bars_of
from issuer.batches.rows import open_row
from issuer.errors import IssuerError, NotAllowedError
from issuer.intake.model import AwardDraft
from issuer.services import certificates, holders, orders, reviews, status
from issuer.status.erasing import due, erase_due
from tests.status.test_status import numbers_of, with_teachers
from tests.support.databases import everything
from tests.support.forms import first_quick
from tests.support.office import (
    ACTOR,
    APPROVED,
    APPROVER,
    DISTRICT,
    DISTRICT_APPROVER,
    PROVINCE,
    SECOND,
    DemoOffice,
    batch_drafts,
)
from tests.support.work import codes_of_publishing, nudge
from verifier.procedure import verify_check_code, verify_qr_text


def code_of(demo: DemoOffice, **order: Any) -> str:
    """The code with which an order is refused."""
    with pytest.raises(IssuerError) as caught:
        demo.plan(demo.order(numbers_of(demo)[0], **order))
    return caught.value.code


# Reasons


@pytest.mark.parametrize("act", sorted(REASONS_OF))
def test_an_act_takes_its_own_reasons_and_no_others(issued: DemoOffice, act: Act) -> None:
    if act is Act.REINSTATE:
        issued.apply(issued.plan(issued.order(numbers_of(issued)[0], act=Act.SUSPEND)))
    note = "附注" if act is Act.ANNOTATE else None
    for reason in Reason:
        order = issued.order(numbers_of(issued)[0], act=act, reason=reason, note=note)
        if reason in REASONS_OF[act]:
            assert issued.plan(order).order.reason is reason
            continue
        with pytest.raises(IssuerError) as caught:
            issued.plan(order)
        assert caught.value.code == "reason_of_act"


@pytest.mark.slow
def test_a_certificate_of_somebody_who_died_is_cancelled_and_says_so(issued: DemoOffice) -> None:
    issued.change(numbers_of(issued)[0], act=Act.CANCEL, reason=Reason.DECEASED)
    verdict = issued.verdict(issued.certificates()[0])
    assert verdict.status is not None
    assert (verdict.outcome, int(verdict.status.reason)) == ("cancelled", 10)


def test_a_withdrawal_from_the_start_holds_from_the_award(issued: DemoOffice) -> None:
    numbers = numbers_of(issued)[:3]
    assert status.first_day(issued.opened, ACTOR, numbers) == date(2026, 10, 30)
    issued.raw("UPDATE certificates SET issued_on = '2026-10-01' WHERE number = ?", numbers[1])
    with pytest.raises(IssuerError) as caught:
        status.first_day(issued.opened, ACTOR, numbers)
    assert (caught.value.code, caught.value.fields["number"]) == ("several_starts", numbers[1])


# Days of review


@pytest.mark.postgres
def test_suspensions_are_listed_by_their_day_and_overdue_ones_alone(issued: DemoOffice) -> None:
    one, two, three = numbers_of(issued)[:3]
    today = day_of(issued.clock())
    for number, day in ((one, today + timedelta(days=9)), (two, today + timedelta(days=2)), (three, None)):
        issued.apply(issued.plan(issued.order(number, act=Act.SUSPEND, review_by=day)))
    assert [each.number for each in reviews.listed(issued.opened)] == [two, one, three]
    assert reviews.listed(issued.opened, overdue=True) == ()
    issued.clock.move(days=2)
    assert reviews.listed(issued.opened, overdue=True) == (), "the day itself is not over"
    issued.clock.move(days=1)
    assert [each.number for each in reviews.listed(issued.opened, overdue=True)] == [two]
    issued.apply(issued.plan(issued.order(two, act=Act.REINSTATE)))
    assert [each.number for each in reviews.listed(issued.opened)] == [one, three]


def test_a_day_of_review_is_to_come_and_goes_with_a_suspension(issued: DemoOffice) -> None:
    today = day_of(issued.clock())
    assert code_of(issued, act=Act.SUSPEND, review_by=today) == "review_by"
    assert code_of(issued, act=Act.CANCEL, review_by=today + timedelta(days=1)) == "review_by"


# Notes


@pytest.mark.slow
def test_a_note_changes_no_state_and_is_public_to_the_holder(issued: DemoOffice) -> None:
    number = numbers_of(issued)[0]
    issued.change(number, act=Act.ANNOTATE, note="复核维持原结论")
    assert issued.outcomes() == {"valid": 24}
    events = certificates.shown(issued.opened, ACTOR, number).events
    assert [(each.kind.word, each.note) for each in events] == [("issued", None), ("annotated", "复核维持原结论")]
    issued.raw("UPDATE events SET note = '别的' WHERE note IS NOT NULL")
    nudge(issued, number)
    assert codes_of_publishing(issued) != [], "a note in other words than the statement's is held back"


def test_a_note_is_a_text_and_goes_with_an_annotation(issued: DemoOffice) -> None:
    for note in (None, "", " ", "一\n二", "字" * 201):
        assert code_of(issued, act=Act.ANNOTATE, note=note) == "note"
    assert code_of(issued, act=Act.CANCEL, note="附注") == "note"


@pytest.mark.slow
def test_an_authority_annotates_its_own_and_those_that_it_may_suspend(founded: DemoOffice) -> None:
    founded.issue(founded.approved())
    number = with_teachers(founded)
    for authority, operator in ((DISTRICT, DISTRICT_APPROVER), (PROVINCE, APPROVER)):
        order = founded.order(number, act=Act.ANNOTATE, authority=authority, note="附注")
        founded.apply(founded.plan(order), operator)
    other = next(each.number for each in founded.certificates() if each.authority == PROVINCE)
    with pytest.raises(NotAllowedError) as caught:
        founded.plan(founded.order(other, act=Act.ANNOTATE, authority=DISTRICT, note="附注"))
    assert caught.value.code == "no_right"
    assert codes_of_publishing(founded) == []


# Erasing


def erasure(demo: DemoOffice, number: str, operator: str = APPROVER) -> int:
    """An erasure that the first operator signed; the number of the order."""
    plan = holders.plan_erasure(
        demo.opened,
        ACTOR,
        number,
        authority=PROVINCE,
        reason=Reason.SURRENDERED,
        basis="个人信息保护法第四十七条",
        document="示人社注〔2026〕7号",
    )
    waiting = status.act_here(demo.opened, operator, plan).waiting
    assert waiting is not None
    return waiting.number


@pytest.mark.slow
@pytest.mark.postgres
def test_a_person_is_erased_when_the_public_knows_it_and_the_others_stay(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    content, holder = issued.content(certificate), certificate.holder
    qr_text = issued.qr_text(certificate)
    order = erasure(issued, certificate.number)
    issued.publish()
    orders.approve_here(issued.opened, SECOND, order)
    with issued.opened.register.read() as session:
        assert due(session) == [], "the public does not know yet"
    assert codes_of_publishing(issued) == []
    [row] = issued.raw("SELECT blind_index, wrapped_key, personal, contact, erased FROM holders WHERE id = ?", holder)
    assert row[:4] == (None, None, None, None)
    assert row[4] is not None
    for table in ("sealed_certificates", "faces"):
        assert issued.raw(f"SELECT count(*) FROM {table} WHERE certificate = ?", certificate.id) == [(0,)]
    assert issued.raw("SELECT credential, to_sign, check_code FROM certificates WHERE id = ?", certificate.id) == [
        (None, None, None)
    ]
    reader = issued.reader()
    assert verify_check_code(content.check_code, reader, now=issued.clock()).reason == "unknown_code"
    found = verify_qr_text(qr_text, reader, now=issued.clock())
    assert found.outcome == "cancelled", "who kept the QR code still finds its state"
    assert found.face is None
    kinds = [
        kind for (kind,) in issued.raw("SELECT kind FROM events WHERE certificate = ? ORDER BY ordinal", certificate.id)
    ]
    assert kinds == ["issued", "cancelled", "erased"]
    with issued.opened.register.read() as session:
        acts = {entry.act for entry in audit.entries(session, subject=certificate.number)}
    assert {"holder.erase", "certificate.erase"} <= acts
    before = everything(issued.opened.register)
    assert list(erase_due(issued.opened.register, documents=issued.home.documents, now=issued.clock())) == []
    assert everything(issued.opened.register) == before, "once"
    issued.change(numbers_of(issued)[1], act=Act.SUSPEND)
    assert codes_of_publishing(issued) == [], "the register is in order without the person"


@pytest.mark.slow
def test_the_document_goes_with_the_person(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    with issued.worker() as worker:
        path = worker.make_document(certificate.number)
    assert path.is_file()
    orders.approve_here(issued.opened, SECOND, erasure(issued, certificate.number))
    issued.publish()
    assert not path.exists()


@pytest.mark.slow
def test_a_run_that_died_before_the_deletion_is_finished_by_the_next(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = issued.certificates()[0]
    orders.approve_here(issued.opened, SECOND, erasure(issued, certificate.number))

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("issuer.worker.publishing.erase_due", die)
        with pytest.raises(KeyboardInterrupt):
            issued.publish()
    assert issued.raw("SELECT erased FROM holders WHERE id = ?", certificate.holder) == [(None,)]
    issued.publish()
    assert issued.raw("SELECT erased FROM holders WHERE id = ?", certificate.holder) != [(None,)]


def test_a_person_is_erased_whole_and_not_while_something_is_on_its_way(issued: DemoOffice) -> None:
    one, two = issued.certificates()[:2]
    draft = batch_drafts(issued, APPROVED)[0]
    waiting = issued.approved_drafts([replace(draft, note="另一张")])
    with pytest.raises(IssuerError) as caught:
        issued.plan(issued.order(number_of(issued, draft), act=Act.ERASE))
    assert caught.value.code == "holder_waits"
    issued.raw("UPDATE awards SET state = 'rejected' WHERE batch = ?", waiting)
    issued.plan(issued.order(number_of(issued, draft), act=Act.ERASE))
    issued.raw("UPDATE certificates SET holder = ? WHERE id = ?", one.holder, two.id)
    with pytest.raises(IssuerError) as caught:
        issued.plan(issued.order(one.number, act=Act.ERASE))
    assert (caught.value.code, caught.value.fields["number"]) == ("holder_incomplete", two.number)


def number_of(demo: DemoOffice, draft: AwardDraft) -> str:
    """The certificate of a row."""
    query = "SELECT number FROM certificates JOIN awards a ON a.id = award WHERE a.sheet_row = ? AND a.batch = ?"
    [(number,)] = demo.raw(query, draft.sheet_row, APPROVED)
    return str(number)


@pytest.mark.slow
@pytest.mark.parametrize("forged", first_quick(["DELETE FROM orders", "UPDATE events SET kind = 'withdrawn'"], 1))
def test_nobody_alone_erases(issued: DemoOffice, forged: str) -> None:
    """Somebody who owns the database takes the second statement away: nothing is deleted."""
    certificate = issued.certificates()[0]
    orders.approve_here(issued.opened, SECOND, erasure(issued, certificate.number))
    issued.raw(f"{forged} WHERE 1 = 1" if "orders" in forged else f"{forged} WHERE kind = 'erased'")
    nudge(issued, certificate.number)
    assert codes_of_publishing(issued) != []
    assert issued.raw("SELECT erased FROM holders WHERE id = ?", certificate.holder) == [(None,)]
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_an_integrity_record_outlives_the_person(issued: DemoOffice) -> None:
    """Somebody who was withdrawn for fraud and asks to be erased stays barred for the term."""
    certificate = issued.certificates()[0]
    with issued.opened.register.read() as session:
        draft = open_row(session, issued.opened.vault, certificate.award).draft
    issued.change(certificate.number)
    orders.approve_here(issued.opened, SECOND, erasure(issued, certificate.number))
    issued.publish()
    assert issued.certificates()[0].state is Status.WITHDRAWN
    index = issued.opened.vault.blind_index(draft.id_type.word, draft.id_number)
    with issued.opened.register.read() as session:
        assert bars_of(session, index, draft, day_of(issued.clock()))
