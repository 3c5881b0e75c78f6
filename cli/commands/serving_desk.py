"""What ``titlecert serve desk`` does: the holder's desk alone, in a process that opens no register and no key.

serve(run, bind)
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from cli.desks import desk_of
from cli.framing import Run
from cli.place import Place
from issuer.desk.running import run as run_desk
from issuer.home.paths import Home


def serve(run: Run, bind: str | None) -> None:
    """Serve the desk of a home until Ctrl-C."""
    tool = run.tool
    settings = desk_of(Home.open(run.directory), os.environ)
    place = Place.of(settings.origin, bind)
    place.require_free()
    tool.say(
        f"持证人网页 {settings.origin}/　按 Ctrl-C 停止。", f"The holder's desk is at {settings.origin}/  Ctrl-C stops."
    )
    tool.finish({"desk": f"{settings.origin}/", "pid": os.getpid()}, "")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        run_desk(settings, host=place.host, port=place.port, clock=tool.clock)
    tool.say("已停止。", "Stopped.")
