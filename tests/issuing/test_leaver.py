"""Somebody who left keeps a key, and has a friend who owns the database: what they date back reaches nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credential.history import Act, Reason
from issuer import audit
from issuer.audit import ChainHead
from issuer.errors import TamperedError
from issuer.services import operators
from tests.support.audits import Entry, cut, digest_of, head_of, put_between
from tests.support.office import ACTOR, APPROVER, CLERK, SECOND, DemoOffice
from tests.support.work import codes_of_publishing


def end(demo: DemoOffice, operator: str) -> ChainHead:
    """End an operator a minute later; return the head."""
    demo.clock.move(minutes=1)
    head = operators.end_here(demo.opened, ACTOR, operator).audit
    assert head is not None
    return head


@pytest.mark.slow
def test_who_left_between_approval_and_issue_has_signed(founded: DemoOffice) -> None:
    batch = founded.approved()
    for operator in (CLERK, APPROVER):
        end(founded, operator)
    assert len(founded.issue(batch).issued) == 24


@pytest.mark.slow
def test_who_left_between_submission_and_approval_has_submitted(founded: DemoOffice) -> None:
    batch = founded.store()
    founded.submit(batch)
    end(founded, CLERK)
    founded.approve(batch)
    assert len(founded.issue(batch).issued) == 24


def kept_back(demo: DemoOffice, who: str = APPROVER) -> Entry:
    """Rows as they are forged: statements, event and state, dated into a term that is over, and no audit entry.

    Return the entry that an acceptance would have left.
    """
    number = demo.certificates()[0].number
    new = operators.NewOperator(id="boss3", person="工号 9", name="接任", role="approver", authority=None)
    operators.add_here(demo.opened, ACTOR, new)  # the published head does not say this yet: it is no help here
    before = head_of(demo.opened.register)
    demo.apply(demo.plan(demo.order(number)))
    assert head_of(demo.opened.register).length == before.length + 4, "who looked, two statements, and the act"
    cut(demo.opened.register, before.length)
    details = {audit.STATEMENT: digest_of(demo.opened.register, "second" if who == SECOND else "withdraw")}
    return Entry(actor=who, act="certificate.withdraw", subject=number, at=demo.clock(), details=details)


@pytest.mark.slow
@pytest.mark.parametrize(("signed", "who"), [(False, APPROVER), (True, APPROVER), (False, SECOND)])
@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (lambda *_: None, "operator_ended"),
        (lambda demo, entry, head: put_between(demo.opened.register, head.length + 1, entry), "operator_ended"),
        (lambda demo, entry, head: put_between(demo.opened.register, head.length, entry), "audit_altered"),
        (lambda demo, entry, head: put_between(demo.opened.register, head.length - 1, entry), "audit_altered"),
    ],
)
def test_an_act_that_is_dated_back_is_held_back(
    issued: DemoOffice, forge: Callable[[DemoOffice, Entry, ChainHead], None], code: str, who: str, *, signed: bool
) -> None:
    """Also where the register says that a history with it was signed already. Whoever of the two left."""
    entry = kept_back(issued, who)
    head = end(issued, who)
    forge(issued, entry, head)
    if signed:
        issued.raw("UPDATE signed_histories SET events = 2")
    assert codes_of_publishing(issued)[0] == code
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_a_chain_that_is_rewritten_from_before_the_published_head_stops_all(issued: DemoOffice) -> None:
    entry = kept_back(issued)
    end(issued, APPROVER)
    put_between(issued.opened.register, 3, entry)
    with pytest.raises(TamperedError) as caught:
        codes_of_publishing(issued)
    assert caught.value.code == "audit_altered"
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_the_forgery_of_these_tests_is_good_while_its_operator_acts(issued: DemoOffice) -> None:
    kept_back(issued)
    assert codes_of_publishing(issued) == []
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_an_act_that_was_accepted_counts_for_ever(issued: DemoOffice) -> None:
    """Accepted and not published before the end; published, and followed by somebody else's, after it."""
    number = issued.certificates()[0].number
    new = operators.NewOperator(id="boss3", person="工号 9", name="接任", role="approver", authority=None)
    operators.add_here(issued.opened, ACTOR, new)
    issued.apply(issued.plan(issued.order(number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)))
    end(issued, APPROVER)
    assert codes_of_publishing(issued) == []
    assert issued.outcomes() == {"valid": 23, "suspended": 1}
    issued.apply(issued.plan(issued.order(number, act=Act.REINSTATE, reason=Reason.CLEARED)), "boss3")
    assert codes_of_publishing(issued) == []
    assert issued.outcomes() == {"valid": 24}
