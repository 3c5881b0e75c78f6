"""Orders: a plan that was shown is what is signed, and what is signed is what is done, or nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from credential import statements
from credential.history import Act, Reason
from credential.statements import Statement
from issuer.errors import IssuerError, NotAllowedError, NotFoundError
from issuer.services import operators, status
from issuer.statements import Draft
from keys.errors import KeyNotFoundError
from tests.issuing.test_tampering import codes_of_publishing, nudge
from tests.services.elsewhere import audited, code_of, copied, taken_away
from tests.support.office import ACTOR, APPROVER, CLERK, DISTRICT_APPROVER, PROVINCE, DemoOffice


def number(demo: DemoOffice, place: int = 0) -> str:
    return demo.certificates()[place].number


def drafted(demo: DemoOffice, *numbers: str, act: Act = Act.WITHDRAW, operator: str = APPROVER) -> Draft:
    reason = {Act.SUSPEND: Reason.UNDER_REVIEW, Act.REINSTATE: Reason.CLEARED}.get(act, Reason.FRAUD)
    return status.draft(demo.opened, operator, demo.plan(demo.order(*numbers, act=act, reason=reason)))


def signed(demo: DemoOffice, *numbers: str, act: Act = Act.WITHDRAW) -> str:
    return drafted(demo, *numbers, act=act).signed_by(demo.signer(APPROVER))


def refusal(demo: DemoOffice, token: str) -> str:
    """The code with which an order is refused; no event and no evidence comes of it."""
    before = demo.raw("SELECT count(*) FROM statements"), demo.raw("SELECT count(*) FROM events")
    with pytest.raises(IssuerError) as caught:
        status.accept(demo.opened, token)
    assert (demo.raw("SELECT count(*) FROM statements"), demo.raw("SELECT count(*) FROM events")) == before
    return code_of(caught)


def test_an_order_is_drafted_here_signed_elsewhere_and_accepted_on_another_copy(
    issued: DemoOffice, tmp_path: Path
) -> None:
    signer = taken_away(issued, APPROVER)
    laptop = copied(issued, tmp_path / "laptop")
    made = drafted(laptop, number(laptop), number(laptop, 1))
    with pytest.raises(KeyNotFoundError):
        status.act_here(laptop.opened, APPROVER, laptop.plan(laptop.order(number(laptop))))
    laptop.close()
    issued.clock.move(hours=5)
    done = status.accept(issued.opened, made.signed_by(signer))
    assert [line.number for line in done.lines] == [number(issued), number(issued, 1)]
    assert audited(issued, "certificate.withdraw") == [(APPROVER, number(issued)), (APPROVER, number(issued, 1))]
    issued.publish()
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_a_draft_changes_nothing(issued: DemoOffice) -> None:
    before = issued.home.register.read_bytes()
    drafted(issued, number(issued))
    assert issued.home.register.read_bytes() == before


def test_an_order_that_comes_twice_counts_once(issued: DemoOffice) -> None:
    token = signed(issued, number(issued), act=Act.SUSPEND)
    status.accept(issued.opened, token)
    assert refusal(issued, token) == "statement_used"
    status.accept(issued.opened, signed(issued, number(issued), act=Act.REINSTATE))
    assert refusal(issued, token) == "statement_used"


def test_an_order_is_for_the_state_that_was_seen(issued: DemoOffice) -> None:
    first, second = number(issued), number(issued, 1)
    token = signed(issued, first, second)
    status.accept(issued.opened, signed(issued, second, act=Act.SUSPEND))
    assert refusal(issued, token) == "moved_on"  # the first of the two is as it was, and stays so


def test_suspended_and_reinstated_meanwhile_is_not_the_state_that_was_seen(issued: DemoOffice) -> None:
    """The state is the same, the history is not."""
    token = signed(issued, number(issued))
    status.accept(issued.opened, signed(issued, number(issued), act=Act.SUSPEND))
    status.accept(issued.opened, signed(issued, number(issued), act=Act.REINSTATE))
    assert refusal(issued, token) == "moved_on"


def test_what_a_plan_could_not_do_any_more_is_moved_on_and_not_a_fault(issued: DemoOffice) -> None:
    token = signed(issued, number(issued), act=Act.SUSPEND)
    status.accept(issued.opened, signed(issued, number(issued)))
    assert refusal(issued, token) == "moved_on"


def test_an_order_in_words_of_the_operators_own_does_nothing(issued: DemoOffice) -> None:
    """Somebody signs without a plan: certificates are named once each, in order, with their states."""
    one, two = number(issued), number(issued, 1)
    made, signer = drafted(issued, one, two).statement, issued.signer(APPROVER)
    parts = {name: getattr(made, name) for name in made.__dataclass_fields__}
    said = dict(made.object)
    for change, code in (
        ({"object": said | {"certificates": [two, one]}}, "moved_on"),
        ({"object": said | {"certificates": [one]}}, "moved_on"),
        ({"object": said | {"certificates": [one, one, two]}}, None),
        ({"object": said | {"certificates": []}}, None),
        ({"object": said | {"certificates": [one, 2]}}, "other_act"),
        ({"object": said | {"reason": "because"}}, "other_act"),
        ({"object": {}}, "other_act"),
        ({"digests": {}}, "moved_on"),
        ({"digests": {"states": "0" * 64}}, "moved_on"),
        ({"act": Act.SUBMIT}, "other_act"),
        ({"deployment": "elsewhere"}, "other_deployment"),
        ({"operator": CLERK}, "other_operator"),
        ({"issued_at": issued.clock() - timedelta(hours=25)}, None),
        ({"issued_at": issued.clock() + timedelta(minutes=6)}, "statement_early"),
    ):
        found = refusal(issued, statements.sign(Statement(**parts | change), signer))
        assert code is None or found == code, change
    status.accept(issued.opened, statements.sign(Statement(**parts), signer))


def test_roles_and_authorities_are_asked_when_drafting_and_again_when_accepting(issued: DemoOffice) -> None:
    made = drafted(issued, number(issued)).statement
    parts = {name: getattr(made, name) for name in made.__dataclass_fields__}
    for operator, code in ((CLERK, "role"), (DISTRICT_APPROVER, "other_authority")):
        with pytest.raises(NotAllowedError) as caught:
            drafted(issued, number(issued), operator=operator)
        assert code_of(caught) == code
        said = Statement(**parts | {"operator": operator})
        assert refusal(issued, statements.sign(said, issued.signer(operator))) == code


def test_who_ended_orders_nothing(issued: DemoOffice) -> None:
    token = signed(issued, number(issued))
    issued.clock.move(minutes=1)
    operators.end_here(issued.opened, ACTOR, APPROVER)
    assert refusal(issued, token) == "operator_not_in_force"


def test_who_decides_when_nobody_is_named(issued: DemoOffice) -> None:
    assert status.deciding_authority(issued.opened, APPROVER, [number(issued)]) == PROVINCE
    assert status.deciding_authority(issued.opened, DISTRICT_APPROVER, [number(issued)]) == "sfq-hrss"
    new = operators.NewOperator(id="everywhere", name="全省", role="approver", authority=None)
    operators.add_here(issued.opened, ACTOR, new)
    assert status.deciding_authority(issued.opened, "everywhere", [number(issued)]) == PROVINCE
    for operator, numbers, code in (
        ("nobody", [number(issued)], "no_operator"),
        ("everywhere", ["1"], "no_certificate"),
    ):
        with pytest.raises(NotFoundError) as caught:
            status.deciding_authority(issued.opened, operator, numbers)
        assert code_of(caught) == code


# ``recorded``, in the hands of somebody who owns the register


def record(demo: DemoOffice, certificate: str, **span: float) -> None:
    """Move the instant at which the second event of a certificate was recorded."""
    moved = (demo.clock() + timedelta(**span)).strftime("%Y-%m-%d %H:%M:%S.%f")
    demo.raw(
        "UPDATE events SET recorded = ? WHERE ordinal = 2 AND certificate ="
        " (SELECT id FROM certificates WHERE number = ?)",
        moved,
        certificate,
    )
    nudge(demo, certificate)


@pytest.mark.parametrize(("hours", "goes_out"), [(0.5, True), (24, True), (24.01, False), (-0.1, False)])
def test_before_it_is_signed_an_act_can_be_moved_within_the_day_of_its_draft_and_no_further(
    issued: DemoOffice, hours: float, goes_out: bool
) -> None:
    """What this allows: the register's owner says when, within a day, an act was recorded, and nothing else of it."""
    chosen = number(issued)
    status.accept(issued.opened, signed(issued, chosen))
    record(issued, chosen, hours=hours)
    found = codes_of_publishing(issued)
    assert (found == []) is goes_out
    assert goes_out or found[0] == "unordered_event"
    assert issued.outcomes() == ({"valid": 23, "withdrawn": 1} if goes_out else {"valid": 24})


def test_once_signed_an_act_is_not_moved_any_more(issued: DemoOffice) -> None:
    chosen = number(issued)
    status.accept(issued.opened, signed(issued, chosen, act=Act.SUSPEND))
    issued.publish()
    before = issued.raw("SELECT content FROM signed_histories ORDER BY certificate")
    record(issued, chosen, minutes=30)
    assert codes_of_publishing(issued) == ["history_shortened"]
    assert issued.outcomes() == {"valid": 23, "suspended": 1}
    assert issued.raw("SELECT content FROM signed_histories ORDER BY certificate") == before
