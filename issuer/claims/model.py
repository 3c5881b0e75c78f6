"""The values of claim codes: for whom they are wanted, what came of it, what a slip says.

Wanted(batch="sf-hrss-0001", employer="示范建设有限公司")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

MAKE: Final = "claim.make"
"""What the audit names: a code was made for the holder of a certificate."""
REPLACE: Final = "claim.replace"
END: Final = "claim.end"
COLLECT: Final = "claim.collect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose codes are wanted: of a batch, all or those of one employer; or of the holder of one certificate."""

    batch: str | None = None
    number: str | None = None
    employer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a slip says. It is printed once, and kept nowhere."""

    number: str
    """Of the certificate for which it was made."""
    name: str = field(repr=False)
    id_type: str
    id_shown: str = field(repr=False)
    """The ID number, masked: it tells two people of one name apart."""
    employer: str = field(repr=False)
    """Empty where there is none."""
    authority: str
    """Name of the authority."""
    code: str = field(repr=False)
    """In groups."""
    expires: datetime
    address: str
    """Where the holder signs in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCodes:
    """What came of making codes."""

    slips: tuple[Slip, ...] = field(repr=False)
    """In the order of employers, and of numbers within."""
    sent: tuple[str, ...]
    """Numbers of certificates whose holders are sent a code."""
    unreachable: tuple[str, ...]
    """Numbers of those who got no code: they cannot be written to, and no slips were asked for."""
    kept: tuple[str, ...]
    """Numbers of those who have a code already."""


class ClaimState(StrEnum):
    """Where a code stands."""

    OPEN = "open"
    USED = "used"
    ENDED = "ended"
    EXPIRED = "expired"
    BURNT = "burnt"
    """It was tried too often; the counter makes another."""


class Handing(StrEnum):
    """How a code reaches its holder."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    SLIP = "slip"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedClaim:
    """A code as a list shows it; the code itself is kept nowhere."""

    number: str
    state: ClaimState
    handing: Handing
    made: datetime
    made_by: str
    expires: datetime
    tries: int
    attempts: int
    """To send it."""
    next_try: datetime | None
    last_error: str | None
    """The code of the error of the last attempt."""
    sent: datetime | None
    used: datetime | None
    ended: datetime | None
    collected: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedFile:
    """A file to be printed."""

    name: str
    data: bytes = field(repr=False)
