"""Whom an act reaches: every row has an answer, a description reads what its index gives, and once is enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from credential.history import Act, Reason
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.services import status
from issuer.services.status import Became, Plan, Reach, Sorted, Whom
from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.grid import Sheet, SheetRow
from issuer.status.numbers import numbers_in
from tests.support.clock import NOW
from tests.support.office import ACTOR, APPROVED, APPROVER, DISTRICT, PROVINCE, DemoOffice

FILING = "示评备〔2025〕012号"
DAY = date(2026, 10, 30)


def sorted_out(demo: DemoOffice, whom: Whom, act: Act = Act.SUSPEND, **changes: object) -> Sorted:
    order = replace(demo.order(act=act), **({"reason": Reason.UNDER_REVIEW} | changes))  # type: ignore[arg-type]
    return status.sorted_out(demo.opened, ACTOR, whom, order)


def numbers_of(demo: DemoOffice) -> list[str]:
    return [each.number for each in demo.certificates()]


def sheet(*rows: list[Cell], **more: object) -> Sheet:
    return Sheet("名单", True, [SheetRow(place, row) for place, row in enumerate(rows, start=1)], **more)  # type: ignore[arg-type]


def test_every_row_has_an_answer_and_one_that_is_wrong_holds_up_no_other(issued: DemoOffice) -> None:
    first, second, third, *_ = numbers_of(issued)
    issued.apply(issued.plan(issued.order(second, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)))
    issued.apply(issued.plan(issued.order(third, act=Act.WITHDRAW)))
    listed = numbers_in([sheet(["证书编号"], [first], [second], [third], [first], ["99000020269999999"], ["无"])])
    found = sorted_out(issued, Whom(listed=listed))
    assert [(each.row, each.became, each.code) for each in found.results] == [
        (2, Became.TO_DO, None),
        (3, Became.BEFORE, None),
        (4, Became.REFUSED, "wrong_state"),
        (5, Became.REFUSED, "number_twice"),
        (6, Became.UNKNOWN, "no_certificate"),
        (7, Became.UNKNOWN, "bad_number"),
    ]
    assert [line.number for line in found.plan.lines] == [first]
    assert found.faults == 4
    before = found.results[1].before
    assert before is not None
    assert before.document == "示人社撤〔2026〕1号"


def test_the_same_list_once_more_finds_that_all_was_done(issued: DemoOffice) -> None:
    whom = Whom.of_numbers(numbers_of(issued))
    found = sorted_out(issued, whom)
    issued.apply(found.plan)
    again = sorted_out(issued, whom)
    assert again.counts() == {Became.BEFORE: 24}
    assert again.plan.lines == ()
    assert issued.raw("SELECT count(*) FROM statements WHERE act = 'suspend'") == [(1,)]


def test_one_as_it_was_issued_was_not_reinstated(issued: DemoOffice) -> None:
    """It is valid, and no act of that kind made it so."""
    first, second, *_ = numbers_of(issued)
    for act, reason in ((Act.SUSPEND, Reason.UNDER_REVIEW), (Act.REINSTATE, Reason.CLEARED)):
        issued.apply(issued.plan(issued.order(first, act=act, reason=reason)))
    found = sorted_out(issued, Whom.of_numbers([first, second]), Act.REINSTATE, reason=Reason.CLEARED)
    assert [each.became for each in found.results] == [Became.BEFORE, Became.REFUSED]


DESCRIPTIONS: dict[str, tuple[Callable[[DemoOffice], Reach], int]] = {
    "batch": (lambda _: Reach(batch=APPROVED), 24),
    "filing": (lambda _: Reach(filing=FILING), 24),
    "session": (lambda _: Reach(filing=FILING, session=DAY), 24),
    "another day": (lambda _: Reach(filing=FILING, session=DAY - timedelta(days=1)), 0),
    "key": (lambda demo: Reach(key=demo.certificates()[0].credential_kid), 24),
    "key since": (lambda demo: Reach(key=demo.certificates()[0].credential_kid, since=NOW - timedelta(hours=1)), 24),
    "key, later": (lambda demo: Reach(key=demo.certificates()[0].credential_kid, since=NOW + timedelta(hours=1)), 0),
    "another key": (lambda demo: Reach(key=_status_key(demo)), 0),
    "authority": (lambda _: Reach(issued_by=PROVINCE), 24),
    "another authority": (lambda _: Reach(issued_by=DISTRICT), 0),
    "batch of another authority": (lambda _: Reach(batch=APPROVED, issued_by=DISTRICT), 0),
    "batch and session": (lambda _: Reach(batch=APPROVED, filing=FILING, session=DAY - timedelta(days=1)), 0),
}


def _status_key(demo: DemoOffice) -> bytes:
    return bytes(demo.raw("SELECT kid FROM trust_keys WHERE use = 'status'")[0][0])


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_reaches_those_whom_it_fits(issued: DemoOffice, name: str) -> None:
    reach, many = DESCRIPTIONS[name]
    if many:
        assert len(sorted_out(issued, Whom(reach=reach(issued))).plan.lines) == many
        return
    with pytest.raises(NotFoundError) as caught:
        sorted_out(issued, Whom(reach=reach(issued)))
    assert caught.value.code == "whom_nobody_found"


def test_of_a_description_those_whose_state_leads_nowhere_stay_as_they_are(issued: DemoOffice) -> None:
    first, *_ = numbers_of(issued)
    issued.apply(issued.plan(issued.order(first, act=Act.WITHDRAW)))
    found = sorted_out(issued, Whom(reach=Reach(batch=APPROVED)))
    assert found.counts() == {Became.TO_DO: 23, Became.LEFT: 1}
    assert found.faults == 0
    assert first not in {line.number for line in found.plan.lines}


def test_who_has_no_right_over_one_is_told_of_it(issued: DemoOffice) -> None:
    found = sorted_out(issued, Whom(reach=Reach(batch=APPROVED)), authority=DISTRICT)
    assert {each.code for each in found.results} == {"no_right"}
    assert found.faults == 24
    assert found.plan.lines == ()


@pytest.mark.parametrize(
    ("whom", "code"),
    [
        (Whom(), "whom_nobody"),
        (Whom(reach=Reach(session=DAY)), "session_alone"),
        (Whom(reach=Reach(issued_by=PROVINCE, since=NOW)), "since_alone"),
        (Whom(listed=Whom.of_numbers(["A"]).listed, reach=Reach(batch=APPROVED)), "whom_twice"),
    ],
)
def test_what_names_nobody_or_somebody_twice_is_refused(issued: DemoOffice, whom: Whom, code: str) -> None:
    with pytest.raises(InputError) as caught:
        sorted_out(issued, whom)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("reach", "code"),
    [
        (Reach(batch="sf-hrss-9999"), "no_batch"),
        (Reach(filing="示评备〔1999〕001号"), "no_filing"),
        (Reach(key=b"\x01" * 8), "no_key"),
        (Reach(issued_by="nobody"), "no_authority"),
    ],
)
def test_a_slip_of_the_pen_reaches_nobody_aloud(issued: DemoOffice, reach: Reach, code: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        sorted_out(issued, Whom(reach=reach))
    assert caught.value.code == code


@pytest.mark.slow
def test_what_it_costs_is_told_before(issued: DemoOffice) -> None:
    issued.publish()
    found = sorted_out(issued, Whom(reach=Reach(batch=APPROVED)))
    cost = status.cost(issued.opened, found.plan)
    assert cost is not None
    issued.apply(found.plan)
    before = issued.files()
    issued.publish()
    written = sum(len(data) for path, data in issued.files().items() if before.get(path) != data)
    assert (cost.certificates, cost.shards) == (24, 1)
    assert 0.4 * written < cost.bytes < 2.5 * written


@pytest.mark.parametrize(
    ("cell", "number", "code"),
    [
        ("99000020262000001", "99000020262000001", None),
        (" ９９０００Ａ \n", "99000A", None),
        (12345, "12345", None),
        (99000020262000001, None, "number_as_number"),
        (9.9000020262e16, None, "number_as_number"),
        (12345.5, None, "number_as_number"),
        ("编号待补", None, "bad_number"),
        (BadCell(code="cell_error", held="#N/A"), None, "cell_unclear"),
    ],
)
def test_a_cell_is_a_number_or_says_why_it_is_none(cell: Cell, number: str | None, code: str | None) -> None:
    _, found = numbers_in([sheet(["编号"], ["1234"], [cell])])
    assert (found.row, found.number, None if found.wrong is None else found.wrong.code) == (3, number, code)


def test_a_hidden_or_struck_row_names_nobody() -> None:
    rows = [
        SheetRow(1, ["序号", "证书编号"]),
        SheetRow(2, ["1", "12345"], hidden="row_hidden"),
        SheetRow(4, ["2", "12346"], struck=frozenset({1})),
        SheetRow(5, ["3", "12347"], struck=frozenset({0})),
        SheetRow(6, ["4", None]),
    ]
    found = numbers_in([Sheet("名单", True, rows)])
    assert [(each.row, each.number, each.wrong and each.wrong.code) for each in found] == [
        (2, None, "row_hidden"),
        (4, None, "row_struck"),
        (5, "12347", None),
    ]
    hidden = Sheet("名单", True, rows[:1] + rows[3:4], hidden_columns=frozenset({1}))
    assert [each.wrong and each.wrong.code for each in numbers_in([hidden])] == ["row_hidden"]


@pytest.mark.parametrize(
    ("sheets", "code"),
    [
        ([], "list_empty"),
        ([sheet(["证书编号"])], "list_empty"),
        ([sheet(["1"]), sheet(["2"])], "list_sheets"),
        ([sheet(["甲", "乙"], ["1", "2"])], "list_column"),
    ],
)
def test_a_list_that_is_not_clear_is_refused_whole(sheets: list[Sheet], code: str) -> None:
    with pytest.raises(InputError) as caught:
        numbers_in(sheets)
    assert caught.value.code == code


@pytest.mark.slow
def test_a_list_is_read_as_intake_reads_one() -> None:
    """By a bounded process, in whatever encoding an office's program writes."""
    read = status.read_list("姓名,证书编号\r\n王五,99000020262000001\r\n\r\n,99000020262000002\r\n".encode("gb18030"))
    assert [(each.row, each.number) for each in read] == [(2, "99000020262000001"), (4, "99000020262000002")]
    assert [each.number for each in status.read_list(b"A123\nA124\n")] == ["A123", "A124"]


