"""Which backups of a folder are kept: the newest of each of the last days, weeks and months.

Rules: days are civil days in Shanghai. The newest backup of all is always kept, whatever its age. Only files that are
backups of this deployment are looked at, by their heads; nothing else in the folder is ever removed.

    >>> Keep(days=14, weeks=8, months=24)
    Keep(days=14, weeks=8, months=24)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from credential.days import day_of
from issuer.backup.container import Head, read_head
from issuer.errors import InputError

SUFFIX: Final = ".titlecert-backup"
_BACKUP: Final = "backup"


@dataclass(frozen=True, slots=True)
class Keep:
    """How many days, weeks and months have a backup of their own; none is 0."""

    days: int = 14
    """Two weeks: longer than an office is closed in a row."""
    weeks: int = 8
    months: int = 24
    """What was erased stays in old backups: no longer than two years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A backup in a folder."""

    path: Path
    head: Head
    size: int


def name_of(deployment: str, made: datetime) -> str:
    """Return the name of a backup's file: no two of a deployment begin in the same microsecond."""
    return f"{deployment}-{made.strftime('%Y%m%dT%H%M%S%f')}Z{SUFFIX}"


def look_into(folder: Path, deployment: str) -> list[Found]:
    """Return the backups of a deployment in a folder, newest first; other files are passed over."""
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                head = read_head(file, _BACKUP, str(path)).head
        except InputError:
            continue
        if head.deployment == deployment:
            found.append(Found(path=path, head=head, size=path.stat().st_size))
    return sorted(found, key=lambda each: (each.head.made, each.path.name), reverse=True)


def not_kept(found: Iterable[Found], keep: Keep) -> list[Found]:
    """Return those of some backups that the rule does not keep."""
    ordered = sorted(found, key=lambda each: (each.head.made, each.path.name), reverse=True)
    kept = set(map(id, ordered[:1]))
    for count, period in ((keep.days, _day), (keep.weeks, _week), (keep.months, _month)):
        kept |= set(map(id, _newest_of_each(ordered, count, period)))
    return [each for each in ordered if id(each) not in kept]


def _newest_of_each(ordered: list[Found], count: int, period: Callable[[date], Hashable]) -> list[Found]:
    newest: dict[Hashable, Found] = {}
    for each in ordered:
        newest.setdefault(period(day_of(each.head.made)), each)
    return list(newest.values())[:count]


def _day(day: date) -> Hashable:
    return day


def _week(day: date) -> Hashable:
    return day.isocalendar()[:2]


def _month(day: date) -> Hashable:
    return day.year, day.month
