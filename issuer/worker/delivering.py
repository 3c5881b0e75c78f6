"""The topic of claim codes that are to be sent: opened, written into a letter, sent, and forgotten; and of letters that
tell of notices.

Rules: a code is deleted where it was sealed as soon as its letter left. A letter that did not leave is tried again
after pauses that grow, from a minute to six hours, ``MOST_ATTEMPTS`` times; then the code is deleted, and the counter
makes another. Of a notice the letter says only that there is one; after so many attempts it waits to be printed. A code
that was used, ended or is over meanwhile is not sent. A letter may come twice: when this process dies between sending
it and saying so. Sending waits for servers, so it has a thread of its own, and holds up nothing.

    delivering = Delivering.of(opened, os.environ)
    delivering.send_due()
    delivering.serve(stop, say=print)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, Self

from credential.errors import CodedError
from issuer.batches.contacts import opened_contact
from issuer.claims import codes, making
from issuer.claims.codes import ClaimCode
from issuer.claims.letters import letter_of
from issuer.db import claims, notices
from issuer.db.certificates import by_number
from issuer.db.claims import Due
from issuer.db.notices import StoredNotice
from issuer.delivering.choosing import transport_of
from issuer.delivering.model import Letter, Transport, Way, address_refused
from issuer.home import machine
from issuer.home.holders import desk_address, read_settings
from issuer.home.opened import Opened
from issuer.notices.letters import letter_of as notice_letter
from issuer.office import lists
from issuer.vault import DataKey

MOST_ATTEMPTS: Final = 14
"""Over two and a half days, with the pauses between them."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)
_PART: Final = 20
"""Letters that are opened at a time."""
_LOOK_SECONDS: Final = 2.0
_REST_SECONDS: Final = 30.0
"""After something unforeseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one look at the waiting codes did."""

    sent: int = 0
    failed: int = 0
    """Did not leave; they are tried again."""
    given_up: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """Sends the claim codes of one home."""

    opened: Opened
    transport: Transport
    address: str
    """Where holders sign in."""
    _stop: Callable[[], bool] = field(default=bool, repr=False)

    @classmethod
    def of(cls, opened: Opened, environment: Mapping[str, str], *, stop: Callable[[], bool] = bool) -> Self:
        """Return what sends the codes of a home, by its settings.

        Args:
            opened: the home.
            environment: may hold the secret that the settings name.
            stop: asked between letters.

        Raises:
            InputError: ``holders_file``, ``delivery_secret``, ``no_desk_address``.
        """
        settings = read_settings(opened.home)
        transport = transport_of(opened.home, settings.delivery, environment)
        return cls(opened=opened, transport=transport, address=desk_address(opened.home, settings), _stop=stop)

    def send_due(self) -> Delivered:
        """Send what is due now. Raises what the register and the vault raise."""
        sent = failed = given_up = 0
        while not self._stop():
            with self.opened.register.read() as session:
                due = claims.due_deliveries(session, now=self.opened.clock(), limit=_PART)
            if not due:
                break
            for each in due:
                if self._stop():
                    break
                if not each.is_open:
                    self._drop(each)
                    continue
                error = self._send(each)
                sent += error is None
                given_up += error is not None and _is_last(each, error)
                failed += error is not None and not _is_last(each, error)
        return Delivered(sent=sent, failed=failed, given_up=given_up)

    def send_notices(self) -> Delivered:
        """Tell holders of the notices that are due now. Raises what the register and the vault raise."""
        sent = failed = given_up = 0
        while not self._stop():
            with self.opened.register.read() as session:
                due = notices.due_notices(session, now=self.opened.clock(), limit=_PART)
            if not due:
                break
            for each in due:
                error = self._tell(each)
                sent += error is None
                given_up += error is not None and _is_last(each, error)
                failed += error is not None and not _is_last(each, error)
        return Delivered(sent=sent, failed=failed, given_up=given_up)

    def _tried(self, letter: Callable[[], Letter]) -> CodedError | None:
        """Make a letter and hand it to the transport; what stood against it."""
        try:
            self.transport.send(letter())
        except CodedError as error:
            return error
        except OSError as error:
            return machine.coded(error, self.opened.home)
        return None

    def _reached(self, key: DataKey, holder: str, contact: bytes | None) -> tuple[Way, str]:
        """How a holder is reached now, and where. Raises InputError ``address_refused``: not at all."""
        opened = None if contact is None else opened_contact(key, holder, contact)
        found = None if opened is None else making.way_to(opened, self.transport.ways)
        if found is None:
            raise address_refused("the transport of this home")
        return found

    def _tell(self, due: StoredNotice) -> CodedError | None:
        error = self._tried(partial(self._notice_letter, due))
        if error is not None:
            return self._note_notice(due, error)
        with self.opened.register.write() as session:
            notices.sent(session, due.id, at=self.opened.clock())
        return None

    def _notice_letter(self, due: StoredNotice) -> Letter:
        """Open how the holder is reached now. Raises InputError ``address_refused``: not at all; ``erased``."""
        key = self.opened.vault.unwrap(due.wrapped_key, table="holders", row=due.holder)
        way, to = self._reached(key, due.holder, due.contact)
        with self.opened.register.read() as session:
            authority = lists.authority(session, due.authority).name
        return notice_letter(due.id, way, to, address=self.address, authority=authority)

    def _note_notice(self, due: StoredNotice, error: CodedError) -> CodedError:
        now = self.opened.clock()
        until = None if _is_last(due, error) else now + pause_after(due.attempts + 1)
        with self.opened.register.write() as session:
            notices.postpone(session, due.id, until=until, error=error.code)
        return error

    def _send(self, due: Due) -> CodedError | None:
        error = self._tried(partial(self._letter, due))
        if error is not None:
            return self._note(due, error)
        with self.opened.register.write() as session:
            claims.delivered(session, due.claim, at=self.opened.clock())
        return None

    def _letter(self, due: Due) -> Letter:
        """Open a code and how its holder is reached now. Raises InputError ``address_refused``: not at all."""
        key = self.opened.vault.unwrap(due.wrapped_key, table="holders", row=due.holder)
        code = ClaimCode(key.open(due.code, row=due.claim, **making.SEALED).decode())
        way, to = self._reached(key, due.holder, due.contact)
        with self.opened.register.read() as session:
            authority = lists.authority(session, by_number(session, due.number).authority).name
        return letter_of(
            due.claim, way, to, codes.group(code), expires=due.expires, address=self.address, authority=authority
        )

    def _note(self, due: Due, error: CodedError) -> CodedError:
        now = self.opened.clock()
        with self.opened.register.write() as session:
            if _is_last(due, error):
                claims.give_up(session, due.claim, error=error.code)
            else:
                claims.postpone(session, due.claim, until=now + pause_after(due.attempts + 1), error=error.code)
        return error

    def _drop(self, due: Due) -> None:
        with self.opened.register.write() as session:
            claims.drop_delivery(session, due.claim)


