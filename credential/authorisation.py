"""May this award be issued: the one rule behind steps 6 and 7 of the verdict (FORMAT 12, decision record 0013).

Rules: the answer is a value, never an exception. A fault carries the reason that a reader reports, so none is without
one. The two steps can be asked apart, as a reader reports them, and together, as issuing asks them. What needs a
day or a file that is not there stays open; what can be refused without it is refused all the same.

    decision = may_be_issued(award, basis, authority, issued_on=today, find=filings.find)
    decision.reason                          # Reason.LATE, where it is Refused
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, NamedTuple, Protocol, overload

from credential.claims import BASIS_HISTORICAL, WAY_HISTORICAL, Claims
from credential.filings import Filing, filing_covers
from credential.grants import Grant, needs_committee
from credential.outcomes import Reason

BASIS_FILING: Final = 1
"""The kind of basis that names a committee's filing (FORMAT 2, position 10)."""

FindFiling = Callable[[str], Filing | None]
"""Gives the filing of a number, None where nobody filed it."""


class IssuingAuthority(Protocol):
    """What is asked about an authority. An entry of the trust list has it, and so has the register."""

    @property
    def grants(self) -> Sequence[Grant]:
        """All that it was ever granted."""

    @property
    def region(self) -> str:
        """Where it is: a title without scope is valid there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """What was awarded, as far as it decides whether it may be issued."""

    series: int
    level: int
    way: int
    award_date: date
    scope: str | None
    """Region code; None for a title without scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What an award rests on."""

    kind: int
    reference: str
    """The filing's number where the kind is ``BASIS_FILING``; else nothing is asked about it."""


class Fault(Enum):
    """What stands against an award: finer than a reader's reason, because who corrects a list must know more."""

    NO_GRANT = Reason.NO_GRANT, "on the award date no grant covers series, level and way"
    SCOPE = Reason.SCOPE, "its scope lies outside the region of the grants"
    SCOPE_MISSING = Reason.SCOPE, "the grants that cover it demand a scope, and it has none"
    AWARD_AFTER_ISSUE = Reason.AWARD_AFTER_ISSUE, "it is awarded later than it is issued"
    NO_RIGHT_TO_ISSUE = Reason.NO_RIGHT_TO_ISSUE, "on the day of issue no grant allows to issue this series and level"
    LATE = Reason.LATE, "no grant that covers it allows so many days between award and issue"
    BASIS_KIND = Reason.BASIS_KIND, "this way needs a committee's filing as its basis"
    COMMITTEE_NOT_ON_FILE = Reason.COMMITTEE_NOT_ON_FILE, "no committee is on file under the number that it names"
    COMMITTEE_NOT_YET = Reason.COMMITTEE_EXPIRED, "the filing began after the award date"
    COMMITTEE_EXPIRED = Reason.COMMITTEE_EXPIRED, "the filing ended before the award date"
    COMMITTEE_SCOPE = Reason.COMMITTEE_SCOPE, "the filing does not cover series, level and region"
    NO_RECORDING_GRANT = Reason.NO_RECORDING_GRANT, "on the day of issue no grant allows to record titles of long ago"
    RECORDING_SCOPE = Reason.NO_RECORDING_GRANT, "its scope lies outside the region of the grants to record old titles"
    RECORDING_SCOPE_MISSING = Reason.NO_RECORDING_GRANT, "the grants to record old titles demand a scope; it has none"

    reason: Reason
    """What a reader's verdict says."""
    sentence: str

    def __init__(self, reason: Reason, sentence: str) -> None:
        self.reason, self.sentence = reason, sentence


