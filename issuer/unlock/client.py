"""The side of those who ask the unlock service: HTTP/1.1 over its Unix socket, one connection a request.

Rules: errors of the service are raised again as the same classes. Where nobody listens, or no answer comes in time, it
is ``unlock_gone``. This module opens no register and no vault: the desk, which imports it, holds neither.

    unlock = Unlock(home.unlock_socket)
    signed_in = unlock.with_code(id_type="citizen", id_number="…", code="ABCD-EFGH-JKLM")
    view = unlock.view(signed_in.ticket)
    unlock.end(signed_in.ticket)
"""

from __future__ import annotations

import socket
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, Final

from issuer.errors import MachineError
from issuer.unlock import wire
from issuer.unlock.model import Begun, HolderView, SignedIn

UNLOCK_SECONDS: Final = 30.0
"""A writer of the register waits as long for another one, at most."""


class Unlock:
    """The unlock service, as the desk and the worker ask it."""

    def __init__(self, socket: Path, *, seconds: float = UNLOCK_SECONDS) -> None:
        """Take the path of its socket; nothing is opened yet.

        Args:
            socket: where it listens.
            seconds: how long an answer is waited for.
        """
        self._socket = socket
        self._seconds = seconds

    def with_code(self, *, id_type: str, id_number: str, code: str) -> SignedIn:
        """Sign in with an ID document and a claim code, which is used by this.

        Args:
            id_type: the word of an ``issuer.identifiers.IdType``, such as ``citizen``.
            id_number: as it was typed.
            code: as it was typed.

        Raises:
            InputError: ``claim_mistyped``: the check character does not hold; no try was counted.
            NotAllowedError: ``not_recognised``: one answer for everything else that is wrong; ``too_many_tries``.
            MachineError: ``unlock_gone``.
        """
        return wire.from_json(SignedIn, self._asked("code", id_type=id_type, id_number=id_number, code=code))

    def begin_oidc(self) -> Begun:
        """Begin a sign-in by OpenID Connect.

        Raises:
            NotFoundError: ``oidc_not_configured``.
            MachineError: ``provider_unreachable``; ``unlock_gone``.
        """
        return wire.from_json(Begun, self._asked("begin"))

    def with_token(self, *, id_token: str, nonce: str) -> SignedIn:
        """Sign in with an ID token.

        Args:
            id_token: as the provider gave it.
            nonce: of ``begin_oidc``; it is used by this.

        Raises:
            NotAllowedError: ``not_recognised``.
            MachineError: ``provider_unreachable``; ``unlock_gone``.
        """
        return wire.from_json(SignedIn, self._asked("token", id_token=id_token, nonce=nonce))

    def view(self, ticket: str) -> HolderView:
        """Return all that the register holds of the person.

        Raises:
            NotAllowedError: ``ticket_refused``.
            MachineError: ``unlock_gone``.
        """
        return wire.from_json(HolderView, self._asked("view", ticket=ticket))

    def view_since(self, ticket: str, mark: str) -> HolderView | None:
        """Return the view where it is another than the one with this mark; None where nothing changed. Raises as above.

        Args:
            ticket: of the session.
            mark: of the view that is at hand.
        """
        found = self._asked("view_since", ticket=ticket, mark=mark)
        return wire.from_json(HolderView, found) if found else None

    def document(self, ticket: str, number: str) -> bytes | None:
        """Return the sealed PDF of a certificate of the holder; None where it is not made.

        Raises:
            NotAllowedError: ``ticket_refused``.
            NotFoundError: ``no_certificate``: there is none, or it is another holder's.
            MachineError: ``unlock_gone``.
        """
        return self._file("document", ticket=ticket, number=number)

    def face(self, ticket: str, number: str) -> bytes | None:
        """Return the first page of a certificate's document as PNG; None where it cannot be had. Raises as above."""
        return self._file("face", ticket=ticket, number=number)

    def end(self, ticket: str) -> None:
        """End the session: its ticket is good for nothing from now on. Ending twice changes nothing.

        Raises:
            NotAllowedError: ``ticket_refused``.
            MachineError: ``unlock_gone``.
        """
        self._asked("end", ticket=ticket)

    def _asked(self, path: str, **members: str) -> dict[str, Any]:
        kind, data = self._sent(path, members)
        if kind != wire.JSON:
            raise _strange(f"{path}: {kind}")
        return wire.decode(data)

    def _file(self, path: str, **members: str) -> bytes | None:
        kind, data = self._sent(path, members)
        return None if kind == wire.JSON else data

    def _sent(self, path: str, members: dict[str, str]) -> tuple[str, bytes]:
        """Send a request; return the kind of the answer's body and the body. Raises what the service raised."""
        try:
            with closing(_Connection(self._socket, self._seconds)) as connection:
                connection.request("POST", f"/v1/{path}", wire.encode(members), {"Content-Type": wire.JSON})
                answer = connection.getresponse()
                kind, data = answer.headers.get_content_type(), _body(answer)
        except (OSError, HTTPException) as error:
            message = f"the unlock service at {self._socket} does not answer"
            raise MachineError("unlock_gone", message, path=str(self._socket)) from error
        if answer.status >= 400:
            raise wire.error_from_json(wire.decode(data))
        return kind, data


def _body(answer: HTTPResponse) -> bytes:
    data = answer.read(wire.MAX_UNLOCKED + 1)
    if len(data) > wire.MAX_UNLOCKED or answer.read(1):
        raise _strange("the length")
    return data


def _strange(where: str) -> MachineError:
    return MachineError("bad_answer", f"the unlock service answered something else than was agreed: {where}", at=where)


class _Connection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("unlock", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of to a host."""
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connected.settimeout(self.timeout)
            connected.connect(str(self._path))
        except BaseException:
            connected.close()
            raise
        self.sock = connected
