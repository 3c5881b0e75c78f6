"""A publication at an address: one host, no redirects, caps."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from credential import publication
from credential.outcomes import Outcome
from tests.support.world import NOW, World
from verifier.errors import NotFoundError, OversizeError, UnreachableError, UsageError
from verifier.procedure import verify_qr_text
from verifier.reader import http
from verifier.reader.http import HttpFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader


class Host(BaseHTTPRequestHandler):
    """Serves ``files`` below /p/; a value that is a number is a status."""

    protocol_version = "HTTP/1.1"
    files: ClassVar[dict[str, bytes | int]] = {}
    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        found = self.files.get(self.path.removeprefix("/p/"), 404)
        status, body = (found, b"") if isinstance(found, int) else (200, found)
        self.send_response(status)
        if status in {301, 302, 307}:
            self.send_header("Location", "/p/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def base() -> Iterator[str]:
    Host.files, Host.asked = {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/p/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def fetcher(base: str) -> Iterator[HttpFetcher]:
    made = HttpFetcher(base, timeout=5)
    yield made
    made.close()


@pytest.mark.slow
def test_a_certificate_is_verified_over_http_and_no_request_names_it(base: str, fetcher: HttpFetcher) -> None:
    world = World()
    certificate = world.issue()
    Host.files = dict(world.publish())
    reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
    assert verify_qr_text(certificate.qr_text, reader, now=NOW).outcome is Outcome.VALID
    assert base.startswith("http://127.0.0.1")
    digits = certificate.qr_text.partition("#")[2]
    for path, headers in Host.asked:
        said = path + "".join(headers.values())
        assert digits[:20] not in said
        assert certificate.check_code not in said
        assert certificate.claims.number not in said
        assert set(headers) <= {"Host", "Accept", "Accept-Encoding", "Cache-Control", "User-Agent"}


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there(fetcher: HttpFetcher, status: int) -> None:
    Host.files = {publication.SNAPSHOT: status}
    with pytest.raises(NotFoundError):
        fetcher.fetch(publication.SNAPSHOT, 100)


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403, 500, 503, 204, 206])
def test_any_other_answer_is_none(fetcher: HttpFetcher, status: int) -> None:
    Host.files = {publication.SNAPSHOT: status, "elsewhere": b"x"}
    with pytest.raises(UnreachableError):
        fetcher.fetch(publication.SNAPSHOT, 100)
    assert all(path == "/p/snapshot.jwt" for path, _ in Host.asked)


def test_a_file_beyond_its_cap_is_not_taken(fetcher: HttpFetcher) -> None:
    Host.files = {publication.SNAPSHOT: bytes(101)}
    with pytest.raises(OversizeError):
        fetcher.fetch(publication.SNAPSHOT, 100)
    Host.files = {publication.SNAPSHOT: bytes(100)}
    assert fetcher.fetch(publication.SNAPSHOT, 100) == bytes(100)


@pytest.mark.parametrize("path", ["../secret", "status/x", "shards/..", "v/", "snapshot.jwt?x=1", "snapshot.jwt#x"])
def test_only_paths_of_a_publication_are_asked_for(fetcher: HttpFetcher, path: str) -> None:
    with pytest.raises(NotFoundError):
        fetcher.fetch(path, 100)
    assert Host.asked == []


def test_a_dead_host_is_unreachable() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        port = server.server_address[1]
    with pytest.raises(UnreachableError):
        HttpFetcher(f"http://127.0.0.1:{port}/p/", timeout=2).fetch(publication.SNAPSHOT, 100)


@pytest.mark.parametrize(
    "address",
    [
        "http://zc.example/p/",
        "ftp://zc.example/p/",
        "https://user@zc.example/p/",
        "https://zc.example/p/?x",
        "https://zc.example/p/#x",
        "https:///p/",
        "http://127.0.0.1.evil.example/p/",
        "zc.example/p/",
    ],
)
def test_an_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError) as refusal:
        HttpFetcher(address)
    assert refusal.value.code == "publication_address"


DRIPPED = {
    "a body": b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n",
    "a body without length": b"HTTP/1.1 200 OK\r\n\r\n",
    "a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nea60\r\n",
    "a header": b"HTTP/1.1 200 OK\r\nX: ",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", DRIPPED)
def test_a_host_that_drips_bytes_is_as_good_as_down(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and all of them together would take hours, while every other check waits."""
    monkeypatch.setattr(http, "MAX_FETCH_SECONDS", 0.3)
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(1 << 16)
            connection.sendall(DRIPPED[what])
            while not ended.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        try:
            with pytest.raises(UnreachableError):
                HttpFetcher(f"http://127.0.0.1:{listener.getsockname()[1]}/p/").fetch("snapshot.jwt", 1 << 20)
        finally:
            ended.set()
            thread.join()
    assert time.monotonic() - begun < 3
