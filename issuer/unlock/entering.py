"""How a holder gets in: by an ID document and a claim code, proven here and nowhere else.

Rules: every try costs the same whatever is wrong with it: the blind index is computed, the try is counted by the same
statements, and a digest is computed and compared; for a document that nobody knows, against a digest that no code has.
There is one answer for all of it. What is over the hourly number is told, by a count that is kept for known and unknown
documents alike. A try is counted before it is looked at.

    entrance = Entrance(register=…, vault=…, clock=…, key=ticket_key(home), lasts=timedelta(minutes=30))
    signed_in = entrance.with_code("citizen", "…", "ABCD-EFGH-JKLM")
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from credential import jsonform
from credential.text import to_base64url
from issuer import audit, tickets
from issuer.claims import codes
from issuer.claims.merging import ProvenMerges
from issuer.db import tries
from issuer.db.models import HolderRow
from issuer.db.sessions import ReadSession, Register, WriteSession
from issuer.db.tries import Tried
from issuer.errors import InputError, NotAllowedError
from issuer.home.opened import Clock
from issuer.tickets import ACTOR, Ticket
from issuer.unlock.model import SignedIn
from issuer.vault import Vault

SIGN_IN: Final = "holder.sign_in"
_SESSION_BYTES: Final = 16
_MAX_ID: Final = 64
_MAX_PERSONAL: Final = 4096
_UNUSABLE: Final = "-"
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Signs holders in, reads their tickets, and ends their sessions."""

    register: Register = field(repr=False)
    vault: Vault
    clock: Clock
    key: bytes = field(repr=False)
    """Of tickets."""
    lasts: timedelta
    """How long a session is good."""
    merges: ProvenMerges = field(repr=False)

    def with_code(self, id_type: str, id_number: str, code: str) -> SignedIn:
        """Sign in by a claim code, and use it up. Raises as ``issuer.unlock.client.Unlock.with_code``."""
        given = codes.parse(code)
        index, now = self._index(id_type, id_number), self.clock()
        with self.register.write() as session:
            tried = tries.count(session, index, persons=self.merges.all_of, now=now)
            right = hmac.compare_digest(self.vault.claim_digest(tried.holder, given), tried.digest)
            is_let_in = right and tried.is_open and tried.id_hour <= tries.HOURLY
            signed_in = self._used(session, tried, now) if is_let_in else None
        if tried.id_hour > tries.HOURLY:
            raise NotAllowedError("too_many_tries", "there were too many tries within an hour; wait, then try again")
        if signed_in is None:
            raise not_recognised()
        return signed_in

    def with_document(self, id_type: str, id_number: str, *, is_called: Callable[[str], bool]) -> SignedIn:
        """Sign in whoever a provider proved to own an ID document.

        Args:
            id_type, id_number: of the document.
            is_called: whether a name of the register is the one that the provider gave.

        Raises:
            NotAllowedError: ``not_recognised``.
        """
        index, now = self._index(id_type, id_number), self.clock()
        with self.register.write() as session:
            holder = tries.holder_of_index(session, index)
            signed_in = None
            if holder is not None and self._is_called(session, holder, is_called):
                signed_in = self._let_in(session, self.merges.person_of(session, holder), now, by="oidc")
        if signed_in is None:
            raise not_recognised()
        return signed_in

    def _is_called(self, session: ReadSession, holder: str, is_called: Callable[[str], bool]) -> bool:
        """Whether the owner of this very document has such a name, as the newest list that names it says."""
        row = session.get_one(HolderRow, holder)
        if row.wrapped_key is None or row.personal is None:
            return False
        key = self.vault.unwrap(row.wrapped_key, table="holders", row=row.id)
        plain = jsonform.decode_object(
            key.open(row.personal, table="holders", column="personal", row=row.id), max_bytes=_MAX_PERSONAL
        )
        return is_called(str(plain["name"]))

    def read(self, session: ReadSession, ticket: str) -> Ticket:
        """Return what a ticket says, if it is in force. Raises NotAllowedError ``ticket_refused``."""
        return read_ticket(session, self.key, ticket, self.clock())

    def end(self, ticket: str) -> None:
        """End a session. Raises NotAllowedError ``ticket_refused``; a session that was ended is not refused."""
        now = self.clock()
        try:
            found = tickets.read(self.key, ticket, now)
        except ValueError as error:
            raise _refused() from error
        with self.register.write() as session:
            tries.end_session(session, found.session, now=now, expires=found.expires)

    def _index(self, id_type: str, id_number: str) -> bytes:
        """The blind index of what was typed; for what can be no ID document, that of a document nobody has."""
        number = _BLANKS.sub("", id_number)
        if not 0 < len(number) <= _MAX_ID or not 0 < len(id_type) <= _MAX_ID:
            id_type, number = _UNUSABLE, _UNUSABLE
        try:
            return self.vault.blind_index(id_type, number)
        except (InputError, UnicodeEncodeError):
            return self.vault.blind_index(_UNUSABLE, _UNUSABLE)

    def _used(self, session: WriteSession, tried: Tried, now: datetime) -> SignedIn | None:
        if not tries.use(session, tried.claim, now=now):
            return None
        return self._let_in(session, self.merges.person_of(session, tried.holder), now, by="claim_code")

    def _let_in(self, session: WriteSession, person: str, now: datetime, *, by: str) -> SignedIn | None:
        row = session.get(HolderRow, person, populate_existing=True)
        if row is None or row.wrapped_key is None:
            return None
        data_key = self.vault.unwrap_bytes(row.wrapped_key, table="holders", row=person)
        made, expires = to_base64url(secrets.token_bytes(_SESSION_BYTES)), (now + self.lasts).replace(microsecond=0)
        audit.append(session, actor=ACTOR, act=SIGN_IN, subject=person, now=now, details={"by": by})
        ticket = tickets.make(self.key, person, made, expires)
        return SignedIn(data_key=data_key, ticket=ticket, session=made, expires=expires)


def read_ticket(session: ReadSession, key: bytes, ticket: str, now: datetime) -> Ticket:
    """Return what a ticket says, if it holds and its session was not ended: what the worker asks of every job.

    Raises:
        NotAllowedError: ``ticket_refused``.
    """
    try:
        found = tickets.read(key, ticket, now)
    except ValueError as error:
        raise _refused() from error
    if tries.is_ended(session, found.session):
        raise _refused()
    return found


def not_recognised() -> NotAllowedError:
    """Return the one answer to everything that does not let in; for raising."""
    return NotAllowedError(
        "not_recognised", "these do not belong together, or do not hold any more; nobody was signed in"
    )


def _refused() -> NotAllowedError:
    return NotAllowedError("ticket_refused", "the session is over, or was never one; sign in again")
