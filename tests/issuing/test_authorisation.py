"""What a reader would refuse is not issued: nothing is signed, the row is told, no number is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from unittest import mock

import pytest
from sqlalchemy import select

from credential.signing import KeyUse
from issuer.db.models import FilingRow, GrantRow
from issuer.errors import NotAllowedError
from issuer.intake.model import AwardDraft, BasisKind
from issuer.trust import lists
from issuer.trust.entries import active_key, add_key, end_key
from tests.issuing.test_whole_path import assert_no_gaps
from tests.support.forms import each_kind_quick
from tests.support.office import APPROVED, PROVINCE, DemoOffice, drafts


def publish_whatever_it_says(demo: DemoOffice) -> None:
    """As before the root's signer looked at what was published and what was delegated: ``tests/publishing``."""
    with mock.patch.object(lists, "check_goes_on"), mock.patch.object(lists, "check_delegation"):
        demo.publish_trust()


def change_grants(demo: DemoOffice, **changes: object) -> None:
    """Change the province's grants in the register and sign a new trust list."""
    with demo.opened.register.write() as session:
        for row in session.scalars(select(GrantRow).where(GrantRow.authority == PROVINCE)):
            for name, value in changes.items():
                setattr(row, name, value)
    publish_whatever_it_says(demo)


def change_filings(demo: DemoOffice, **changes: object) -> None:
    with demo.opened.register.write() as session:
        for row in session.scalars(select(FilingRow)):
            for name, value in changes.items():
                setattr(row, name, value)
    publish_whatever_it_says(demo)


def assert_nothing(demo: DemoOffice, batch: str, codes: set[str]) -> None:
    report = demo.issue(batch)
    assert report.issued == ()
    assert {each.code for each in report.refused} == codes
    assert demo.raw("SELECT count(*) FROM certificates") == [(0,)]
    assert demo.raw("SELECT count(*) FROM number_counters WHERE scope <> 'batch'") == [(0,)]
    assert demo.raw("SELECT rows_waiting FROM batches WHERE id = ?", batch) == [(len(report.refused),)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "code"),
    each_kind_quick(
        [
            (lambda demo: change_grants(demo, series=[22]), "no_grant"),
            (lambda demo: change_grants(demo, levels=[5]), "no_grant"),
            (lambda demo: change_grants(demo, ways=[2]), "no_grant"),
            (lambda demo: change_grants(demo, acts=["suspend"]), "no_grant"),
            (lambda demo: change_grants(demo, valid_from=date(2026, 11, 1)), "no_grant"),
            (lambda demo: change_grants(demo, valid_until=date(2026, 11, 20)), "no_right_to_issue"),
            (lambda demo: change_grants(demo, max_gap_days=1), "late"),
            (lambda demo: change_grants(demo, scope_required=True), "scope"),
            (lambda demo: change_filings(demo, valid_until=date(2025, 12, 31)), "committee_expired"),
            (lambda demo: change_filings(demo, series=[22]), "committee_scope"),
            (lambda demo: change_filings(demo, region="990101"), "committee_scope"),
        ],
        lambda row: row[1],
    ),
)
def test_what_ceased_to_be_allowed_between_approval_and_issue_is_not_issued(
    approved: DemoOffice, change: Callable[[DemoOffice], None], code: str
) -> None:
    change(approved)
    assert_nothing(approved, APPROVED, {code})


@pytest.mark.slow
def test_a_filing_that_was_withdrawn_stops_the_issue(approved: DemoOffice) -> None:
    approved.raw("DELETE FROM filings")
    publish_whatever_it_says(approved)
    assert_nothing(approved, APPROVED, {"committee_not_on_file"})


@pytest.mark.slow
def test_what_the_register_allows_and_the_published_list_does_not_is_not_issued(
    founded: DemoOffice, senior_engineer: AwardDraft
) -> None:
    """The published list decides: it is what readers have."""
    batch = founded.approved_drafts(drafts(3, senior_engineer))
    change_grants(founded, series=[22])
    with founded.opened.register.write() as session:
        for row in session.scalars(select(GrantRow)):
            row.series = "*"
    assert_nothing(founded, batch, {"no_grant"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"award_date": date(2026, 11, 22)}, "award_after_issue"),
        ({"award_date": date(2010, 1, 1)}, "no_grant"),
        ({"basis_kind": BasisKind.EXAM, "basis_reference": "考试"}, "basis_kind"),
        ({"basis_reference": "没有这个备案"}, "committee_not_on_file"),
        ({"award_date": date(2022, 5, 1), "basis_reference": "示评备〔2019〕003号"}, "committee_expired"),
        ({"basis_reference": "示评备〔2024〕107号"}, "committee_scope"),
    ],
)
def test_one_row_that_may_not_be_issued_stops_no_other(
    founded: DemoOffice, senior_engineer: AwardDraft, changes: dict[str, object], code: str
) -> None:
    """It takes no number: the others follow each other without a gap."""
    good = drafts(5, senior_engineer)
    bad = replace(good[2], **changes)  # type: ignore[arg-type]
    batch = founded.approved_drafts([*good[:2], bad, *good[3:]])
    report = founded.issue(batch)
    assert [(each.sheet_row, each.code) for each in report.refused] == [(bad.sheet_row, code)]
    assert bad.name not in report.refused[0].message
    assert bad.id_number not in report.refused[0].message
    assert len(report.issued) == 4
    assert_no_gaps(founded)
    assert founded.outcomes() == {"valid": 4}
    assert founded.raw("SELECT rows_waiting, rows_issued FROM batches WHERE id = ?", batch) == [(1, 4)]


