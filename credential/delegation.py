"""Whether the grants of an authority lie within those of the authority that delegated (FORMAT 9).

Rules: a grant lies within a single grant of the parent, never within several put together; ``"*"`` means all numbers
that there are, and in ways all but 9. A writer refuses a list in which a grant is wider. A reader warns when no grant
under which an award stands lies within one of the parent's, and the outcome stays.

    wider_than(grant, parents_grant)       # () when it lies within
    check_delegation(content)              # before the root signs
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from credential.claims import WAY_HISTORICAL
from credential.errors import NotTrustedError
from credential.grants import Grant, Over
from credential.regions import RegionCode, covers
from credential.trustform import TrustList

_SERIES: Final = frozenset(range(1, 256))
_LEVELS: Final = frozenset(range(1, 6))
_WAYS: Final = frozenset(range(1, WAY_HISTORICAL))
"""What ``"*"`` means: all but 9."""


def lies_within(grant: Grant, parents: Sequence[Grant]) -> bool:
    """Whether a grant lies within a single one of its parent's."""
    return any(not wider_than(grant, parent) for parent in parents)


def wider_than(grant: Grant, parent: Grant) -> tuple[str, ...]:
    """Return the members of ``grant`` by which it is wider than ``parent``, by their names in the format."""
    return tuple(_wider(grant, parent))


def _wider(grant: Grant, parent: Grant) -> Iterator[str]:
    ways = _all(grant.ways, _WAYS)
    if not _all(grant.series, _SERIES) <= _all(parent.series, _SERIES):
        yield "series"
    if not _all(grant.levels, _LEVELS) <= _all(parent.levels, _LEVELS):
        yield "levels"
    if not ways <= _all(parent.ways, _WAYS):
        yield "ways"
    if not parent.committee_ways & ways <= grant.committee_ways:
        yield "committee_ways"
    if not covers(RegionCode(parent.region), RegionCode(grant.region)):
        yield "region"
    if parent.scope_required and not grant.scope_required:
        yield "scope_required"
    if grant.first < parent.first:
        yield "from"
    if parent.last is not None and (grant.last is None or grant.last > parent.last):
        yield "until"
    if grant.max_gap_days > parent.max_gap_days:
        yield "max_gap_days"
    if not grant.acts <= parent.acts:
        yield "acts"
    if parent.over == Over.OWN and grant.over != Over.OWN:
        yield "over"


def _all(numbers: frozenset[int] | None, all_numbers: frozenset[int]) -> frozenset[int]:
    return all_numbers if numbers is None else numbers


def check_delegation(content: TrustList) -> None:
    """Refuse a list in which a grant is wider than those of the authority that delegated; asked by whoever signs it.

    Raises:
        NotTrustedError: ``outside_delegation``; the fields name ``authority``, ``parent``, ``grant`` and ``wider``.
    """
    authorities = {each.id: each for each in content.authorities}
    for authority in content.authorities:
        if authority.parent is not None:
            parent = authorities[authority.parent]
            for grant in authority.grants:
                check_delegated(grant, authority.id, parent.id, parent.grants)


def check_delegated(grant: Grant, authority: str, parent: str, parents: Sequence[Grant]) -> None:
    """Refuse one grant that lies within none of the parent's. Raises as ``check_delegation``."""
    if lies_within(grant, parents):
        return
    closest = min((wider_than(grant, each) for each in parents), key=len, default=())
    told = f"{grant.legal_basis} from {grant.first}"
    wider = f"it is wider by {', '.join(closest)} than the closest of them" if closest else f"{parent} has no grant"
    message = f"grant of {authority} by {told} lies within no grant of {parent}, which delegated: {wider}"
    raise NotTrustedError("outside_delegation", message, authority=authority, parent=parent, grant=told, wider=closest)
