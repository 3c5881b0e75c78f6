"""The processes that issue and make documents beside the one that publishes: started, heard, started anew, ended.

Rules: each opens the home itself, with what the custody hands on through its stdin, and takes pieces by lease. It
writes the register, publishes nothing, and ends with this process, however that ends. One that ended is started anew,
each time a little later while it goes on ending. What it could not do it says on its stdout.

    workers = Workers(opened, count=4)
    told = workers.keep()                # again and again
    workers.end()
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from issuer.children import command
from issuer.crew import NICE
from issuer.errors import ConflictError, MachineError
from issuer.home.opened import Opened
from issuer.worker.makers import cores
from issuer.worker.turns import HeldBack

ENDS_WITHIN: Final = 10.0
"""Seconds that a process has to give back what it took; then it is killed, and that is found to be free."""
_AGAIN: Final = 0.5
_LONGEST_AGAIN: Final = 30.0
"""Seconds until a process that ended is started anew: at first, and at most while it goes on ending."""
_LIVED: Final = 60.0
"""Seconds after which a process that ended did not end at its start."""


@dataclass(slots=True, kw_only=True)
class _Process:
    """One place of a process, and the one in it."""

    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = _AGAIN
    again: float = 0.0
    """When the next one may be started."""
    read: bytes = b""


class Workers:
    """Some processes of one home. They end with the thread that made them: that one calls ``keep`` and ``end``."""

    def __init__(self, opened: Opened, *, count: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a home whose custody hands on; nothing is started yet.

        Args:
            opened: the home.
            count: how many processes.
            clock: seconds, for how long one waits with the next.

        Raises:
            ConflictError: ``no_workers``: the custody opens keys for no other process.
        """
        handed = opened.custody.handed_on()
        if handed is None:
            message = "the keys of this home open for one process alone, so no other can issue beside it"
            raise ConflictError("no_workers", message)
        self._first = {"home": str(opened.home.directory), "handed": handed.hex()}
        self._members = max(0, cores() // count)
        self._clock = clock
        self._places = [_Process() for _ in range(count)]

    def keep(self) -> list[HeldBack]:
        """Start those that are not there, and return what they said since the last call."""
        told: list[HeldBack] = []
        for place in self._places:
            told += _heard(place)
            if place.process is not None and place.process.poll() is not None:
                told += _heard(place)
                told.append(self._ended(place))
            if place.process is None and self._clock() >= place.again:
                self._start(place)
        return told

    def pids(self) -> list[int]:
        """The processes that are there."""
        return [place.process.pid for place in self._places if place.process is not None]

    def end(self) -> None:
        """Let all end what they are at, or rather give it back, and wait for that."""
        there = [place.process for place in self._places if place.process is not None]
        for process in there:
            process.terminate()
        until = self._clock() + ENDS_WITHIN
        for process in there:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - self._clock()))
            process.kill()
            process.wait()
        for place in self._places:
            _close(place)

    def _start(self, place: _Process) -> None:
        child = command(
            Path(__file__).with_name("workerprocess.py"), parent=os.getpid(), nice=NICE, members=self._members
        )
        # Our own program; what is secret is on its stdin.
        process = subprocess.Popen(  # noqa: S603
            child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        place.process, place.started, place.read = process, self._clock(), b""
        os.set_blocking(cast(BinaryIO, process.stdout).fileno(), False)
        with suppress(BrokenPipeError):
            asked = cast(BinaryIO, process.stdin)
            asked.write(json.dumps(self._first).encode() + b"\n")
            asked.flush()

    def _ended(self, place: _Process) -> HeldBack:
        process = place.process
        assert process is not None
        lived = self._clock() - place.started
        place.pause = _AGAIN if lived > _LIVED else min(2 * place.pause, _LONGEST_AGAIN)
        place.again = self._clock() + place.pause
        _close(place)
        message = f"a process that issues ended (exit {process.returncode}); another one is started"
        error = MachineError("worker_ended", message, exit=process.returncode, process=process.pid)
        return HeldBack(object=f"process {process.pid}", code=error.code, message=str(error), fields=error.fields)


def _close(place: _Process) -> None:
    process, place.process = place.process, None
    if process is not None:
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                cast(BinaryIO, pipe).close()


def _heard(place: _Process) -> Iterator[HeldBack]:
    """What a process said since it was last asked; it is not waited for."""
    if place.process is None:
        return
    answers = cast(BinaryIO, place.process.stdout).fileno()
    with suppress(BlockingIOError):
        while data := os.read(answers, 1 << 16):
            place.read += data
    *lines, place.read = place.read.split(b"\n")
    for line in lines:
        told: dict[str, Any] = json.loads(line)
        yield HeldBack(object=told["object"], code=told["code"], message=told["message"], fields=told["fields"])
