"""What the operator decides of the desk.

Rules: nothing here is secret, but for the one that a provider of accounts may want. The desk's own database is named
here, and the socket of the unlock service; the register is not. The address is where browsers reach the desk: forms
that come from another one are refused.

    DeskSettings(origin="http://127.0.0.1:8788", verifier="http://127.0.0.1:8787", database=path, socket=path)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from issuer.desk.workdays import Calendar

IDLE: Final = timedelta(hours=2)
"""A person who reads slowly, or is called away, is still signed in."""
ROTATE: Final = timedelta(minutes=15)
"""How long one cookie is good; a copy of it is worth nothing afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """In how many working days the office answers, by what is asked."""

    correction: int = 7
    missing: int = 3
    erasure: int = 7

    def of(self, kind: str) -> int:
        """Return the working days for a kind of request. Raises KeyError for one that there is not."""
        return {"correction": self.correction, "missing": self.missing, "erasure": self.erasure}[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """The settings of one desk."""

    origin: str
    """``scheme://host[:port]``, no path."""
    verifier: str
    """Origin of the page that checks certificates."""
    database: Path | URL
    """The desk's own database."""
    socket: Path
    """Of the unlock service."""
    demonstration: bool = False
    oidc: bool = False
    """Whether people may sign in with an account elsewhere too."""
    client_secret: str | None = field(default=None, repr=False)
    """What the desk proves itself with to the provider of accounts, where that wants it."""
    idle: timedelta = IDLE
    rotate: timedelta = ROTATE
    deadlines: Deadlines = field(default_factory=Deadlines)
    calendar: Calendar = field(default_factory=Calendar)
    fonts: tuple[Path, ...] = ()
    """Further font directories, for what is printed."""

    @property
    def secure(self) -> bool:
        """Whether browsers reach the desk over TLS, so that cookies are for TLS alone."""
        return self.origin.startswith("https://")


def in_working_days(settings: DeskSettings, kind: str, day: date) -> date:
    """Return the last day on which a request of this kind, made on ``day``, is answered in time."""
    return settings.calendar.after(day, settings.deadlines.of(kind))
