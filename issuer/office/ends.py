"""What of the office may end from a day on, and what ends with it: one table for all kinds.

Rules: an entry is ended, never removed, and ends once. ``first`` is the first day on which it is not in force, so its
last day is the one before. What the trust list or the filings name keeps at least the day on which it began, because no
span there is empty; a specialty stands in no public file and may end from its first day on, as if it had never been.
With an authority all its grants end, with a committee all its filings, and with a grant what was delegated from it.

    found = spans(session, EntryKind.COMMITTEE, "sf-engineering-senior", date(2027, 1, 1))
    end(session, found, order, actor=actor, now=now)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import select

from credential.delegation import lies_within
from credential.grants import Grant
from issuer import audit
from issuer.db.models import (
    AuthorityRow,
    CommitteeRow,
    EndedEntryRow,
    EntryKind,
    FilingRow,
    GrantRow,
    SpecialtyRow,
)
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.office import lists

_DAY: Final = timedelta(days=1)
_Row = AuthorityRow | GrantRow | FilingRow | SpecialtyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An entry that ends sooner than it would."""

    kind: EntryKind
    entry: str
    """As ``ended_entries`` names it."""
    of: str
    """What a person knows it by: an authority, a legal basis, a committee."""
    begins: date
    last: date | None
    """Its last day as it is now; None: nobody ended it."""
    becomes: date
    """Its last day afterwards; the day before ``begins`` means never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """That an entry ended, and why."""

    kind: EntryKind
    entry: str
    first: date
    basis: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an entry of a kind is, and what ends with it."""

    rows: Callable[[ReadSession, str], Iterator[tuple[EntryKind, _Row]]]
    may_be_empty: bool = False
    """Whether it may end from the day on which it began."""
    delegated: bool = False
    """Whether what others have of it ends with it."""


def spans(session: ReadSession, kind: EntryKind, entry: str, first: date) -> tuple[Span, ...]:
    """Return what would end from ``first`` on, the entry itself or all that it consists of.

    Raises:
        NotFoundError: ``no_entry``: there is no such entry; ``nothing_ends``: nothing of it is left by then.
        ConflictError: ``entry_ended``: it was ended before.
        InputError: ``end_too_early``: it would not keep the day on which it began.
    """
    rule = _RULES[kind]
    _check_not_ended(session, kind, entry)
    rows = list(rule.rows(session, entry))
    found = [_span(each, row, first) for each, row in rows if row.valid_until is None or row.valid_until >= first]
    if not found:
        message = f"nothing of {kind.value} {entry} is in force on {first} or later; it is over already"
        raise NotFoundError("nothing_ends", message, kind=kind.value, entry=entry)
    for span in found:
        if span.kind is kind and span.becomes < span.begins and not rule.may_be_empty:
            earliest = span.begins + _DAY
            message = (
                f"{kind.value} {entry} began on {span.begins}; the earliest day from which it may end is {earliest}"
            )
            raise InputError("end_too_early", message, kind=kind.value, entry=entry, earliest=earliest)
    kept = [each if rule.may_be_empty else replace(each, becomes=max(each.becomes, each.begins)) for each in found]
    if not rule.delegated:
        return tuple(kept)
    return (*kept, *_delegated(session, [each for each in kept if each.kind is EntryKind.GRANT]))


def end(session: WriteSession, found: tuple[Span, ...], order: Ended, *, actor: str, now: datetime) -> None:
    """End what ``spans`` found, and note why. The caller looked, in this transaction."""
    tables = {
        EntryKind.AUTHORITY: AuthorityRow,
        EntryKind.GRANT: GrantRow,
        EntryKind.FILING: FilingRow,
        EntryKind.SPECIALTY: SpecialtyRow,
    }
    for span in found:
        key: object = int(span.entry) if span.kind in {EntryKind.GRANT, EntryKind.SPECIALTY} else span.entry
        row: Any = session.get(tables[span.kind], key, with_for_update=True, populate_existing=True)
        if row is None:
            raise _no_entry(span.kind, span.entry)
        row.valid_until = span.becomes
    session.add(
        EndedEntryRow(
            kind=order.kind, entry=order.entry, first=order.first, basis=order.basis, actor=actor, recorded=now
        )
    )
    session.flush()
    details = {"from": order.first.isoformat(), "basis": order.basis, "entries": len(found)}
    audit.append(session, actor=actor, act=f"{order.kind.value}.end", subject=order.entry, details=details, now=now)


def ended(session: ReadSession) -> dict[tuple[EntryKind, str], Ended]:
    """Return all that was ended, by kind and entry."""
    rows = session.scalars(select(EndedEntryRow).order_by(EndedEntryRow.kind, EndedEntryRow.entry))
    return {
        (row.kind, row.entry): Ended(kind=row.kind, entry=row.entry, first=row.first, basis=row.basis) for row in rows
    }


def require_not_ended(session: ReadSession, kind: EntryKind, entry: str, *, last: date | None) -> None:
    """Ask whether something may be added to an entry that is in force until ``last``. Raises ``entry_ended``."""
    row = session.get(EndedEntryRow, (kind, entry))
    if row is not None and (last is None or last >= row.first):
        raise _ended_before(row)


def numbered_grants(session: ReadSession, authority: str) -> list[tuple[int, Grant]]:
    """Return an authority's grants with their numbers, in the order in which they were added."""
    numbers = session.scalars(select(GrantRow.id).where(GrantRow.authority == authority).order_by(GrantRow.id))
    return list(zip(numbers, lists.grants(session, authority), strict=True))


