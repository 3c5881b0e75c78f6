"""Serving the page, the API and, where it is a folder, the publication, until Ctrl-C.

listen(tool, Settings(...), Place.of(origin, None))
listen(tool, Settings(...), Place.of(origin, None), workers=4, watch=watch_place("9464"))
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from prometheus_client.registry import Collector

from cli.logs import json_lines
from cli.notifying import answers
from cli.overseeing import LogForm, overseen
from cli.place import Place
from cli.tool import Clock, Tool
from cli.watching import watched
from verifier import connections, crew
from verifier.app import FRESH, HEALTH, create_app, create_counting_app
from verifier.metrics import FOLDER_VARIABLE, Metrics
from verifier.settings import Settings

MOST_WORKERS: Final = 64
"""More than a machine of this kind has processors; each takes about 70 MiB at rest."""


def listen(
    tool: Tool,
    settings: Settings,
    place: Place,
    *,
    workers: int = 1,
    log: LogForm = LogForm.TEXT,
    watch: Place | None = None,
    handed: Sequence[socket.socket] = (),
    beside: Sequence[Collector] = (),
    works: Callable[[], str] = str,
) -> None:
    """Serve at a place until the process is told to end.

    Args:
        tool: says what a person sees.
        settings: of the service.
        place: where to listen.
        workers: how many processes answer; with one it is this one.
        log: the form of the log.
        watch: where those who watch are answered; None: nowhere.
        handed: sockets that systemd opened, in the place of ``place``.
        beside: more metrics.
        works: the code of why what runs beside does not work; empty where it does.
    """
    with ExitStack() as around:
        metrics = around.enter_context(_counting(watch, workers))
        if metrics is not None:
            for each in beside:
                metrics.registry.register(each)
        # Of settings that cannot hold, this process tells, and not each worker.
        application = create_app(settings, clock=tool.clock, metrics=metrics)
        around.enter_context(overseen(tool, log, alive=lambda: answers(place, HEALTH) and not works()))
        if metrics is not None:
            around.enter_context(watched(watch, metrics.registry, ready=partial(_why_not, application, works)))
        tool.log(
            "listening",
            f"查验页 {settings.origin}/v/　按 Ctrl-C 停止。",
            f"The page is at {settings.origin}/v/  Ctrl-C stops.",
            port=place.port,
            workers=workers,
        )
        tool.finish({"page": f"{settings.origin}/v/", "pid": os.getpid()}, "")
        if workers == 1:
            _serve_here(application, _options(place, log), handed)
        else:
            make = partial(_of_several, settings, tool.clock, counting=metrics is not None, log=log)
            crew.serve(make, _options(place, log), workers, opened=handed[0] if handed else None)
        tool.log("stopped", "已停止。", "Stopped.")


@contextmanager
def _counting(watch: Place | None, workers: int) -> Iterator[Metrics | None]:
    """What counts the answers: nothing where nobody watches, and one sum where several processes answer."""
    if watch is None:
        yield None
    elif workers == 1:
        yield Metrics.of_one_process()
    else:
        with TemporaryDirectory(prefix="titlecert-metrics-") as folder:
            os.environ[FOLDER_VARIABLE] = folder  # the others are told by it
            try:
                yield Metrics.of_several(folder)
            finally:
                del os.environ[FOLDER_VARIABLE]


def _of_several(settings: Settings, clock: Clock, *, counting: bool, log: LogForm) -> FastAPI:
    """The application in one of several processes, which lasts as long as that."""
    if log is LogForm.JSON:
        json_lines()
    return (create_counting_app if counting else create_app)(settings, clock=clock)


def _why_not(application: FastAPI, works: Callable[[], str]) -> str:
    state: str = application.state.publication()
    return works() or ("" if state == FRESH else state)


def _options(place: Place, log: LogForm) -> dict[str, Any]:
    """Of ``uvicorn.Config``."""
    own: dict[str, Any] = (
        {"log_config": None} if log is LogForm.JSON else {}
    )  # else it would write sentences of its own
    return {
        "host": place.host,
        "port": place.port,
        "access_log": False,
        "log_level": "warning",
        "server_header": False,
        **own,
        **connections.OPTIONS,
    }


def _serve_here(application: FastAPI, options: dict[str, Any], handed: Sequence[socket.socket]) -> None:
    # The server ends by itself on both signals and then raises them again; a service manager's stop is a usual end too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _end_with_the_terminal()
    with suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(application, **options)).run(sockets=list(handed) or None)


def _end_with_the_terminal() -> None:
    """Make a hang-up the usual end, unless it is ignored (``nohup``): the server knows the other signal."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
