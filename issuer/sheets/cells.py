"""Cells: what one of them may hold.

>>> str(BadCell(code="cell_error", held="#N/A"))
'#N/A'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCell:
    """A cell whose value is not known, or not what a person sees: ``code`` is the finding's, ``details`` its words."""

    code: str
    details: Mapping[str, str] = field(default_factory=dict, hash=False)
    held: str = field(default="", repr=False, compare=False)
    """What the cell holds as text, for a copy of the list."""

    def __str__(self) -> str:
        return self.held


Cell = str | int | float | bool | date | datetime | time | timedelta | BadCell | None
