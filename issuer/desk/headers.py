"""What every answer of the desk carries, and which requests are refused before anything else.

Rules: no page runs a script, loads from elsewhere, is framed or kept. A request that changes something comes from a
page of this desk: the browser says so by ``Sec-Fetch-Site``, an older one by ``Origin``; one that says neither is
refused. The referrer stays on this host, and is not left out altogether: a browser that leaves it out also hides the
origin of a form (Fetch, section 3.2), by which older browsers are told from strangers. A body is small and a form.

    app = GuardMiddleware(app, origin="https://desk.example")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY: Final = 64 << 10
"""Bytes of a form: a page of text, percent-encoded."""
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DESK_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cache-Control": "no-store",
}
_READING: Final = ("GET", "HEAD")
_FORM: Final = b"application/x-www-form-urlencoded"


class HeadersOfDesk:
    """Adds the headers to every answer, where a route did not set its own."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        table = dict(DESK_HEADERS) | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})
        self._table = [(name.lower().encode(), value.encode()) for name, value in table.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                named = {name for name, _ in own}
                message["headers"] = [*own, *(pair for pair in self._table if pair[0] not in named)]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class GuardMiddleware:
    """Refuses what does not come from a page of this desk, and what is no small form; ``refused`` answers it."""

    def __init__(self, app: ASGIApp, *, origin: str, refused: ASGIApp) -> None:
        self._app = app
        self._origin = origin.encode()
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and scope["method"] not in _READING:
            headers = dict(scope["headers"])
            scope["desk.fault"] = fault_of(headers, self._origin)
            if scope["desk.fault"] is not None:
                await self._refused(scope, receive, send)
                return
        await self._app(scope, receive, send)


def fault_of(headers: Mapping[bytes, bytes], origin: bytes) -> str | None:
    """Return the code of why a request that changes something is refused, None where it is not."""
    site, came_from = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None and site != b"same-origin":
        return "foreign_origin"
    if came_from is not None and came_from != origin:
        return "foreign_origin"
    if site is None and came_from is None:
        return "foreign_origin"
    if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != _FORM:
        return "not_a_form"
    length = headers.get(b"content-length", b"")
    if not length.isdigit() or int(length) > MAX_BODY:
        return "form_too_long"
    return None
