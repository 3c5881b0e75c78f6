"""Security headers and caching, as one table by area of the site; HEAD; an access log that names areas only.

Rules: the page runs its own scripts and nothing else, and talks to its own host and the publication; whoever embeds,
frames or opens it learns nothing; a log line holds neither query, body, code nor name, and of the publication not even
the file, because a shard's name narrows down who was checked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ACCESS: Final = logging.getLogger("verifier.access")
AREAS: Final = ("/v1/verify", "/v1/health", "/v1/ready", "/v1/", "/v/", "/p/")
_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
COMMON: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
HSTS: Final = "max-age=31536000"
Answered = Callable[[str, str, int, float], None]
"""Counts an answer: area, method, status, seconds until it began."""


def page_policy(publication_origin: str | None) -> str:
    """The page's Content-Security-Policy: own files, no inline code, no eval, one more host to read from at most."""
    connect = "'self'" if publication_origin is None else f"'self' {publication_origin}"
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src {connect}; "
        "media-src blob:; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


LOOK_POLICY: Final = (
    "default-src 'none'; script-src 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of the worker that looks closer at pictures: it compiles WebAssembly (W3C CSP 3, section 4.4) and reaches nobody."""


def area_of(path: str) -> str:
    """The area that a path belongs to, or ``other``."""
    return next((area for area in AREAS if path.startswith(area)), "other")


def headers_for(area: str, *, page: str, secure: bool) -> dict[str, str]:
    """The headers of an area, added where a route did not set its own."""
    headers = dict(COMMON)
    headers["Content-Security-Policy"] = page if area == "/v/" else _NOTHING
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if area == "/p/" else "same-origin"
    headers["Cache-Control"] = "no-cache" if area == "/v/" else "no-store"
    if area == "/p/":
        headers["Access-Control-Allow-Origin"] = "*"
    if secure:
        headers["Strict-Transport-Security"] = HSTS
    return headers


class HeadersMiddleware:
    """Adds the table's headers to every answer, errors included, and writes one log line for it."""

    def __init__(
        self, app: ASGIApp, *, publication_origin: str | None, secure: bool, answered: Answered | None = None
    ) -> None:
        self._app = app
        self._answered = answered
        page = page_policy(publication_origin)
        tables = {area: headers_for(area, page=page, secure=secure) for area in (*AREAS, "other")}
        # As bytes, because every answer takes them: names in lower case (ASGI), values in Latin-1 (RFC 9110 5.5).
        self._tables = {
            area: [(name.lower().encode(), value.encode("latin-1")) for name, value in table.items()]
            for area, table in tables.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        area, began = area_of(scope["path"]), time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                named = {name for name, _ in own}
                message["headers"] = [*own, *(pair for pair in self._tables[area] if pair[0] not in named)]
                took = time.perf_counter() - began
                ACCESS.info("%s %s %d %.1fms", scope["method"], area, message["status"], took * 1000)
                if self._answered is not None:
                    self._answered(area, scope["method"], message["status"], took)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class HeadMiddleware:
    """Answers HEAD as GET, on every route, without the body (RFC 9110 section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)
