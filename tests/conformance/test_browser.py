"""Every vector that a page can be asked, in Chromium: one load of one page, under the page's own security policy."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conformance.stored import bundle, different, for_pages
from tests.page.site import POLICY
from tests.support.browser import open_browser
from tests.support.bundle import script
from tests.support.tools import ROOT

pytestmark = pytest.mark.browser

RUN = """
import('/tests/conformance/run.js').then(async ({ run }) => run(await (await fetch('/bundle.json')).json(), titlecert))
"""


class Handler(BaseHTTPRequestHandler):
    """The page's bundle, the runner where the checkout has it, the vectors, and an empty page."""

    def do_GET(self) -> None:
        media_type, body = self.answer()
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body or b"")))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body or b"")

    def answer(self) -> tuple[str, bytes | None]:
        if self.path == "/":
            return "text/html", b"<!doctype html><title>vectors</title><script src='/main.js'></script>"
        if self.path == "/main.js":
            return "text/javascript", script().read_bytes()
        if self.path == "/bundle.json":
            return "application/json", bundle(for_pages()).encode()
        place = ROOT / self.path.removeprefix("/")
        inside = place.suffix == ".js" and ".." not in place.parts and place.is_file()
        return "text/javascript", place.read_bytes() if inside else None

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextlib.contextmanager
def served() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_every_verdict(tmp_path: Path) -> None:
    with served() as address, open_browser(tmp_path) as page:
        page.open(address)
        found = dict(page.evaluate(RUN))
    assert different(for_pages(), found) == {}
