"""What systemd is told of a service: READY when it answers, WATCHDOG while it does, STOPPING when it ends.

Rules: the protocol is a datagram of lines to the socket that ``NOTIFY_SOCKET`` names (sd_notify(3)). Nothing is said
where none is named. READY is sent when the service has answered once, and a watchdog is fed only while it answers, so
that a process that hangs is started anew. Sockets that systemd opened are taken over (sd_listen_fds(3)). The libraries
for this are unmaintained or need systemd's headers to be built; the protocol is these few lines.

    with managed(lambda: answers(place, "/v1/health"), os.environ):
        serve()
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from cli.place import Place

FIRST_DESCRIPTOR: Final = 3
"""Of the sockets that systemd hands over: ``SD_LISTEN_FDS_START``."""
_LOOK_SECONDS: Final = 0.2
"""Between two looks whether the service answers for the first time."""
_ANSWER_SECONDS: Final = 10.0
_MICROSECONDS: Final = 1_000_000


def answers(place: Place, path: str) -> bool:
    """Whether a service on this machine answers a request for a path with 200."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(place.host, place.host)  # noqa: S104 - that is where it listens
    with suppress(OSError, HTTPException):
        connection = HTTPConnection(host, place.port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        finally:
            connection.close()
    return False


def listens(path: Path) -> bool:
    """Whether somebody listens at a Unix socket."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_ANSWER_SECONDS)
        probe.connect(str(path))
        return True
    return False


def handed_sockets(environment: Mapping[str, str]) -> list[socket.socket]:
    """Return the sockets that systemd opened for this process; none where it opened none."""
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(environment.get("LISTEN_FDS", "0"))
    return [socket.socket(fileno=FIRST_DESCRIPTOR + each) for each in range(count)]


@contextmanager
def managed(alive: Callable[[], bool], environment: Mapping[str, str]) -> Iterator[None]:
    """Tell systemd how the service in the block is; nothing where it did not ask.

    Args:
        alive: whether the service answers now; asked in a thread of its own.
        environment: with ``NOTIFY_SOCKET``, and ``WATCHDOG_USEC`` where there is a watchdog.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        yield
        return
    stop = threading.Event()
    feeding = threading.Thread(
        target=_feed, args=(address, alive, _interval(environment), stop), name="notifying", daemon=True
    )
    feeding.start()
    try:
        yield
    finally:
        stop.set()
        notify(address, "STOPPING=1")
        feeding.join()


def notify(address: str, line: str) -> None:
    """Send a line; a name that begins with ``@`` is in the abstract namespace. A socket that is gone is passed over."""
    place = f"\0{address[1:]}" if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        sending.connect(place)
        sending.sendall(line.encode())


def _interval(environment: Mapping[str, str]) -> float | None:
    """Half of the time within which the watchdog wants to hear, in seconds; None where there is none."""
    text = environment.get("WATCHDOG_USEC", "")
    meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(text) / _MICROSECONDS / 2 if text.isdecimal() and meant else None


def _feed(address: str, alive: Callable[[], bool], interval: float | None, stop: threading.Event) -> None:
    while not alive():
        if stop.wait(_LOOK_SECONDS):
            return
    notify(address, "READY=1")
    while interval is not None and not stop.wait(interval):
        if alive():
            notify(address, "WATCHDOG=1")
