"""A letter, and what a transport is.

Rules: a transport has sent a letter when ``send`` returns, and has not when it raises; the same letter may come again.
Two kinds of failure are told apart: what is over by itself, and an address that nobody can write to.

    transport.send(Letter(id="…", way=Way.EMAIL, to="wang@example.cn", subject="…", text="…"))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from issuer.errors import InputError, MachineError

SEND_SECONDS: Final = 20.0
"""For each step of a conversation with a server."""


class Way(StrEnum):
    """How a holder is reached."""

    EMAIL = "email"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to one holder."""

    id: str
    """The same for the same letter, so that a gateway sends it once."""
    way: Way
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Transport(Protocol):
    """A way in which letters leave."""

    @property
    def ways(self) -> Sequence[Way]:
        """What it can send to, what it prefers first."""
        ...

    def send(self, letter: Letter) -> None:
        """Send a letter.

        Raises:
            MachineError: ``not_delivered``: not now; the field ``why`` is a word, such as ``refused`` or ``timeout``.
            InputError: ``address_refused``: nobody can be reached there.
        """
        ...


def not_delivered(why: str, where: str) -> MachineError:
    """Return the error of a letter that did not leave; for raising. ``where`` names the server, and no person."""
    return MachineError("not_delivered", f"a letter did not leave by {where} ({why}); it is tried again", why=why)


def address_refused(where: str) -> InputError:
    """Return the error of an address that nobody can be reached at; for raising."""
    return InputError("address_refused", f"{where} takes no letter for the address that the register has; correct it")
