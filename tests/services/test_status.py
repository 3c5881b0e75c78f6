"""Orders: a plan that was shown is what is signed, and what is signed is what is done, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from credential import statements
from credential.history import Act, Reason
from credential.merkle import leaf_hash
from credential.signing import Signer
from credential.statements import SeenCertificate, Statement, certificates_root
from credential.statuslist import Status
from issuer.errors import IssuerError, NotAllowedError, NotFoundError
from issuer.services import operators, orders, status
from issuer.statements import Draft
from issuer.status.plan import Plan
from keys.errors import KeyNotFoundError
from tests.services.elsewhere import audited, code_of, copied, taken_away
from tests.support.databases import everything, say
from tests.support.forms import first_quick
from tests.support.office import ACTOR, APPROVER, CLERK, DISTRICT_APPROVER, PROVINCE, SECOND, DemoOffice
from tests.support.work import codes_of_publishing, nudge


def number(demo: DemoOffice, place: int = 0) -> str:
    return demo.certificates()[place].number


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A draft with the list that it names by its root."""

    made: Draft
    seen: tuple[SeenCertificate, ...]

    def signed_by(self, signer: Signer) -> Signed:
        return self.made.signed_by(signer), self.seen


Signed = tuple[str, Sequence[SeenCertificate]]
"""A token and its list, as they come back."""


def drafted(demo: DemoOffice, *numbers: str, act: Act = Act.WITHDRAW, operator: str = APPROVER) -> Ordered:
    reason = {Act.SUSPEND: Reason.UNDER_REVIEW, Act.REINSTATE: Reason.CLEARED}.get(act, Reason.FRAUD)
    plan = demo.plan(demo.order(*numbers, act=act, reason=reason))
    return Ordered(made=status.draft(demo.opened, operator, plan), seen=plan.seen)


def signed(demo: DemoOffice, *numbers: str, act: Act = Act.WITHDRAW) -> Signed:
    return drafted(demo, *numbers, act=act).signed_by(demo.signer(APPROVER))


def accepted(demo: DemoOffice, order: Signed) -> Plan:
    """Accept an order, with a second operator where it takes one."""
    done = status.accept(demo.opened, *order)
    if done.waiting is not None:
        orders.approve_here(demo.opened, SECOND, done.waiting.number)
    return done.plan


def refusal(demo: DemoOffice, order: Signed) -> str:
    """The code with which an order is refused; no event and no evidence comes of it."""
    tables = ("statements", "stated_certificates", "events")
    before = [demo.raw(f"SELECT count(*) FROM {table}") for table in tables]
    with pytest.raises(IssuerError) as caught:
        status.accept(demo.opened, *order)
    assert [demo.raw(f"SELECT count(*) FROM {table}") for table in tables] == before
    return code_of(caught)


@pytest.mark.slow
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
    done = accepted(issued, made.signed_by(signer))
    assert [line.number for line in done.lines] == [number(issued), number(issued, 1)]
    assert audited(issued, "order.sign") == [(APPROVER, "order-1")]
    assert audited(issued, "certificate.withdraw") == [(SECOND, number(issued)), (SECOND, number(issued, 1))]
    issued.publish()
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_a_draft_changes_nothing(issued: DemoOffice) -> None:
    before = everything(issued.opened.register)
    drafted(issued, number(issued))
    more = [line for line in everything(issued.opened.register) if line not in before]
    assert [line.split()[0] for line in more] == ["audit", "audit_pending"]
    assert "'certificate.plan'" in more[0], "but who looked is noted"


def test_an_order_that_comes_twice_counts_once(issued: DemoOffice) -> None:
    order = signed(issued, number(issued), act=Act.SUSPEND)
    status.accept(issued.opened, *order)
    assert refusal(issued, order) == "statement_used"
    status.accept(issued.opened, *signed(issued, number(issued), act=Act.REINSTATE))
    assert refusal(issued, order) == "statement_used"


def test_an_order_is_for_the_state_that_was_seen(issued: DemoOffice) -> None:
    first, second = number(issued), number(issued, 1)
    order = signed(issued, first, second)
    status.accept(issued.opened, *signed(issued, second, act=Act.SUSPEND))
    assert refusal(issued, order) == "moved_on"  # the first of the two is as it was, and stays so


