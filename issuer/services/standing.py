"""How a deployment stands: what is public and until when, what waits, who works, and what the checks find.

Rules: nothing here writes, and nobody is asked for anything. Where the register cannot be opened the rest is looked at.

    report = standing.examine(opened, checker=check, has_keys=True)
    report.level
    standing.overview(opened)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from credential.errors import CodedError
from issuer.auditing.looking import last_look
from issuer.checker import Checker
from issuer.db import leases, publications, standing
from issuer.db.leases import Lease
from issuer.db.standing import Published, TopicWaits
from issuer.home.opened import Opened
from issuer.home.paths import Home
from issuer.standing.ground import Ground, look
from issuer.standing.model import Finding, Level, Looked, worst
from issuer.standing.table import CHECKS

__all__ = ["Finding", "Level", "Looked", "Overview", "Report", "examine", "examine_closed", "overview"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the checks found, in the order of the table."""

    looked: tuple[Looked, ...]

    @property
    def level(self) -> Level:
        """The worst of all."""
        return worst(each.level for each in self.looked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How things stand this minute."""

    published: Published | None
    """The last snapshot that went out; None before the first."""
    waiting: tuple[TopicWaits, ...]
    leases: tuple[Lease, ...]
    """Who works on what, and until when it is theirs."""
    audit_walked: datetime | None
    certificates_walked: datetime | None


def examine(opened: Opened, *, checker: Checker, has_keys: bool, only_quick: bool = False) -> Report:
    """Make the checks of the table.

    Args:
        opened: the home.
        checker: looks at the publication as a stranger does.
        has_keys: whether the service passphrase is at hand without asking anybody.
        only_quick: only what tells how things stand this minute.
    """
    now = opened.clock().replace(microsecond=0)
    ground = Ground(home=opened.home, opened=opened, fault=None, now=now, checker=checker, has_keys=has_keys)
    return _report(ground, only_quick=only_quick)


def examine_closed(
    home: Home, *, fault: CodedError, checker: Checker, now: datetime, only_quick: bool = False
) -> Report:
    """Make the checks of a home whose register cannot be opened.

    Args:
        home: its paths and settings.
        fault: why the register cannot be opened.
        checker: looks at the publication as a stranger does.
        now: aware instant.
        only_quick: as ``examine``.
    """
    ground = Ground(home=home, opened=None, fault=fault, now=now, checker=checker, has_keys=False)
    return _report(ground, only_quick=only_quick)


def _report(ground: Ground, *, only_quick: bool) -> Report:
    return Report(looked=tuple(look(each, ground) for each in CHECKS if each.is_quick or not only_quick))


def overview(opened: Opened) -> Overview:
    """Return what the register says of this minute."""
    with opened.register.read() as session:
        audit = last_look(session, opened, opened.clock())
        return Overview(
            published=standing.published(session),
            waiting=standing.waiting(session),
            leases=tuple(leases.listed(session)),
            audit_walked=None if audit is None else audit.at,
            certificates_walked=publications.walked(session),
        )
