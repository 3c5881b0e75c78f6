"""Entries of the office end from a day on: what ends, what falls, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from credential.days import day_of
from credential.errors import CodedError
from credential.filings import Filing
from issuer.errors import IssuerError
from issuer.office import lists
from issuer.services import authorities, catalogue, committees, ends, operators, specialties
from issuer.services.ends import Ended, EntryKind
from tests.services.elsewhere import audited
from tests.support.office import ACTOR, CLERK, DISTRICT, PROVINCE, DemoOffice

BASIS = "示人社函〔2026〕44号"
COMMITTEE, FILING = "sf-engineering-senior", "示评备〔2025〕012号"


def order(kind: EntryKind, entry: str, first: date) -> Ended:
    return Ended(kind=kind, entry=entry, first=first, basis=BASIS)


def refused(demo: DemoOffice, wanted: Ended, code: str, falls: int = 0) -> CodedError:
    with pytest.raises(CodedError) as caught:
        ends.end(demo.opened, ACTOR, wanted, falls=falls)
    assert caught.value.code == code
    return caught.value


def filing(demo: DemoOffice, number: str = FILING) -> Filing:
    with demo.opened.register.read() as session:
        return next(each for each in lists.filings(session) if each.number == number)


def publish(demo: DemoOffice) -> None:
    """A snapshot that names the newest trust list."""
    with demo.worker() as worker:
        worker.publish_changes(even_without=True)


def later(demo: DemoOffice) -> date:
    return day_of(demo.clock()) + timedelta(days=30)


@pytest.mark.slow
def test_a_committee_that_loses_its_filing_later_undoes_no_earlier_award(issued: DemoOffice) -> None:
    wanted = order(EntryKind.COMMITTEE, COMMITTEE, later(issued))
    planned = ends.plan(issued.opened, wanted)
    assert (planned.falls.count, planned.batches, planned.is_past) == (0, (), False)
    ends.end(issued.opened, ACTOR, wanted)
    issued.publish_trust()
    issued.clock.move(days=60)
    publish(issued)
    assert issued.outcomes() == {"valid": 24}
    assert filing(issued).last == wanted.first - timedelta(days=1)
    assert audited(issued, "committee.end") == [(str(ACTOR), COMMITTEE)]


@pytest.mark.slow
def test_what_an_earlier_day_undoes_is_counted_typed_and_then_so(issued: DemoOffice) -> None:
    wanted = order(EntryKind.FILING, FILING, filing(issued).first + timedelta(days=1))
    planned = ends.plan(issued.opened, wanted)
    assert planned.falls.count == 24
    assert len(planned.falls.numbers) == 20
    for stated in (0, 23):
        told = refused(issued, wanted, "other_falls", stated)
        assert told.fields["count"] == 24
    assert filing(issued).last != wanted.first
    ends.end(issued.opened, ACTOR, wanted, falls=24)
    issued.publish_trust()
    publish(issued)
    assert issued.outcomes() == {"not_authorised": 24}


def test_an_open_batch_that_would_fall_is_told(approved: DemoOffice) -> None:
    today = day_of(approved.clock())
    for kind, entry in ((EntryKind.FILING, FILING), (EntryKind.COMMITTEE, COMMITTEE)):
        first = filing(approved).first + timedelta(days=1)
        [told] = ends.plan(approved.opened, order(kind, entry, first)).batches
        assert told.rows == 24
        assert ends.plan(approved.opened, order(kind, entry, today + timedelta(days=1))).batches == ()
    grants = [each for each in ends.grants(approved.opened) if each.authority == PROVINCE]
    [told] = ends.plan(approved.opened, order(EntryKind.AUTHORITY, PROVINCE, later(approved))).batches
    assert told.rows == 24  # on that day nobody may issue any more, whenever it was awarded
    assert grants


def test_an_authority_ends_with_its_grants_and_with_what_it_delegated(founded: DemoOffice) -> None:
    wanted = order(EntryKind.AUTHORITY, PROVINCE, later(founded))
    ends.end(founded.opened, ACTOR, wanted)
    last = wanted.first - timedelta(days=1)
    listed = {each.authority.id: each for each in authorities.listed(founded.opened)}
    assert listed[PROVINCE].authority.valid_until == last
    assert {grant.last for grant in listed[PROVINCE].grants} == {last}
    assert listed[DISTRICT].authority.parent == PROVINCE
    assert {grant.last for grant in listed[DISTRICT].grants} == {last}
    founded.publish_trust()  # which asks whether what was delegated lies within
    told = {grant.last for each in founded.trust().content.authorities for grant in each.grants}
    assert told == {last}
    refused(founded, wanted, "entry_ended")
    with pytest.raises(IssuerError) as caught:
        authorities.grant(founded.opened, ACTOR, PROVINCE, replace(listed[PROVINCE].grants[0], last=None))
    assert caught.value.code == "entry_ended"


def test_a_grant_ends_by_its_number(founded: DemoOffice) -> None:
    mine = [each for each in ends.grants(founded.opened) if each.authority == DISTRICT]
    first = later(founded)
    planned = ends.end(founded.opened, ACTOR, order(EntryKind.GRANT, str(mine[0].number), first))
    assert [span.entry for span in planned.spans] == [str(mine[0].number)]
    [again, *_] = [each for each in ends.grants(founded.opened) if each.number == mine[0].number]
    assert (again.grant.last, again.ended and again.ended.basis) == (first - timedelta(days=1), BASIS)
    for entry in ("0", "999", "seven"):
        refused(founded, order(EntryKind.GRANT, entry, first), "no_entry")


def test_what_is_over_or_was_never_there_is_told(founded: DemoOffice) -> None:
    there = filing(founded)
    refused(founded, order(EntryKind.FILING, "示评备〔1999〕1号", later(founded)), "no_entry")
    refused(founded, order(EntryKind.COMMITTEE, "nobody", later(founded)), "no_entry")
    refused(founded, order(EntryKind.FILING, FILING, there.last + timedelta(days=1)), "nothing_ends")
    told = refused(founded, order(EntryKind.FILING, FILING, there.first), "end_too_early")
    assert told.fields["earliest"] == there.first + timedelta(days=1)
    refused(founded, replace(order(EntryKind.FILING, FILING, later(founded)), basis=" "), "bad_text")
    ends.end(founded.opened, ACTOR, order(EntryKind.COMMITTEE, COMMITTEE, later(founded)))
    new = replace(there, number="示评备〔2027〕1号", first=there.last, last=there.last)
    with pytest.raises(IssuerError) as caught:
        committees.put_on_file(founded.opened, ACTOR, new)
    assert caught.value.code == "entry_ended"


def test_a_mistyped_specialty_is_as_if_it_had_never_been(founded: DemoOffice) -> None:
    [right, *_] = [each for each in specialties.listed(founded.opened, PROVINCE) if each.series == 5]
    wrong = replace(right, name="人工只能", name_en=None)
    specialties.add(founded.opened, ACTOR, [wrong])
    entry = ends.specialty(founded.opened, PROVINCE, 5, wrong.name, first=None)
    planned = ends.end(founded.opened, ACTOR, order(EntryKind.SPECIALTY, entry, wrong.valid_from))
    assert planned.falls.count == 0
    [ended] = [each for each in specialties.listed(founded.opened, PROVINCE) if each.name == wrong.name]
    assert not any(ended.in_force(wrong.valid_from + timedelta(days=day)) for day in (-1, 0, 1, 900))
    refused(founded, order(EntryKind.SPECIALTY, entry, wrong.valid_from), "entry_ended")
    with pytest.raises(IssuerError) as caught:
        specialties.add(founded.opened, ACTOR, [wrong])
    assert caught.value.code == "duplicate"
    again = replace(wrong, valid_from=wrong.valid_from + timedelta(days=1))
    specialties.add(founded.opened, ACTOR, [again])
    with pytest.raises(IssuerError) as caught:
        ends.specialty(founded.opened, PROVINCE, 5, wrong.name, first=None)
    assert caught.value.code == "several_entries"
    assert ends.specialty(founded.opened, PROVINCE, 5, wrong.name, first=wrong.valid_from) == entry


def test_a_batch_that_names_the_specialty_is_told(approved: DemoOffice) -> None:
    [used, *_] = approved.raw("SELECT id FROM specialties WHERE name = ?", "人工智能")
    first = date(2020, 1, 1)
    planned = ends.plan(approved.opened, order(EntryKind.SPECIALTY, str(used[0]), first))
    assert sum(each.rows for each in planned.batches) > 0


def test_a_title_is_abolished_from_today_and_for_good(approved: DemoOffice) -> None:
    today = day_of(approved.clock())
    before = catalogue.current(approved.opened)
    title = before.find_title(5, "高级工程师", 2)
    with pytest.raises(IssuerError) as caught:
        catalogue.end(approved.opened, ACTOR, title.number, first=today + timedelta(days=1), basis=BASIS)
    assert caught.value.code == "catalogue_day"
    done = catalogue.end(approved.opened, ACTOR, title.number, first=today, basis=BASIS)
    assert sum(each.rows for each in done.batches) > 0
    after = catalogue.current(approved.opened)
    assert (after.version, after.title(title.number).abolished) == (before.version + 1, True)
    assert sum(each.abolished for each in after.titles) == sum(each.abolished for each in before.titles) + 1
    with pytest.raises(IssuerError) as caught:
        catalogue.end(approved.opened, ACTOR, title.number, first=today, basis=BASIS)
    assert caught.value.code == "entry_ended"
    catalogue.end(approved.opened, ACTOR, 5, first=today, basis=BASIS)
    assert all(each.abolished for each in catalogue.current(approved.opened).titles_of(5))


def test_an_operator_ends_now_or_has_a_term_and_never_ended_before(founded: DemoOffice) -> None:
    today = day_of(founded.clock())
    with pytest.raises(IssuerError) as caught:
        operators.end_here(founded.opened, ACTOR, CLERK, first=today - timedelta(days=1))
    assert caught.value.code == "end_in_past"
    term = operators.end_here(founded.opened, ACTOR, CLERK, first=today + timedelta(days=9), basis="调离")
    assert (term.state.value, term.audit) == ("active", None)
    assert day_of(term.valid_until) == today + timedelta(days=8)  # type: ignore[arg-type]
    assert founded.signer(CLERK).key_id == term.operator.key.key_id
    with pytest.raises(IssuerError) as caught:
        operators.end_here(founded.opened, ACTOR, CLERK, first=today + timedelta(days=9))
    assert caught.value.code == "entry_ended"
    ended = operators.end_here(founded.opened, ACTOR, CLERK, first=today, basis="调离")
    assert ended.state.value == "ended"
    [details] = founded.raw("SELECT details FROM audit WHERE act = 'operator.end'")
    assert json.loads(details[0]) == {"basis": "调离"}
