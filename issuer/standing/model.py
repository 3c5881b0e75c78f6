"""What a check finds: a code, how bad it is, what it is about, the code of the advice, and the numbers behind it.

Rules: a finding holds no sentence; its words stand in ``cli/words/standing.toml``, by its code and the code of its
advice. It holds no personal data: no name of a person, no number of a certificate, no ``cti``. What could not be looked
at is a finding of its own, and never counts as good.

    >>> warning("list_ends", "trust list", advice="sign_trust_list", days=12).level
    <Level.WARNING: 'warning'>
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

Number = str | int | float | datetime | None


class Level(StrEnum):
    """How bad a finding is."""

    GOOD = "good"
    NOT_LOOKED = "not_looked"
    """It could not be looked at, and nobody knows; the reason is a finding of its own where it is bad."""
    WARNING = "warning"
    """It works, and somebody should act in the next days."""
    CRITICAL = "critical"
    """Something does not work now, or will not tomorrow."""


_ORDER: Final = tuple(Level)
"""From good to bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found."""

    code: str
    level: Level
    subject: str = ""
    """What it is about: a path, a use of a key, an authority, a topic; empty for the whole deployment."""
    advice: str = ""
    """The code of what to do next; empty where nothing is to be done."""
    numbers: Mapping[str, Number] = field(default_factory=dict)
    """The values behind it, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A check and what it found, at least one finding."""

    check: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The worst of what it found."""
        return worst(each.level for each in self.findings)


def worst(levels: Iterable[Level]) -> Level:
    """Return the worst of some levels; good where there is none."""
    return max(levels, key=_ORDER.index, default=Level.GOOD)


def good(code: str, subject: str = "", /, **numbers: Number) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(code=code, level=Level.GOOD, subject=subject, numbers=numbers)


def not_looked(code: str, subject: str = "", /, *, advice: str, **numbers: Number) -> Finding:
    """Return that something was not looked at."""
    return Finding(code=code, level=Level.NOT_LOOKED, subject=subject, advice=advice, numbers=numbers)


def warning(code: str, subject: str = "", /, *, advice: str, **numbers: Number) -> Finding:
    """Return a finding that somebody should act on in the next days."""
    return Finding(code=code, level=Level.WARNING, subject=subject, advice=advice, numbers=numbers)


def critical(code: str, subject: str = "", /, *, advice: str, **numbers: Number) -> Finding:
    """Return a finding that somebody should act on now."""
    return Finding(code=code, level=Level.CRITICAL, subject=subject, advice=advice, numbers=numbers)
