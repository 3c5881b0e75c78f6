"""What takes two operators: one orders, another lets it happen, and neither alone changes anything that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from credential import statements
from credential.history import Act, Reason
from credential.statements import Statement, takes_second
from issuer import audit
from issuer.errors import IssuerError
from issuer.seconding import Waiting
from issuer.services import operators, orders, status
from tests.support.databases import everything
from tests.support.forms import first_quick
from tests.support.office import ACTOR, APPROVER, CLERK, DISTRICT_APPROVER, SECOND, DemoOffice
from tests.support.statements import WITHDRAWAL
from tests.support.work import codes_of_publishing, nudge

SUSPEND, REINSTATE, WITHDRAW, CANCEL = Act.SUSPEND, Act.REINSTATE, Act.WITHDRAW, Act.CANCEL
TWIN: Final = "twin"
"""Another key of the person who is ``APPROVER``."""


def numbers_of(demo: DemoOffice) -> list[str]:
    return [each.number for each in demo.certificates()]


def ordered(demo: DemoOffice, *numbers: str, act: Act = WITHDRAW, **changes: Any) -> Waiting:
    """An order that the first operator signed."""
    done = status.act_here(demo.opened, APPROVER, demo.plan(demo.order(*numbers, act=act, **changes)))
    assert done.waiting is not None
    return done.waiting


def states(demo: DemoOffice) -> set[str]:
    return {state for (state,) in demo.raw("SELECT DISTINCT state FROM certificates")}


def refusal(demo: DemoOffice, act: Callable[[], object]) -> str:
    """The code with which something is refused; nothing is changed by it."""
    before = everything(demo.opened.register)
    with pytest.raises(IssuerError) as caught:
        act()
    assert everything(demo.opened.register) == before
    return caught.value.code


@pytest.mark.parametrize(
    ("act", "many", "alone", "expected"),
    [
        (WITHDRAW, 1, 20, True),
        (Act.ERASE, 1, 1000, True),
        (SUSPEND, 20, 20, False),
        (SUSPEND, 21, 20, True),
        (REINSTATE, 1, 0, True),
        (CANCEL, 20, 20, False),
    ],
)
def test_which_statements_take_a_second(act: Act, many: int, alone: int, expected: bool) -> None:
    statement = replace(WITHDRAWAL, act=act, counts={"certificates": many})
    assert takes_second(statement, alone=alone) is expected


@pytest.mark.slow
@pytest.mark.postgres
def test_one_operator_withdraws_nothing_and_two_do(issued: DemoOffice) -> None:
    number = numbers_of(issued)[0]
    waiting = ordered(issued, number)
    assert states(issued) == {"valid"}
    assert codes_of_publishing(issued) == []
    assert issued.outcomes() == {"valid": 24}
    issued.clock.move(hours=30)
    done = orders.approve_here(issued.opened, SECOND, waiting.number)
    issued.publish()
    assert (done.order.standing, len(done.certificates)) == ("done", 1)
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    [(recorded,)] = issued.raw("SELECT recorded FROM events WHERE kind = 'withdrawn'")
    assert str(recorded).startswith(f"{issued.clock():%Y-%m-%d %H:%M}"), "it counts from the second statement"
    with issued.opened.register.read() as session:
        entries = audit.entries(session, subject=number) + audit.entries(session, subject=f"order-{waiting.number}")
    assert [(each.act, each.actor) for each in entries if each.statement] == [
        ("certificate.withdraw", SECOND),
        ("order.approve", SECOND),
        ("order.sign", APPROVER),
    ]


@pytest.mark.slow
def test_many_take_two_whatever_the_act_and_few_take_one(issued: DemoOffice) -> None:
    numbers = numbers_of(issued)
    few = status.act_here(issued.opened, APPROVER, issued.plan(issued.order(*numbers[:20], act=SUSPEND)))
    assert few.waiting is None
    many = ordered(issued, *numbers[:20], numbers[20], act=CANCEL, reason=Reason.ERROR)
    orders.approve_here(issued.opened, SECOND, many.number)
    assert codes_of_publishing(issued) == []
    assert issued.outcomes() == {"valid": 3, "cancelled": 21}


def twin(demo: DemoOffice) -> str:
    """Another key of the approver's person."""
    new = operators.NewOperator(id=TWIN, person=APPROVER, name="同一人", role="approver", authority=None)
    operators.add_here(demo.opened, ACTOR, new)
    return TWIN