def specialty_entry(session: ReadSession, authority: str, series: int, name: str, *, first: date | None) -> str:
    """Return the entry of a specialty. Raises NotFoundError ``no_entry``, InputError ``several_entries``."""
    table = SpecialtyRow
    query = select(table).where(table.authority == authority, table.series == series, table.name == name)
    found = [row for row in session.scalars(query.order_by(table.valid_from)) if first in {None, row.valid_from}]
    entry = f"{authority}/{series}/{name}"
    if not found:
        raise _no_entry(EntryKind.SPECIALTY, entry)
    if len(found) > 1:
        days = ", ".join(row.valid_from.isoformat() for row in found)
        message = f"specialty {entry} began several times: {days}; say on which day"
        raise InputError("several_entries", message, entry=entry, days=days)
    return str(found[0].id)


def _check_not_ended(session: ReadSession, kind: EntryKind, entry: str) -> None:
    row = session.get(EndedEntryRow, (kind, entry))
    if row is not None:
        raise _ended_before(row)


def _ended_before(row: EndedEntryRow) -> ConflictError:
    message = f"{row.kind.value} {row.entry} is ended from {row.first} ({row.basis})"
    return ConflictError("entry_ended", message, kind=row.kind.value, entry=row.entry, first=row.first, basis=row.basis)


def _span(kind: EntryKind, row: _Row, first: date) -> Span:
    entry, of = _names(row)
    return Span(kind=kind, entry=entry, of=of, begins=row.valid_from, last=row.valid_until, becomes=first - _DAY)


def _names(row: _Row) -> tuple[str, str]:
    match row:
        case AuthorityRow():
            return row.id, row.name
        case GrantRow():
            return str(row.id), f"{row.authority}: {row.legal_basis}"
        case FilingRow():
            return row.number, row.committee
        case SpecialtyRow():
            return str(row.id), f"{row.authority}/{row.series}/{row.name}"


def _delegated(session: ReadSession, ending: list[Span]) -> Iterator[Span]:
    """What authorities below have of the grants that end: nobody signs a list in which theirs are wider."""
    last = {int(each.entry): each.becomes for each in ending}
    parents = {each.id: each.parent for each in lists.authorities(session)}
    ordered = sorted(parents, key=lambda each: len(list(_above(parents, each))))
    held = {each: numbered_grants(session, each) for each in parents}
    for authority in ordered:
        parent = parents[authority]
        above = [] if parent is None else [_shortened(grant, last.get(number)) for number, grant in held[parent]]
        was = [] if parent is None else [grant for _, grant in held[parent]]
        for number, grant in held[authority]:
            if parent is None or number in last or not lies_within(grant, was) or lies_within(grant, above):
                continue
            ends = [day for day in last.values() if lies_within(replace(grant, last=max(day, grant.first)), above)]
            becomes = max([max(day, grant.first) for day in ends], default=grant.first)
            last[number] = becomes
            yield Span(
                kind=EntryKind.GRANT,
                entry=str(number),
                of=f"{authority}: {grant.legal_basis}",
                begins=grant.first,
                last=grant.last,
                becomes=becomes,
            )


def _above(parents: Mapping[str, str | None], authority: str) -> Iterator[str]:
    above = parents[authority]
    while above is not None:
        yield above
        above = parents[above]


def _shortened(grant: Grant, last: date | None) -> Grant:
    return grant if last is None else replace(grant, last=last)


def _authority(session: ReadSession, entry: str) -> Iterator[tuple[EntryKind, _Row]]:
    yield EntryKind.AUTHORITY, _one(session.get(AuthorityRow, entry), EntryKind.AUTHORITY, entry)
    for row in session.scalars(select(GrantRow).where(GrantRow.authority == entry).order_by(GrantRow.id)):
        yield EntryKind.GRANT, row


def _grant(session: ReadSession, entry: str) -> Iterator[tuple[EntryKind, _Row]]:
    row = session.get(GrantRow, int(entry)) if entry.isascii() and entry.isdigit() else None
    yield EntryKind.GRANT, _one(row, EntryKind.GRANT, entry)


def _committee(session: ReadSession, entry: str) -> Iterator[tuple[EntryKind, _Row]]:
    if session.get(CommitteeRow, entry) is None:
        raise _no_entry(EntryKind.COMMITTEE, entry)
    for row in session.scalars(select(FilingRow).where(FilingRow.committee == entry).order_by(FilingRow.number)):
        yield EntryKind.FILING, row


def _filing(session: ReadSession, entry: str) -> Iterator[tuple[EntryKind, _Row]]:
    yield EntryKind.FILING, _one(session.get(FilingRow, entry), EntryKind.FILING, entry)


def _specialty(session: ReadSession, entry: str) -> Iterator[tuple[EntryKind, _Row]]:
    row = session.get(SpecialtyRow, int(entry)) if entry.isascii() and entry.isdigit() else None
    yield EntryKind.SPECIALTY, _one(row, EntryKind.SPECIALTY, entry)


def _one(row: _Row | None, kind: EntryKind, entry: str) -> _Row:
    if row is None:
        raise _no_entry(kind, entry)
    return row


def _no_entry(kind: EntryKind, entry: str) -> NotFoundError:
    return NotFoundError("no_entry", f"there is no {kind.value} {entry}", kind=kind.value, entry=entry)


_RULES: Final[Mapping[EntryKind, _Rule]] = MappingProxyType(
    {
        EntryKind.AUTHORITY: _Rule(_authority, delegated=True),
        EntryKind.GRANT: _Rule(_grant, delegated=True),
        EntryKind.COMMITTEE: _Rule(_committee),
        EntryKind.FILING: _Rule(_filing),
        EntryKind.SPECIALTY: _Rule(_specialty, may_be_empty=True),
    }
)
