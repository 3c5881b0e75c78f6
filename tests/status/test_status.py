"""Changing a status: who may, from which state, what the public sees, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from credential.days import day_of
from credential.history import Act, Reason
from issuer import audit
from issuer.batches.rows import open_row
from issuer.db import certificates
from issuer.errors import ConflictError, InputError, IssuerError, NotAllowedError, NotFoundError
from issuer.identifiers import IdType
from issuer.intake.model import Replacement, ReplacementReason
from issuer.services import batches, operators
from issuer.worker.issuing import IssuingJob
from tests.support.clock import NOW
from tests.support.databases import everything as register_lines
from tests.support.forms import first_quick
from tests.support.office import (
    ACTOR,
    APPROVER,
    CLERK,
    DATA,
    DISTRICT,
    DISTRICT_APPROVER,
    DISTRICT_CLERK,
    LIST,
    PROVINCE,
    TEACHERS,
    DemoOffice,
    batch_drafts,
)
from tests.support.work import nudge
from verifier.procedure import verify_qr_text

SUSPEND, REINSTATE, WITHDRAW, CANCEL = Act.SUSPEND, Act.REINSTATE, Act.WITHDRAW, Act.CANCEL


def everything(demo: DemoOffice) -> list[str]:
    """The whole content of the register, but for the audit's entries of who looked."""
    lines = register_lines(demo.opened.register)
    return [line for line in lines if "'certificate.plan'" not in line and not line.startswith("audit_pending ")]


def numbers_of(demo: DemoOffice) -> list[str]:
    return [each.number for each in demo.certificates()]


def test_a_plan_changes_nothing(issued: DemoOffice) -> None:
    before, files = everything(issued), issued.files()
    plan = issued.plan(issued.order(*numbers_of(issued)))
    assert len(plan.lines) == 24
    assert everything(issued) == before
    assert issued.files() == files


@pytest.mark.slow
def test_one_withdrawal_changes_one_verdict_within_one_publication(issued: DemoOffice) -> None:
    certificate = issued.certificates()[5]
    plan = issued.plan(issued.order(certificate.number))
    issued.apply(plan)
    assert issued.outcomes() == {"valid": 24}, "before it is published nothing changes"
    with issued.worker() as worker:
        done = worker.run_pending()
    assert done.published is not None
    assert not done.held_back
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    verdict = issued.verdict(certificate)
    assert verdict.status is not None
    assert (verdict.genuine, verdict.in_force) == (True, False)
    assert (verdict.status.document, int(verdict.status.reason)) == ("示人社撤〔2026〕1号", 1)
    with issued.opened.register.read() as session:
        acts = [entry.act for entry in audit.entries(session, subject=certificate.number)]
    assert acts == ["certificate.withdraw", "certificate.plan", "certificate.issue"]


@pytest.mark.slow
def test_many_are_withdrawn_in_one_act(issued: DemoOffice) -> None:
    chosen = numbers_of(issued)[:10]
    issued.change(*chosen)
    assert issued.outcomes() == {"valid": 14, "withdrawn": 10}
    assert issued.raw("SELECT count(*) FROM statements WHERE act = 'withdraw'") == [(1,)]


@pytest.mark.slow
def test_a_suspended_certificate_is_reinstated(issued: DemoOffice) -> None:
    number = numbers_of(issued)[0]
    issued.change(number, act=SUSPEND, reason=Reason.UNDER_REVIEW)
    assert issued.outcomes() == {"valid": 23, "suspended": 1}
    issued.clock.move(hours=1)
    issued.change(number, act=REINSTATE, reason=Reason.CLEARED)
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_a_cancelled_one_is_not_a_withdrawn_one(issued: DemoOffice) -> None:
    issued.change(numbers_of(issued)[0], act=CANCEL, reason=Reason.SURRENDERED)
    assert issued.outcomes() == {"valid": 23, "cancelled": 1}


