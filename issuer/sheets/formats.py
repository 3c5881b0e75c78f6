"""Number formats: what a number in a cell shows as, so that what is read is what was seen.

Rules. A date format that shows no year, month or day gives no date: ``2026年10月`` is no day, however it was stored. A
number format that only fills up with zeros gives the text that is seen; one that shows another number than is stored
gives a :class:`BadCell`. Built-in formats have the meaning of a Chinese program (ECMA-376 part 1, 18.8.30).

    >>> shown(46325.0, "yyyy-mm-dd"), shown(7.0, "000"), shown(7.0, "General")
    (datetime.datetime(2026, 10, 30, 0, 0), '007', 7)
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from issuer.sheets.cells import BadCell, Cell

_YM, _MD, _TIME = 'yyyy"年"m"月"', 'm"月"d"日"', "h:mm"
BUILT_IN: Final[dict[int, str]] = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: _TIME, 19: _TIME, 20: _TIME,
    21: _TIME, 22: "yyyy/m/d h:mm", 27: _YM, 28: _MD, 29: _MD, 30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: _TIME,
    33: _TIME, 34: _TIME, 35: _TIME, 36: _YM, 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0",
    42: "#,##0", 43: "#,##0.00", 44: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "0.0E+0", 49: "@",
    50: _YM, 51: _MD, 52: _YM, 53: _MD, 54: _MD, 55: _TIME, 56: _TIME, 57: _YM, 58: _MD,
}  # fmt: skip
_LAST_DAY = 2_958_465  # 9999-12-31
_DECORATION = re.compile(r"\[(?:DBNum\d|\$[^\]]*|[A-Z][a-z]+\d*|Color ?\d+)\]|_.|\*.", re.IGNORECASE)
_TOKEN = re.compile(r"General|am/pm|a/p|上午/下午|y+|m+|d+|h+|s+|e+|g+|b+|a{3,}|\[[hms]+\]", re.IGNORECASE)
_SYSTEM_DATE = re.compile(r"\[\$-F800\]", re.IGNORECASE)
_SYSTEM_TIME = re.compile(r"\[\$-F400\]", re.IGNORECASE)
_CONDITION = re.compile(r"\[[<>=]")
_QUOTED = re.compile(r'"([^"]*)"|\\(.)')
_PARTS = (("year", "年"), ("month", "月"), ("day", "日"))


def shown(value: float, format_code: str, *, epoch_1904: bool = False) -> Cell:
    """What a stored number shows in this format: a number, a date, a text of digits, or why none of them."""
    section = _first_section(format_code)
    if section is None:
        return _hidden(value)
    plain = _DECORATION.sub("", section).strip()
    general = plain.lower() in ("general", "g/通用格式")
    parts = None if general else _date_parts(section)
    if parts is not None:
        return _date(value, parts, epoch_1904=epoch_1904)
    if general or plain in ("@", "#", "0"):
        return _number(value, whole=plain in ("#", "0"))
    return _filled(value, plain)


def _hidden(value: float) -> BadCell:
    return BadCell(code="cell_format", held=f"{value:.15g}")


def _number(value: float, *, whole: bool) -> Cell:
    if value.is_integer():
        return int(value)
    return _hidden(value) if whole else float(f"{value:.10g}")  # a program shows ten digits


def _first_section(code: str) -> str | None:
    """The section for what is above zero; None when conditions decide, or nothing is shown."""
    section, quoted, skip = "", False, False
    for character in code:
        if skip:
            skip = False
        elif character == '"':
            quoted = not quoted
        elif character == "\\" and not quoted:
            skip = True
        elif character == ";" and not quoted:
            break
        section += character
    return None if _CONDITION.search(section) or not section.strip() else section


@lru_cache(maxsize=256)
def _date_parts(section: str) -> frozenset[str] | None:
    """Which of year, month and day are shown; None when it is no format of a date or time."""
    if _SYSTEM_DATE.search(section):
        return frozenset({"year", "month", "day"})
    if _SYSTEM_TIME.search(section):
        return frozenset()
    plain = _DECORATION.sub("", _QUOTED.sub("", section))
    tokens = [token.lower() for token in _TOKEN.findall(plain)]
    if "general" in tokens or not tokens or re.search(r"[0#?]", plain.replace(".0", "")):
        return None
    kinds = [token.strip("[]")[0] if token.startswith("[") else token[0] for token in tokens]
    parts = set()
    for place, (token, kind) in enumerate(zip(tokens, kinds, strict=True)):
        if kind in "ye":
            parts.add("year")
        elif kind == "d" and len(token) < 3:
            parts.add("day")
        elif kind == "m" and not _is_minutes(kinds, place):
            parts.add("month")
    return frozenset(parts)


def _is_minutes(kinds: list[str], place: int) -> bool:
    return (place > 0 and kinds[place - 1] == "h") or kinds[place + 1 : place + 2] == ["s"]


def _date(value: float, parts: frozenset[str], *, epoch_1904: bool) -> Cell:
    if not 1 <= value <= _LAST_DAY:
        return value
    first = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)
    try:
        found = first + timedelta(seconds=round(value * 86_400))
    except OverflowError:
        return value
    return incomplete(found, parts) or found


def instant(text: str) -> datetime | None:
    """Return a date or an instant in ISO 8601 to the nearest second, as programs show it; None for anything else.

    A day that was worked out is stored as the last hundredth of a second of the day before.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found + timedelta(microseconds=500_000)).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def incomplete(found: datetime, parts: frozenset[str]) -> BadCell | None:
    """Why a date of which only these parts are shown is none; None when all of year, month and day are."""
    missing = [(zh, name) for name, zh in _PARTS if name not in parts]
    if not missing:
        return None
    words = {"parts_zh": "、".join(zh for zh, _ in missing), "parts": ", ".join(name for _, name in missing)}
    return BadCell(code="date_incomplete", details=words, held=_in_part(found, parts))


def _in_part(found: datetime, parts: frozenset[str]) -> str:
    """As much of a date as was shown, for a copy of the list: nobody shall take the rest for given there either."""
    shown = (("year", f"{found.year}年"), ("month", f"{found.month}月"), ("day", f"{found.day}日"))
    return "".join(text for name, text in shown if name in parts) or f"{found:%H:%M}"


def _filled(value: float, section: str) -> Cell:
    """What a format of zeros and fixed characters shows, such as ``000`` or ``0000-00-00``."""
    fixed = "".join(f"\\{c}" for c in "-/.年月日 ")
    if not value.is_integer() or value < 0 or not re.fullmatch(rf"[0{fixed}]+", _QUOTED.sub(r"\1\2", section)):
        return _hidden(value)
    pattern = _QUOTED.sub(r"\1\2", section)
    zeros = pattern.count("0")
    digits = str(int(value)).zfill(zeros)
    if len(digits) > zeros or "0." in pattern:
        return _hidden(value)
    following = iter(digits)
    return "".join(next(following) if c == "0" else c for c in pattern)