def test_suspended_and_reinstated_meanwhile_is_not_the_state_that_was_seen(issued: DemoOffice) -> None:
    """The state is the same, the history is not."""
    order = signed(issued, number(issued))
    status.accept(issued.opened, *signed(issued, number(issued), act=Act.SUSPEND))
    status.accept(issued.opened, *signed(issued, number(issued), act=Act.REINSTATE))
    assert refusal(issued, order) == "moved_on"


def test_what_a_plan_could_not_do_any_more_is_moved_on_and_not_a_fault(issued: DemoOffice) -> None:
    order = signed(issued, number(issued), act=Act.SUSPEND)
    accepted(issued, signed(issued, number(issued)))
    assert refusal(issued, order) == "moved_on"


@pytest.mark.slow
def test_an_order_in_words_of_the_operators_own_does_nothing(issued: DemoOffice) -> None:
    """Somebody signs without a plan: certificates are named once each, in order, as they are."""
    one, two = number(issued), number(issued, 1)
    ordered, signer = drafted(issued, one, two), issued.signer(APPROVER)
    made, seen = ordered.made.statement, ordered.seen
    parts = {name: getattr(made, name) for name in made.__dataclass_fields__}
    for change, code in (
        ({"object": dict(made.object) | {"reason": "because"}}, "bad_statement"),
        ({"object": {}}, "bad_statement"),
        ({"digests": {}}, "bad_statement"),
        ({"digests": {"certificates_root": "0" * 64}}, "other_list"),
        ({"counts": {"certificates": 3}}, "other_list"),
        ({"deployment": "elsewhere"}, "other_deployment"),
        ({"operator": CLERK}, "other_operator"),
        ({"issued_at": issued.clock() - timedelta(hours=25)}, "operator_not_in_force"),
        ({"issued_at": issued.clock() + timedelta(minutes=6)}, "statement_early"),
    ):
        assert refusal(issued, (statements.sign(Statement(**parts | change), signer), seen)) == code, change
    status.accept(issued.opened, statements.sign(Statement(**parts), signer), seen)


def over(demo: DemoOffice, made: Statement, seen: Sequence[SeenCertificate]) -> Signed:
    """A statement in the same words over another list, signed."""
    counts, digests = {"certificates": len(seen)}, {"certificates_root": certificates_root(seen)}
    return statements.sign(replace(made, counts=counts, digests=digests), demo.signer(APPROVER)), seen


@pytest.mark.slow
def test_a_list_of_the_operators_own_does_nothing(issued: DemoOffice) -> None:
    ordered = drafted(issued, number(issued), number(issued, 1))
    made, (one, two) = ordered.made.statement, ordered.seen
    for seen, code in (
        ([one, one, two], "numbers"),
        ([one, replace(two, number="99000020269999999")], "no_certificate"),
        ([one, replace(two, events=2)], "moved_on"),
        ([one, replace(two, state=Status.SUSPENDED)], "moved_on"),
    ):
        assert refusal(issued, over(issued, made, seen)) == code
    assert [line.number for line in accepted(issued, over(issued, made, [two, one])).lines] == [
        two.number,
        one.number,
    ], "the order is the operator's to choose"


@pytest.mark.slow
def test_a_list_that_changed_on_its_way_does_nothing(issued: DemoOffice) -> None:
    """Whoever carries the list and has no key: one less, one more, another, the order, a state."""
    token, (one, two) = signed(issued, number(issued), number(issued, 1))
    [third] = drafted(issued, number(issued, 2)).seen
    for seen in (
        [],
        [one],
        [two, one],
        [one, two, third],
        [one, third],
        [one, two, two],
        [one, replace(two, events=2)],
    ):
        assert refusal(issued, (token, seen)) == "other_list"
    status.accept(issued.opened, token, [one, two])


def test_a_statement_on_a_batch_orders_nothing(issued: DemoOffice) -> None:
    [(token,)] = issued.raw("SELECT evidence FROM statements WHERE act = 'approve'")
    assert refusal(issued, (token.decode(), [])) == "other_act"