def test_who_may_answer_an_order(issued: DemoOffice) -> None:
    number = ordered(issued, numbers_of(issued)[0]).number
    twin(issued)
    answers: list[tuple[Callable[..., object], str, str]] = [
        (orders.approve_here, APPROVER, "same_person_ordered"),
        (orders.approve_here, TWIN, "same_person_ordered"),
        (orders.refuse_here, TWIN, "same_person_ordered"),
        (orders.approve_here, CLERK, "role"),
        (orders.approve_here, DISTRICT_APPROVER, "other_authority"),
        (orders.take_back_here, SECOND, "not_yours"),
    ]
    for answer, operator, code in answers:
        assert refusal(issued, lambda a=answer, o=operator: a(issued.opened, o, number)) == code  # type: ignore[misc]
    assert refusal(issued, lambda: orders.approve_here(issued.opened, SECOND, 99)) == "no_order"
    orders.take_back_here(issued.opened, TWIN, number)  # the same person, by another key


@pytest.mark.parametrize(("answer", "standing"), [("refuse", "refused"), ("take_back", "taken_back")])
def test_what_was_refused_or_taken_back_is_over(issued: DemoOffice, answer: str, standing: str) -> None:
    number = ordered(issued, numbers_of(issued)[0]).number
    done = (
        orders.refuse_here(issued.opened, SECOND, number)
        if answer == "refuse"
        else orders.take_back_here(issued.opened, APPROVER, number)
    )
    assert (done.order.standing, done.certificates, states(issued)) == (standing, (), {"valid"})
    for again in (orders.approve_here, orders.refuse_here):
        assert refusal(issued, lambda a=again: a(issued.opened, SECOND, number)) == "order_answered"  # type: ignore[misc]
    assert orders.listed(issued.opened) == ()
    assert [each.standing for each in orders.listed(issued.opened, all_of_them=True)] == [standing]
    assert codes_of_publishing(issued) == [], "a statement that waited in vain lacks no event"


def test_an_order_ends_after_its_time(issued: DemoOffice) -> None:
    waiting = ordered(issued, numbers_of(issued)[0])
    assert waiting.until == issued.clock() + timedelta(hours=72)
    issued.clock.move(hours=71, minutes=59)
    assert [each.number for each in orders.listed(issued.opened)] == [waiting.number]
    issued.clock.move(minutes=1)
    assert refusal(issued, lambda: orders.approve_here(issued.opened, SECOND, waiting.number)) == "order_over"
    assert orders.listed(issued.opened) == ()
    assert orders.listed(issued.opened, all_of_them=True)[0].standing == "over"


def test_what_changed_meanwhile_stops_the_order(issued: DemoOffice) -> None:
    one, two = numbers_of(issued)[:2]
    number = ordered(issued, one, two).number
    issued.apply(issued.plan(issued.order(two, act=SUSPEND)))
    assert refusal(issued, lambda: orders.approve_here(issued.opened, SECOND, number)) == "moved_on"
    shown = orders.shown(issued.opened, ACTOR, number)
    assert (shown.numbers, shown.plan, shown.hindrance and shown.hindrance.code) == ((one, two), None, "moved_on")


def test_who_left_ordered_nothing_new(issued: DemoOffice) -> None:
    number = ordered(issued, numbers_of(issued)[0]).number
    issued.clock.move(minutes=1)
    operators.end_here(issued.opened, ACTOR, APPROVER)
    answer = lambda: orders.approve_here(issued.opened, SECOND, number)  # noqa: E731
    assert refusal(issued, answer) == "operator_not_in_force"


def test_a_second_statement_is_for_one_order_in_all_its_words(issued: DemoOffice) -> None:
    one, two = numbers_of(issued)[:2]
    first, other = ordered(issued, one), ordered(issued, two)
    made = orders.draft_answer(issued.opened, SECOND, first.number, Act.SECOND)
    signer = issued.signer(SECOND)
    token = made.signed_by(signer)
    assert refusal(issued, lambda: orders.approve(issued.opened, token, other.number)) == "other_order"
    said = made.statement
    for change in (
        {"object": {**said.object, "document": "别的文号"}},
        {"counts": {"certificates": 2}},
        {"digests": {**said.digests, "first": "0" * 64}},
        {"previous": "done"},
    ):
        parts = {name: getattr(said, name) for name in said.__dataclass_fields__}
        changed = statements.sign(Statement(**parts | change), signer)
        assert refusal(issued, lambda t=changed: orders.approve(issued.opened, t, first.number)) == "other_order"  # type: ignore[misc]
    assert refusal(issued, lambda: orders.end(issued.opened, token, first.number)) == "other_act"
    orders.approve(issued.opened, token, first.number)
    assert states(issued) == {"valid", "withdrawn"}


