"""The public API over HTTP: checks a second, beside an empty POST that makes the bare signature checks alone.

Both sides are programs of one process on this machine: uvicorn with the settings of the service. One client asks them
in turns, over a few connections that stay open. The yardstick is a POST of FastAPI that reads nothing of the request,
verifies as many P-256 signatures as our verdict needs, by ``cryptography``, and answers an empty object.

Rates count real time, so what else the machine does shows in them; the lines in milliseconds count the processor time
of the two servers, which it hardly changes. The clock of our side moves: every two seconds it looks at the snapshot.
"""

from __future__ import annotations

import itertools
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.harness import Benchmark, Clock, Measurement, rounded

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.support.world import World

REQUESTS: Final = 1000
"""Of a round."""
ROUNDS: Final = 7
CONNECTIONS: Final = 4
"""At once; each asks again when it is answered."""
CERTIFICATES: Final = 100
HOST: Final = "127.0.0.1"
STARTUP_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 30.0
SIGNED_BYTES: Final = 300
"""What a signature of the yardstick is over: a usual certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A server that runs, what it is asked in turn, and what an answer must hold."""

    port: int
    pid: int
    requests: Sequence[bytes]
    expected: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of one side."""

    rate: float
    """Answers a second."""
    processor: float
    """Seconds of the server's processor time for an answer."""


