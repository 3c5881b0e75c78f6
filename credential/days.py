"""Civil days in Asia/Shanghai (FORMAT 1.7): UTC+8 without daylight saving since 1991, so a fixed offset is exact.

>>> from datetime import UTC, datetime
>>> day_of(datetime(2026, 11, 20, 16, 0, tzinfo=UTC))
datetime.date(2026, 11, 21)
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from credential.errors import MalformedError

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
EPOCH: Final = date(1970, 1, 1)
_EPOCH_ORDINAL: Final = EPOCH.toordinal()
MAX_DAY: Final = (date(9999, 12, 31) - EPOCH).days
MAX_INSTANT: Final = 253402214400
"""The start of 9999-12-31 in UTC; later instants have no civil day that every language can write."""
CLOCK_DIFFERENCE: Final = timedelta(seconds=300)
"""How much the clocks of two machines may differ (FORMAT 1.7)."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def to_day(value: date) -> int:
    """Return the number of days since 1970-01-01 (RFC 8943)."""
    return (value - EPOCH).days


def from_day(day: int) -> date:
    """Return the civil date of a day number. Raises MalformedError (``bad_date``) outside 1970 to 9999."""
    if not 0 <= day <= MAX_DAY:
        raise MalformedError("bad_date", f"day {day} lies outside the years 1970 to 9999")
    return date.fromordinal(_EPOCH_ORDINAL + day)


def parse_date(text: object) -> date:
    """Read ``YYYY-MM-DD``. Raises MalformedError (``bad_date``)."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise MalformedError("bad_date", "a date is written YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedError("bad_date", f"there is no day {text}") from error


def day_of(instant: datetime) -> date:
    """Return the civil date in Asia/Shanghai of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return instant.astimezone(SHANGHAI).date()


def to_seconds(instant: datetime) -> int:
    """Return Unix seconds, rounded down."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return int(instant.timestamp() // 1)


def from_seconds(seconds: int) -> datetime:
    """Return the aware UTC instant. Raises MalformedError (``bad_instant``) outside 1970 to 9999."""
    if not 0 <= seconds <= MAX_INSTANT:
        raise MalformedError("bad_instant", f"instant {seconds} lies outside the years 1970 to 9999")
    return datetime.fromtimestamp(seconds, UTC)
