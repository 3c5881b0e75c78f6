"""The end of an entry of the office from a day on: an authority, a grant, a committee, a filing, a specialty.

Rules: what would end, and what would fall with it, is shown first. A certificate that was awarded and issued before the
day stays what it is. A day in the past undoes awards that are registered: then how many is typed, as the dry run said,
and the plan is made again before anything is written. Outside it takes effect with the next trust list.

    order = Ended(kind=EntryKind.COMMITTEE, entry="sf-engineering-senior", first=day, basis="示人社函〔2027〕4号")
    plan = ends.plan(opened, order)
    ends.end(opened, actor, order, falls=plan.falls.count)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from credential.days import day_of
from credential.filings import Filing
from credential.grants import Grant
from credential.history import MAX_BASIS
from issuer.batches.falling import NUMBERS_TOLD, BatchFall, Falling, Office, read_office
from issuer.db.locks import Lock
from issuer.db.models import EntryKind, SpecialtyRow
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError
from issuer.home.opened import Actor, Opened
from issuer.office import ends, lists
from issuer.office.ends import Ended, Span
from issuer.office.values import require_text

__all__ = [
    "EndPlan",
    "Ended",
    "EntryKind",
    "Fallen",
    "NumberedGrant",
    "Span",
    "end",
    "grants",
    "plan",
    "specialty",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """Certificates that would not be authorised any more."""

    count: int
    numbers: tuple[str, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPlan:
    """What an end would do."""

    order: Ended
    spans: tuple[Span, ...]
    is_past: bool
    """Whether the first day without it is over already, or is today."""
    falls: Fallen
    batches: tuple[BatchFall, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedGrant:
    """A grant with the number by which it is ended."""

    number: int
    authority: str
    grant: Grant
    ended: Ended | None


def plan(opened: Opened, order: Ended) -> EndPlan:
    """Return what the end of an entry would do; nothing is changed.

    Raises:
        NotFoundError: ``no_entry``, ``nothing_ends``.
        ConflictError: ``entry_ended``.
        InputError: ``end_too_early``; ``bad_text``: no basis, or one that is too long.
    """
    require_text("basis", order.basis, MAX_BASIS)
    with opened.register.read() as session:
        return _plan(session, opened, order)


def end(opened: Opened, actor: Actor, order: Ended, *, falls: int = 0) -> EndPlan:
    """End an entry; the next trust list says so.

    Args:
        opened: the home.
        actor: who ends it.
        order: what ends, from which day on, and why.
        falls: how many registered certificates fall with it, as the plan said.

    Raises:
        As ``plan``; ConflictError: ``other_falls``: another number falls.
    """
    require_text("basis", order.basis, MAX_BASIS)
    opened.vault  # noqa: B018 - its passphrase is asked for before anybody waits for the register
    with opened.register.write(Lock.OFFICE) as session:
        planned = _plan(session, opened, order)
        if planned.falls.count != falls:
            message = (
                f"{planned.falls.count} registered certificates would fall, {falls} were stated; nothing was changed"
            )
            raise ConflictError("other_falls", message, count=planned.falls.count, stated=falls)
        ends.end(session, planned.spans, order, actor=actor, now=opened.clock())
    return planned


def grants(opened: Opened) -> tuple[NumberedGrant, ...]:
    """Return all grants by the number by which one is ended."""
    with opened.register.read() as session:
        done = ends.ended(session)
        return tuple(
            NumberedGrant(
                number=number,
                authority=authority.id,
                grant=grant,
                ended=done.get((EntryKind.GRANT, str(number))),
            )
            for authority in lists.authorities(session)
            for number, grant in ends.numbered_grants(session, authority.id)
        )


def specialty(opened: Opened, authority: str, series: int, name: str, *, first: date | None) -> str:
    """Return the entry of a specialty, by what a person knows.

    Args:
        opened: the home.
        authority: whose it is.
        series: catalogue number.
        name: as it is registered, mistyped too.
        first: the day on which it began; None where there is only one of that name.

    Raises:
        InputError: ``several_entries``: it began several times, so the day is needed.
        NotFoundError: ``no_entry``.
    """
    with opened.register.read() as session:
        return ends.specialty_entry(session, authority, series, name, first=first)


def _plan(session: ReadSession, opened: Opened, order: Ended) -> EndPlan:
    found = ends.spans(session, order.kind, order.entry, order.first)
    today = day_of(opened.clock())
    office = read_office(session)
    falling = Falling(session=session, vault=opened.vault, before=office, after=_after(session, office, found))
    waiting = _batches(session, falling, order, found, max(today, order.first))
    public = any(each.kind is not EntryKind.SPECIALTY for each in found)
    numbers = falling.certificates(order.first) if public else []
    return EndPlan(
        order=order,
        spans=found,
        is_past=order.first <= today,
        falls=Fallen(count=len(numbers), numbers=tuple(numbers[:NUMBERS_TOLD])),
        batches=tuple(BatchFall(batch=batch, rows=rows) for batch, rows in sorted(waiting.items())),
    )


def _batches(session: ReadSession, falling: Falling, order: Ended, found: tuple[Span, ...], on: date) -> dict[str, int]:
    if order.kind is not EntryKind.SPECIALTY:
        return dict(falling.batches(on))
    row = session.get_one(SpecialtyRow, int(found[0].entry))
    return dict(falling.named(row.authority, row.series, row.name, order.first))


def _after(session: ReadSession, office: Office, found: tuple[Span, ...]) -> Office:
    """The office as it would be."""
    last = {(each.kind, each.entry): each.becomes for each in found}
    rights = dict(office.rights)
    for authority, before in office.rights.items():
        changed = [
            _shortened(grant, last.get((EntryKind.GRANT, str(number))))
            for number, grant in ends.numbered_grants(session, authority)
        ]
        rights[authority] = replace(before, grants=changed)
    filings = {
        number: _shorter(filing, last.get((EntryKind.FILING, number))) for number, filing in office.filings.items()
    }
    return Office(rights=rights, filings=filings)


def _shortened(grant: Grant, last: date | None) -> Grant:
    return grant if last is None else replace(grant, last=last)


def _shorter(filing: Filing, last: date | None) -> Filing:
    return filing if last is None else replace(filing, last=last)
