"""Connections that come slowly end, and those that do not are answered: the server itself, over a socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from verifier import connections
from verifier.connections import _Part

TIMES = {_Part.HEAD: 0.4, _Part.BODY: 1.5, _Part.ANSWER: 1.0}
LONG_AFTER = 20.0
"""Seconds that a test waits for an end that takes a second."""
HEAD = b"GET /small HTTP/1.1\r\nHost: x\r\n"
BODY = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"


def _app() -> FastAPI:
    app = FastAPI()

    @app.get("/small")
    def small() -> Response:
        return Response(b"small")

    @app.get("/large")
    def large() -> Response:
        return Response(bytes(30 << 20))

    @app.post("/body")
    async def body(request: Request) -> Response:
        return Response(b"%d" % len(await request.body()))

    @app.post("/refused")
    def refused() -> Response:
        return Response(b"no", 413)

    return app


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch, closing(socket.create_server(("127.0.0.1", 0))) as listener:
        patch.setattr(connections, "_SECONDS", TIMES)
        patch.setattr(connections, "WINDOW_SECONDS", 0.4)
        options = connections.OPTIONS | {"timeout_keep_alive": 4}
        server = uvicorn.Server(uvicorn.Config(_app(), log_level="critical", access_log=False, **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=20)


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=LONG_AFTER)) as made:
        yield made


def _ends(made: socket.socket, drip: bytes = b"", every: float = 0.05) -> float:
    """Send a byte now and then until the other side ends; the seconds that it took."""
    begun = time.monotonic()
    made.settimeout(every)
    for place in range(int(LONG_AFTER / every)):
        try:
            if drip:
                made.sendall(drip[place % len(drip) :][:1])
            if not made.recv(65536):
                return time.monotonic() - begun
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - begun
    raise AssertionError("the connection goes on and on")


def _answer(made: socket.socket, last: bytes = b"small", *, times: int = 1) -> bytes:
    """What comes until the last bytes of an answer, so many times, or the end."""
    made.settimeout(LONG_AFTER)
    came = b""
    while came.count(last) < times and (chunk := made.recv(65536)):
        came += chunk
    return came


@pytest.mark.parametrize(
    ("sentence", "begin", "drip"),
    [
        ("nothing at all", b"", b""),
        ("half of a request", HEAD, b""),
        ("a header that goes on", HEAD + b"X: ", b"x"),
        ("headers that go on", HEAD, b"a: b\r\n"),
        ("empty lines", b"", b"\r\n"),
        ("half of a body", BODY + bytes(50), b""),
        ("a body byte by byte", BODY, b"x"),
        ("a body that nobody reads", BODY.replace(b"/body", b"/refused"), b"x"),
        ("a chunk byte by byte", BODY.replace(b"Content-Length: 100000", b"Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
        ("a next request that goes on", HEAD + b"\r\n" + HEAD + b"X: ", b"x"),
        ("a next request of which nothing comes", HEAD + b"\r\n", b""),
    ],
)
def test_a_slow_connection_ends(port: int, sentence: str, begin: bytes, drip: bytes) -> None:
    with connected(port) as made:
        made.sendall(begin)
        assert _ends(made, drip) < LONG_AFTER, sentence


def test_a_body_that_comes_fast_and_without_end_ends(port: int) -> None:
    with connected(port) as made:
        made.sendall(BODY.replace(b"100000", b"1000000000000"))
        assert _ends(made, bytes(50), every=0.001) < LONG_AFTER


def test_an_answer_that_nobody_takes_ends(port: int) -> None:
    with connected(port) as made:
        made.sendall(HEAD.replace(b"small", b"large") + b"\r\n")
        time.sleep(2)
        assert _taken(made) < 30 << 20


def _taken(made: socket.socket) -> int:
    """How many bytes still come before the end."""
    taken = 0
    made.settimeout(LONG_AFTER)
    with suppress(ConnectionResetError):
        while chunk := made.recv(1 << 20):
            taken += len(chunk)
    return taken


def test_an_answer_that_is_taken_is_whole(port: int) -> None:
    with connected(port) as made:
        made.sendall(HEAD.replace(b"small", b"large") + b"Connection: close\r\n\r\n")
        assert _taken(made) > 30 << 20


def test_requests_on_one_connection_are_answered(port: int) -> None:
    with connected(port) as made:
        for _ in range(3):
            made.sendall(HEAD + b"\r\n")
            assert b"200 OK" in _answer(made)
            time.sleep(0.6)


def test_requests_sent_at_once_are_answered(port: int) -> None:
    with connected(port) as made:
        made.sendall((HEAD + b"\r\n") * 3)
        assert _answer(made, times=3).count(b"200 OK") == 3


def test_a_body_that_comes_in_pieces_is_answered(port: int) -> None:
    with connected(port) as made:
        made.sendall(BODY)
        for _ in range(10):
            made.sendall(bytes(10_000))
            time.sleep(0.08)
        assert b"200 OK" in _answer(made, b"100000")


def test_headers_without_end_are_refused(port: int) -> None:
    with connected(port) as made:
        made.sendall(HEAD + b"X: " + b"x" * (2 * connections.MAX_HEAD_BYTES))
        assert b"400 Bad Request" in _answer(made)