@pytest.mark.postgres
def test_the_list_is_kept_beside_the_statement_and_never_altered(issued: DemoOffice) -> None:
    order = signed(issued, number(issued), number(issued, 1), number(issued, 2))
    status.accept(issued.opened, *order)
    for change in ("UPDATE stated_certificates SET events = 3", "DELETE FROM stated_certificates"):
        with pytest.raises(IntegrityError, match="appended only"), issued.opened.register.write() as session:
            say(session.connection(), change)
    kept = issued.raw(
        "SELECT number, state, events, substr(hashes, 1, 32), length(hashes) FROM stated_certificates"
        " JOIN statements ON id = statement AND act = 'withdraw' ORDER BY position"
    )
    expected = [(each.number, "valid", 1, leaf_hash(each.encode())) for each in order[1]]
    assert [each[:4] for each in kept] == expected
    assert [each[4] for each in kept] == [32, 64, 32]


@pytest.mark.slow
def test_a_process_that_dies_while_it_accepts_leaves_nothing(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the evidence and its list, in front of the events: the same order is accepted afterwards."""
    order = signed(issued, number(issued), number(issued, 1), act=Act.SUSPEND)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("issuer.status.apply.append_events", die)
        with pytest.raises(KeyboardInterrupt):
            status.accept(issued.opened, *order)
    assert issued.raw("SELECT count(*) FROM stated_certificates") == [(0,)]
    assert issued.raw("SELECT count(*) FROM statements WHERE act = 'suspend'") == [(0,)]
    status.accept(issued.opened, *order)
    issued.publish()
    assert issued.outcomes() == {"valid": 22, "suspended": 2}


def test_roles_and_authorities_are_asked_when_drafting_and_again_when_accepting(issued: DemoOffice) -> None:
    ordered = drafted(issued, number(issued))
    for operator, code in ((CLERK, "role"), (DISTRICT_APPROVER, "other_authority")):
        with pytest.raises(NotAllowedError) as caught:
            drafted(issued, number(issued), operator=operator)
        assert code_of(caught) == code
        said = replace(ordered.made.statement, operator=operator)
        assert refusal(issued, (statements.sign(said, issued.signer(operator)), ordered.seen)) == code


def test_who_ended_orders_nothing(issued: DemoOffice) -> None:
    order = signed(issued, number(issued))
    issued.clock.move(minutes=1)
    operators.end_here(issued.opened, ACTOR, APPROVER)
    assert refusal(issued, order) == "operator_not_in_force"


def test_who_decides_when_nobody_is_named(issued: DemoOffice) -> None:
    assert status.deciding_authority(issued.opened, APPROVER, [number(issued)]) == PROVINCE
    assert status.deciding_authority(issued.opened, DISTRICT_APPROVER, [number(issued)]) == "sfq-hrss"
    new = operators.NewOperator(id="everywhere", person="工号 9", name="全省", role="approver", authority=None)
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hours", "goes_out", "act"),
    first_quick(
        [
            (24, True, Act.SUSPEND),
            (24.01, False, Act.SUSPEND),
            (24.01, False, Act.WITHDRAW),
            (0.5, True, Act.WITHDRAW),
            (-0.1, False, Act.SUSPEND),
            (-0.1, False, Act.WITHDRAW),
        ],
        3,
    ),
)
def test_before_it_is_signed_an_act_can_be_moved_within_the_day_of_its_draft_and_no_further(
    issued: DemoOffice, hours: float, goes_out: bool, act: Act
) -> None:
    """What this allows: the register's owner says when, within a day, an act was recorded, and nothing else of it."""
    chosen = number(issued)
    accepted(issued, signed(issued, chosen, act=act))
    record(issued, chosen, hours=hours)
    found = codes_of_publishing(issued)
    assert (found == []) is goes_out
    assert goes_out or ("unseconded" if act is Act.WITHDRAW else "unordered_event") in found
    after = "withdrawn" if act is Act.WITHDRAW else "suspended"
    assert issued.outcomes() == ({"valid": 23, after: 1} if goes_out else {"valid": 24})


@pytest.mark.slow
def test_once_signed_an_act_is_not_moved_any_more(issued: DemoOffice) -> None:
    chosen = number(issued)
    status.accept(issued.opened, *signed(issued, chosen, act=Act.SUSPEND))
    issued.publish()
    before = issued.raw("SELECT content FROM signed_histories ORDER BY certificate")
    record(issued, chosen, minutes=30)
    assert codes_of_publishing(issued) == ["history_shortened"]
    assert issued.outcomes() == {"valid": 23, "suspended": 1}
    assert issued.raw("SELECT content FROM signed_histories ORDER BY certificate") == before
