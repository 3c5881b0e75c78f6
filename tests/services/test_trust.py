"""The trust list: shown, signed by the root that is at hand, noted in the audit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from credential.errors import CodedError, NotTrustedError
from credential.filings import Committee
from issuer.errors import ConflictError, NotFoundError
from issuer.office.values import Region
from issuer.services import authorities, committees, regions, trust
from tests.home.in_memory import filing, grant
from tests.services.elsewhere import audited, code_of
from tests.support.office import ACTOR, DISTRICT, DemoOffice


def test_a_draft_says_what_changes_and_changes_nothing(founded: DemoOffice) -> None:
    assert trust.draft(founded.opened).changes == ()
    before = founded.files()
    authorities.grant(founded.opened, ACTOR, DISTRICT, grant())
    told = trust.draft(founded.opened).changes
    assert {(each.step, each.what, each.which) for each in told if each.what != "trust_list"} == {
        ("new", "grant", f"{DISTRICT}: 示范 ({grant().first})")
    }
    assert founded.files() == before


def test_filings_and_committees_are_told_with_the_list(founded: DemoOffice) -> None:
    committees.add(founded.opened, ACTOR, Committee(id="another", name="示范评审委员会"), authority=DISTRICT)
    committees.put_on_file(founded.opened, ACTOR, replace(filing(), number="示评备〔2026〕9号", committee="another"))
    told = trust.draft(founded.opened).changes
    assert {(each.step, each.what, each.which) for each in told if each.what in {"committee", "filing"}} == {
        ("new", "committee", "another"),
        ("new", "filing", "示评备〔2026〕9号"),
    }
    members = {each.member: each.after for each in told if each.what == "filing"}
    assert (members["from"], members["until"]) == (filing().first.isoformat(), filing().last.isoformat())
    assert "filings.digest" in {each.member for each in told}


def test_who_published_a_list_is_written_down(founded: DemoOffice) -> None:
    authorities.grant(founded.opened, ACTOR, DISTRICT, grant())
    version = trust.publish_here(founded.opened, ACTOR, trust.draft(founded.opened))
    assert version == founded.trust().content.version == 2
    assert audited(founded, "trust_list.publish") == [(ACTOR, "1"), (ACTOR, "2")]
    # The version, and the twelve members of a grant.
    assert founded.raw("SELECT details FROM audit WHERE act = 'trust_list.publish'")[-1] == ('{"changes": 13}',)


def test_a_draft_that_was_overtaken_is_not_published(founded: DemoOffice) -> None:
    authorities.grant(founded.opened, ACTOR, DISTRICT, grant())
    first = trust.draft(founded.opened)
    founded.clock.move(seconds=1)
    second = trust.draft(founded.opened)
    trust.publish_here(founded.opened, ACTOR, second)
    before = founded.files()
    with pytest.raises(CodedError):
        trust.publish_here(founded.opened, ACTOR, first)
    assert founded.files() == before
    assert audited(founded, "trust_list.publish") == [(ACTOR, "1"), (ACTOR, "2")]


def test_the_root_signs_no_list_in_which_a_grant_is_wider_than_what_was_delegated(founded: DemoOffice) -> None:
    """Whatever wrote the register: the rule is asked again before the root signs."""
    with founded.opened.register.write() as session:
        session.execute(text("UPDATE grants SET valid_until = '2030-12-31' WHERE authority = 'sf-hrss'"))
    made = trust.draft(founded.opened)
    before = founded.files()
    with pytest.raises(NotTrustedError) as caught:
        trust.publish_here(founded.opened, ACTOR, made)
    assert code_of(caught) == "outside_delegation"
    assert founded.files() == before


def test_without_the_roots_medium_nothing_is_signed(founded: DemoOffice) -> None:
    regions.add(founded.opened, ACTOR, Region(code="990200", name="示范二市"))
    (founded.home.root / "root.key.json").rename(founded.home.directory / "drawer")
    with pytest.raises(NotFoundError) as caught:
        trust.publish_here(founded.opened, ACTOR, trust.draft(founded.opened))
    assert code_of(caught) == "no_root_here"


def test_while_somebody_publishes_the_root_waits(founded: DemoOffice) -> None:
    made = trust.draft(founded.opened)
    with founded.home.publication.lock(), pytest.raises(ConflictError) as caught:
        trust.publish_here(founded.opened, ACTOR, made)
    assert code_of(caught) == "publisher_running"
    assert audited(founded, "trust_list.publish") == [(ACTOR, "1")]