class Missing(Enum):
    """Without what an answer stays open."""

    ISSUED_DATE = "issued_date"
    FILINGS = "filings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Nothing stands against it."""

    grants: tuple[Grant, ...]
    """Every grant under which the award stands, in the order of the list: any one is enough.

    Step 6 has none for way 9. Without a filing step 7 leaves those that demand none.
    """
    filing: Filing | None = None
    """The committee's, once step 7 found it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It may not be issued."""

    fault: Fault
    grants: tuple[Grant, ...] = ()
    """Those that cover the award and do not help, where the fault is that it is late."""

    @property
    def reason(self) -> Reason:
        """What a reader's verdict says."""
        return self.fault.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What could be asked holds; the rest cannot be said."""

    missing: Missing
    grants: tuple[Grant, ...]
    """Every grant that covers the award so far."""


Settled = Allowed | Refused
Decision = Allowed | Refused | Open


class _Shortfall(NamedTuple):
    """How it is called when no grant covers an award."""

    nothing: Fault
    outside: Fault
    unstated: Fault


_AWARDING: Final = _Shortfall(Fault.NO_GRANT, Fault.SCOPE, Fault.SCOPE_MISSING)
_RECORDING: Final = _Shortfall(Fault.NO_RECORDING_GRANT, Fault.RECORDING_SCOPE, Fault.RECORDING_SCOPE_MISSING)


def award_of(claims: Claims) -> Award:
    """What a credential says that was awarded."""
    return Award(
        series=claims.series,
        level=claims.level,
        way=claims.way,
        award_date=claims.award_date,
        scope=None if claims.scope is None else str(claims.scope.region),
    )


def basis_of(claims: Claims) -> Basis:
    """What a credential says that its award rests on."""
    return Basis(kind=claims.basis_kind, reference=claims.basis_reference)


def may_be_issued(
    award: Award,
    basis: Basis,
    authority: IssuingAuthority,
    *,
    issued_on: date,
    counted_from: date | None = None,
    find: FindFiling,
) -> Settled:
    """Ask steps 6 and 7 in their order; the arguments are theirs."""
    rights = decide_grants(award, authority, issued_on=issued_on, counted_from=counted_from)
    if isinstance(rights, Refused):
        return rights
    return decide_basis(award, basis, authority, rights.grants, issued_on=issued_on, find=find)


@overload
def decide_grants(
    award: Award, authority: IssuingAuthority, *, issued_on: date, counted_from: date | None = None
) -> Settled: ...
@overload
def decide_grants(
    award: Award, authority: IssuingAuthority, *, issued_on: date | None, counted_from: date | None = None
) -> Decision: ...


def decide_grants(
    award: Award, authority: IssuingAuthority, *, issued_on: date | None, counted_from: date | None = None
) -> Decision:
    """Step 6: a grant covers the award on its date, a grant to issue holds on the day of issue, and not too late.

    Titles of long ago (way 9) come from before the authority's grants; step 7 asks for the grant to record them.

    Args:
        award: what is to be issued, or was.
        authority: who issues it.
        issued_on: the civil day of issue; None while it is not known.
        counted_from: the day to which the gap is counted when the certificate replaces another; None for the day of
            issue, on which everything else is asked in either case.
    """
    covering = () if award.way == WAY_HISTORICAL else _covering(authority.grants, award, award.way, award.award_date)
    if isinstance(covering, Fault):
        return Refused(fault=covering)
    if issued_on is None:
        return Open(missing=Missing.ISSUED_DATE, grants=covering)
    if award.award_date > issued_on:
        return Refused(fault=Fault.AWARD_AFTER_ISSUE)
    if not covering:
        return Allowed(grants=())
    if not _may_issue(authority.grants, award, issued_on):
        return Refused(fault=Fault.NO_RIGHT_TO_ISSUE)
    gap = ((counted_from or issued_on) - award.award_date).days
    in_time = tuple([grant for grant in covering if gap <= grant.max_gap_days])
    return Allowed(grants=in_time) if in_time else Refused(fault=Fault.LATE, grants=covering)


def _covering(
    grants: Sequence[Grant], award: Award, way: int, on: date, shortfall: _Shortfall = _AWARDING
) -> tuple[Grant, ...] | Fault:
    """Every grant to issue that covers an award on a day, at least one; else what it is called that none does."""
    allowing = [
        grant
        for grant in grants
        if grant.allows("issue", series=award.series, level=award.level, on=on) and grant.covers_way(way)
    ]
    covering = tuple([grant for grant in allowing if grant.accepts_scope(award.scope)])
    if covering:
        return covering
    if not allowing:
        return shortfall.nothing
    return shortfall.unstated if award.scope is None else shortfall.outside


def _may_issue(grants: Sequence[Grant], award: Award, on: date) -> bool:
    return any(grant.allows("issue", series=award.series, level=award.level, on=on) for grant in grants)


@overload
def decide_basis(
    award: Award,
    basis: Basis,
    authority: IssuingAuthority,
    grants: tuple[Grant, ...],
    *,
    issued_on: date,
    find: FindFiling,
) -> Settled: ...
@overload
def decide_basis(
    award: Award,
    basis: Basis,
    authority: IssuingAuthority,
    grants: tuple[Grant, ...],
    *,
    issued_on: date | None,
    find: FindFiling | None,
) -> Decision: ...


def decide_basis(
    award: Award,
    basis: Basis,
    authority: IssuingAuthority,
    grants: tuple[Grant, ...],
    *,
    issued_on: date | None,
    find: FindFiling | None,
) -> Decision:
    """Step 7: a filing behind ways by committee, a recording grant behind titles of long ago.

    Args:
        award: what is to be issued, or was.
        basis: what it rests on.
        authority: who issues it.
        grants: under which it stands, from step 6.
        issued_on: the civil day of issue; None while it is not known.
        find: looks into the filings; None when they cannot be had. Asked only when the basis is a filing.
    """
    # A credential has both or neither; if one of the two were wrong, the recording grant would still be asked for.
    if basis.kind == BASIS_HISTORICAL or award.way == WAY_HISTORICAL:
        return _decide_recording(award, authority, issued_on)
    if basis.kind != BASIS_FILING:
        if needs_committee(grants, award.way):
            return Refused(fault=Fault.BASIS_KIND)
        return Allowed(grants=tuple([grant for grant in grants if award.way not in grant.committee_ways]))
    if find is None:
        return Open(missing=Missing.FILINGS, grants=grants)
    filing = find(basis.reference)
    if filing is None:
        return Refused(fault=Fault.COMMITTEE_NOT_ON_FILE)
    fault = term_fault(filing, award.award_date) or cover_fault(
        filing, authority, series=award.series, level=award.level, scope=award.scope
    )
    return Allowed(grants=grants, filing=filing) if fault is None else Refused(fault=fault)


def _decide_recording(award: Award, authority: IssuingAuthority, issued_on: date | None) -> Decision:
    if issued_on is None:
        return Open(missing=Missing.ISSUED_DATE, grants=())
    covering = _covering(authority.grants, award, WAY_HISTORICAL, issued_on, _RECORDING)
    return Refused(fault=covering) if isinstance(covering, Fault) else Allowed(grants=covering)


def term_fault(filing: Filing, on: date) -> Fault | None:
    """What stands against a filing on the award date ``on``: its own part, because a list may lack the rest."""
    if on < filing.first:
        return Fault.COMMITTEE_NOT_YET
    return Fault.COMMITTEE_EXPIRED if on > filing.last else None


def cover_fault(
    filing: Filing, authority: IssuingAuthority, *, series: int, level: int, scope: str | None
) -> Fault | None:
    """What stands against a filing for such a title, whatever the day. Without scope the authority's region counts."""
    region = authority.region if scope is None else scope
    covered = filing_covers(filing, series=series, level=level, region=region, scope=scope)
    return None if covered else Fault.COMMITTEE_SCOPE
