"""May this award be issued: the rule behind steps 6 and 7, as tables of sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from credential.authorisation import (
    BASIS_FILING,
    Allowed,
    Award,
    Basis,
    Fault,
    Missing,
    Open,
    Refused,
    award_of,
    basis_of,
    cover_fault,
    decide_basis,
    decide_grants,
    may_be_issued,
    term_fault,
)
from credential.claims import BASIS_HISTORICAL, Scope
from credential.filings import Filing
from credential.grants import Grant
from credential.outcomes import Outcome, Reason
from tests.support.world import COMMITTEE_NUMBER, NOW, World, wide_grant

EXAM, RECOGNITION = 2, 4
AWARDED, ISSUED = date(2026, 6, 30), date(2026, 7, 15)
AWARD = Award(series=5, level=2, way=1, award_date=AWARDED, scope=None)
FILED = Basis(kind=BASIS_FILING, reference=COMMITTEE_NUMBER)
GRANT = wide_grant(
    series=frozenset({5}),
    levels=frozenset({2}),
    ways=frozenset({1, 2}),
    committee_ways=frozenset({1}),
    region="990100",
    last=date(2026, 12, 31),
)
RECORDING = wide_grant(ways=frozenset({9}), committee_ways=frozenset(), region="990100")
FILING = Filing(
    number=COMMITTEE_NUMBER,
    committee="engineering",
    authority="somebody-else",
    series=frozenset({5}),
    levels=frozenset({2}),
    region="990100",
    scope=None,
    first=date(2025, 3, 1),
    last=date(2028, 2, 29),
)
OLD = replace(AWARD, way=9, award_date=date(1998, 5, 1))
OLD_BASIS = Basis(kind=BASIS_HISTORICAL, reference="旧证第1号")


@dataclass(frozen=True)
class Office:
    """What the rule asks of an authority."""

    grants: tuple[Grant, ...]
    region: str = "990100"


def find(number: str) -> Filing | None:
    return FILING if number == FILING.number else None


def fault_of(decision: Allowed | Refused | Open) -> Fault | None:
    """None when it is allowed; an open one is neither."""
    assert not isinstance(decision, Open)
    return decision.fault if isinstance(decision, Refused) else None


@pytest.mark.parametrize(
    ("sentence", "grant", "award", "fault"),
    [
        ("exactly what it says", {}, {}, None),
        ("on its first day", {"first": AWARDED}, {}, None),
        ("on its last day", {"last": AWARDED}, {}, None),
        ("not the day before", {"first": date(2026, 7, 1)}, {}, Fault.NO_GRANT),
        ("not the day after", {"last": date(2026, 6, 29)}, {}, Fault.NO_GRANT),
        ("another series", {}, {"series": 6}, Fault.NO_GRANT),
        ("another level", {}, {"level": 1}, Fault.NO_GRANT),
        ("another way", {}, {"way": 3}, Fault.NO_GRANT),
        ("other acts than to issue", {"acts": frozenset({"suspend", "withdraw"})}, {}, Fault.NO_GRANT),
        ("all series", {"series": None}, {"series": 200}, None),
        ("all levels", {"levels": None}, {"level": 5}, None),
        ("all ways", {"ways": None}, {"way": 8}, None),
        ("a scope inside its region", {}, {"scope": "990101"}, None),
        ("a scope that is its region", {}, {"scope": "990100"}, None),
        ("a scope outside its region", {}, {"scope": "990200"}, Fault.SCOPE),
        ("a wider scope than its region", {}, {"scope": "990000"}, Fault.SCOPE),
        ("no scope where one is required", {"scope_required": True}, {}, Fault.SCOPE_MISSING),
        ("a scope where one is required", {"scope_required": True}, {"scope": "990101"}, None),
        ("a scope outside where one is required", {"scope_required": True}, {"scope": "990200"}, Fault.SCOPE),
        ("another series is told before the scope", {}, {"series": 6, "scope": "990200"}, Fault.NO_GRANT),
    ],
)
def test_a_grant_covers(sentence: str, grant: dict[str, Any], award: dict[str, Any], fault: Fault | None) -> None:
    """The day of issue is not known, so that nothing else is asked."""
    made = replace(GRANT, **grant)
    decision = decide_grants(replace(AWARD, **award), Office((made,)), issued_on=None)
    if fault is None:
        assert decision == Open(missing=Missing.ISSUED_DATE, grants=(made,)), sentence
    else:
        assert decision == Refused(fault=fault), sentence


ENDED = replace(GRANT, last=date(2026, 7, 1))
NEXT = replace(GRANT, first=date(2026, 7, 2), last=None)


@pytest.mark.parametrize(
    ("sentence", "grants", "award", "issued_on", "fault"),
    [
        ("some days later", [GRANT], {}, ISSUED, None),
        ("on the day of the award", [GRANT], {}, AWARDED, None),
        ("the day before the award", [GRANT], {}, date(2026, 6, 29), Fault.AWARD_AFTER_ISSUE),
        ("a title of long ago before its award", [RECORDING], {"way": 9}, date(2026, 6, 29), Fault.AWARD_AFTER_ISSUE),
        ("that nothing covers it is told first", [], {}, date(2026, 6, 29), Fault.NO_GRANT),
        ("after the grant's end", [ENDED], {}, ISSUED, Fault.NO_RIGHT_TO_ISSUE),
        ("on the grant's last day", [ENDED], {}, date(2026, 7, 1), None),
        ("under a grant that took over", [ENDED, NEXT], {}, ISSUED, None),
        ("one that took over by another way", [ENDED, replace(NEXT, ways=frozenset({3}))], {}, ISSUED, None),
        ("one that took over elsewhere", [ENDED, replace(NEXT, region="980000")], {}, ISSUED, None),
        (
            "one that took over another series",
            [ENDED, replace(NEXT, series=frozenset({6}))],
            {},
            ISSUED,
            Fault.NO_RIGHT_TO_ISSUE,
        ),
        (
            "one that took over to withdraw",
            [ENDED, replace(NEXT, acts=frozenset({"withdraw"}))],
            {},
            ISSUED,
            Fault.NO_RIGHT_TO_ISSUE,
        ),
        ("on the last day of the gap", [replace(GRANT, max_gap_days=15)], {}, ISSUED, None),
        ("a day after the gap", [replace(GRANT, max_gap_days=14)], {}, ISSUED, Fault.LATE),
        ("that the right ended is told before", [replace(ENDED, max_gap_days=1)], {}, ISSUED, Fault.NO_RIGHT_TO_ISSUE),
        (
            "a title of long ago, whatever the gap",
            [RECORDING],
            {"way": 9, "award_date": date(1998, 5, 1)},
            ISSUED,
            None,
        ),
        ("a title of long ago without any grant is step 7's", [], {"way": 9}, ISSUED, None),
    ],
)
def test_step_6_of_an_award_that_is_issued(
    sentence: str, grants: list[Grant], award: dict[str, Any], issued_on: date, fault: Fault | None
) -> None:
    decision = decide_grants(replace(AWARD, **award), Office(tuple(grants)), issued_on=issued_on)
    assert fault_of(decision) is fault, sentence


@pytest.mark.parametrize(
    ("sentence", "days", "changes", "fault"),
    [
        ("on the last day of the gap", 15, {"max_gap_days": 15}, None),
        ("a day after the gap", 16, {"max_gap_days": 15}, Fault.LATE),
        ("before the award", -1, {"max_gap_days": 0}, None),
        ("the right to issue is asked on the day of issue", 15, {"last": date(2030, 1, 1)}, Fault.NO_RIGHT_TO_ISSUE),
    ],
)
def test_of_one_that_replaces_another_the_gap_alone_is_counted_to_an_earlier_day(
    sentence: str, days: int, changes: dict[str, Any], fault: Fault | None
) -> None:
    grant = replace(GRANT, **({"last": None} | changes))
    years_later = ISSUED.replace(year=ISSUED.year + 6)
    counted_from = AWARD.award_date + timedelta(days=days)
    dates: dict[str, Any] = {"issued_on": years_later, "counted_from": counted_from}
    assert fault_of(decide_grants(AWARD, Office((grant,)), **dates)) is fault, sentence
    asked = may_be_issued(AWARD, FILED, Office((grant,)), find=find, **dates)
    assert fault_of(asked) is fault, sentence


def test_of_one_that_replaces_another_the_award_is_not_later_than_its_own_issue() -> None:
    decision = decide_grants(
        AWARD, Office((GRANT,)), issued_on=AWARD.award_date - timedelta(days=1), counted_from=date(2020, 1, 1)
    )
    assert fault_of(decision) is Fault.AWARD_AFTER_ISSUE


def test_every_grant_that_covers_and_is_in_time_is_given_in_its_order() -> None:
    short, long = replace(GRANT, max_gap_days=14), replace(GRANT, max_gap_days=15)
    other = replace(GRANT, series=frozenset({6}))
    for grants in ((short, long, other, GRANT), (GRANT, other, long, short)):
        covering = tuple(grant for grant in grants if grant is not other)
        assert decide_grants(AWARD, Office(grants), issued_on=None) == Open(
            missing=Missing.ISSUED_DATE, grants=covering
        )
        in_time = tuple(grant for grant in covering if grant is not short)
        assert decide_grants(AWARD, Office(grants), issued_on=ISSUED) == Allowed(grants=in_time)


def test_who_is_late_is_told_under_which_grants() -> None:
    grants = (replace(GRANT, max_gap_days=3), replace(GRANT, max_gap_days=14))
    assert decide_grants(AWARD, Office(grants), issued_on=ISSUED) == Refused(fault=Fault.LATE, grants=grants)


STRICT, MILD = GRANT, replace(GRANT, committee_ways=frozenset())


@pytest.mark.parametrize(
    ("sentence", "grants", "award", "basis", "fault"),
    [
        ("a way by committee with its filing", [STRICT], {}, FILED, None),
        ("a way by committee without", [STRICT], {}, Basis(kind=EXAM, reference=COMMITTEE_NUMBER), Fault.BASIS_KIND),
        ("where one grant demands none", [STRICT, MILD], {}, Basis(kind=RECOGNITION, reference="文"), None),
        ("wherever that stands", [MILD, STRICT], {}, Basis(kind=RECOGNITION, reference="文"), None),
        ("another way", [STRICT], {"way": 2}, Basis(kind=EXAM, reference="文"), None),
        ("a filing that nobody demands is looked up", [MILD], {}, Basis(kind=1, reference="无"), "not_on_file"),
        ("a number that nobody filed", [STRICT], {}, Basis(kind=1, reference="无"), "not_on_file"),
        ("the number with a blank", [STRICT], {}, Basis(kind=1, reference=COMMITTEE_NUMBER + " "), "not_on_file"),
        ("on the filing's first day", [STRICT], {"award_date": date(2025, 3, 1)}, FILED, None),
        ("the day before", [STRICT], {"award_date": date(2025, 2, 28)}, FILED, Fault.COMMITTEE_NOT_YET),
        ("on its last day", [STRICT], {"award_date": date(2028, 2, 29)}, FILED, None),
        ("the day after", [STRICT], {"award_date": date(2028, 3, 1)}, FILED, Fault.COMMITTEE_EXPIRED),
        ("another series than the filing's", [STRICT], {"series": 6}, FILED, Fault.COMMITTEE_SCOPE),
        ("another level than the filing's", [STRICT], {"level": 3}, FILED, Fault.COMMITTEE_SCOPE),
        ("the term is told before", [STRICT], {"level": 3, "award_date": date(2028, 3, 1)}, FILED, "expired"),
        ("a scope inside the filing's region", [STRICT], {"scope": "990101"}, FILED, None),
        ("a scope outside", [STRICT], {"scope": "990200"}, FILED, Fault.COMMITTEE_SCOPE),
        ("a scope that is wider", [STRICT], {"scope": "990000"}, FILED, Fault.COMMITTEE_SCOPE),
    ],
)
def test_step_7(
    sentence: str, grants: list[Grant], award: dict[str, Any], basis: Basis, fault: Fault | str | None
) -> None:
    wanted = Fault[f"COMMITTEE_{fault.upper()}"] if isinstance(fault, str) else fault
    asked = replace(AWARD, **award)
    decision = decide_basis(asked, basis, Office(()), tuple(grants), issued_on=ISSUED, find=find)
    assert fault_of(decision) is wanted, sentence
    if isinstance(decision, Allowed):
        assert decision.filing is (FILING if basis.kind == BASIS_FILING else None)


@pytest.mark.parametrize(
    ("sentence", "filing", "scope", "region", "covered"),
    [
        ("without scope the authority's region counts", {}, None, "990100", True),
        ("a district of the filing's region", {}, None, "990101", True),
        ("an authority elsewhere", {}, None, "990200", False),
        ("a wider authority", {}, None, "990000", False),
        ("with scope the authority's region does not count", {}, "990101", "980000", True),
        ("a filing of limited scope, a title of that scope", {"scope": "990100"}, "990101", "990100", True),
        ("and one without scope", {"scope": "990100"}, None, "990100", False),
        ("and one of a wider scope", {"scope": "990101"}, "990100", "990100", False),
    ],
)
def test_a_filing_covers(sentence: str, filing: dict[str, Any], scope: str | None, region: str, covered: bool) -> None:
    made = replace(FILING, **filing)
    found = cover_fault(made, Office((), region), series=5, level=2, scope=scope)
    assert found is (None if covered else Fault.COMMITTEE_SCOPE), sentence
    asked = decide_basis(
        replace(AWARD, scope=scope), FILED, Office((), region), (GRANT,), issued_on=ISSUED, find=lambda _: made
    )
    assert fault_of(asked) is found


def test_a_term_holds_both_its_days() -> None:
    assert term_fault(FILING, FILING.first) is term_fault(FILING, FILING.last) is None


@pytest.mark.parametrize(
    ("sentence", "grants", "scope", "fault"),
    [
        ("a grant that names way 9", [RECORDING], None, None),
        ("all ways, which way 9 is not", [wide_grant()], None, Fault.NO_RECORDING_GRANT),
        ("none at all", [], None, Fault.NO_RECORDING_GRANT),
        ("one that ended before the issue", [replace(RECORDING, last=AWARDED)], None, Fault.NO_RECORDING_GRANT),
        ("one that begins on the day of issue", [replace(RECORDING, first=ISSUED)], None, None),
        ("one of another series", [replace(RECORDING, series=frozenset({6}))], None, Fault.NO_RECORDING_GRANT),
        ("one to withdraw", [replace(RECORDING, acts=frozenset({"withdraw"}))], None, Fault.NO_RECORDING_GRANT),
        ("one with no gap at all", [replace(RECORDING, max_gap_days=0)], None, None),
        ("a scope inside its region", [RECORDING], "990101", None),
        ("a scope outside its region", [RECORDING], "990200", Fault.RECORDING_SCOPE),
        ("no scope where one is required", [replace(RECORDING, scope_required=True)], None, "missing"),
    ],
)
def test_a_title_of_long_ago(sentence: str, grants: list[Grant], scope: str | None, fault: Fault | str | None) -> None:
    wanted = Fault.RECORDING_SCOPE_MISSING if isinstance(fault, str) else fault
    office, award = Office(tuple(grants)), replace(OLD, scope=scope)
    assert fault_of(may_be_issued(award, OLD_BASIS, office, issued_on=ISSUED, find=find)) is wanted, sentence


@pytest.mark.parametrize(("way", "kind"), [(9, RECOGNITION), (9, BASIS_FILING), (1, BASIS_HISTORICAL)])
def test_way_9_and_its_basis_cannot_be_parted(way: int, kind: int) -> None:
    """No credential says so (step 4); the rule does not rest on that."""
    award, basis = replace(AWARD, way=way), Basis(kind=kind, reference=COMMITTEE_NUMBER)
    decision = may_be_issued(award, basis, Office((GRANT,)), issued_on=ISSUED, find=find)
    assert fault_of(decision) is Fault.NO_RECORDING_GRANT


def test_without_the_issued_date_what_needs_it_stays_open() -> None:
    asked = {"issued_on": None, "find": find}
    assert decide_grants(OLD, Office(()), issued_on=None) == Open(missing=Missing.ISSUED_DATE, grants=())
    assert decide_basis(OLD, OLD_BASIS, Office(()), (), **asked) == Open(missing=Missing.ISSUED_DATE, grants=())
    assert decide_basis(AWARD, FILED, Office(()), (GRANT,), **asked) == Allowed(grants=(GRANT,), filing=FILING)


def test_without_the_filings_what_needs_them_stays_open() -> None:
    asked = {"issued_on": ISSUED, "find": None}
    open_ = Open(missing=Missing.FILINGS, grants=(GRANT,))
    assert decide_basis(AWARD, FILED, Office(()), (GRANT,), **asked) == open_
    exam = Basis(kind=EXAM, reference="文")
    assert decide_basis(AWARD, exam, Office(()), (STRICT,), **asked) == Refused(fault=Fault.BASIS_KIND)
    assert decide_basis(AWARD, exam, Office(()), (MILD,), **asked) == Allowed(grants=(MILD,))


@pytest.mark.parametrize(
    ("sentence", "grants", "basis", "fault"),
    [
        ("both hold", [GRANT], FILED, None),
        ("step 6 is told before step 7", [], Basis(kind=1, reference="无"), Fault.NO_GRANT),
        ("step 7 after step 6", [GRANT], Basis(kind=1, reference="无"), Fault.COMMITTEE_NOT_ON_FILE),
        (
            "a grant that was not in time allows nothing",
            [STRICT, replace(MILD, max_gap_days=14)],
            Basis(kind=EXAM, reference="文"),
            Fault.BASIS_KIND,
        ),
        ("one in time demands none", [STRICT, replace(MILD, max_gap_days=15)], Basis(kind=EXAM, reference="文"), None),
    ],
)
def test_both_steps_together(sentence: str, grants: list[Grant], basis: Basis, fault: Fault | None) -> None:
    decision = may_be_issued(AWARD, basis, Office(tuple(grants)), issued_on=ISSUED, find=find)
    assert fault_of(decision) is fault, sentence


def test_what_is_asked_is_what_the_claims_say() -> None:
    scope = Scope(region=990101, name="示范市示范区")
    claims = World().claims(b"0123456789abcdef", NOW, series=7, level=3, way=2, award_date=AWARDED, scope=scope)
    assert award_of(claims) == Award(series=7, level=3, way=2, award_date=AWARDED, scope="990101")
    assert award_of(replace(claims, scope=None)).scope is None
    assert basis_of(claims) == Basis(kind=claims.basis_kind, reference=claims.basis_reference)


def test_every_fault_has_a_reason_of_its_own_outcome_and_every_such_reason_a_fault() -> None:
    assert {fault.reason.outcome for fault in Fault} == {Outcome.NOT_AUTHORISED}
    assert {fault.reason for fault in Fault} == {
        reason for reason in Reason if reason.outcome is Outcome.NOT_AUTHORISED
    }
    assert len(Fault.__members__) == len(list(Fault)) == len({fault.sentence for fault in Fault})