@pytest.mark.slow
@pytest.mark.parametrize("compromised", [False, True])
def test_a_key_that_is_over_in_the_published_list_signs_nothing(approved: DemoOffice, compromised: bool) -> None:
    approved.clock.move(minutes=1)
    with approved.opened.register.write() as session:
        key = active_key(session, use="credential", authority=PROVINCE).key.key_id
        since = approved.clock() + timedelta(days=30) if compromised else None
        end_key(session, key, actor="setup", now=approved.clock(), compromised_since=since)
    approved.publish_trust()
    approved.raw("UPDATE trust_keys SET state = 'active', valid_until = NULL, compromised_since = NULL")
    with pytest.raises(NotAllowedError) as caught:
        approved.issue(APPROVED)
    assert caught.value.code == "key_not_good"
    assert approved.raw("SELECT count(*) FROM certificates") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("ended", [False, True])
def test_a_key_that_is_not_published_yet_signs_nothing(approved: DemoOffice, ended: bool) -> None:
    """The published one before signs on; where that ended, nothing is signed until the root named the next."""
    approved.clock.move(minutes=1)
    key = approved.opened.custody.make(KeyUse.CREDENTIAL, label="credential sf-hrss")
    with approved.opened.register.write() as session:
        before = active_key(session, use="credential", authority=PROVINCE).key.key_id
        add_key(session, key, use="credential", authority=PROVINCE, actor="setup", now=approved.clock())
        if ended:
            end_key(session, before, actor="setup", now=approved.clock())
    if ended:
        with pytest.raises(NotAllowedError) as caught:
            approved.issue(APPROVED)
        assert caught.value.code == "key_not_good"
        assert approved.raw("SELECT count(*) FROM certificates") == [(0,)]
        approved.publish_trust()
    assert len(approved.issue(APPROVED).issued) == 24
    assert {each.credential_kid for each in approved.certificates()} == {key.key_id if ended else before}
    assert approved.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_a_trust_list_that_is_over_signs_nothing(approved: DemoOffice) -> None:
    approved.clock.move(days=366)
    with pytest.raises(NotAllowedError) as caught:
        approved.issue(APPROVED)
    assert caught.value.code == "trust_expired"
    assert approved.raw("SELECT count(*) FROM certificates") == [(0,)]
    approved.publish_trust()
    assert len(approved.issue(APPROVED).issued) == 24


@pytest.mark.slow
def test_a_reserved_row_that_became_late_stops_no_other(
    founded: DemoOffice, senior_engineer: AwardDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was reserved by a run that died; it keeps its number and is told, each time, and the rest is issued."""
    good = drafts(3, senior_engineer)
    batch = founded.approved_drafts([good[0], replace(good[1], award_date=date(2026, 1, 1)), good[2]])
    founded.reserve_and_die(batch, monkeypatch)
    change_grants(founded, max_gap_days=(date(2026, 11, 21) - good[0].award_date).days)
    report = founded.issue(batch)
    assert [each.code for each in report.refused] == ["late"]
    assert len(report.issued) == 2
    assert founded.outcomes() == {"valid": 2}
    assert founded.raw("SELECT rows_reserved, rows_issued FROM batches WHERE id = ?", batch) == [(1, 2)]


@pytest.mark.slow
def test_a_seal_that_is_over_stops_the_issue_before_anything_is_reserved(approved: DemoOffice) -> None:
    approved.clock.move(days=3 * 365 + 2)
    approved.publish_trust()
    with pytest.raises(NotAllowedError) as caught:
        approved.issue(APPROVED)
    assert caught.value.code == "seal_over"
    assert approved.raw("SELECT count(*) FROM certificates") == [(0,)]
