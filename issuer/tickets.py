"""Tickets: what a signed-in holder's request and every job for the worker carry, made by the unlock service alone.

Rules: a ticket names holder, session and expiry, under HMAC-SHA-256 with a key that the unlock service and the worker
share; the desk has no such key, so it cannot make one. Its parts are separated by dots, in one form only. Who reads it
also asks whether the session was ended.

    >>> from datetime import UTC, datetime
    >>> key, noon = bytes(range(32)), datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    >>> made = make(key, "0" * 32, "A" * 22, noon)
    >>> made.split(".")[:4]
    ['v1', '00000000000000000000000000000000', 'AAAAAAAAAAAAAAAAAAAAAA', '1795262400']
    >>> read(key, made, datetime(2026, 11, 21, 11, 59, tzinfo=UTC)).session
    'AAAAAAAAAAAAAAAAAAAAAA'
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

ACTOR: Final = "holder"
"""Who acts, as the audit names a holder: without saying which."""
TICKET_KEY_BYTES: Final = 32
MAX_TICKET: Final = 160
"""Characters: no ticket of this version has more than 117."""
_VERSION: Final = "v1"
_FORM: Final = re.compile(
    r"v1\.(?P<holder>[0-9a-f]{32})\.(?P<session>[A-Za-z0-9_-]{22})\.(?P<expires>[1-9][0-9]{0,11})\.(?P<mac>[A-Za-z0-9_-]{43})",
    re.ASCII,
)
_REFUSED: Final = "the ticket does not hold"
_PURPOSE: Final = b"titlecert/ticket/v1\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a ticket that holds says."""

    holder: str
    """The id of the holder's row."""
    session: str
    expires: datetime


def make(key: bytes, holder: str, session: str, expires: datetime) -> str:
    """Return a ticket.

    Args:
        key: 32 bytes.
        holder: 32 hexadecimal digits.
        session: 22 characters of base64url.
        expires: aware instant; whole seconds count.

    Raises:
        ValueError: one of them has another form.
    """
    if len(key) != TICKET_KEY_BYTES or expires.utcoffset() is None:
        raise ValueError("a ticket takes a key of 32 bytes and an aware instant")
    said = f"{_VERSION}.{holder}.{session}.{int(expires.timestamp())}"
    ticket = f"{said}.{_mac(key, said)}"
    if not _FORM.fullmatch(ticket):
        raise ValueError("a ticket names a holder by 32 hexadecimal digits and a session by 22 characters")
    return ticket


def read(key: bytes, ticket: str, now: datetime) -> Ticket:
    """Return what a ticket says.

    Args:
        key: the key it was made with.
        ticket: as it came.
        now: aware instant.

    Raises:
        ValueError: another form, another key, changed, or over. It says no more, on purpose.
    """
    found = _FORM.fullmatch(ticket) if len(ticket) <= MAX_TICKET else None
    if found is None:
        raise ValueError(_REFUSED)
    said = ticket[: -len(found["mac"]) - 1]
    if not hmac.compare_digest(_mac(key, said), found["mac"]):
        raise ValueError(_REFUSED)
    expires = datetime.fromtimestamp(int(found["expires"]), UTC)
    if now >= expires:
        raise ValueError(_REFUSED)
    return Ticket(holder=found["holder"], session=found["session"], expires=expires)


def _mac(key: bytes, said: str) -> str:
    digest = hmac.digest(key, _PURPOSE + said.encode("ascii"), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
