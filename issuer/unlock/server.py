"""The unlock service's socket: HTTP/1.1 requests from processes of this machine, one a connection, bounded each.

Rules: the socket is 0600, or 0660 for a group that was named, and whoever connects is asked for by the kernel's account
(SO_PEERCRED): another user than those that were named gets no answer. A request is at most 64 KiB and has ten seconds;
one that is bad gets its error, and stops nothing. Nothing is logged of a request.

    with Server(path, service, users=frozenset({os.geteuid()}), group=None) as server:
        server.serve_forever()
"""

from __future__ import annotations

import fcntl
import os
import socket
import socketserver
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

from credential.errors import CodedError
from issuer.errors import ConflictError, InputError, MachineError, NotAllowedError, NotFoundError
from issuer.home import machine
from issuer.unlock import wire
from issuer.unlock.service import Service

MAX_REQUEST: Final = 64 << 10
"""Bytes: an ID token has a few thousand."""
MAX_PATH: Final = 107
"""Bytes of a socket's path on Linux (unix(7)); the 108th ends it."""
REQUESTS_AT_ONCE: Final = 256
"""Requests at the same time; each waits for a writer of the register at most. More get no answer."""
HEALTH_OF_UNLOCK: Final = "/v1/health"
READY_OF_UNLOCK: Final = "/v1/ready"
_SECONDS: Final = 10.0
"""For a request to arrive, from its first byte; an answer has as long to leave."""
_STATUS: Final = ((InputError, 422), (NotAllowedError, 403), (NotFoundError, 404), (ConflictError, 409))


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens until it is closed; use it in a ``with`` block."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = REQUESTS_AT_ONCE

    def __init__(self, path: Path, service: Service, *, users: frozenset[int], group: int | None) -> None:
        """Listen at a path.

        Args:
            path: of the socket; one that a dead process left is replaced.
            service: answers.
            users: the numbers of the users who may ask.
            group: the number of the group that may open the socket; None: its owner alone.

        Raises:
            InputError: ``socket_path``: the path is too long.
            ConflictError: ``unlock_running``: another process listens there.
            MachineError: ``no_peer_check``: this machine cannot say who asks, and others than its own user may.
        """
        self.service = service
        self._users = users
        self._at_once = threading.BoundedSemaphore(REQUESTS_AT_ONCE)
        _require_short(path)
        _require_peer_check(users)
        self._path, self._held = path, _take(path)
        try:
            with suppress(FileNotFoundError):
                path.unlink()
            super().__init__(str(path), _Handler, bind_and_activate=False)
            self._bind(group)
        except BaseException:
            os.close(self._held)
            raise

    def _bind(self, group: int | None) -> None:
        before = os.umask(0o177)
        try:
            self.server_bind()
        except BaseException:
            self.socket.close()
            raise
        finally:
            os.umask(before)
        if group is not None:
            os.chown(self._path, -1, group)
            self._path.chmod(0o660)
        self.server_activate()

    def server_close(self) -> None:
        """Stop listening, and take the socket away."""
        super().server_close()
        with suppress(FileNotFoundError):
            self._path.unlink()
        os.close(self._held)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - a Unix socket has no address
        """Whether the user on the other side may ask."""
        if not hasattr(socket, "SO_PEERCRED"):
            return True  # the socket's mode lets nobody else connect
        asked = request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        _, user, _ = struct.unpack("3i", asked)
        return user in self._users

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, where there are not too many."""
        if self._at_once.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one request, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._at_once.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke: nobody is left to be told."""


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def handle(self) -> None:
        """Answer one request within its time; a byte now and then buys no more of it."""
        self.close_connection = True
        arriving = threading.Timer(_SECONDS, self._give_up)
        arriving.daemon = True
        arriving.start()
        self._arriving = arriving
        try:
            self.handle_one_request()
        finally:
            arriving.cancel()

    def do_POST(self) -> None:
        """Answer what is asked."""
        try:
            answer = self.server.service.asked(self.path.removeprefix("/v1/"), self._members())
        except Exception as error:
            found = machine.coded(error, self.server.service.home)
            self._send(_status(found), wire.JSON, wire.encode(wire.error_to_json(found)))
            return
        if isinstance(answer, bytes):
            self._send(200, "application/octet-stream", answer)
        else:
            self._send(200, wire.JSON, wire.encode(answer))

    def do_GET(self) -> None:
        """Answer whether this service runs (``/v1/health``) and whether the register answers (``/v1/ready``)."""
        self._arriving.cancel()
        if self.path not in {HEALTH_OF_UNLOCK, READY_OF_UNLOCK}:
            self._send(404, wire.JSON, wire.encode({"code": "unknown_page"}))
            return
        why = self.server.service.why_not() if self.path == READY_OF_UNLOCK else ""
        self._send(503 if why else 200, wire.JSON, wire.encode({"ready": not why, "why": why}))

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a request holds what is secret."""

    def _members(self) -> dict[str, str]:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()) or int(length) > MAX_REQUEST:
            raise InputError("bad_request", f"a request says its length, at most {MAX_REQUEST} bytes")
        data = self.rfile.read(int(length))
        self._arriving.cancel()
        try:
            members = wire.decode(data, max_bytes=MAX_REQUEST)
        except MachineError as error:
            raise InputError("bad_request", "a request is an object of JSON in canonical form") from error
        texts = {name: value for name, value in members.items() if isinstance(value, str)}
        if texts.keys() != members.keys():
            raise InputError("bad_request", "the members of a request are texts")
        return texts

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.close_connection = True
        self.connection.settimeout(_SECONDS)
        with suppress(OSError):
            self.send_response_only(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

    def _give_up(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _status(error: CodedError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 503)


def _require_short(path: Path) -> None:
    if len(os.fsencode(path)) > MAX_PATH:
        message = f"the socket {path} has a path of over {MAX_PATH} bytes; name a shorter one"
        raise InputError("socket_path", message, path=str(path), most=MAX_PATH)


def _require_peer_check(users: frozenset[int]) -> None:
    if users - {os.geteuid()} and not hasattr(socket, "SO_PEERCRED"):
        message = "this machine cannot say which user is on the other side of a socket; let only its own user ask"
        raise MachineError("no_peer_check", message)


def _take(path: Path) -> int:
    """Hold a lock beside the socket while this process listens, so that what lies there is a dead process's."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        message = f"another unlock service listens at {path}"
        raise ConflictError("unlock_running", message, path=str(path)) from error
    return descriptor
