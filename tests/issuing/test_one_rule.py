"""Intake, issuing and the reader ask one rule, of the same grants, filings, region, scope and day.

The rule has its tables in ``tests/credential/test_authorisation.py``. Here it is the callers who are asked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credential.catalogue import Catalogue
from credential.claims import Claims
from credential.claims import Scope as ClaimedScope
from credential.filings import Filing, Filings, verify_filings
from credential.grants import Grant
from credential.outcomes import StepResult
from credential.publication import filings as filings_path
from credential.publication import trust_list
from credential.roots import verify_root
from credential.trustlist import verify_trust_list
from issuer.batches.context import intake_context
from issuer.errors import NotAllowedError
from issuer.intake import AwardDraft, check
from issuer.intake.checking import FINDING_OF
from issuer.intake.model import RawRow
from issuer.issuing.authority import Rights
from tests.intake.support import DECISION, TODAY, context
from tests.support.office import DISTRICT, PROVINCE, DemoOffice, batch_drafts, drafts
from tests.support.world import NOW, World, demo_filings, wide_grant
from tests.support.world import PROVINCE as ISSUER
from tests.verifier.test_reader import reader_of
from verifier.procedure import verify_credential

BUILTIN = Catalogue.load_builtin()
REGISTER = context(region="990000", specialties=[])
STEP_6, STEP_7 = 5, 6
# Days about which grants, filings and gaps begin and end.
AWARDED = (date(2025, 6, 1), date(2026, 3, 1), date(2026, 9, 1), date(2026, 10, 30), date(2026, 11, 20), TODAY)
BEGINS = (date(2020, 1, 1), date(2026, 3, 1), date(2026, 10, 30), TODAY)
ENDS = (None, None, None, date(2026, 10, 30), date(2026, 11, 20))


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    """More often one that covers the award than not."""
    first, last = draw(st.sampled_from(BEGINS[:2] + BEGINS)), draw(st.sampled_from(ENDS))
    return wide_grant(
        series=draw(st.sampled_from([None, None, frozenset({5}), frozenset({22})])),
        levels=draw(st.sampled_from([None, None, frozenset({2}), frozenset({3})])),
        ways=draw(st.sampled_from([None, frozenset({1, 2, 6, 9}), frozenset({9}), frozenset({2})])),
        committee_ways=draw(st.sampled_from([frozenset(), frozenset({1, 6}), frozenset({1, 2, 6})])),
        region=draw(st.sampled_from(["990000", "990000", "990100", "990101"])),
        scope_required=draw(st.sampled_from([False, False, True])),
        first=first,
        last=None if last is not None and last < first else last,
        max_gap_days=draw(st.sampled_from([0, 22, 365, 2000])),
        acts=draw(st.sampled_from([frozenset({"issue"}), frozenset({"issue", "withdraw"}), frozenset({"withdraw"})])),
    )


@st.composite
def filed(draw: st.DrawFn) -> Filing:
    return replace(
        demo_filings().filings[0],
        region=draw(st.sampled_from(["990000", "990000", "990101"])),
        scope=draw(st.sampled_from([None, None, "990100"])),
        first=draw(st.sampled_from([date(2025, 3, 1), date(2026, 10, 30)])),
        last=draw(st.sampled_from([date(2026, 10, 30), date(2028, 2, 29)])),
    )


@st.composite
def rows(draw: st.DrawFn) -> RawRow:
    way = draw(st.sampled_from([1, 1, 2, 6, 9]))
    cells: dict[str, Any] = {
        "name": "王明",
        "sex": "女",
        "id_type": "居民身份证",
        "id_number": "13990119760512380X",
        "series": "工程技术人员",
        "title": "高级工程师",
        "level": "副高",
        "way": BUILTIN.way(way).name,
        "award_date": draw(st.sampled_from(AWARDED)),
        "decision_document": DECISION,
        "basis": "旧证第1号",
        "scope": draw(st.sampled_from([None, None, "990101", "990100", "990000"])),
        "filing_number": draw(st.sampled_from([demo_filings().filings[0].number] * 3 + [None, "无此号"])),
    }
    return RawRow(sheet_row=2, cells=cells)


def claims_of(draft: AwardDraft) -> dict[str, Any]:
    """What the credential of this draft says, as the world issues it."""
    return {
        "series": draft.series,
        "title": draft.title,
        "level": draft.level,
        "way": draft.way,
        "award_date": draft.award_date,
        "basis_kind": int(draft.basis_kind),
        "basis_reference": draft.basis_reference,
        "scope": None if draft.scope is None else ClaimedScope(region=int(draft.scope.region), name=draft.scope.name),
    }


def ask_issuing(world: World, claims: Claims) -> None:
    files = world.publish()
    root = verify_root(world.pinned_root, None)
    trust = verify_trust_list(files[trust_list(world.trust.version)], root, now=NOW)
    filings = verify_filings(files[filings_path(trust.content.filings_digest.hex())], trust)
    Rights(trust, filings, claims.issuer).check_claims(claims, issued_on=TODAY)


@pytest.mark.slow
def test_what_intake_accepts_is_issued_and_what_is_issued_passes_steps_6_and_7() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=200, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(grants(), min_size=1, max_size=3), filed(), rows())
    def ask(granted: list[Grant], filing: Filing, row: RawRow) -> None:
        asked = replace(REGISTER, grants=granted, filings=[filing])
        checked = check([row], asked, TODAY)
        seen["accepted" if checked.good else "rejected"] += 1
        if not checked.good:
            return
        world = World()
        world.change_authority(ISSUER, grants=tuple(granted), region="990000")
        world.filings = Filings(committees=demo_filings().committees, filings=(filing,))
        world.change_trust()
        certificate = world.issue(issued_at=NOW, **claims_of(checked.good[0]))
        ask_issuing(world, certificate.claims)
        reader, _ = reader_of(world)
        verdict = verify_credential(certificate.credential, reader, now=NOW)
        assert verdict.steps[STEP_6 : STEP_7 + 1] == (StepResult.PASS, StepResult.PASS)

    ask()
    assert min(seen["accepted"], seen["rejected"]) > 10, seen


@pytest.mark.slow
def test_what_intake_rejects_for_the_award_issuing_refuses_for_the_same_reason() -> None:
    """Whatever basis the office might have given: a fault of step 6 is a fault for all of them."""
    of_step_6 = ("no_grant", "scope", "no_right_to_issue", "late")
    reasons = {code: {f.reason.value for f, (each, _) in FINDING_OF.items() if each == code} for code in of_step_6}
    seen: Counter[str] = Counter()

    @settings(max_examples=200, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(grants(), min_size=1, max_size=2), filed(), rows())
    def ask(granted: list[Grant], filing: Filing, row: RawRow) -> None:
        found = check([row], replace(REGISTER, grants=granted, filings=[filing]), TODAY)
        codes = [finding.code for finding in found.findings if finding.code in of_step_6]
        if not codes:
            return
        (code,) = codes
        seen[code] += 1
        # The same row under grants for everything, so that a draft of it comes about.
        everything = [wide_grant(committee_ways=frozenset()), wide_grant(ways=frozenset({9}))]
        anyway = check([row], replace(REGISTER, grants=everything), TODAY).good
        if not anyway:
            return
        world = World()
        world.change_authority(ISSUER, grants=tuple(granted), region="990000")
        world.filings = Filings(committees=demo_filings().committees, filings=(filing,))
        world.change_trust()
        certificate = world.issue(issued_at=NOW, **claims_of(anyway[0]))
        with pytest.raises(NotAllowedError) as refusal:
            ask_issuing(world, certificate.claims)
        assert refusal.value.code in reasons[code]
        reader, _ = reader_of(world)
        verdict = verify_credential(certificate.credential, reader, now=NOW)
        assert verdict.reason.value == refusal.value.code

    ask()
    assert len(seen) >= 3, seen


@pytest.mark.slow
@pytest.mark.parametrize("authority", [PROVINCE, DISTRICT])
def test_intake_asks_the_register_what_issuing_and_readers_ask_the_published_list(
    issued: DemoOffice, authority: str
) -> None:
    office = issued.opened
    with office.register.read() as session:
        asked = intake_context(
            session,
            office.vault,
            authority,
            catalogue=BUILTIN,
            missing_glyphs=lambda _name: (),
            today=TODAY,
        )
        granted, region, filings = tuple(asked.grants), asked.region, tuple(asked.filings)
    view = issued.reader().view(issued.clock())
    published = view.trust.authority(authority)
    assert (granted, region) == (published.grants, published.region)
    assert sorted(filings, key=str) == sorted(view.filings().content.filings, key=str)


@pytest.mark.slow
def test_the_day_is_the_civil_day_for_issuing_and_reader(founded: DemoOffice) -> None:
    """At 01:00 on the 22nd in Shanghai it is still the 21st in UTC: an award of the 22nd is issued on its day."""
    with_rows = founded.store()
    tomorrow = replace(drafts(1, batch_drafts(founded, with_rows)[0])[0], award_date=date(2026, 11, 22))
    batch = founded.approved_drafts([tomorrow])
    assert [each.code for each in founded.issue(batch).refused] == ["award_after_issue"]
    founded.clock.move(hours=15)
    founded.publish_trust()
    assert len(founded.issue(batch).issued) == 1
    assert founded.outcomes() == {"valid": 1}
