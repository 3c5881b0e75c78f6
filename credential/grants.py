"""Grants: what an authority may do, for which titles and when (FORMAT 9).

Rules: a grant names series, levels, ways, a region and a span of days; ``"*"`` in ways never means way 9, because a
record of a title that somebody else granted long ago must be allowed by name. Whether an award may be issued under
grants is decided in ``credential.authorisation``.

    grant.allows("issue", series=5, level=2, on=date(2026, 6, 30))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from credential.claims import WAY_HISTORICAL
from credential.history import Act
from credential.members import USE, Members, number_list, refuse
from credential.regions import RegionCode, covers

ACTS: Final = (Act.ISSUE, Act.SUSPEND, Act.WITHDRAW, Act.CANCEL, Act.SUPERSEDE)
"""What a grant may allow, in the order of the format (``credential.history.RIGHT_OF``)."""
MAX_ACTS: Final = 64
"""Acts of a grant, those that a later program knows among them."""
MAX_GAP_DAYS: Final = 36_525
"""A century; a larger gap means that nobody thought about it."""
_MEMBERS: Final = frozenset(
    [
        "series",
        "levels",
        "ways",
        "committee_ways",
        "region",
        "scope_required",
        "from",
        "until",
        "max_gap_days",
        "legal_basis",
        "acts",
        "over",
    ]
)


class Over(StrEnum):
    """Whose certificates the acts are about: the authority's own, or every authority's of the deployment."""

    OWN = "own"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One right of one authority over one span of days."""

    series: frozenset[int] | None
    """Catalogue numbers; None means all."""
    levels: frozenset[int] | None
    """1 to 5; None means all."""
    ways: frozenset[int] | None
    """1 to 9; None means all but 9."""
    committee_ways: frozenset[int]
    """The ways for which a committee must have been on file."""
    region: str
    """Scopes lie inside this region."""
    scope_required: bool
    """Every title under this grant is valid in a stated scope only."""
    first: date
    last: date | None
    """The last day, included; None while nobody ended it."""
    max_gap_days: int
    """The most days from award to issue."""
    legal_basis: str
    acts: frozenset[str]
    """Some of ``ACTS``, and what a later program knows, which is no right that anything here asks for."""
    over: str

    def allows(self, act: str, *, series: int, level: int, on: date) -> bool:
        """Whether the grant allows ``act`` for such titles on the day ``on`` (both ends included), by any way."""
        return (
            act in self.acts
            and self.first <= on
            and (self.last is None or on <= self.last)
            and (self.series is None or series in self.series)
            and (self.levels is None or level in self.levels)
        )

    def covers_way(self, way: int) -> bool:
        """Whether the grant is about this way; ``"*"`` does not include historical records."""
        return way != WAY_HISTORICAL if self.ways is None else way in self.ways

    def accepts_scope(self, scope: str | None) -> bool:
        """Whether a title with this scope (region code, None without) fits the grant."""
        return not self.scope_required if scope is None else covers(RegionCode(self.region), RegionCode(scope))


def needs_committee(grants: Sequence[Grant], way: int) -> bool:
    """Whether an award by this way needs a committee's filing: when every grant under which it may stand demands one.

    A grant is a permission, so one that demands less is enough, wherever it stands in the list.
    """
    return bool(grants) and all(way in grant.committee_ways for grant in grants)


def grant_to_json(grant: Grant) -> dict[str, object]:
    """The JSON form of a grant."""
    return {
        "series": number_list(grant.series),
        "levels": number_list(grant.levels),
        "ways": number_list(grant.ways),
        "committee_ways": sorted(grant.committee_ways),
        "region": grant.region,
        "scope_required": grant.scope_required,
        "from": grant.first.isoformat(),
        "until": None if grant.last is None else grant.last.isoformat(),
        "max_gap_days": grant.max_gap_days,
        "legal_basis": grant.legal_basis,
        "acts": _in_order(grant.acts),
        "over": grant.over,
    }


def read_grant(value: object) -> Grant:
    """Read a grant strictly. Raises MalformedError ``bad_member``."""
    members = Members(value, "grant", _MEMBERS)
    grant = Grant(
        series=members.numbers_or_all("series"),
        levels=members.numbers_or_all("levels", most=5),
        ways=members.numbers_or_all("ways", most=9),
        committee_ways=members.numbers("committee_ways", most=9),
        region=members.region("region"),
        scope_required=members.boolean("scope_required"),
        first=members.day("from"),
        last=members.optional("until", members.day),
        max_gap_days=members.integer("max_gap_days", most=MAX_GAP_DAYS),
        legal_basis=members.text("legal_basis"),
        acts=_read_acts(members),
        over=members.choice("over", list(Over)),
    )
    if grant.last is not None and grant.last < grant.first:
        raise refuse("grant.until", "the span ends before it begins")
    return grant


def _read_acts(members: Members) -> frozenset[str]:
    acts = [str(act) for act in members.listing("acts", least=1, most=MAX_ACTS) if _is_word(act)]
    found = frozenset(acts)
    if members.raw("acts") != _in_order(found):
        raise refuse("grant.acts", f"acts stand in the order {', '.join(ACTS)}; others behind these, ascending")
    return found


def _is_word(act: object) -> bool:
    return isinstance(act, str) and USE.fullmatch(act) is not None


def _in_order(acts: frozenset[str]) -> list[str]:
    return [*(act.value for act in ACTS if act in acts), *sorted(acts.difference(ACTS))]
