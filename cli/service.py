"""Serving the page, the API and, where it is a folder, the publication, until Ctrl-C.

listen(tool, Settings(...), Place.of(origin, None))
listen(tool, Settings(...), Place.of(origin, None), workers=4)
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from functools import partial
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from cli.place import Place
from cli.tool import Tool
from verifier import connections, crew
from verifier.app import create_app
from verifier.settings import Settings

MOST_WORKERS: Final = 64
"""More than a machine of this kind has processors; each takes about 70 MiB at rest."""


def listen(tool: Tool, settings: Settings, place: Place, *, workers: int = 1) -> None:
    """Serve at a place until the process is told to end.

    Args:
        tool: says what a person sees.
        settings: of the service.
        place: where to listen.
        workers: how many processes answer; with one it is this one.
    """
    # Of settings that cannot hold, this process tells, and not each worker.
    application = create_app(settings, clock=tool.clock)
    tool.say(
        f"查验页 {settings.origin}/v/　按 Ctrl-C 停止。",
        f"The page is at {settings.origin}/v/  Ctrl-C stops.",
    )
    tool.finish({"page": f"{settings.origin}/v/", "pid": os.getpid()}, "")
    if workers == 1:
        _serve_here(application, place)
    else:
        crew.serve(partial(create_app, settings, clock=tool.clock), _options(place), workers)
    tool.say("已停止。", "Stopped.")


def _options(place: Place) -> dict[str, Any]:
    """Of ``uvicorn.Config``."""
    return {
        "host": place.host,
        "port": place.port,
        "access_log": False,
        "log_level": "warning",
        "server_header": False,
        **connections.OPTIONS,
    }


def _serve_here(application: FastAPI, place: Place) -> None:
    # The server ends by itself on both signals and then raises them again; a service manager's stop is a usual end too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _end_with_the_terminal()
    with suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(application, **_options(place))).run()


def _end_with_the_terminal() -> None:
    """Make a hang-up the usual end, unless it is ignored (``nohup``): the server knows the other signal."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
