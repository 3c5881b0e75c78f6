"""Serving the page, the API and, where it is a folder, the publication, until Ctrl-C.

listen(tool, Settings(...), Place.of(origin, None))
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import uvicorn

from cli.place import Place
from cli.tool import Tool
from verifier import connections
from verifier.app import create_app
from verifier.settings import Settings


def listen(tool: Tool, settings: Settings, place: Place) -> None:
    """Serve at a place until the process is told to end."""
    application = create_app(settings, clock=tool.clock)
    config = uvicorn.Config(
        application,
        host=place.host,
        port=place.port,
        access_log=False,
        log_level="warning",
        server_header=False,
        **connections.OPTIONS,
    )
    tool.say(
        f"查验页 {settings.origin}/v/　按 Ctrl-C 停止。",
        f"The page is at {settings.origin}/v/  Ctrl-C stops.",
    )
    tool.finish({"page": f"{settings.origin}/v/", "pid": os.getpid()}, "")
    # The server ends by itself on both signals and then raises them again; a service manager's stop is a usual end too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _end_with_the_terminal()
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()
    tool.say("已停止。", "Stopped.")


def _end_with_the_terminal() -> None:
    """Make a hang-up the usual end, unless it is ignored (``nohup``): the server knows the other signal."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
