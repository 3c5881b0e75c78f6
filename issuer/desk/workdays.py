"""Working days: the weekdays, less the holidays, and the weekend days that are worked instead (调休).

Rules: the two lists are configuration, because the state fixes them anew each year. A day after the last year that is
configured counts by its weekday alone.

    >>> Calendar(holidays=frozenset({date(2026, 10, 1)})).after(date(2026, 9, 30), 1)
    datetime.date(2026, 10, 2)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Which days are worked."""

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    """Saturdays and Sundays that are worked in the place of other days."""

    def is_worked(self, day: date) -> bool:
        """Return whether the office works on a day."""
        if day in self.worked:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after(self, day: date, count: int) -> date:
        """Return the working day that is ``count`` working days behind ``day``; the day itself does not count."""
        left = count
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_worked(day)
        return day