def run(count: int, clock: Clock) -> Iterator[Measurement]:
    """Yield the lines of both kinds of certificate, and of the empty POST alone."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare_port, bare_pid = stack.enter_context(_started(["bare"]))

        def bare(signatures: int) -> Side:
            asked = [_request(f"/{signatures}", b"{}")]
            return Side(port=bare_port, pid=bare_pid, requests=asked, expected=b"{}")

        for name, signatures, faces in (("http", 2, False), ("http-face", 3, True)):
            ours = stack.enter_context(_ours(place / name, faces=faces))
            taken = _in_turns(ours, bare(signatures), count, clock)
            what = f"POST /v1/verify, {'with a face' if faces else 'usual certificate'}"
            over = f"over an empty POST with {signatures} bare P-256 verifications"
            yield _rate(name, f"{what}, checks a second, {over} (above is better)", taken, count)
            yield _processor(f"{name}-processor", f"{what}, processor time of the server, {over}", taken, count)
            if not faces:
                alone = _in_turns(ours, bare(0), count, clock)
                yield _rate(
                    "http-empty", f"{what}, checks a second, over an empty POST (above is better)", alone, count
                )


def _rate(name: str, what: str, taken: Sequence[tuple[Round, Round]], count: int) -> Measurement:
    return _line(name, what, [(ours.rate, bare.rate) for ours, bare in taken], "requests/s", count)


def _processor(name: str, what: str, taken: Sequence[tuple[Round, Round]], count: int) -> Measurement:
    pairs = [(ours.processor * 1000, bare.processor * 1000) for ours, bare in taken]
    return _line(name, what, pairs, "ms", count)


def _line(name: str, what: str, pairs: Sequence[tuple[float, float]], unit: str, count: int) -> Measurement:
    ours, yardstick = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Measurement(
        name=name,
        ratio=rounded(statistics.median(ours / yardstick for ours, yardstick in pairs)),
        ours=rounded(ours),
        yardstick=rounded(yardstick),
        unit=unit,
        size=count,
        what=what,
    )


def _in_turns(ours: Side, bare: Side, count: int, clock: Clock) -> list[tuple[Round, Round]]:
    """Rounds of both sides, the order changing; a first one of each is not counted."""
    taken: list[tuple[Round, Round]] = []
    for number in range(ROUNDS + 1):
        if number % 2:
            second, first = _round(bare, count, clock), _round(ours, count, clock)
        else:
            first, second = _round(ours, count, clock), _round(bare, count, clock)
        taken.append((first, second))
    return taken[1:]


def _round(side: Side, count: int, clock: Clock) -> Round:
    processor, begun = _processor_seconds(side.pid), clock()
    _load(side, count)
    took = clock() - begun
    return Round(rate=count / took, processor=(_processor_seconds(side.pid) - processor) / count)


def _processor_seconds(pid: int) -> float:
    """What all threads of a process have had (``proc_pid_schedstat``), in nanoseconds there."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _load(side: Side, count: int) -> None:
    """Ask ``count`` times over a few connections.

    Raises:
        RuntimeError: an answer is not as expected, or none comes.
    """
    turn = itertools.islice(itertools.cycle(side.requests), count)
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(min(CONNECTIONS, count)):
            connection = stack.enter_context(socket.create_connection((HOST, side.port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ, bytearray())
            connection.sendall(next(turn))
        answered = 0
        while answered < count:
            ready = selector.select(ANSWER_SECONDS)
            if not ready:
                raise RuntimeError(f"no answer in {ANSWER_SECONDS} seconds")
            for key, _ in ready:
                if _answered(key, side.expected):
                    answered += 1
                    key.fileobj.sendall(next(turn, b""))  # type: ignore[union-attr]


def _answered(key: selectors.SelectorKey, expected: bytes) -> bool:
    """Take what has come of an answer; whether it is whole. Raises RuntimeError: it is not the expected one."""
    arrived: bytearray = key.data
    data = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
    arrived += data
    head, blank, body = arrived.partition(b"\r\n\r\n")
    if not blank and data:
        return False
    _, _, length = head.partition(b"content-length: ")
    if data and len(body) < int(length.split(b"\r\n", 1)[0]):
        return False
    if not data or b" 200 " not in head[:16] or expected not in body:
        raise RuntimeError(f"not the expected answer: {bytes(arrived[:300])!r}")
    arrived.clear()
    return True


def _request(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nAccept: */*\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


@contextmanager
def _ours(place: Path, *, faces: bool) -> Iterator[Side]:
    """Our service over a publication of its own, with faces or without."""
    from tests.support.world import World

    world = World()
    certificates = [world.issue() for _ in range(CERTIFICATES)]
    for each in certificates if faces else ():
        world.put_face(each)
    world.publish()
    _write(world, place)
    requests = [_request("/v1/verify", json.dumps({"qr_text": each.qr_text}).encode()) for each in certificates]
    # Whether there is a face is asked of the answer, or the yardstick would make another number of checks.
    expected = b'"face":{' if faces else b'"face":null'
    with _started(["ours", str(place)]) as (port, pid):
        side = Side(port=port, pid=pid, requests=requests, expected=expected)
        _load(Side(port=port, pid=pid, requests=requests, expected=b'"outcome":"valid"'), CERTIFICATES)
        yield side


def _write(world: World, place: Path) -> None:
    world.write(place / "publication")
    (place / "root").write_bytes(world.pinned_root)


@contextmanager
def _started(words: list[str]) -> Iterator[tuple[int, int]]:
    """A server in a process of its own: its port and process. Raises RuntimeError: it did not start."""
    from tests.support.ports import free_port

    port = free_port()
    # Our own program.
    with subprocess.Popen([sys.executable, "-m", __name__, str(port), *words]) as process:  # noqa: S603
        try:
            _wait_for(port)
            yield port, process.pid
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _bare_app() -> FastAPI:
    """The yardstick."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse

    private, suite = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    public = private.public_key()
    texts = [os.urandom(SIGNED_BYTES) for _ in range(CERTIFICATES)]
    turn = itertools.cycle([(private.sign(text, suite), text) for text in texts])
    app = FastAPI()

    def route(signatures: int) -> Callable[[], object]:
        async def post() -> JSONResponse:
            for _ in range(signatures):
                signature, text = next(turn)
                public.verify(signature, text, suite)
            return JSONResponse({})

        return post

    for signatures in (0, 2, 3):
        app.post(f"/{signatures}", response_model=None)(route(signatures))
    return app


def _our_app(place: Path) -> FastAPI:
    """The service, at a moving time that begins at the world's."""
    from tests.support.world import NOW, ORIGIN
    from verifier.app import create_app
    from verifier.settings import Settings

    root = (place / "root").read_bytes()
    settings = Settings(publication=str(place / "publication"), trust_root=root, origin=ORIGIN)
    begun = datetime.now(NOW.tzinfo)
    return create_app(settings, clock=lambda: NOW + (datetime.now(NOW.tzinfo) - begun))


def _serve(port: int, app: FastAPI) -> None:
    import uvicorn

    from verifier import connections

    options = connections.OPTIONS
    config = uvicorn.Config(app, host=HOST, port=port, access_log=False, log_level="warning", **options)
    uvicorn.Server(config).run()


BENCHMARKS = (
    Benchmark(
        name="http",
        what="POST /v1/verify of one process, checks a second over an empty POST with the bare signature checks",
        size=REQUESTS,
        run=run,
    ),
)

if __name__ == "__main__":
    _serve(int(sys.argv[1]), _bare_app() if sys.argv[2] == "bare" else _our_app(Path(sys.argv[3])))
