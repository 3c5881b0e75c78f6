"""Review committees and their filings.

committees.add(opened, actor, Committee(id="c1", name="..."), authority="sf-hrss")
committees.put_on_file(opened, actor, filing)
"""

from __future__ import annotations

from dataclasses import dataclass

from credential.filings import Committee, Filing
from issuer.db.locks import Lock
from issuer.home.opened import Actor, Opened
from issuer.office import adding, lists


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeListing:
    """A committee with its filings."""

    committee: Committee
    filings: tuple[Filing, ...]


def add(opened: Opened, actor: Actor, committee: Committee, *, authority: str) -> Committee:
    """Add a committee of an authority. Raises ConflictError ``duplicate``, NotFoundError, InputError."""
    with opened.register.write(Lock.OFFICE) as session:
        adding.add_committee(session, committee, authority=authority, actor=actor, now=opened.clock())
    return committee


def put_on_file(opened: Opened, actor: Actor, filing: Filing) -> Filing:
    """Put a committee on file (核准备案). Raises InputError (form, term over 3 years), NotFoundError, ConflictError."""
    with opened.register.write(Lock.OFFICE) as session:
        adding.add_filing(session, filing, actor=actor, now=opened.clock())
    return filing


def listed(opened: Opened) -> tuple[CommitteeListing, ...]:
    """Return all committees by id, each with its filings by number."""
    with opened.register.read() as session:
        committees, filings = lists.committees(session), lists.filings(session)
    return tuple(
        CommitteeListing(committee=each, filings=tuple(filing for filing in filings if filing.committee == each.id))
        for each in committees
    )
