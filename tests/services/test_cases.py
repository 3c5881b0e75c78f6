"""Cases: taken in, linked, decided, appealed, by statement; what is due, what is sealed, what nobody signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from credential.history import Act, Reason
from issuer.errors import ConflictError, InputError, NotAllowedError
from issuer.services import cases
from issuer.services.cases import Planned
from tests.support.office import ACTOR, APPROVER, CLERK, PROVINCE, DemoOffice

TEXT = "业绩材料是别人的"


def opened(demo: DemoOffice, *numbers: str, operator: str = CLERK, **said: str) -> str:
    planned = cases.plan_open(
        demo.opened,
        authority=PROVINCE,
        kind="complaint",
        document="示人社访〔2026〕1号",
        text=TEXT,
        numbers=numbers,
        **said,
    )
    return cases.act_here(demo.opened, operator, planned)


def act(demo: DemoOffice, kind: Act, case: str, operator: str = APPROVER, **said: object) -> None:
    planned = cases.plan(demo.opened, kind, case, document="示人社核〔2026〕8号", **said)  # type: ignore[arg-type]
    cases.act_here(demo.opened, operator, planned)


@pytest.mark.slow
def test_a_case_goes_from_complaint_to_decision_and_appeal_with_its_terms(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    case = opened(issued, name="示范丙", contact="13900000001")
    dues = [cases.listed(issued.opened)[0].due]
    act(issued, Act.CASE_LINK, case, CLERK, numbers=[number])
    dues.append(cases.listed(issued.opened)[0].due)
    issued.change(number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW, document="示人社停〔2026〕1号")
    act(issued, Act.CASE_DECIDE, case, said="founded", text="查实")
    dues.append(cases.listed(issued.opened)[0].due)
    act(issued, Act.CASE_APPEAL, case, said="review", text="本人不服")
    dues.append(cases.listed(issued.opened)[0].due)
    assert dues == [date(2026, 12, 6), date(2027, 1, 20), None, date(2027, 1, 20)]
    act(issued, Act.CASE_DECIDE, case, said="partly", text="复核后部分属实")
    found = cases.shown(issued.opened, ACTOR, case)
    assert (found.name, found.contact) == ("示范丙", "13900000001")
    assert [(each.act, each.said, each.text) for each in found.steps] == [
        ("case_open", "complaint", TEXT),
        ("case_link", "", ""),
        ("case_decide", "founded", "查实"),
        ("case_appeal", "review", "本人不服"),
        ("case_decide", "partly", "复核后部分属实"),
    ]
    assert all(each.is_proven for each in found.steps)
    [about] = found.certificates
    assert (about.number, about.state) == (number, "suspended")
    assert about.events == (("suspended", date(2026, 11, 21), "示人社停〔2026〕1号"),)
    assert (found.case.state, found.case.outcome) == ("decided", "partly")


@pytest.mark.slow
def test_what_is_overdue_is_listed_first_and_alone(issued: DemoOffice) -> None:
    first = opened(issued)
    issued.clock.move(days=10)
    second = opened(issued)
    assert cases.listed(issued.opened, overdue=True) == ()
    issued.clock.move(days=6)
    assert [each.id for each in cases.listed(issued.opened)] == [first, second]
    assert [each.id for each in cases.listed(issued.opened, overdue=True)] == [first]
    assert cases.listed(issued.opened, number=issued.certificates()[0].number) == ()


@pytest.mark.slow
def test_the_home_s_terms_count_from_the_day_of_the_act(issued: DemoOffice) -> None:
    before = opened(issued)
    (issued.home.directory / "practice.toml").write_text("[cases]\nlink_days = 3\n", encoding="utf-8")
    after = opened(issued)
    assert {each.id: each.due for each in cases.listed(issued.opened)} == {
        before: date(2026, 12, 6),
        after: date(2026, 11, 24),
    }


@pytest.mark.slow
def test_who_complains_is_sealed_and_may_be_nobody(issued: DemoOffice) -> None:
    case = opened(issued, name="示范丙", contact="13900000001")
    anonymous = opened(issued)
    assert cases.shown(issued.opened, ACTOR, anonymous).name == ""
    for table in ("cases", "case_steps", "statements", "audit"):
        for row in issued.raw(f"SELECT * FROM {table}"):
            for private in ("示范丙", "13900000001", TEXT):
                assert private not in str(row)
                assert not any(private.encode() in each for each in row if isinstance(each, bytes))
    cases.shown(issued.opened, ACTOR, case)
    entries = issued.raw("SELECT act, object FROM audit WHERE act LIKE 'case.%' ORDER BY id")
    assert entries == [
        ("case.open", case),
        ("case.open", anonymous),
        ("case.open_file", anonymous),
        ("case.open_file", case),
    ]
    issued.raw("UPDATE cases SET wrapped_key = NULL WHERE id = ?", case)
    with pytest.raises(NotAllowedError) as caught:
        cases.shown(issued.opened, ACTOR, case)
    assert caught.value.code == "erased"


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE case_steps SET said = 'unfounded' WHERE place = 1",
        "UPDATE case_steps SET document = 'another' WHERE place = 1",
        "UPDATE case_steps SET statement = (SELECT id FROM statements WHERE act = 'case_open') WHERE place = 1",
        "INSERT INTO case_certificates SELECT c.id, n.number, 1 FROM cases c, certificates n LIMIT 1",
    ],
)
def test_what_nobody_signed_so_is_said_to_be_unsigned(issued: DemoOffice, change: str) -> None:
    case = opened(issued)
    act(issued, Act.CASE_DECIDE, case, said="founded", text="查实")
    issued.raw(change)
    found = cases.shown(issued.opened, ACTOR, case)
    assert [each.is_proven for each in found.steps] == [True, False]


@pytest.mark.slow
def test_what_does_not_follow_is_refused(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    case = opened(issued, number)
    with pytest.raises(ConflictError) as linked:
        act(issued, Act.CASE_LINK, case, numbers=[number])
    assert linked.value.code == "case_linked"
    with pytest.raises(ConflictError) as early:
        act(issued, Act.CASE_APPEAL, case, said="court")
    assert early.value.code == "case_state"
    with pytest.raises(InputError) as word:
        act(issued, Act.CASE_DECIDE, case, said="guilty", text="x")
    assert word.value.code == "case_word"
    with pytest.raises(NotAllowedError) as role:
        act(issued, Act.CASE_DECIDE, case, CLERK, said="founded", text="x")
    assert role.value.code == "role"
    with pytest.raises(NotAllowedError) as other:
        act(issued, Act.CASE_DECIDE, case, "boss2", said="founded", text="x")
    assert other.value.code == "other_authority"


def another_outcome(planned: Planned) -> Planned:
    return replace(planned, said="unfounded")


def another_text(planned: Planned) -> Planned:
    return replace(planned, text=planned.text.replace("查实".encode(), "不实".encode()))


@pytest.mark.slow
@pytest.mark.parametrize("change", [another_outcome, another_text])
def test_a_statement_about_something_else_does_nothing(issued: DemoOffice, change: object) -> None:
    case = opened(issued)
    planned = cases.plan(issued.opened, Act.CASE_DECIDE, case, document="d", said="founded", text="查实")
    token = cases.draft(issued.opened, APPROVER, planned).signed_by(issued.signer(APPROVER))
    with pytest.raises(InputError) as caught:
        cases.accept(issued.opened, token, change(planned))  # type: ignore[operator]
    assert caught.value.code == "other_list"
    cases.accept(issued.opened, token, planned)
    again = replace(planned, said="partly")
    late = cases.draft(issued.opened, APPROVER, again).signed_by(issued.signer(APPROVER))
    with pytest.raises(ConflictError) as moved:
        cases.accept(issued.opened, late, again)
    assert moved.value.code == "case_state"
