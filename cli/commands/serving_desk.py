"""What ``titlecert serve desk`` does: the holder's desk alone, in a process that opens no register and no key.

serve(run, bind)
"""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, suppress

from cli.desks import desk_of
from cli.framing import Run
from cli.notifying import answers, handed_sockets
from cli.overseeing import LogForm, overseen
from cli.place import Place
from cli.watching import watched
from issuer.desk import health
from issuer.desk.metrics import DeskMetrics
from issuer.desk.running import run as run_desk
from issuer.home.paths import Home


def serve(run: Run, bind: str | None, *, watch: Place | None = None, log: LogForm = LogForm.TEXT) -> None:
    """Serve the desk of a home until Ctrl-C.

    Args:
        run: of the command.
        bind: where to listen; None: where the desk's address says.
        watch: where those who watch are answered; None: nowhere.
        log: the form of the log.
    """
    tool = run.tool
    settings = desk_of(Home.open(run.directory), os.environ)
    place = Place.of(settings.origin, bind)
    handed = handed_sockets(os.environ)
    if not handed:
        place.require_free()
    metrics = DeskMetrics()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as around:
        around.enter_context(overseen(tool, log, alive=lambda: answers(place, health.DESK_HEALTH)))
        around.enter_context(watched(watch, metrics.registry, ready=lambda: health.why_not(settings.socket)))
        zh, en = (
            f"持证人网页 {settings.origin}/　按 Ctrl-C 停止。",
            f"The holder's desk is at {settings.origin}/  Ctrl-C stops.",
        )
        tool.log("listening", zh, en, port=place.port)
        tool.finish({"desk": f"{settings.origin}/", "pid": os.getpid()}, "")
        with suppress(KeyboardInterrupt):
            run_desk(
                settings,
                host=place.host,
                port=place.port,
                clock=tool.clock,
                sockets=handed,
                answered=metrics.answered,
                own_log=log is LogForm.TEXT,
            )
        tool.log("stopped", "已停止。", "Stopped.")
