"""A committee that loses its right: all that came of its sessions, who signed for it, and where each stands.

Rules: it is a report from the register's events, and changes nothing. Those that are still in force are suspended by
one order (``issuer.services.status``); asked again, the report says what was decided since, to the last one.

    found = tracing.trace(opened, Sought(committee="sf-engineering-senior"))
    status.sorted_out(opened, actor, Whom.of_numbers(found.untouched), order)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from credential.filings import Filing
from issuer.auditing.acting import Acted, acts_on_batch
from issuer.db.reaching import Reach, require_known
from issuer.db.sessions import ReadSession
from issuer.errors import InputError, NotFoundError
from issuer.home.opened import Opened
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.status.tracing import Stands, Traced, traced

__all__ = ["Report", "Session", "Sought", "Stands", "Traced", "trace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which sessions are traced back: all of a committee, those of one filing, or one."""

    committee: str | None = None
    filing: str | None = None
    session: date | None = None
    """The award date of one session; with ``filing``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session of a committee."""

    filing: str
    awarded_on: date
    stands: Mapping[Stands, int]
    batches: tuple[str, ...]

    @property
    def certificates(self) -> int:
        """How many came of it."""
        return sum(self.stands.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of the sessions."""

    filings: tuple[str, ...]
    sessions: tuple[Session, ...]
    certificates: tuple[Traced, ...] = field(repr=False)
    acts: Mapping[str, tuple[Acted, ...]] = field(repr=False)
    """By batch, who signed for it."""

    @property
    def stands(self) -> Mapping[Stands, int]:
        """How many stand where."""
        return Counter(each.stands for each in self.certificates)

    @property
    def untouched(self) -> tuple[str, ...]:
        """The numbers of those that were never suspended and are in force: what a suspension is for."""
        return tuple(each.number for each in self.certificates if each.stands is Stands.UNTOUCHED)


def trace(opened: Opened, sought: Sought) -> Report:
    """Return what came of a committee's sessions.

    Raises:
        InputError: ``whom_nobody``: neither a committee nor a filing is named; ``session_alone``.
        NotFoundError: ``no_committee``, ``no_filing``.
        TamperedError: the file of operators does not verify.
    """
    with opened.register.read() as session:
        filings = _filings(session, sought)
        found = traced(session, [Reach(filing=each, session=sought.session) for each in filings])
        operators = read_operators(session, opened)
        batches = sorted({each.batch for each in found})
        acts = {batch: acts_on_batch(session, batch, operators) for batch in batches}
    return Report(filings=filings, sessions=_sessions(found), certificates=found, acts=acts)


def _filings(session: ReadSession, sought: Sought) -> tuple[str, ...]:
    """The numbers of the filings that are meant."""
    if sought.filing is None and sought.session is not None:
        raise InputError("session_alone", "a session is a filing and its award date; name the filing too")
    if sought.committee is None:
        if sought.filing is None:
            raise InputError("whom_nobody", "nobody is named: give a committee or a filing")
        require_known(session, Reach(filing=sought.filing))
        return (sought.filing,)
    if sought.committee not in {each.id for each in lists.committees(session)}:
        message = f"there is no committee {sought.committee}"
        raise NotFoundError("no_committee", message, id=sought.committee)
    own = [each.number for each in lists.filings(session) if _is_meant(each, sought)]
    if sought.filing is not None and not own:
        message = f"committee {sought.committee} has no filing {sought.filing}"
        raise NotFoundError("no_filing", message, filing=sought.filing)
    return tuple(own)


def _is_meant(filing: Filing, sought: Sought) -> bool:
    return filing.committee == sought.committee and sought.filing in {None, filing.number}


def _sessions(found: Sequence[Traced]) -> tuple[Session, ...]:
    together: dict[tuple[str, date], list[Traced]] = {}
    for each in found:
        together.setdefault((each.filing, each.awarded_on), []).append(each)
    return tuple(
        Session(
            filing=filing,
            awarded_on=day,
            stands=Counter(each.stands for each in own),
            batches=tuple(sorted({each.batch for each in own})),
        )
        for (filing, day), own in together.items()
    )
