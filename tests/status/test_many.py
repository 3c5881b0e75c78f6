"""An order over many: one statement, one transaction of few statements, public at once, and done once."""

from __future__ import annotations

import math

import pytest

from credential.history import Act, Reason
from issuer.services import orders, status
from issuer.services.status import Became, Reach, Whom
from tests.support.counted import counted
from tests.support.office import ACTOR, APPROVED, APPROVER, SECOND, DemoOffice, batch_drafts, drafts

LIST = 20_000
"""Rows of a list at most."""
AT_ALL, A_CHUNK = 60, 16
"""Statements of the transaction that does an order: for the order itself, and for each 500 certificates."""


@pytest.mark.slow
@pytest.mark.parametrize("many", [60, pytest.param(LIST, marks=pytest.mark.soak)])
def test_an_order_over_many_is_one_transaction_of_few_statements(founded: DemoOffice, many: int) -> None:
    founded.store()
    batch = founded.approved_drafts(drafts(many, batch_drafts(founded, APPROVED)[0]))
    founded.issue(batch)
    whom = Whom(reach=Reach(batch=batch))
    order = founded.order(act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)
    found = status.sorted_out(founded.opened, ACTOR, whom, order)
    assert found.counts() == {Became.TO_DO: many}
    waiting = status.act_here(founded.opened, APPROVER, found.plan).waiting
    assert waiting is not None
    with counted(founded.opened.register) as work:
        orders.approve_here(founded.opened, SECOND, waiting.number)
    assert max(each.statements for each in work.writes) <= AT_ALL + A_CHUNK * math.ceil(many / 500)
    founded.publish()
    reader = founded.reader(seconds=60)
    for certificate in founded.certificates()[:: max(1, many // 20)]:
        assert founded.verdict_by_qr(certificate, reader).outcome == "suspended"
    again = status.sorted_out(founded.opened, ACTOR, whom, order)
    assert again.counts() == {Became.BEFORE: many}
