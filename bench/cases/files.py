"""Honest checks beside an attack with files: how long they wait, and how much memory the service takes.

The attack sends pictures of 50 million pixels in 190 KB, and PDFs that hold nothing but a string of digits, all at
once, to a service in a process of its own. The yardstick is the same service with nobody else there. The figures of
time are the longest of all asks; memory is the most that the service and its children ever had together.
"""

from __future__ import annotations

import http.client
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.harness import Benchmark, Clock, Measurement

PICTURES: Final = 24
"""In the attack, with a PDF for every eight."""
SIDE: Final = 7071
ALONE: Final = 20
"""Asks without the attack."""
HOST: Final = "127.0.0.1"
PNG: Final = "image/png"
PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that runs, and its process."""

    port: int
    pid: int
    text: bytes
    picture: bytes

    def ask(self, body: bytes, kind: str) -> tuple[int, bytes]:
        """Status and body of an answer."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=300)
        try:
            connection.request("POST", "/v1/verify", body, {"Content-Type": kind})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask_honestly(self, body: bytes, kind: str) -> None:
        """Raises RuntimeError: it was not answered with a verdict."""
        status, answer = self.ask(body, kind)
        if status != 200 or json.loads(answer)["outcome"] != "valid":
            raise RuntimeError(f"an honest check was answered {status}: {answer[:200]!r}")


def run(pictures: int, clock: Clock) -> Iterator[Measurement]:
    """Yield the three lines."""
    with _served() as service:
        honest = {
            "text": lambda: service.ask_honestly(service.text, "application/json"),
            "picture": lambda: service.ask_honestly(service.picture, PNG),
        }
        alone = {name: max(_took(ask, clock) for _ in range(ALONE)) for name, ask in honest.items()}
        service.ask(_digits(10), PDF)
        beside = {name: [0.0] for name in honest}
        peak = rest = _memory(service.pid)
        with ThreadPoolExecutor(pictures + pictures // 8 + 1) as pool:
            attack = [pool.submit(service.ask, body, kind) for body, kind in _attack(pictures)]
            while not all(each.done() for each in attack):
                for name, ask in honest.items():
                    beside[name].append(_took(ask, clock))
                peak = max(peak, _memory(service.pid))
            _refused(attack)
        for name in honest:
            what = f"the longest wait of an honest {name} beside {pictures} large pictures and PDFs, over without them"
            yield _line(f"files-{name}", what, max(beside[name]) * 1000, alone[name] * 1000, size=pictures)
        what = "the most memory beside the attack, over before it"
        yield _line("files-memory", what, peak, rest, size=pictures, unit="MiB")


def _line(name: str, what: str, ours: float, yardstick: float, *, size: int, unit: str = "ms") -> Measurement:
    return Measurement.of(name, what, ours, yardstick, unit=unit, size=size)


def _took(ask: Callable[[], None], clock: Clock) -> float:
    begun = clock()
    ask()
    return clock() - begun


def _attack(pictures: int) -> list[tuple[bytes, str]]:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGBA", (SIDE, SIDE)).save(out, "PNG")
    return [(out.getvalue(), PNG)] * pictures + [(_digits(6_000_000), PDF)] * (pictures // 8)


def _digits(count: int) -> bytes:
    """A PDF whose identifier has so many hexadecimal digits."""
    head = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n" % head.index(b"1 0 obj")
    trailer = b"trailer\n<</Size 2/Root 1 0 R/ID[<%s>]>>\nstartxref\n%d\n%%%%EOF\n" % (b"0" * count, len(head))
    return head + table + trailer


def _refused(attack: list[Future[tuple[int, bytes]]]) -> None:
    """Raises RuntimeError: something of the attack was answered with another thing than a refusal."""
    for each in attack:
        status, answer = each.result()
        if status not in {422, 503, 413} and json.loads(answer)["outcome"] != "malformed":
            raise RuntimeError(f"a file of the attack was answered {status}: {answer[:200]!r}")


def _memory(pid: int) -> float:
    """The most that a process and the children that it has now have had, in MiB."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [pid, *(int(child) for each in children for child in each.read_text().split())]
    return sum(_peak(each) for each in pids) / 1024


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


@contextmanager
def _served() -> Iterator[Service]:
    from tests.support.ports import free_port
    from tests.support.world import World
    from tests.verifier.pictures import picture

    world = World()
    certificate = world.issue()
    world.publish()
    with tempfile.TemporaryDirectory() as place:
        folder, port = Path(place), free_port()
        world.write(folder / "publication")
        (folder / "root").write_bytes(world.pinned_root)
        # Our own program.
        with subprocess.Popen([sys.executable, "-m", __name__, str(port), place]) as process:  # noqa: S603
            service = Service(
                port=port,
                pid=process.pid,
                text=json.dumps({"qr_text": certificate.qr_text}).encode(),
                picture=picture(certificate.qr_text),
            )
            try:
                _wait_for(service)
                yield service
            finally:
                process.terminate()


def _wait_for(service: Service) -> None:
    for _ in range(300):
        try:
            service.ask_honestly(service.picture, PNG)
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise RuntimeError("the service did not start")


def _serve(port: int, folder: Path) -> None:
    """The service, in a process of its own."""
    import uvicorn

    from tests.support.world import NOW, ORIGIN
    from verifier import connections
    from verifier.app import create_app
    from verifier.settings import Settings

    root = (folder / "root").read_bytes()
    settings = Settings(publication=str(folder / "publication"), trust_root=root, origin=ORIGIN)
    app = create_app(settings, clock=lambda: NOW)
    options = connections.OPTIONS
    uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, access_log=False, log_level="error", **options)).run()


BENCHMARKS = (
    Benchmark(
        name="files",
        what="honest checks beside an attack with large files: waiting and memory, over without it",
        size=PICTURES,
        run=run,
    ),
)

if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]))
