"""The share of a whole that is due between two instants, so that all of it is looked at within a day.

Rules: a whole is looked at from its beginning to its end between one midnight (UTC) and the next, in as many parts as
there are runs. Where a run goes on is worked out from the signed snapshot before it, never from a place that the
register keeps: whoever owns the register makes no part of it be left out. Parts overlap a little; a long pause makes
the next part the whole. A short chain is looked at whole in every run, and so is all that goes with it.

    due = shares(Mark(at=before, length=9000), Mark(at=now, length=10_000))         # parts of 1
    entries(due, before, now), ids(due)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from credential.days import to_seconds

OVERLAP: Final = timedelta(minutes=10)
"""More than passes between the look and the snapshot that says when it was."""
AT_ONCE: Final = 2000
"""So many entries are looked at in every run: some hundredths of a second."""
_DAY: Final = 86_400

Share = tuple[float, float]
"""Beginning and end, of 1."""
WHOLE: Final[tuple[Share, ...]] = ((0.0, 1.0),)
Ids = tuple[str, str | None]
"""From this beginning of an id, included, to that one, excluded; None for the end of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where the chain stood when it was looked at last."""

    at: datetime
    length: int


def shares(before: Mark | None, now: Mark) -> tuple[Share, ...]:
    """Return what is due: one part, two across midnight, or the whole.

    Args:
        before: the last look; None where nothing is known of it.
        now: this one.
    """
    if before is None or now.length <= AT_ONCE:
        return WHOLE
    return between(before.at, now.at, overlap=OVERLAP)


def between(since: datetime, until: datetime, *, overlap: timedelta = timedelta(0)) -> tuple[Share, ...]:
    """Return what is due between two instants: one part, two across midnight, or the whole.

    Args:
        since: when it was looked at last; after ``until``, and a day before it, everything is due.
        until: now.
        overlap: how much before ``since`` the part begins, where that instant is known less exactly.
    """
    if not since <= until < since + timedelta(days=1) - overlap:
        return WHOLE
    begin, end = _of_day(since - overlap), _of_day(until)
    return ((begin, end),) if begin <= end else ((begin, 1.0), (0.0, end))


def entries(due: tuple[Share, ...], before: Mark | None, now: Mark) -> tuple[tuple[int, int], ...]:
    """Return which entries are due, as ``(after, until)``. The chain grows: what was passed is of the length then."""
    if before is None or due == WHOLE:
        return ((0, now.length),)
    after = min(floor(due[0][0] * before.length), now.length)
    until = ceil(due[-1][1] * now.length)
    if len(due) > 1:
        return (after, now.length), (0, until)
    return ((after, min(max(until, after + AT_ONCE), now.length)),)


def ids(due: tuple[Share, ...]) -> list[Ids]:
    """Return the parts as beginnings of random ids in hexadecimal: from, included, to, excluded."""
    return [(_id(begin), None if end >= 1 else _id(end + 2**-32)) for begin, end in due]


def within(column: InstrumentedAttribute[str], part: Ids) -> ColumnElement[bool]:
    """Return the condition that a column of random ids lies in a part, as ``ids`` gives it."""
    begin, end = part
    return column >= begin if end is None else (column >= begin) & (column < end)


def _id(share: float) -> str:
    return f"{min(floor(share * 2**32), 2**32 - 1):08x}"


def _of_day(instant: datetime) -> float:
    return to_seconds(instant.replace(microsecond=0)) % _DAY / _DAY
