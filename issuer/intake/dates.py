"""Award dates as offices write them.

Rules. Read: date cells, ``2026-10-30``, ``2026/9/1``, ``2026.9.1``, ``2026年10月30日``, ``20261030`` (text or number),
full-width digits, blanks beside the separators, any of these with a time of midnight. Not read: another time of day,
a year without day, two-digit years, day first, a bare serial number of a spreadsheet: a guess about a date becomes a
wrong certificate.

    >>> parse_date("2026年9月1日")
    datetime.date(2026, 9, 1)
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from issuer.errors import InputError
from issuer.sheets.cells import Cell

_FORMS = (
    re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[ T]([0-9]{1,2}:[0-9]{2}(?::[0-9.]{2,12})?))?"),
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})日 ?([0-9]{1,2}:[0-9]{2}(?::[0-9.]{2,12})?)?"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})(?: ([0-9]{1,2}:[0-9]{2}(?::[0-9.]{2,12})?))?"),
)
_BESIDE_SEPARATOR = re.compile(r" *([-/.年月]) *| +(?=日)")
_NOISE = timedelta(milliseconds=5)  # what a fraction of a day loses as a binary number, and a good deal more


class TimeOfDayError(InputError, ValueError):
    """A date with a time of day. ``fields``: ``day`` is the date, ``shown`` the time as it stands there."""


def parse_date(cell: Cell) -> date:
    """The date in a cell.

    Raises:
        TimeOfDayError: a date, but with a time of day other than midnight.
        ValueError: not a date in one of the forms above, or a day that does not exist.
    """
    if isinstance(cell, datetime):
        return _without_time(cell)
    if isinstance(cell, date):
        return cell
    return _from_text(_text(cell))


def _without_time(moment: datetime) -> date:
    near = moment + _NOISE if moment.date() < date.max else moment
    if near - datetime.combine(near.date(), time(0), moment.tzinfo) > 2 * _NOISE:
        raise _with_time(moment.date(), f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}")
    return near.date()


def _with_time(day: date, shown: str) -> TimeOfDayError:
    return TimeOfDayError("date_time", "the date has a time of day", day=day, shown=shown)


def _text(cell: Cell) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise ValueError("neither text nor a date")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    plain = unicodedata.normalize("NFKC", str(cell)).strip()
    return _BESIDE_SEPARATOR.sub(lambda found: found[1] or "", plain)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError("a date that does not exist") from error


def _from_text(text: str) -> date:
    for form in _FORMS:
        if match := form.fullmatch(text):
            day = _day(int(match[1]), int(match[3]), int(match[4]))
            if match[5] is not None and set(match[5]) - set("0:."):
                raise _with_time(day, match[5])
            return day
    raise ValueError("not a date")
