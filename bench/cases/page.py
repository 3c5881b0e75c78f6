"""The page: from a cold navigation to the verdict in headless Chromium, beside an empty page of the same weight.

The yardstick is a page without anything of ours that loads as many bytes in as many requests from the same service, and
is done when all of them are there. Both are measured by the browser, from the start of the navigation; nothing is in
any cache, and the two go in turns. "A phone" has a quarter of this processor, 9 Mbit and 60 ms of delay for a request.

    python -m bench page
"""

from __future__ import annotations

import json
import socket
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.harness import Benchmark, Clock, Measurement, rounded

if TYPE_CHECKING:
    from tests.support.browser import Page

ROUNDS: Final = 9
LARGE: Final = 370_000
"""Certificates of a province with 50 authorities and 300 filings (``tests.support.province``)."""
PHONE: Final = {"offline": False, "latency": 60, "downloadThroughput": 9e6 / 8, "uploadThroughput": 9e6 / 8}
SLOWER: Final = 4
NOTE_THE_ANSWER: Final = """
new MutationObserver(() => {
  const found = document.querySelector('.answer[data-outcome=valid]');
  if (window.done === undefined && found) window.done = performance.now();
}).observe(document, { childList: true, subtree: true });
"""
BARE: Final = """
const load = (address) => fetch(address, { cache: 'no-store' }).then((answer) => answer.arrayBuffer());
Promise.all(%s.map(load)).then(() => { window.done = performance.now(); });
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the browser fetched for one check."""

    requests: int
    size: int
    """Bytes as they were sent, headers left out."""


def run(_: int, clock: Clock) -> Iterator[Measurement]:
    """Yield a line for each publication and machine."""
    del clock  # the browser's own is asked
    from tests.support.browser import open_browser

    for count in (24, LARGE):
        with ExitStack() as stack:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            address, bare = stack.enter_context(_service(place / "publication", count))
            page = stack.enter_context(open_browser(place))
            page._call("Page.addScriptToEvaluateOnNewDocument", source=NOTE_THE_ANSWER)
            taken = _weigh(page, address, bare)
            told = f"{count} certificates, {taken.requests} requests, {taken.size} bytes"
            yield from _measured(page, f"page-{count}", told, address, count)
            page._call("Network.emulateNetworkConditions", **PHONE)
            page._call("Emulation.setCPUThrottlingRate", rate=SLOWER)
            yield from _measured(page, f"page-{count}-phone", f"{told}, a phone", address, count)


def _measured(page: Page, name: str, told: str, address: str, count: int) -> Iterator[Measurement]:
    bare = f"{address.partition('/v/')[0]}/bare/"
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            times[side].append(_cold(page, (address, bare)[side]))
    kept = [each[1:] for each in times]  # the first round starts the browser
    yield Measurement(
        name=name,
        ratio=rounded(statistics.median(ours / theirs for ours, theirs in zip(*kept, strict=True))),
        ours=rounded(statistics.median(kept[0])),
        yardstick=rounded(statistics.median(kept[1])),
        unit="ms",
        size=count,
        what=f"cold navigation to verdict, {told}, over an empty page that loads as much",
    )


def _cold(page: Page, address: str) -> float:
    """Milliseconds from the start of the navigation, with empty caches."""
    page.open("about:blank")
    page._call("Network.clearBrowserCache")
    page.open(address)
    page.wait_for("window.done")
    return float(page.evaluate("window.done"))


def _weigh(page: Page, address: str, bare: dict[str, bytes]) -> Taken:
    """Look what one check fetches, and lay out an empty page that fetches as much."""
    _cold(page, address)
    entries: list[list[Any]] = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map((each) => [each.name, each.encodedBodySize])"
    )
    sizes = [int(size) for _, size in entries]
    files = [f"/bare/{number}" for number in range(2, len(sizes))]
    script = (BARE % json.dumps(files)).encode()
    bare["/bare/"] = b"<!doctype html><title>bare</title><script src='script.js'></script>".ljust(sizes[0])
    bare["/bare/script.js"] = script.ljust(sizes[1])
    bare |= {name: bytes(size) for name, size in zip(files, sizes[2:], strict=True)}
    return Taken(requests=len(sizes), size=sum(sizes))


@contextmanager
def _service(folder: Path, count: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The verifier's service over a publication, with a place for the bare page; the address of a certificate on it."""
    import uvicorn
    from fastapi import Request, Response

    from tests.support.province import province
    from tests.support.world import ORIGIN, World
    from verifier.app import create_app
    from verifier.settings import Settings

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        now = datetime.now(UTC).replace(microsecond=0)
        world = province(now) if count == LARGE else World(now=now)
        world.change_trust(hosts=(origin, ORIGIN))
        certificates = [world.issue() for _ in range(1 if count == LARGE else count)]
        for certificate in certificates:
            world.put_face(certificate)
        world.publish()
        world.write(folder)
        settings = Settings(
            publication=str(folder), trust_root=world.pinned_root, origin=origin, serve_publication=True
        )
        app = create_app(settings, clock=lambda: datetime.now(UTC))
        bare: dict[str, bytes] = {}

        def plain(request: Request) -> Response:
            kind = "text/javascript" if request.url.path.endswith(".js") else "text/html"
            policy = "default-src 'self'"
            headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
            return Response(bare[request.url.path], media_type=kind, headers=headers)

        app.add_route("/bare/{name:path}", plain)

        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"{origin}/v/#{certificates[0].qr_text.partition('#')[2]}", bare
        finally:
            server.should_exit = True
            thread.join()


BENCHMARKS: Final = (
    Benchmark(name="page", what="the page, from a cold navigation to the verdict", size=LARGE, run=run),
)
