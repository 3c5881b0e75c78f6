"""Steps 6 and 7: what the authority might grant, when, and on what basis (FORMAT 9 and 12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from credential.claims import Scope
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import COMMITTEE_NUMBER, DISTRICT, EXPIRED_NUMBER, PROVINCE, TEACHERS_NUMBER, wide_grant
from tests.vectors.model import Book, Scene

VALID: Final = "valid/in_force"
HERE: Final = Scope(region=990101, name="示范市示范区")
CITY_NUMBER: Final = "示市评备〔2025〕001号"
ALL_NUMBER: Final = "示评备〔2024〕001号"


def world_with_narrow_grants() -> World:
    """The province has one grant a series, so that each shows one limit; the district has its own."""
    world = World()
    grants = (
        wide_grant(series=frozenset({5}), ways=frozenset({1, 2, 3}), levels=frozenset({1, 2, 3}), max_gap_days=90),
        wide_grant(series=frozenset({6}), first=date(2026, 6, 1), last=date(2026, 7, 10)),
        wide_grant(series=frozenset({7}), acts=frozenset({"withdraw"})),
        wide_grant(series=frozenset({8}), first=date(2026, 6, 30)),
        wide_grant(series=frozenset({22}), scope_required=True, region="990100"),
        wide_grant(series=frozenset({23}), committee_ways=frozenset()),
        wide_grant(series=frozenset({5}), ways=frozenset({9}), first=date(2021, 1, 1), last=date(2026, 7, 31)),
        wide_grant(series=frozenset({24}), max_gap_days=10),
        wide_grant(series=frozenset({24}), max_gap_days=20),
    )
    world.change_authority(PROVINCE, grants=grants)
    usual = world.filings.filings[0]
    teachers = replace(
        usual, number=ALL_NUMBER, series=None, levels=None, first=date(2015, 1, 1), last=date(2030, 12, 31)
    )
    city = replace(teachers, number=CITY_NUMBER, authority=DISTRICT, region="990100", scope="990100")
    world.filings = replace(world.filings, filings=(*world.filings.filings, teachers, city))
    return world


def cases(book: Book) -> None:
    """One publication for all."""
    scene = book.scene(world_with_narrow_grants())
    _grants(scene)
    _times(scene)
    _scopes(scene)
    _committees(scene)
    _historical(scene)
    _beside_the_unknown(scene)
    for certificate in scene.world.certificates:
        # They are asked about by QR text; records that nobody opens would only make the shard longer.
        certificate.coded = False


def _ask(scene: Scene, name: str, expect: str, why: str, certificate: Certificate) -> None:
    scene.case(name, expect, why, "12", certificate)


def _grants(scene: Scene) -> None:
    world, none = scene.world, "not_authorised/no_grant"
    _ask(scene, "grant_covers_everything", VALID, "Series, level, way and day are covered.", world.issue())
    _ask(scene, "wrong_series_fail", none, "No grant names series 4.", world.issue(series=4))
    _ask(scene, "wrong_level_fail", none, "The grant names levels 1 to 3.", world.issue(level=4))
    _ask(
        scene,
        "wrong_way_fail",
        none,
        "The grant names ways 1 to 3.",
        world.issue(way=4, basis_kind=2, basis_reference="考试1号"),
    )
    only = world.issue(series=7, basis_reference=ALL_NUMBER)
    _ask(scene, "grant_to_withdraw_only_fail", none, "A grant names its acts.", only)
    district = world.issue(signer=world.district_key, issuer=DISTRICT, scope=HERE, basis_reference=TEACHERS_NUMBER)
    _ask(scene, "grant_of_another_authority_fail", none, "The province may, the district may not.", district)


def _times(scene: Scene) -> None:
    world = scene.world

    def awarded(series: int, day: date, *, number: str = ALL_NUMBER) -> Certificate:
        return world.issue(series=series, award_date=day, basis_reference=number)

    _ask(
        scene,
        "award_before_the_grant_fail",
        "not_authorised/no_grant",
        "The grant begins on 2026-06-30.",
        awarded(8, date(2026, 6, 29)),
    )
    _ask(scene, "award_on_the_first_day", VALID, "Spans of days include both ends.", awarded(8, date(2026, 6, 30)))
    over = "The grant ended on 2026-07-10, before the award."
    _ask(scene, "award_after_the_grant_fail", "not_authorised/no_grant", over, awarded(6, date(2026, 7, 11)))
    ended = "Granted on the award date; on the issued date the right was over."
    _ask(scene, "right_to_issue_ended_fail", "not_authorised/no_right_to_issue", ended, awarded(6, date(2026, 7, 10)))
    on_the_day = world.issue(
        series=6,
        award_date=date(2026, 7, 1),
        basis_reference=ALL_NUMBER,
        issued_at=datetime(2026, 7, 10, 15, 59, 59, tzinfo=UTC),
    )
    _ask(scene, "issued_on_the_last_day", VALID, "The last second of the day in Shanghai is 15:59:59 UTC.", on_the_day)
    a_second_late = world.issue(
        series=6,
        award_date=date(2026, 7, 1),
        basis_reference=ALL_NUMBER,
        issued_at=datetime(2026, 7, 10, 16, tzinfo=UTC),
    )
    _ask(
        scene,
        "issued_a_second_too_late_fail",
        "not_authorised/no_right_to_issue",
        "16:00 UTC is the next day in Shanghai.",
        a_second_late,
    )
    _ask(
        scene,
        "late_issue_fail",
        "not_authorised/late",
        "91 days after the award, 90 are allowed.",
        awarded(5, date(2026, 4, 15), number=COMMITTEE_NUMBER),
    )
    _ask(
        scene,
        "issued_just_in_time",
        VALID,
        "90 days after the award.",
        awarded(5, date(2026, 4, 16), number=COMMITTEE_NUMBER),
    )
    _ask(
        scene,
        "gap_of_the_wider_grant",
        VALID,
        "15 days: the second grant for the series allows them.",
        awarded(24, date(2026, 6, 30)),
    )
    _ask(
        scene,
        "gap_beyond_both_grants_fail",
        "not_authorised/late",
        "21 days: neither grant allows them.",
        awarded(24, date(2026, 6, 24)),
    )
    future = world.issue(award_date=date(2026, 7, 16))
    _ask(
        scene,
        "award_after_issue_fail",
        "not_authorised/award_after_issue",
        "Issued the day before it was awarded.",
        future,
    )
    _ask(scene, "award_on_the_issued_day", VALID, "Both on one day.", world.issue(award_date=date(2026, 7, 15)))


def _scopes(scene: Scene) -> None:
    world = scene.world

    def scoped(region: int | None, *, number: str = ALL_NUMBER) -> Certificate:
        scope = None if region is None else Scope(region=region, name="某地")
        return world.issue(series=22, title=22002, scope=scope, basis_reference=number)

    _ask(scene, "scope_inside_the_region", VALID, "990101 lies in 990100.", scoped(990101))
    _ask(scene, "scope_is_the_region", VALID, "A region covers itself.", scoped(990100))
    refused = "not_authorised/scope"
    _ask(scene, "scope_outside_the_region_fail", refused, "990200 is another city.", scoped(990200))
    _ask(scene, "scope_above_the_region_fail", refused, "A city's grant does not cover its province.", scoped(990000))
    _ask(scene, "scope_missing_fail", refused, "The grant requires a scope.", scoped(None))
    _ask(scene, "scope_in_another_province_fail", refused, "980101 begins with another province.", scoped(980101))
    targeted = world.issue(
        signer=world.district_key,
        issuer=DISTRICT,
        series=22,
        title=22002,
        way=6,
        basis_reference=TEACHERS_NUMBER,
        scope=HERE,
    )
    _ask(scene, "targeted_title_of_a_district", VALID, "A district's own grant, for its own district.", targeted)


def _committees(scene: Scene) -> None:
    world = scene.world
    unknown = world.issue(basis_reference="示评备〔2025〕999号")
    _ask(
        scene,
        "committee_not_on_file_fail",
        "not_authorised/committee_not_on_file",
        "No filing has this number.",
        unknown,
    )
    spelled = world.issue(basis_reference="示评备[2025]012号")
    _ask(
        scene,
        "committee_spelled_otherwise_fail",
        "not_authorised/committee_not_on_file",
        "Other brackets are another number.",
        spelled,
    )
    expired = "not_authorised/committee_expired"
    old = world.issue(basis_reference=EXPIRED_NUMBER)
    _ask(scene, "committee_expired_fail", expired, "On file until 2022, asked about 2026.", old)
    early = world.issue(
        series=23, award_date=date(2026, 2, 28), basis_reference=ALL_NUMBER, issued_at=datetime(2026, 3, 2, tzinfo=UTC)
    )
    _ask(scene, "committee_on_file_then", VALID, "What counts is the award date.", early)
    scope = "not_authorised/committee_scope"
    _ask(scene, "committee_for_another_level_fail", scope, "The filing names levels 1 and 2.", world.issue(level=3))
    series = world.issue(series=22, title=22002, scope=HERE)
    _ask(scene, "committee_for_another_series_fail", scope, "The filing names series 5.", series)
    region = world.issue(
        series=22, title=22002, scope=Scope(region=990102, name="另一区"), basis_reference=TEACHERS_NUMBER
    )
    _ask(scene, "committee_of_another_region_fail", scope, "The committee reviews 990101.", region)
    limited = world.issue(basis_reference=CITY_NUMBER)
    _ask(
        scene,
        "committee_of_limited_scope_fail",
        scope,
        "A title without scope from a committee whose titles have one.",
        limited,
    )
    city = world.issue(series=22, title=22002, scope=HERE, basis_reference=CITY_NUMBER)
    _ask(
        scene,
        "committee_filed_by_another_authority",
        VALID,
        "Whoever filed it: the district's filing, the province's certificate.",
        city,
    )
    no_committee = world.issue(basis_kind=2, basis_reference="考试1号")
    _ask(
        scene,
        "review_without_committee_fail",
        "not_authorised/basis_kind",
        "A way by committee needs a filing.",
        no_committee,
    )
    exempt = world.issue(series=23, basis_kind=2, basis_reference="考试1号")
    _ask(scene, "review_without_committee_allowed", VALID, "This grant names no committee ways.", exempt)
    assessed = world.issue(way=2, basis_kind=4, basis_reference="认定1号")
    _ask(scene, "assessment_without_committee", VALID, "Other ways need a grant that names them.", assessed)
    assessed_with = world.issue(way=2)
    _ask(scene, "assessment_with_committee", VALID, "A committee that is named is on file.", assessed_with)
    wrong = world.issue(way=2, basis_reference="无此号")
    _ask(
        scene,
        "assessment_with_unknown_committee_fail",
        "not_authorised/committee_not_on_file",
        "A basis that names a filing is looked up, whatever the way.",
        wrong,
    )


def _historical(scene: Scene) -> None:
    world = scene.world

    def recorded(
        month: int, *, day: int = 15, signer: Key | None = None, issuer: str = PROVINCE, series: int = 5
    ) -> Certificate:
        return world.issue(
            way=9,
            basis_kind=5,
            basis_reference="1995职改字第12号",
            award_date=date(1995, 6, 1),
            issued_at=datetime(2026, month, day, 3, tzinfo=UTC),
            signer=signer,
            issuer=issuer,
            series=series,
        )

    none = "not_authorised/no_recording_grant"
    _ask(
        scene,
        "historical_record_with_recording_grant",
        VALID,
        "A grant that names way 9 on the issued date; the award is older than any grant.",
        recorded(7),
    )
    _ask(scene, "historical_record_on_the_last_day", VALID, "Spans of days include both ends.", recorded(7, day=31))
    _ask(
        scene,
        "historical_record_after_recording_grant_fail",
        none,
        "The recording grant ended on 2026-07-31.",
        recorded(8, day=2),
    )
    district = recorded(7, signer=world.district_key, issuer=DISTRICT)
    _ask(scene, "historical_record_without_recording_grant_fail", none, "The district has no such grant.", district)
    outside = world.issue(
        way=9,
        basis_kind=5,
        basis_reference="1995职改字第12号",
        award_date=date(1995, 6, 1),
        scope=Scope(region=980101, name="邻省某区"),
    )
    why = "The scope lies outside the recording grant."
    _ask(scene, "historical_record_of_another_province_fail", none, why, outside)
    first = world.issue(way=9, basis_kind=5, basis_reference="职改字第1号", award_date=date(1970, 1, 1))
    _ask(scene, "historical_record_of_the_first_day", VALID, "Day 0.", first)
    star = recorded(7, series=23)
    _ask(scene, "historical_record_under_all_ways_fail", none, '"*" does not include way 9.', star)


def _beside_the_unknown(scene: Scene) -> None:
    certificate = scene.world.issue(series=4)
    certificate.tamper_history = lambda plain: plain[:-1] + bytes([plain[-1] ^ 1])
    why = "The history cannot be known; that no grant covers the title is proven."
    _ask(scene, "refusal_of_the_grant_beats_unknown_history_fail", "not_authorised/no_grant", why, certificate)