# Somebody who owns the database, and one operator's key


@pytest.mark.slow
@pytest.mark.parametrize(
    "forge",
    first_quick(
        [
            "UPDATE orders SET answer = NULL, state = 'waiting'",
            "DELETE FROM orders",
            "UPDATE orders SET answer = first",
            "UPDATE orders SET answer = (SELECT id FROM statements WHERE act = 'approve')",
        ],
        2,
    ),
)
def test_without_the_second_statement_a_withdrawal_is_held_back(issued: DemoOffice, forge: str) -> None:
    number = numbers_of(issued)[0]
    issued.apply(issued.plan(issued.order(number)))
    issued.raw(forge)
    nudge(issued, number)
    assert "unseconded" in codes_of_publishing(issued)
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_a_second_statement_of_the_same_person_proves_nothing(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One person with two keys signs both past the question that asks who it is."""
    twin(issued)
    number = ordered(issued, numbers_of(issued)[0]).number
    with monkeypatch.context() as patch:
        patch.setattr("issuer.seconding._require_person", lambda *_: None)
        orders.approve_here(issued.opened, TWIN, number)
    assert "unseconded" in codes_of_publishing(issued)
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_a_second_statement_for_another_order_proves_nothing(issued: DemoOffice) -> None:
    one, two = numbers_of(issued)[:2]
    issued.apply(issued.plan(issued.order(one)))
    issued.publish()
    other = ordered(issued, two)
    issued.raw(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason,"
        " statement) SELECT (SELECT id FROM certificates WHERE number = ?), 2, kind, effective, recorded, authority,"
        " basis, document, reason, (SELECT first FROM orders WHERE number = ?) FROM events WHERE kind = 'withdrawn'",
        two,
        other.number,
    )
    issued.raw("UPDATE certificates SET state = 'withdrawn' WHERE number = ?", two)
    [(second,)] = issued.raw("SELECT answer FROM orders WHERE state = 'done'")
    issued.raw("UPDATE orders SET answer = NULL, state = 'waiting' WHERE state = 'done'")
    issued.raw("UPDATE orders SET answer = ?, state = 'done' WHERE number = ?", second, other.number)
    nudge(issued, two)
    assert "unseconded" in codes_of_publishing(issued)
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
@pytest.mark.parametrize("published", [True, False])
def test_what_a_status_key_signed_before_the_rule_stays_and_excuses_nothing_else(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, *, published: bool
) -> None:
    """The register of before: withdrawn by one operator. It counts where it was signed, and only there."""
    one, two = numbers_of(issued)[:2]
    with monkeypatch.context() as patch:
        for module in ("issuer.status.apply", "issuer.status.ordered"):
            patch.setattr(f"{module}.takes_second", lambda *_, **__: False)
        status.act_here(issued.opened, APPROVER, issued.plan(issued.order(one)))
        if published:
            issued.publish()
    issued.clock.move(hours=1)
    if published:
        nudge(issued, one)
    issued.apply(issued.plan(issued.order(two, act=SUSPEND)))
    codes = codes_of_publishing(issued)
    assert ("unseconded" in codes) is not published
    assert issued.outcomes() == {"valid": 22, "suspended": 1, ("withdrawn" if published else "valid"): 1} or (
        not published and issued.outcomes() == {"valid": 23, "suspended": 1}
    )


@pytest.mark.slow
def test_a_withdrawal_that_two_signed_and_somebody_deleted_is_missed(issued: DemoOffice) -> None:
    number = numbers_of(issued)[0]
    issued.apply(issued.plan(issued.order(number)))
    issued.raw("DELETE FROM events WHERE kind = 'withdrawn'")
    issued.raw("UPDATE certificates SET state = 'valid'")
    issued.raw("UPDATE orders SET state = 'waiting', answer = NULL")
    from issuer.office.reading import read_operators
    from issuer.status.complete import statements_without_events

    with issued.opened.register.read() as session:
        [told] = statements_without_events(session, read_operators(session, issued.opened))
    assert "stated to withdraw 1 certificates" in told
