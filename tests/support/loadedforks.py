"""The process that has everything loaded, and is forked for each program that is asked for. Run as a script.

A fork of it keeps the connection of who asked, and forks the program. It says the program's number and how it ended,
and kills it when nobody is there any more who asked. When the standard input ends, this process ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
from typing import Any, Final

ROOMS: Final = ("cli.commands", "cli.demo", "issuer.services")
"""Packages of which every module is loaded."""
MODULES: Final = ("cli.checker", "issuer.home.opening", "issuer.worker.loop", "tests.support.office")


def load() -> None:
    """Load what programs of the tests use, and keep it out of the search for garbage."""
    for room in ROOMS:
        for each in pkgutil.iter_modules(importlib.import_module(room).__path__):
            importlib.import_module(f"{room}.{each.name}")
    for name in MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def serve(address: str) -> dict[str, Any]:
    """Fork for each connection. Returns in a program only, with what was asked; all others end in here."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        print("ready", flush=True)
        waited: list[Any] = [listening, 0]
        while True:
            ready, _, _ = select.select(waited, [], [])
            if 0 in ready:
                os._exit(0)
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                return _keep(connection)
            connection.close()


def _keep(connection: socket.socket) -> dict[str, Any]:
    """Fork the program and tell of it. Returns in the program only."""
    length, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    with connection.makefile("rb") as given:
        asked: dict[str, Any] = json.loads(given.read(int.from_bytes(length, "big")))
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking.fileno())
    program = os.fork()
    if program == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (connection, woken, waking):
            each.close()
        _lend(descriptors)
        return asked
    for descriptor in descriptors:
        os.close(descriptor)
    # Who asked may be gone at any moment.
    with contextlib.suppress(OSError):
        connection.sendall(f"{program}\n".encode())
        ready, _, _ = select.select([connection, woken], [], [])
        if connection in ready:
            os.kill(program, signal.SIGKILL)
    _, status = os.waitpid(program, 0)
    with contextlib.suppress(OSError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _lend(descriptors: list[int]) -> None:
    """Make these the standard ones."""
    for number, given in enumerate(descriptors):
        os.dup2(given, number)
        os.close(given)
    sys.stdin = _text(0, "r")
    sys.stdout = _text(1, "w", buffering=1 if os.isatty(1) else -1)
    sys.stderr = _text(2, "w", buffering=1, errors="backslashreplace")


def _text(number: int, mode: str, **more: Any) -> io.TextIOWrapper:
    made = open(number, mode, encoding="utf-8", closefd=False, **more)  # noqa: SIM115 - it stays open
    assert isinstance(made, io.TextIOWrapper)
    return made


def run(asked: dict[str, Any]) -> None:
    """Be the program, as python would run it."""
    kind, what, *arguments = asked["words"]
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = [kind, *arguments]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what a test asks for


if __name__ == "__main__":
    # As if it had been started in the checkout, and not beside this file.
    sys.path[0] = sys.argv[1]
    load()
    run(serve(sys.argv[2]))