def pause_after(attempts: int) -> timedelta:
    """Return how long a letter rests after so many attempts: 1, 2, 4 ... minutes, at most six hours."""
    return min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)


def _is_last(due: Due | StoredNotice, error: CodedError) -> bool:
    """Whether nobody tries again: the address is refused, the holder was erased, or it was tried often enough."""
    return error.code in {"address_refused", "erased"} or due.attempts + 1 >= MOST_ATTEMPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryWords:
    """What the log says of sending; plain English where nobody gives other words."""

    failed: Callable[[CodedError], str] = "claim codes could not be sent, and are tried again: {}".format
    sent: Callable[[Delivered], str] = "sent {0.sent} claim codes, {0.failed} wait, {0.given_up} were given up".format
    told: Callable[[Delivered], str] = "told of {0.sent} notices, {0.failed} wait, {0.given_up} to be printed".format


def serve(
    opened: Opened,
    environment: Mapping[str, str],
    stop: Callable[[], bool],
    *,
    say: Callable[[str], None],
    words: DeliveryWords = DeliveryWords(),
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Send what is due, again and again, until ``stop`` says so; one failure does not end it.

    Args:
        opened: the home. Its settings are read anew at each look, so that a correction counts at once.
        environment: may hold the secret that the settings name.
        stop: asked often.
        say: takes a sentence for the log.
        words: of the log.
        sleep: waits, in seconds.
    """
    told = ""
    while not stop():
        rest = _LOOK_SECONDS
        try:
            delivering = Delivering.of(opened, environment, stop=stop)
            done, noticed = delivering.send_due(), delivering.send_notices()
            told = ""
            if done != Delivered():
                say(words.sent(done))
            if noticed != Delivered():
                say(words.told(noticed))
        except Exception as error:  # whatever it is, letters go on when it is over
            if told != f"{type(error).__name__} {error}":
                told = f"{type(error).__name__} {error}"
                say(words.failed(machine.coded(error, opened.home)))
            rest = _REST_SECONDS
        _wait(rest, stop, sleep)


def _wait(seconds: float, stop: Callable[[], bool], sleep: Callable[[float], None]) -> None:
    left = seconds
    while left > 0 and not stop():
        sleep(min(0.2, left))
        left -= 0.2
