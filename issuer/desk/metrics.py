"""What the desk counts: requests by area and answer.

Rules: a label takes nothing that a holder chose: an area is the first part of an address that this desk has, everything
else is ``other``.

    metrics = DeskMetrics()
    app = CountingMiddleware(app, answered=metrics.answered)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Answered = Callable[[str, str, int], None]
"""Counts an answer: path, method, status."""
DESK_AREAS: Final = frozenset(
    {
        *("sign-in", "sign-out", "certificates", "jobs", "notices", "held", "requests", "sign-ins"),
        *("help", "language", "text", "static", "health", "ready"),
    }
)
"""First parts of the desk's addresses."""
_COUNTED: Final = ("GET", "HEAD", "POST")


class DeskMetrics:
    """The counters of one desk, and the registry that tells them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "titlecert_desk_requests",
            "Requests that were answered.",
            ["area", "method", "status"],
            registry=self.registry,
        )

    def answered(self, path: str, method: str, status: int) -> None:
        """Count an answer."""
        first = path.strip("/").partition("/")[0]
        area = first if first in DESK_AREAS else "other" if first else "first"
        self._requests.labels(area, method if method in _COUNTED else "other", str(status)).inc()


class CountingMiddleware:
    """Counts every answer."""

    def __init__(self, app: ASGIApp, *, answered: Answered) -> None:
        self._app = app
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answered(scope["path"], scope["method"], message["status"])
            await send(message)

        await self._app(scope, receive, counted if scope["type"] == "http" else send)
