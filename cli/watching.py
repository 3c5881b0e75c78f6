"""The port for those who watch a process: health, readiness and metrics, apart from the port of the public.

Rules: it is on loopback unless somebody names another host; nobody is asked who they are, so it is never opened to the
public. ``/health`` says that the process answers, ``/ready`` whether it can do its work now (200 or 503, with the code
of why not), ``/metrics`` the metrics of a registry in Prometheus's text form. Nothing here names a person, a number or
a ``cti``.

    with watched(WatchPlace.of("9464"), registry, ready=lambda: ""):
        serve()
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app

from cli.errors import RefusedError
from cli.place import Place

LOOPBACK: Final = "127.0.0.1"
Ready = Callable[[], str]
"""Returns the code of why the process cannot do its work now; empty where it can."""


def watch_place(named: str | None) -> Place | None:
    """Return where to listen for those who watch: ``PORT`` on loopback, or ``HOST:PORT``; None where nobody asked.

    Raises:
        UsageError: ``bad_bind``.
        RefusedError: ``port_taken``.
    """
    if not named:
        return None
    place = Place.of("", f"{LOOPBACK}:{named}" if named.isdecimal() else named)
    place.require_free()
    return place


@contextmanager
def watched(place: Place | None, registry: CollectorRegistry, *, ready: Ready) -> Iterator[None]:
    """Answer those who watch during the block; nothing where there is no place.

    Raises:
        RefusedError: ``port_taken``: somebody took it meanwhile.
    """
    if place is None:
        yield
        return
    try:
        server = make_server(place.host, place.port, _application(registry, ready), _Server, _Quiet)
    except OSError as error:
        zh, en = f"{place.host}:{place.port} 不能使用", f"{place.host}:{place.port} is taken"
        raise RefusedError("port_taken", zh, en, port=place.port) from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="watched", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _application(
    registry: CollectorRegistry, ready: Ready
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    metrics = make_wsgi_app(registry)

    def application(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environment.get("PATH_INFO", "")
        if path == "/metrics":
            found: Iterable[bytes] = metrics(environment, start)
            return found
        if path == "/health":
            return _said(start, "200 OK", {"status": "ok"})
        if path == "/ready":
            why = ready()
            return _said(start, "503 Service Unavailable" if why else "200 OK", {"ready": not why, "why": why or None})
        return _said(start, "404 Not Found", {"paths": ["/health", "/ready", "/metrics"]})

    return application


def _said(start: StartResponse, status: str, told: object) -> Iterable[bytes]:
    start(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
    return [json.dumps(told).encode()]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of a look."""
