"""What the unlock service does for each request: the one place where its parts meet.

Rules: a request is the name of an act and its members, all texts; what comes back is plain JSON, or bytes of a file.
That a holder opened their own rows is noted once a session, before anything is shown; that a document was handed out,
each time.

    service = Service(home=…, register=…, vault=…, clock=…, entrance=…, provider=None)
    service.asked("view", {"ticket": ticket})
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sqlalchemy import text

from issuer import audit
from issuer.db.certificates import Certificate
from issuer.db.sessions import Register
from issuer.documents.found import document_of
from issuer.errors import InputError, NotFoundError
from issuer.home import machine
from issuer.home.opened import Clock
from issuer.home.paths import Home
from issuer.tickets import ACTOR, Ticket
from issuer.unlock import marks, viewing, wire
from issuer.unlock.entering import Entrance
from issuer.unlock.model import Begun, SignedIn
from issuer.vault import Vault

VIEW_ALL: Final = "holder.view"
VIEW_DOCUMENT: Final = "holder.document"
_SESSIONS: Final = 10_000
"""Of which it is remembered that their view was noted; beyond it a session is noted again."""
Members = Mapping[str, str]
NOTHING: Final[Mapping[str, Any]] = {}


class Provider(Protocol):
    """A provider of OpenID Connect, as this service uses it."""

    def begin(self) -> Begun:
        """Begin a sign-in. Raises MachineError ``provider_unreachable``."""
        ...

    def with_token(self, id_token: str, nonce: str) -> SignedIn:
        """Sign in with a token. Raises NotAllowedError ``not_recognised``, MachineError ``provider_unreachable``."""
        ...


class Faces(Protocol):
    """What makes a picture of a document's first page."""

    def __call__(self, certificate: Certificate) -> bytes | None:
        """Return a PNG; None where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The unlock service of one home. Its requests may come at the same time."""

    home: Home
    register: Register = field(repr=False)
    vault: Vault
    clock: Clock
    entrance: Entrance
    provider: Provider | None
    faces: Faces | None = None
    _noted: OrderedDict[str, None] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def why_not(self) -> str:
        """Return the code of why the register does not answer now; empty where it does."""
        try:
            with self.register.read() as session:
                session.execute(text("SELECT 1"))
        except Exception as error:
            known = machine.known(error, self.home)
            if known is None:
                raise
            return known.code
        return ""

    def asked(self, act: str, members: Members) -> Mapping[str, Any] | bytes:
        """Do what a request asks.

        Args:
            act: its name.
            members: texts, by name.

        Returns:
            Plain JSON, ``NOTHING`` where there is nothing to give; or the bytes of a file.

        Raises:
            InputError: ``bad_request``: there is no such act, or it takes other members.
            As ``issuer.unlock.client.Unlock`` says of each.
        """
        if act not in _ACTS or members.keys() != set(_ACTS[act][0]):
            raise InputError("bad_request", "the unlock service has no such request", act=act[:40])
        return _ACTS[act][1](self, members)

    def _code(self, members: Members) -> Mapping[str, Any]:
        made = self.entrance.with_code(members["id_type"], members["id_number"], members["code"])
        return _plain(made)

    def _begin(self, _: Members) -> Mapping[str, Any]:
        return _plain(self._configured().begin())

    def _token(self, members: Members) -> Mapping[str, Any]:
        return _plain(self._configured().with_token(members["id_token"], members["nonce"]))

    def _view(self, members: Members) -> Mapping[str, Any]:
        with self.register.read() as session:
            ticket = self.entrance.read(session, members["ticket"])
            holders = self.entrance.merges.holders_of(session, ticket.holder)
            numbers = viewing.numbers_of(session, holders)
        self._note_view(ticket, numbers)
        with self.register.read() as session:
            return _plain(viewing.holder_view(session, self.vault, self.home, holders))

    def _view_since(self, members: Members) -> Mapping[str, Any]:
        """The view where it changed since the mark, and ``NOTHING`` where it did not."""
        with self.register.read() as session:
            ticket = self.entrance.read(session, members["ticket"])
            holders = self.entrance.merges.holders_of(session, ticket.holder)
            is_same = marks.mark_of(session, self.home.documents, holders) == members["mark"]
        return NOTHING if is_same and ticket.session in self._noted else self._view({"ticket": members["ticket"]})

    def _document(self, members: Members) -> Mapping[str, Any] | bytes:
        certificate = self._certificate(members)
        path = document_of(self.home.documents, certificate)
        if path is None:
            return NOTHING
        self._note(VIEW_DOCUMENT, [certificate.number])
        return path.read_bytes()

    def _face(self, members: Members) -> Mapping[str, Any] | bytes:
        certificate = self._certificate(members)
        picture = None if self.faces is None else self.faces(certificate)
        if picture is None:
            return NOTHING
        self._note(VIEW_DOCUMENT, [certificate.number])
        return picture

    def _end(self, members: Members) -> Mapping[str, Any]:
        self.entrance.end(members["ticket"])
        return NOTHING

    def _certificate(self, members: Members) -> Certificate:
        with self.register.read() as session:
            ticket = self.entrance.read(session, members["ticket"])
            holders = self.entrance.merges.holders_of(session, ticket.holder)
            return viewing.certificate_of(session, holders, members["number"])

    def _configured(self) -> Provider:
        if self.provider is None:
            raise NotFoundError("oidc_not_configured", "this deployment names no provider of OpenID Connect")
        return self.provider

    def _note_view(self, ticket: Ticket, numbers: Sequence[str]) -> None:
        with self._lock:
            if ticket.session in self._noted:
                return
        self._note(VIEW_ALL, numbers)
        with self._lock:
            self._noted[ticket.session] = None
            while len(self._noted) > _SESSIONS:
                self._noted.popitem(last=False)

    def _note(self, act: str, numbers: Sequence[str]) -> None:
        if numbers:
            with self.register.write() as session:
                audit.append_all(session, actor=ACTOR, act=act, subjects=numbers, now=self.clock())


_ACTS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Service, Members], Mapping[str, Any] | bytes]]]] = {
    "code": (("id_type", "id_number", "code"), Service._code),
    "begin": ((), Service._begin),
    "token": (("id_token", "nonce"), Service._token),
    "view": (("ticket",), Service._view),
    "view_since": (("ticket", "mark"), Service._view_since),
    "document": (("ticket", "number"), Service._document),
    "face": (("ticket", "number"), Service._face),
    "end": (("ticket",), Service._end),
}
"""By name: the members that a request has, and what is done."""


def _plain(value: object) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = wire.to_json(value)
    return plain