@pytest.mark.parametrize(
    ("first", "then"),
    [(None, REINSTATE), (SUSPEND, SUSPEND), (WITHDRAW, REINSTATE), (WITHDRAW, WITHDRAW), (CANCEL, SUSPEND)],
)
def test_a_certificate_goes_only_where_its_state_leads(issued: DemoOffice, first: Act | None, then: Act) -> None:
    number = numbers_of(issued)[0]
    if first is not None:
        issued.apply(issued.plan(issued.order(number, act=first)))
    with pytest.raises(ConflictError) as caught:
        issued.plan(issued.order(number, act=then))
    assert caught.value.code == "wrong_state"
    assert then.value not in caught.value.fields["possible"]


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"numbers": ()}, InputError, "numbers"),
        ({"numbers": ("99000020262000001", "99000020262000001")}, InputError, "numbers"),
        ({"numbers": ("99000020269999999",)}, NotFoundError, "no_certificate"),
        ({"act": Act.SUBMIT}, InputError, "act"),
        ({"act": Act.SUPERSEDE}, InputError, "act"),
        ({"basis": ""}, InputError, "basis"),
        ({"basis": " "}, InputError, "basis"),
        ({"basis": "字" * 201}, InputError, "basis"),
        ({"document": ""}, InputError, "document"),
        ({"document": "一\n二"}, InputError, "document"),
        ({"effective": day_of(NOW) + timedelta(days=1)}, InputError, "effective"),
        ({"effective": day_of(NOW) - timedelta(days=1)}, InputError, "effective_before_issue"),
        ({"effective": date(2026, 10, 29), "before_issue": True}, InputError, "effective_before_award"),
        ({"authority": DISTRICT}, NotAllowedError, "no_right"),
        ({"authority": "nobody"}, NotAllowedError, "no_right"),
    ],
)
def test_an_order_that_does_not_hold_is_refused(
    issued: DemoOffice, change: dict[str, object], error: type[IssuerError], code: str
) -> None:
    order = replace(issued.order(numbers_of(issued)[0]), **change)  # type: ignore[arg-type]
    with pytest.raises(error) as caught:
        issued.plan(order)
    assert caught.value.code == code


@pytest.mark.slow
def test_a_day_before_the_issue_takes_a_word_of_its_own_and_counts_on_every_day(issued: DemoOffice) -> None:
    number, issue = numbers_of(issued)[0], day_of(NOW)
    issued.clock.move(days=2)
    order = issued.order(number, effective=issue - timedelta(days=1), before_issue=True)
    issued.apply(issued.plan(order))
    issued.publish()
    text = issued.qr_text(issued.certificates()[0])
    assert verify_qr_text(text, issued.reader(), now=issued.clock(), at=issue).outcome == "withdrawn"


@pytest.mark.parametrize(("many", "code"), [(100_000, "no_certificate"), (100_001, "numbers")])
def test_an_order_is_not_larger_than_a_batch(issued: DemoOffice, many: int, code: str) -> None:
    with pytest.raises(IssuerError) as caught:
        issued.plan(issued.order(*(f"990000{place:011}" for place in range(many))))
    assert caught.value.code == code


def with_teachers(demo: DemoOffice) -> str:
    batch = demo.store(TEACHERS, DISTRICT, document="示区人社〔2026〕19号")
    demo.submit(batch, DISTRICT_CLERK)
    demo.approve(batch, DISTRICT_APPROVER)
    demo.issue(batch)
    return next(each.number for each in demo.certificates() if each.authority == DISTRICT)


@pytest.mark.postgres
@pytest.mark.slow
def test_a_district_suspends_its_own_and_withdraws_nothing(founded: DemoOffice) -> None:
    number = with_teachers(founded)
    founded.apply(
        founded.plan(founded.order(number, act=SUSPEND, authority=DISTRICT, reason=Reason.UNDER_REVIEW)),
        DISTRICT_APPROVER,
    )
    founded.publish()
    assert founded.outcomes()["suspended"] == 1
    with pytest.raises(NotAllowedError) as caught:
        founded.plan(founded.order(number, authority=DISTRICT))
    assert caught.value.code == "no_right"


@pytest.mark.slow
def test_a_province_withdraws_what_a_district_issued(founded: DemoOffice) -> None:
    number = with_teachers(founded)
    founded.change(number)
    assert founded.outcomes()["withdrawn"] == 1


