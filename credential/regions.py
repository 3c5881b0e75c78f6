"""Administrative regions: six-digit codes (GB/T 2260) and which covers which (FORMAT 1.8).

Rules: ``AB0000`` is a province and covers ``AB****``; ``ABCD00`` is a city and covers ``ABCD**``; any other code is a
county and covers itself. Only the shape is checked: codes come and go, and the register knows those it uses.

    >>> covers(parse_region("990000"), parse_region("990101"))
    True
"""

from __future__ import annotations

import re
from typing import Final, NewType

from credential.errors import MalformedError

RegionCode = NewType("RegionCode", str)

REGION: Final = re.compile(r"[1-9][0-9]{5}", re.ASCII)
"""The form of a region code; ``parse_region`` asks more."""


def parse_region(text: str) -> RegionCode:
    """The code in ``text``: six ASCII digits, and no county without its city.

    Raises:
        MalformedError: code ``bad_region``.
    """
    if not REGION.fullmatch(text) or (text[2:4] == "00" and text[4:] != "00"):
        raise MalformedError("bad_region", f"{text!r} is not an administrative region code of six digits", value=text)
    return RegionCode(text)


def covers(outer: RegionCode, inner: RegionCode) -> bool:
    """Whether ``inner`` is ``outer`` or lies in it. Not symmetric: a county never covers its province."""
    if outer[2:] == "0000":
        return inner[:2] == outer[:2]
    if outer[4:] == "00":
        return inner[:4] == outer[:4]
    return inner == outer
