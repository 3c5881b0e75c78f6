"""The recorded browser that the page's tests rely on: it sees what is sent, and reaches this machine only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.browser import BrowserError, Page, open_browser

pytestmark = pytest.mark.browser

DOCUMENT = """<!doctype html><meta charset="utf-8"><title>有效</title><p id="answer">…</p>
<script>
fetch("/shard", {method: "POST", body: "一"}).then(r => r.text()).then(t => { answer.textContent = t })
</script>"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer(DOCUMENT if self.path == "/v/" else "")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode() + " 已读")

    def answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_arguments: object) -> None:
        """Tests are quiet."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def test_requests_are_recorded_with_their_bodies_and_without_the_fragment(page: Page, address: str) -> None:
    page.requests.clear()
    page.open(f"{address}/v/#0123456789")
    page.wait_for("document.querySelector('#answer').textContent.endsWith('已读')")
    sent = [(request.method, request.url.removeprefix(address), request.body) for request in page.requests]
    assert [entry for entry in sent if entry[1] != "/favicon.ico"] == [("GET", "/v/", ""), ("POST", "/shard", "一")]
    assert not any("0123456789" in request.text for request in page.requests)
    assert page.evaluate("location.hash") == "#0123456789"
    assert (page.text(), page.evaluate("document.title")) == ("一 已读", "有效")


def test_nobody_else_can_be_reached(page: Page, address: str) -> None:
    page.open(f"{address}/v/")
    with pytest.raises(BrowserError, match="Failed to fetch"):
        page.evaluate("fetch('https://example.org/')")
    with pytest.raises(BrowserError, match="ERR_NAME_NOT_RESOLVED"):
        page.open("https://example.org/")


def test_errors_of_the_page_are_recorded(page: Page, address: str) -> None:
    page.open(f"{address}/v/")
    page.errors.clear()
    page.evaluate("setTimeout(() => { throw new Error('broken') }); 1")
    page.wait_for("true")
    page.evaluate("new Promise(resolve => setTimeout(resolve, 50))")
    assert any("broken" in error for error in page.errors)


def test_a_condition_that_never_holds_is_an_error(page: Page) -> None:
    with pytest.raises(BrowserError, match="still not true"):
        page.wait_for("false", seconds=0.1)


def test_a_picture_can_be_taken(page: Page, address: str, tmp_path: Path) -> None:
    page.open(f"{address}/v/")
    page.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
