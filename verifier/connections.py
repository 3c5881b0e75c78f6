"""Connections that come slowly end: the protocol of the server, with bounds on how long a request may take to arrive.

Rules: every bound runs from the first byte, not from the last, so that one byte now and then buys no time. Whatever
proxy stands in front has bounds of its own; these are for the service without one.

    uvicorn.Config(app, **connections.OPTIONS)
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
"""From the connection, or the first byte of a next request, until its headers are complete."""
BODY_SECONDS: Final = 120.0
"""From its headers until the body is complete: 20 MB at 1.4 megabits a second."""
SLOWEST: Final = 1024
"""Bytes a second that a body brings at least, over any ten seconds."""
WINDOW_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 300.0
"""From a request until its answer has left: the largest file of a publication at half a megabit."""
MAX_CONNECTIONS: Final = 1000
"""More are answered 503; each holds a descriptor."""
MAX_HEAD_BYTES: Final = 32 << 10


class _Part(Enum):
    """What a connection is waited for."""

    NOTHING = auto()
    """The next request; the server's own time for idle connections runs."""
    HEAD = auto()
    BODY = auto()
    ANSWER = auto()


_SECONDS: dict[_Part, float] = {_Part.HEAD: HEAD_SECONDS, _Part.BODY: BODY_SECONDS, _Part.ANSWER: ANSWER_SECONDS}


class SteadyProtocol(H11Protocol):
    """HTTP/1.1 in which every part of a request has its time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection begins, and with it the wait for a request."""
        super().connection_made(transport)
        self._part = _Part.NOTHING
        self._timers: list[asyncio.TimerHandle] = []
        self._arrived = 0
        self._wait_for(_Part.HEAD)

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request."""
        if self.conn.their_state is h11.IDLE:
            self._wait_for(_Part.HEAD)
        self._arrived += len(data)
        super().data_received(data)
        self._go_on()

    def on_response_complete(self) -> None:
        """An answer is complete, perhaps before the request is, and perhaps not yet taken."""
        super().on_response_complete()
        if not self.transport.is_closing() and not self.transport.get_write_buffer_size():
            self._go_on()
            if self.conn.their_state is h11.IDLE:
                self._wait_for(_Part.NOTHING)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._wait_for(_Part.NOTHING)
        super().connection_lost(exc)

    def _go_on(self) -> None:
        """From the headers to the body, and from the body to the answer."""
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            self._wait_for(_Part.BODY)
        elif state is not h11.IDLE:
            self._wait_for(_Part.ANSWER)

    def _wait_for(self, part: _Part) -> None:
        """Begin the time of a part; one that has begun goes on."""
        if part is self._part:
            return
        for timer in self._timers:
            timer.cancel()
        self._part = part
        self._timers = [self.loop.call_later(_SECONDS[part], self._end)] if part in _SECONDS else []
        if part is _Part.BODY:
            self._arrived = 0
            self._timers.append(self.loop.call_later(WINDOW_SECONDS, self._check_window))

    def _check_window(self) -> None:
        if self._arrived < SLOWEST * WINDOW_SECONDS:
            self._end()
            return
        self._arrived = 0
        self._timers.append(self.loop.call_later(WINDOW_SECONDS, self._check_window))

    def _end(self) -> None:
        """Without an answer: whoever sends so slowly reads none, and an answer would wait for it."""
        self._wait_for(_Part.NOTHING)
        self.transport.abort()


OPTIONS: Final[dict[str, Any]] = {
    "http": SteadyProtocol,
    "ws": "none",
    "timeout_keep_alive": 10,
    "timeout_graceful_shutdown": 30,
    "limit_concurrency": MAX_CONNECTIONS,
    "h11_max_incomplete_event_size": MAX_HEAD_BYTES,
}
"""Of ``uvicorn.Config``."""
