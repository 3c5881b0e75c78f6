"""The office of the test world: what a trust list and a file of filings say in it. All of it is fictional."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from credential.contacts import NO_CONTACTS
from credential.filings import Committee, Filing, Filings
from credential.grants import ACTS, Grant
from credential.trustform import KeyState
from credential.trustlist import Authority, KeyEntry
from tests.support.keys import Key

START = datetime(2024, 1, 1, tzinfo=UTC)
ORIGIN = "https://zc.example"
PROVINCE, DISTRICT = "demo-hrss", "demo-district"
COMMITTEE_NUMBER = "示评备〔2025〕012号"
TEACHERS_NUMBER = "示评备〔2024〕107号"
EXPIRED_NUMBER = "示评备〔2019〕003号"
CATALOGUE_TYP = "titlecert-catalogue+jwt"

CATALOGUE: dict[str, object] = {
    "version": 1,
    "levels": [],
    "ways": [],
    "series": [
        {"number": 5, "name": "工程技术人员", "name_en": "Engineers", "checked": True},
        {"number": 22, "name": "中小学教师", "name_en": "School teachers", "checked": True},
    ],
    "titles": [
        {"number": 5001, "series": 5, "level": 1, "name": "正高级工程师", "name_en": "Senior engineer (professor)"},
        {"number": 5002, "series": 5, "level": 2, "name": "高级工程师", "name_en": "Senior engineer"},
        {"number": 22002, "series": 22, "level": 2, "name": "高级教师", "name_en": "Senior teacher"},
    ],
}


def wide_grant(**changes: Any) -> Grant:
    """A grant for nearly everything in the whole province."""
    grant = Grant(
        series=None,
        levels=None,
        ways=None,
        committee_ways=frozenset({1, 6}),
        region="990000",
        scope_required=False,
        first=date(2020, 1, 1),
        last=None,
        max_gap_days=365,
        legal_basis="示范省职称评审管理办法第三条",
        acts=frozenset(ACTS),
        over="all",
    )
    return replace(grant, **changes)


def key_entry(key: Key, use: str, authority: str | None) -> KeyEntry:
    """An active entry of the trust list, good since the start of the world."""
    return KeyEntry(
        key=key.public,
        use=use,
        authority=authority,
        begins=START,
        ends=None,
        state=KeyState.ACTIVE,
        compromised_since=None,
        succeeds=None,
    )


def demo_authorities() -> tuple[Authority, ...]:
    return (
        Authority(
            id=PROVINCE,
            name="示范省人力资源和社会保障厅",
            name_en="Demonstration Province Department of Human Resources and Social Security",
            code="11990000MB0000000X",
            region="990000",
            region_name="示范省",
            parent=None,
            contact=NO_CONTACTS,
            grants=(wide_grant(), wide_grant(ways=frozenset({9}), committee_ways=frozenset())),
        ),
        Authority(
            id=DISTRICT,
            name="示范市示范区人力资源和社会保障局",
            name_en="Demonstration District Bureau of Human Resources and Social Security",
            code="11990101MB0000000X",
            region="990101",
            region_name="示范市示范区",
            parent=None,
            contact=NO_CONTACTS,
            grants=(
                wide_grant(
                    series=frozenset({22}),
                    levels=frozenset({2, 3, 4, 5}),
                    ways=frozenset({6}),
                    committee_ways=frozenset({6}),
                    region="990101",
                    scope_required=True,
                    acts=frozenset({"issue", "suspend"}),
                    over="own",
                ),
            ),
        ),
    )


def demo_filings() -> Filings:
    filing = Filing(
        number=COMMITTEE_NUMBER,
        committee="engineering",
        authority=PROVINCE,
        series=frozenset({5}),
        levels=frozenset({1, 2}),
        region="990000",
        scope=None,
        first=date(2025, 3, 1),
        last=date(2028, 2, 29),
    )
    teachers = replace(
        filing,
        number=TEACHERS_NUMBER,
        committee="teachers",
        authority=DISTRICT,
        series=frozenset({22}),
        levels=frozenset({2}),
        region="990101",
        scope="990101",
        first=date(2024, 6, 1),
        last=date(2027, 5, 31),
    )
    expired = replace(filing, number=EXPIRED_NUMBER, first=date(2019, 4, 1), last=date(2022, 3, 31))
    committees = (
        Committee(id="engineering", name="示范省工程系列高级职称评审委员会"),
        Committee(id="teachers", name="示范市示范区中小学教师副高级职称评审委员会"),
    )
    return Filings(committees=committees, filings=(filing, teachers, expired))