def test_what_was_planned_before_counts_only_while_nothing_has_moved(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody acts between the plan and the transaction that does it: nothing is done twice."""
    first, second, *_ = numbers_of(issued)
    plan = issued.plan(issued.order(first, second, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW))
    usual = status.make_ready
    moving = [True]

    def meanwhile(*given: Any, **more: Any) -> Plan | None:
        ready = usual(*given, **more)
        if moving.pop():
            moving.append(False)  # once: this act is planned so too
            issued.apply(issued.plan(issued.order(second, act=Act.CANCEL, reason=Reason.SURRENDERED)))
        return ready

    monkeypatch.setattr(status, "make_ready", meanwhile)
    with pytest.raises(ConflictError) as caught:
        issued.apply(plan)
    assert caught.value.code == "moved_on"
    assert issued.raw("SELECT count(*) FROM events WHERE kind = 'suspended'") == [(0,)]


def test_what_waits_for_a_second_operator_is_not_ordered_twice(issued: DemoOffice) -> None:
    whom = Whom.of_numbers(numbers_of(issued))
    found = sorted_out(issued, whom)
    waiting = status.act_here(issued.opened, APPROVER, found.plan).waiting
    assert waiting is not None
    again = sorted_out(issued, whom)
    assert again.counts() == {Became.WAITS: 24}
    assert {each.order for each in again.results} == {waiting.number}
    assert again.plan.lines == ()
    assert sorted_out(issued, whom, Act.CANCEL, reason=Reason.SURRENDERED).counts() == {Became.TO_DO: 24}
    issued.clock.move(days=4)
    assert sorted_out(issued, whom).counts() == {Became.TO_DO: 24}, "after its time nobody answers it any more"
