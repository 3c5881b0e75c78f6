"""A committee that loses its right: its certificates, who signed, one suspension, and the list to the last one."""

from __future__ import annotations

from datetime import date

import pytest

from credential.history import Act, Reason
from issuer.errors import IssuerError
from issuer.services import status, tracing
from issuer.services.status import Whom
from issuer.services.tracing import Sought, Stands
from tests.support.databases import everything
from tests.support.office import ACTOR, APPROVED, APPROVER, CLERK, DemoOffice

COMMITTEE = "sf-engineering-senior"
FILING, DAY = "示评备〔2025〕012号", date(2026, 10, 30)
WHOLE = Sought(committee=COMMITTEE)


def change(demo: DemoOffice, *numbers: str, act: Act, reason: Reason, document: str) -> None:
    demo.apply(demo.plan(demo.order(*numbers, act=act, reason=reason, document=document)))


def test_every_certificate_of_its_sessions_and_who_signed_for_them(issued: DemoOffice) -> None:
    before = everything(issued.opened.register)
    found = tracing.trace(issued.opened, WHOLE)
    assert [(each.filing, each.awarded_on, each.certificates) for each in found.sessions] == [(FILING, DAY, 24)]
    assert [(each.act, each.operator, each.wrong) for each in found.acts[APPROVED]][:2] == [
        ("submit", CLERK, None),
        ("approve", APPROVER, None),
    ]
    assert [each.number for each in found.certificates] == [each.number for each in issued.certificates()]
    assert {(each.batch, each.stands, each.suspended, each.decided) for each in found.certificates} == {
        (APPROVED, Stands.UNTOUCHED, None, None)
    }
    assert everything(issued.opened.register) == before, "it only looks, and at nothing that is sealed"


def test_one_order_suspends_all_and_the_list_tells_of_each_to_the_last_one(issued: DemoOffice) -> None:
    found = tracing.trace(issued.opened, WHOLE)
    first, second, third, fourth, *others = found.untouched
    change(issued, first, act=Act.WITHDRAW, reason=Reason.FRAUD, document="撤一")
    order = issued.order(act=Act.SUSPEND, reason=Reason.UNDER_REVIEW, document="核一")
    left = tracing.trace(issued.opened, WHOLE).untouched
    issued.apply(status.sorted_out(issued.opened, ACTOR, Whom.of_numbers(left), order).plan)
    assert issued.raw("SELECT count(*) FROM statements WHERE act = 'suspend'") == [(1,)]
    change(issued, second, act=Act.REINSTATE, reason=Reason.CLEARED, document="复一")
    change(issued, third, act=Act.WITHDRAW, reason=Reason.FRAUD, document="撤二")
    change(issued, fourth, act=Act.CANCEL, reason=Reason.ERROR, document="注一")
    found = tracing.trace(issued.opened, WHOLE)
    assert found.stands == {
        Stands.WITHDRAWN: 2,
        Stands.REINSTATED: 1,
        Stands.CANCELLED: 1,
        Stands.SUSPENDED: 20,
    }
    told = {
        each.number: (each.suspended and each.suspended.document, each.decided and each.decided.document)
        for each in found.certificates
    }
    assert (told[first], told[second], told[third]) == ((None, "撤一"), ("核一", "复一"), ("核一", "撤二"))
    assert {told[each] for each in others} == {("核一", None)}
    assert found.untouched == ()


def test_where_it_stands_is_read_from_events_not_from_a_column(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.raw("UPDATE certificates SET state = 'withdrawn' WHERE number = ?", number)
    assert tracing.trace(issued.opened, WHOLE).stands == {Stands.UNTOUCHED: 24}


@pytest.mark.parametrize(
    ("sought", "certificates"),
    [
        (Sought(filing=FILING), 24),
        (Sought(filing=FILING, session=DAY), 24),
        (Sought(filing=FILING, session=date(2026, 10, 29)), 0),
        (Sought(committee=COMMITTEE, filing=FILING), 24),
        (Sought(committee=COMMITTEE, filing="示评备〔1999〕001号"), "no_filing"),
        (Sought(filing="示评备〔1999〕001号"), "no_filing"),
        (Sought(committee="nobody"), "no_committee"),
        (Sought(committee=COMMITTEE, session=DAY), "session_alone"),
        (Sought(), "whom_nobody"),
    ],
)
def test_a_committee_a_filing_or_a_session_is_traced(
    issued: DemoOffice, sought: Sought, certificates: int | str
) -> None:
    if isinstance(certificates, int):
        assert len(tracing.trace(issued.opened, sought).certificates) == certificates
        return
    with pytest.raises(IssuerError) as caught:
        tracing.trace(issued.opened, sought)
    assert caught.value.code == certificates
