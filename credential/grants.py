"""Grants: what an authority may do, and the decision whether one of them covers an act (FORMAT 9 and 12, steps 6, 7).

Rules: a grant names series, levels, ways, a region and a span of days; ``"*"`` in ways never means way 9, because a
record of a title that somebody else granted long ago must be allowed by name. The issuer asks the same questions before
it signs that the reader asks afterwards, through the same functions.

    grant = find_grant(authority, act="issue", series=5, level=2, way=1, scope=None, on=date(2026, 6, 30))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from credential.errors import NotTrustedError
from credential.members import Members, number_list, refuse, unique
from credential.regions import RegionCode, covers

ACTS: Final = ("issue", "suspend", "withdraw", "cancel", "supersede")
"""What a grant may allow; suspending includes reinstating."""
OVER: Final = ("own", "all")
"""Whose certificates the acts are about: the authority's own, or every authority's of the deployment."""
WAY_HISTORICAL: Final = 9
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


class GrantError(NotTrustedError):
    """No grant covers this. Codes: ``no_grant``, ``scope``."""


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


def matching_grants(
    grants: Sequence[Grant], *, act: str, series: int, level: int, on: date, way: int | None, scope: str | None
) -> tuple[Grant, ...]:
    """Return every grant that allows ``act`` on the day ``on`` for such a title, in the order of the list.

    Args:
        grants: the authority's.
        act: one of ``ACTS``.
        series: catalogue number.
        level: 1 to 5.
        on: civil day.
        way: 1 to 9, or None when the way does not matter (then the scope does not either).
        scope: region code, None for a title without scope.

    Raises:
        GrantError: ``no_grant``, or ``scope`` when only the scope stands against it.
    """
    scope_stands_against = False
    found: list[Grant] = []
    for grant in grants:
        if not grant.allows(act, series=series, level=level, on=on) or (way is not None and not grant.covers_way(way)):
            continue
        if way is None or grant.accepts_scope(scope):
            found.append(grant)
        else:
            scope_stands_against = True
    if found:
        return tuple(found)
    if scope_stands_against:
        raise GrantError("scope", f"the grants on {on} do not cover the scope {scope or 'none'}")
    raise GrantError("no_grant", f"no grant to {act} covers series {series}, level {level}, way {way} on {on}")


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
        "acts": [act for act in ACTS if act in grant.acts],
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
        over=members.choice("over", OVER),
    )
    if grant.last is not None and grant.last < grant.first:
        raise refuse("grant.until", "the span ends before it begins")
    return grant


def _read_acts(members: Members) -> frozenset[str]:
    acts = members.listing("acts", least=1, most=len(ACTS))
    unique(acts, "grant.acts")
    if acts != [act for act in ACTS if act in acts]:
        raise refuse("grant.acts", "acts stand in the order " + ", ".join(ACTS))
    return frozenset(str(act) for act in acts)
