"""The page and a publication on one loopback origin, served as the verifier serves them.

Rules: the page is the one that its sources make (``tests.support.bundle``); every answer carries the content security
policy under which the page must work; what a browser asked for is not logged, the browser itself records it.

    with serve(Site(publication=files, root=world.pinned_root)) as origin:
        page.open(f"{origin}/v/")
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from credential.publication import is_immutable
from tests.support.bundle import STATIC, built_page
from verifier.headers import page_policy
from verifier.site import IMMUTABLE, REVALIDATE, PageFile, page_files

__all__ = ["POLICY", "STATIC", "Site", "serve"]
POLICY = page_policy(None)
"""The verifier's policy for a publication on its own origin."""


@dataclass(slots=True)
class Site:
    """What one server has. The publication may be changed while it runs."""

    publication: Mapping[str, bytes]
    root: bytes
    demonstration: bool = True
    offline: bool = False
    """Whether visitors keep the page and what it read."""
    away: bool = False
    """Whether nobody answers: every connection is cut."""
    broken: set[str] = field(default_factory=set)
    """Paths that are answered with 503."""
    instead: dict[str, bytes] = field(default_factory=dict)
    """By the end of a name: what is sent in the place of a file of the page."""
    posted: dict[str, bytes] = field(default_factory=dict)
    """By path: the answer to what is posted there."""

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, media type and body for the path of a request."""
        if path in self.broken:
            return 503, "text/plain", b""
        if path.startswith("/p/"):
            body = self.publication.get(path.removeprefix("/p/"))
            return (404, "text/plain", b"") if body is None else (200, "application/octet-stream", body)
        return self._page(path)

    def _files(self) -> dict[str, PageFile]:
        config = {"publication": "/p/", "root": self.root.decode("ascii"), "demonstration": self.demonstration}
        return page_files({**config, "offline": self.offline}, built_page())

    def _page(self, path: str) -> tuple[int, str, bytes]:
        file = self._files().get(path.removeprefix("/v/"))
        if file is None:
            return 404, "text/plain", b""
        instead = [data for end, data in self.instead.items() if path.endswith(end)]
        return 200, file.kind.partition(";")[0], instead[0] if instead else file.forms["identity"]

    def cache_of(self, path: str) -> str:
        """The caching that the service tells for the path of a request."""
        if path.startswith("/p/"):
            return IMMUTABLE if is_immutable(path.removeprefix("/p/")) else REVALIDATE
        file = self._files().get(path.removeprefix("/v/"))
        return REVALIDATE if file is None else file.cache

    def policy_of(self, path: str) -> str:
        """The policy that the service sends for the path of a request."""
        file = self._files().get(path.removeprefix("/v/"))
        return POLICY if file is None or file.policy is None else file.policy


@contextlib.contextmanager
def serve(site: Site) -> Iterator[str]:
    """Serve a site on a free port of loopback; gives its origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if site.away:
                self.connection.close()
                return
            status, media_type, body = site.answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", f"{media_type}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", site.cache_of(self.path.partition("?")[0]))
            self.send_header("Content-Security-Policy", site.policy_of(self.path.partition("?")[0]))
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # the browser went elsewhere meanwhile
                self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = site.posted[self.path]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a test reads what the browser recorded."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