def test_a_clerk_changes_no_status_and_an_operator_acts_for_no_other_authority(issued: DemoOffice) -> None:
    plan = issued.plan(issued.order(numbers_of(issued)[0]))
    for operator, code in ((CLERK, "role"), (DISTRICT_APPROVER, "other_authority")):
        before = everything(issued)
        with pytest.raises(NotAllowedError) as caught:
            issued.apply(plan, operator)
        assert caught.value.code == code
        assert everything(issued) == before


def test_a_plan_that_was_overtaken_does_nothing(issued: DemoOffice) -> None:
    first, second = numbers_of(issued)[:2]
    plan = issued.plan(issued.order(first, second, act=SUSPEND, reason=Reason.UNDER_REVIEW))
    issued.apply(issued.plan(issued.order(second)))
    before = everything(issued)
    with pytest.raises(ConflictError) as caught:
        issued.apply(plan, APPROVER)
    assert caught.value.code == "moved_on"
    assert everything(issued) == before, "not even the first one"


def test_a_certificate_that_went_and_came_back_is_not_where_the_operator_saw_it(issued: DemoOffice) -> None:
    """Valid then, valid now, and somebody looked into it meanwhile."""
    number = numbers_of(issued)[0]
    plan = issued.plan(issued.order(number, act=CANCEL, reason=Reason.SURRENDERED))
    for act in (SUSPEND, REINSTATE):
        issued.apply(issued.plan(issued.order(number, act=act, reason=Reason.OTHER)))
    before = everything(issued)
    with pytest.raises(ConflictError) as caught:
        issued.apply(plan)
    assert caught.value.code == "moved_on"
    assert everything(issued) == before


@pytest.mark.slow
def test_fraud_opens_an_integrity_record_that_bars_the_next_certificate(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    draft = next(
        each
        for each in batch_drafts(issued, "sf-hrss-0001")
        if each.name == issued.verdict_by_qr(certificate).certificate.name  # type: ignore[union-attr]
    )
    issued.change(certificate.number)
    [(term_from, term_until)] = issued.raw("SELECT term_from, term_until FROM integrity_records")
    assert (term_from, term_until) == ("2026-11-21", "2029-11-21")
    batch = issued.approved_drafts([replace(draft, note="second try")])
    report = issued.issue(batch)
    assert [refused.code for refused in report.refused] == ["barred"]
    assert len(issued.certificates()) == 24
    assert draft.name not in str(report)
    issued.raw("UPDATE integrity_records SET term_until = '2026-11-20'")
    assert [refused.code for refused in issued.issue(batch).refused] == ["barred"], "the withdrawal bars, not the row"


@pytest.mark.slow
def test_a_barred_holder_is_found_when_the_list_is_checked(issued: DemoOffice) -> None:
    numbers = numbers_of(issued)
    issued.change(*numbers)
    issued.raw("UPDATE batches SET file_digest = zeroblob(32)")
    file = batches.ListFile(name=LIST, data=(DATA / LIST).read_bytes())
    found = batches.check(issued.opened, ACTOR, file, authority=PROVINCE, take_good_rows=True)
    assert (found.good, found.rejected, found.batch) == (0, 24, None)
    assert {each.code for each in found.findings if each.severity.value == "error"} == {"barred"}


@pytest.mark.slow
def test_other_reasons_open_no_integrity_record(issued: DemoOffice) -> None:
    issued.change(numbers_of(issued)[0], reason=Reason.PROCEDURE)
    assert issued.raw("SELECT count(*) FROM integrity_records") == [(0,)]


@pytest.mark.slow
def test_withdrawing_a_successor_withdraws_its_predecessors(issued: DemoOffice) -> None:
    """Editions replace each other: the first by the second, the second by the third. The third falls, all fall."""
    first = numbers_of(issued)[0]
    second = superseded(issued, first)
    issued.publish()
    third = superseded(issued, second)
    issued.publish()
    assert issued.outcomes() == {"valid": 24, "superseded": 2}
    issued.clock.move(seconds=1)
    plan = issued.plan(issued.order(third))
    assert {line.number: line.because_of for line in plan.lines} == {third: None, second: third, first: second}
    issued.apply(plan)
    issued.publish()
    assert issued.outcomes() == {"valid": 23, "withdrawn": 3}


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    first_quick(
        [
            {"successor": "99000020262000002"},
            {"authority": DISTRICT},
            {"basis": "更正"},
            {"document": "示人社〔2026〕99号"},
            {"reason": "error"},
            {"effective": (day_of(NOW) - timedelta(days=1)).isoformat()},
            {"recorded": f"{NOW + timedelta(days=1):%Y-%m-%d %H:%M:%S}.000000"},
            {"statement": "submit"},
            {"statement": None},
            {"number": "99000020262000003"},
        ],
        3,
    ),
    ids=str,
)
def test_a_successor_is_what_two_operators_approved_as_such(issued: DemoOffice, change: dict[str, object]) -> None:
    """Who writes into the register supersedes nothing that no approved row replaces."""
    superseded(issued, numbers_of(issued)[0], **change)
    with issued.worker() as worker:
        held = worker.publish_changes().held_back
    assert "unordered_event" in [each.code for each in held]
    misplaced = "first_event_altered" in [each.code for each in held]
    assert misplaced == (set(change) <= {"successor", "number"})
    found = issued.outcomes_by_qr()
    assert found == ({"valid": 24, "not_authentic": 1} if misplaced else {"valid": 25})


