"""Award dates as offices write them.

Rules. Read: date cells, ``2026-10-30``, ``2026/9/1``, ``2026.9.1``, ``2026年10月30日``, ``20261030`` (text or number),
full-width digits, and any of these with a time of midnight. Not read: a year without day, two-digit years, day first, a
bare serial number of a spreadsheet: a guess about a date becomes a wrong certificate.

    >>> parse_date("2026年9月1日")
    datetime.date(2026, 9, 1)
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time

from issuer.intake.model import Cell

_FORMS = (
    re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?"),
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})日"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
)


def parse_date(cell: Cell) -> date:
    """The date in a cell.

    Raises:
        ValueError: not a date in one of the forms above, or a day that does not exist.
    """
    if isinstance(cell, datetime):
        if cell.time() != time(0):
            raise ValueError("a date with a time of day")
        return cell.date()
    if isinstance(cell, date):
        return cell
    return _from_text(_text(cell))


def _text(cell: Cell) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise ValueError("neither text nor a date")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    plain = unicodedata.normalize("NFKC", str(cell)).strip()
    return plain.replace(" ", "") if "年" in plain else plain


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError("a date that does not exist") from error


def _from_text(text: str) -> date:
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _day(int(match[1]), int(match[3]), int(match[4]))
    raise ValueError("not a date")
