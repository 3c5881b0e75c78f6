"""What the checks look at, and how one check is made: what it needs, what is said when that is away, what breaks.

Rules: nothing here writes. A check that cannot be made stops no other. What a check raises is a finding: the error's
code and no sentence of it. A check that takes the register or the keys is not made without them, and says so.

    ground = Ground(home=home, opened=opened, fault=None, now=now, checker=check, has_keys=False)
    looked = look(Check("fonts", Need.HOME, fonts), ground)
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from credential.errors import CodedError
from issuer.checker import Checker
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.home.paths import Home
from issuer.standing.model import Finding, Looked, critical, not_looked


class Space(NamedTuple):
    """Of a disk, in bytes."""

    total: int
    free: int


def space_of(path: Path) -> Space:
    """Return the space of the disk that a path is on. Raises OSError."""
    found = shutil.disk_usage(path)
    return Space(total=found.total, free=found.free)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A deployment as the checks see it."""

    home: Home
    opened: Opened | None
    """None: the register could not be opened, for ``fault``."""
    fault: CodedError | None
    now: datetime
    checker: Checker = field(repr=False)
    """Looks at the publication as a stranger does."""
    has_keys: bool
    """Whether the service passphrase is at hand without asking anybody."""
    space: Callable[[Path], Space] = space_of

    @property
    def register(self) -> Opened:
        """The opened home. Raises ValueError where there is none; a check that says its need never meets that."""
        if self.opened is None:
            raise ValueError("this check needs the register and does not say so")
        return self.opened


class Need(StrEnum):
    """What a check needs besides the files of the home."""

    HOME = "home"
    REGISTER = "register"
    KEYS = "keys"


class Check(NamedTuple):
    """A line of the table of checks."""

    name: str
    """Its words stand in ``cli/words/standing.toml``."""
    need: Need
    look: Callable[[Ground], Iterable[Finding]]
    is_quick: bool = False
    """Whether ``titlecert status`` makes it too: it costs little, and tells how things stand this minute."""


_EVERYTHING: Final = (Need.REGISTER, Need.KEYS)


def look(check: Check, ground: Ground) -> Looked:
    """Make a check; whatever happens to it is a finding."""
    return Looked(check=check.name, findings=_findings(check, ground))


def _findings(check: Check, ground: Ground) -> tuple[Finding, ...]:
    if check.need in _EVERYTHING and ground.opened is None:
        return (not_looked("no_register_open", advice="mend_database"),)
    if check.need is Need.KEYS and not ground.has_keys:
        return (not_looked("no_passphrase", advice="give_passphrase"),)
    try:
        return tuple(check.look(ground))
    except Exception as error:
        known = machine.known(error, ground.home)
        if known is None:
            raise
        return (critical("check_failed", advice="mend_check", why=known.code),)
