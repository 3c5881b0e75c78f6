"""Several processes that answer on one port, below one that starts them and answers nothing.

Rules: the first process opens the port, and every worker takes connections from it; each has a reader of its own, and
remembers of the publication what it saw itself. uvicorn starts them, and starts another where one ended. They end with
the first: when it is told to end, after the answers that are under way; when it is killed, at once.

    crew.serve(partial(create_app, settings, clock=clock), {"host": "127.0.0.1", "port": 8787}, workers=4)
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from socket import socket as Socket  # noqa: N812 - a class with a function's name
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

_KILL_WITH_PARENT: Final = 1
"""``PR_SET_PDEATHSIG`` of prctl(2), Linux."""
_LOOK_SECONDS: Final = 1.0
"""Between two looks whether the first process is there, for systems that do not tell."""


def serve(
    make: Callable[[], FastAPI], options: Mapping[str, Any], workers: int, *, opened: Socket | None = None
) -> None:
    """Serve until this process is told to end.

    Args:
        make: makes the application in each worker; it goes through a pipe, so it is a function of a module.
        options: of ``uvicorn.Config``, with host and port.
        workers: how many.
        opened: the socket, where somebody else opened it; None: it is opened here.
    """
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    config = uvicorn.Config(partial(_application, make, os.getpid()), factory=True, workers=workers, **options)
    socket = config.bind_socket() if opened is None else opened
    supervisor = Multiprocess(config, sockets=[socket])
    # A hang-up would start every worker anew.
    signal.signal(signal.SIGHUP, (lambda *_: supervisor.should_exit.set()) if hangs_up else signal.SIG_IGN)
    try:
        supervisor.run()
    finally:
        socket.close()


def _application(make: Callable[[], FastAPI], parent: int) -> FastAPI:
    """What a worker does first."""
    # The first process hears of it too, and ends this one when its answers are done.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _end_with(parent)
    return make()


def _end_with(parent: int) -> None:
    """End at once when the first process does, however it ends; where the kernel does not tell, it is looked for."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_KILL_WITH_PARENT, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(0)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(_LOOK_SECONDS)
    os._exit(0)