@pytest.mark.slow
def test_an_operator_who_left_takes_no_act_back(issued: DemoOffice) -> None:
    """Neither what was published nor what was accepted and still waits."""
    first, second = numbers_of(issued)[:2]
    issued.change(first, act=SUSPEND, reason=Reason.UNDER_REVIEW)
    issued.clock.move(hours=1)
    issued.apply(issued.plan(issued.order(second)))
    new = operators.NewOperator(id="boss3", person="工号 9", name="接任", role="approver", authority=None)
    operators.add_here(issued.opened, ACTOR, new)
    issued.clock.move(minutes=1)
    operators.end_here(issued.opened, ACTOR, APPROVER)
    with issued.worker() as worker:
        done = worker.run_pending()
    assert list(done.held_back) == []
    issued.apply(issued.plan(issued.order(first)), "boss3")
    issued.publish()
    assert issued.verdict(issued.certificates()[0]).outcome == "withdrawn"
    assert issued.verdict(issued.certificates()[1]).outcome == "withdrawn"


def superseded(demo: DemoOffice, older: str, **changes: Any) -> str:
    """Issue a row that replaces another certificate, which brings that one's event; return the new number.

    Of the event something can be changed by hand, also whose it is (``number``) and by which act (``statement``).
    """
    with demo.opened.register.read() as session:
        row = open_row(session, demo.opened.vault, certificates.by_number(session, older).award)
    other = {"id_type": IdType.PASSPORT, "id_number": f"E{older[-8:]}"}
    replaces = Replacement(number=older, reason=ReplacementReason.CORRECTED)
    batch = demo.approved_drafts([replace(row.draft, replaces=replaces, **other)])  # type: ignore[arg-type]
    [issued] = IssuingJob(demo.opened).run(batch, between=lambda _: None).issued
    with demo.opened.register.read() as session:
        successor = certificates.by_id(session, issued).number
    if "statement" in changes:
        acts = dict(demo.raw("SELECT act, id FROM statements WHERE batch = ?", batch))
        changes["statement"] = acts.get(changes["statement"])
    if "number" in changes:
        certificate = next(each for each in demo.certificates() if each.number == changes["number"])
        demo.raw("UPDATE certificates SET state = 'valid' WHERE number = ?", older)
        demo.raw("UPDATE certificates SET state = 'superseded' WHERE id = ?", certificate.id)
        changes = {"certificate": certificate.id}
        nudge(demo, certificate.number)
    for name, value in changes.items():
        demo.raw(f"UPDATE events SET {name} = ? WHERE kind = 'superseded'", value)
    return successor
