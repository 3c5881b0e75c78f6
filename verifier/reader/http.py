"""A publication at an address: https only (http on loopback), one host, no redirects, no cookies, caps everywhere.

The base is pinned: a path is one that a publication may have (``credential.publication``), so nothing that a
credential or a file says turns into another request. A redirect is refused, because where it leads is the host's
choice and nobody's signature.

    HttpFetcher("https://zc.example/p/").fetch("snapshot.jwt", 1 << 20)
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from credential.publication import is_immutable, is_known
from verifier.errors import NotFoundError, OversizeError, UnreachableError, UsageError

TIMEOUT_SECONDS: Final = 10.0
"""For connecting and for every wait; a mobile network in the country."""
MAX_FETCH_SECONDS: Final = 60.0
"""For one file as a whole: a host that drips bytes is as good as down."""
_CHUNK: Final = 64 << 10
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_GONE: Final = frozenset({404, 410})


class HttpFetcher:
    """Fetches from one base address; safe to share between threads."""

    def __init__(self, base: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        """Pin the base address.

        Raises:
            UsageError: ``publication_address``: not https (or http on loopback), or with a query, user or fragment.
        """
        parts = urlsplit(base)
        loopback = parts.hostname in _LOOPBACK
        plain = parts.scheme in ({"https", "http"} if loopback else {"https"})
        if not plain or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise UsageError("publication_address", f"{base!r} is no https address of a publication", base=base)
        self._parts = parts
        self._folder = parts.path if parts.path.endswith("/") else parts.path + "/"
        self._timeout = timeout
        self._connections = threading.local()

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """As ``Fetcher``."""
        if not is_known(path):
            raise NotFoundError(path)
        kept = getattr(self._connections, "kept", None) is not None
        try:
            return self._get(path, max_bytes)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            if not kept:
                raise self._unreachable(path, error) from error
        # A kept connection that the host has closed meanwhile looks just like a dead host: ask once more.
        try:
            return self._get(path, max_bytes)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise self._unreachable(path, error) from error

    def _unreachable(self, path: str, error: Exception) -> UnreachableError:
        return UnreachableError(path, f"{self._parts.netloc}: {type(error).__name__}")

    def close(self) -> None:
        """Close this thread's connection."""
        self._drop()

    def _get(self, path: str, max_bytes: int) -> bytes:
        connection = self._connection()
        if connection.sock is None:
            connection.connect()
        deadline = time.monotonic() + MAX_FETCH_SECONDS
        with _cut_at(deadline, connection.sock):
            data = self._answer(connection, path, max_bytes)
        if time.monotonic() > deadline:
            # What was cut off in its headers or without a length looks like an end.
            self._drop()
            raise UnreachableError(path, f"{self._parts.netloc} is too slow")
        return data

    def _answer(self, connection: http.client.HTTPConnection, path: str, max_bytes: int) -> bytes:
        cache = "max-age=31536000" if is_immutable(path) else "no-cache"
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "Cache-Control": cache, "User-Agent": "titlecert"}
        connection.request("GET", self._folder + path, headers=headers)
        response = connection.getresponse()
        try:
            return self._body(response, path, max_bytes)
        except BaseException:
            self._drop()
            raise

    def _body(self, response: http.client.HTTPResponse, path: str, max_bytes: int) -> bytes:
        if response.status in _GONE:
            self._drop()
            raise NotFoundError(path)
        if response.status != http.client.OK:
            raise UnreachableError(path, f"{self._parts.netloc} answers {response.status}")
        data = bytearray()
        while chunk := response.read(_CHUNK):
            data += chunk
            if len(data) > max_bytes:
                raise OversizeError(path)
        return bytes(data)

    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._connections, "kept", None)
        if kept is not None:
            return kept
        host, port = self._parts.hostname or "", self._parts.port
        made: http.client.HTTPConnection
        if self._parts.scheme == "https":
            made = http.client.HTTPSConnection(host, port, timeout=self._timeout, context=ssl.create_default_context())
        else:
            made = http.client.HTTPConnection(host, port, timeout=self._timeout)
        self._connections.kept = made
        return made

    def _drop(self) -> None:
        kept: http.client.HTTPConnection | None = getattr(self._connections, "kept", None)
        if kept is not None:
            kept.close()
            self._connections.kept = None


@contextlib.contextmanager
def _cut_at(deadline: float, connected: socket.socket) -> Iterator[None]:
    """Cut a connection when its time is over: a wait for each byte has a limit, the number of such waits has none."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def is_address(text: str) -> bool:
    """Whether somebody means an address rather than a folder."""
    return text.startswith(("https://", "http://"))
