"""Tracing back (倒查): every certificate that a committee's sessions led to, and where each stands, to the last one.

Rules: a session is a filing and an award date. Where a certificate stands is read from its events, not from a column:
whether it was suspended, by which decision, and what was decided since. Nothing that is sealed is read, so the list
costs few queries and names nobody.

    found = traced(session, [Reach(filing="示评备〔2025〕012号")])
    [each.number for each in found if each.stands is Stands.SUSPENDED]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from credential.history import STATE_AFTER, EventKind
from credential.statuslist import Status
from issuer.db.events import Event, events_of_many
from issuer.db.reaching import Reach, Reached, places_of, reached
from issuer.db.sessions import ReadSession, chunked


class Stands(StrEnum):
    """Where a certificate of the list stands."""

    UNTOUCHED = "untouched"
    """In force, and never suspended."""
    SUSPENDED = "suspended"
    """Nothing is decided yet: the list is not at its end."""
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


_ENDS: Final = {
    Status.SUSPENDED: Stands.SUSPENDED,
    Status.WITHDRAWN: Stands.WITHDRAWN,
    Status.CANCELLED: Stands.CANCELLED,
    Status.SUPERSEDED: Stands.SUPERSEDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """One certificate of the list."""

    id: str
    number: str
    filing: str
    awarded_on: date
    batch: str
    sheet_row: int
    """Of the list from which it was issued."""
    stands: Stands
    suspended: Event | None
    """The last suspension; None where there was none."""
    decided: Event | None
    """What brought it where it stands, after that or without it; None while nothing did."""


def traced(session: ReadSession, reaches: Iterable[Reach]) -> tuple[Traced, ...]:
    """Return the certificates that descriptions reach, by filing, day and number, each with where it stands."""
    found = [each for reach in reaches for each in reached(session, reach)]
    found.sort(key=lambda each: (each.basis_reference, each.awarded_on, each.number))
    return tuple(made for chunk in chunked(found) for made in _traced(session, chunk))


def _traced(session: ReadSession, chunk: Sequence[Reached]) -> list[Traced]:
    ids = [each.id for each in chunk]
    events, places = events_of_many(session, ids), places_of(session, ids)
    return [_one(each, events[each.id], *places[each.id]) for each in chunk]


def _one(each: Reached, events: Sequence[Event], batch: str, sheet_row: int) -> Traced:
    moves = [event for event in events if event.kind in STATE_AFTER]
    suspended = next((event for event in reversed(moves) if event.kind is EventKind.SUSPENDED), None)
    last = moves[-1] if moves else None
    state = Status.VALID if last is None else STATE_AFTER[last.kind]
    return Traced(
        id=each.id,
        number=each.number,
        filing=each.basis_reference,
        awarded_on=each.awarded_on,
        batch=batch,
        sheet_row=sheet_row,
        stands=_ENDS.get(state, Stands.UNTOUCHED if last is None else Stands.REINSTATED),
        suspended=suspended,
        decided=None if last is suspended else last,
    )
