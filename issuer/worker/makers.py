"""Processes that make documents: started when many are to be made, given ids, ended with the last one.

Rules: each opens the home itself, with what the custody hands on through its stdin, and holds the document key and the
register's secrets. It ends with this process, however that ends. It writes files and reads the register; this process
alone writes the register. A process that dies over a document is replaced, and the document is given to another once
more. What one document did wrong costs no other.

    with Makers(opened, authority_id, count=2) as makers:
        for answer in makers.make(certificate_ids): ...
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, cast

from issuer import errors
from issuer.children import command
from issuer.crew import LOOKS_EVERY, NICE
from issuer.documents.making import Made
from issuer.errors import IssuerError, MachineError
from issuer.home.opened import Opened

AHEAD: Final = 2
"""Documents that a process is given at once: it does not wait for the next."""
TRIES: Final = 2
"""For a document over which processes die."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A document that could not be made."""

    certificate: str
    code: str


@dataclass(slots=True, kw_only=True)
class _Maker:
    """One process and what it was given and has not answered."""

    process: subprocess.Popen[bytes]
    ready: bool = False
    given: deque[str] = field(default_factory=deque)
    read: bytes = b""

    @property
    def answers(self) -> BinaryIO:
        """Its stdout."""
        return cast(BinaryIO, self.process.stdout)

    def tell(self, told: object) -> None:
        """Write one line; a process that has ended is noticed where it is read."""
        with suppress(BrokenPipeError):
            jobs = cast(BinaryIO, self.process.stdin)
            jobs.write(json.dumps(told).encode() + b"\n")
            jobs.flush()

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                cast(BinaryIO, pipe).close()


class Makers:
    """Some processes for the documents of one authority. For use by the thread that made it."""

    def __init__(self, opened: Opened, authority: str, *, count: int) -> None:
        """Take a home whose custody hands on; processes start with the first documents.

        Raises:
            ValueError: the custody hands nothing on.
        """
        handed = opened.custody.handed_on()
        if handed is None:
            raise ValueError("this custody opens keys for no other process")
        self._first = {"home": str(opened.home.directory), "handed": handed.hex(), "authority": authority}
        self._count = count
        self._selector = selectors.DefaultSelector()
        self._waiting: deque[str] = deque()
        self._more: Iterator[str] = iter(())
        self._tried: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        for maker in self._makers():
            self._end(maker)
        self._selector.close()

    def make(
        self, certificate_ids: Iterable[str], meanwhile: Callable[[], object] = bool
    ) -> Generator[Made | Failed, None, None]:
        """Yield what came of each, in the order in which they are done.

        Ids are asked for one after the other, when there is a process for the next.

        Args:
            certificate_ids: what is to be made.
            meanwhile: called again and again while no answer comes: processes load for seconds before their first.

        Raises:
            IssuerError: what stops all of them: nobody approved what would be printed, a key does not open, the disk
                is full.
            MachineError: ``makers_end``: the processes end before they begin.
        """
        self._more = iter(certificate_ids)
        self._waiting.extend(islice(self._more, self._count))
        for _ in range(len(self._waiting)):
            self._start()
        while self._makers() and (self._waits() or any(maker.given for maker in self._makers())):
            there = self._selector.select(LOOKS_EVERY)
            for key, _ in there:
                yield from self._heard(cast(_Maker, key.data))
            if not there:
                meanwhile()

    def _makers(self) -> list[_Maker]:
        return [cast(_Maker, key.data) for key in self._selector.get_map().values()]

    def _start(self) -> None:
        child = command(Path(__file__).with_name("maker.py"), parent=os.getpid(), nice=NICE)
        # Our own program; what is secret is on its stdin.
        process = subprocess.Popen(  # noqa: S603
            child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        maker = _Maker(process=process)
        self._selector.register(maker.answers, selectors.EVENT_READ, maker)
        maker.tell(self._first)
        self._feed(maker)

    def _waits(self) -> bool:
        """Whether there is an id for the next process that is free."""
        if not self._waiting:
            self._waiting.extend(islice(self._more, 1))
        return bool(self._waiting)

    def _feed(self, maker: _Maker) -> None:
        while len(maker.given) < AHEAD and self._waits():
            maker.given.append(self._waiting.popleft())
            maker.tell(maker.given[-1])

    def _heard(self, maker: _Maker) -> Iterator[Made | Failed]:
        data = os.read(maker.answers.fileno(), 1 << 16)
        if not data:
            yield from self._ended(maker)
            return
        *lines, maker.read = (maker.read + data).split(b"\n")
        for line in lines:
            answer = json.loads(line)
            if "stop" in answer:
                raise _stopped(answer)
            maker.ready = True
            if "certificate" in answer:
                maker.given.remove(answer["certificate"])
                yield _answered(answer)
        self._feed(maker)

    def _ended(self, maker: _Maker) -> Iterator[Failed]:
        """A process died: its documents go to the next, but for one over which two have died."""
        self._end(maker)
        if not maker.ready:
            message = f"a process that makes documents ended with {maker.process.returncode} before it began"
            raise MachineError("makers_end", message, status=maker.process.returncode)
        if maker.given:
            first = maker.given[0]
            self._tried[first] = self._tried.get(first, 0) + 1
            if self._tried[first] >= TRIES:
                yield Failed(certificate=maker.given.popleft(), code="maker_ended")
        self._waiting.extendleft(reversed(maker.given))
        if self._waits():
            self._start()

    def _end(self, maker: _Maker) -> None:
        self._selector.unregister(maker.answers)
        maker.end()


def _answered(answer: dict[str, Any]) -> Made | Failed:
    if "code" in answer:
        return Failed(certificate=answer["certificate"], code=answer["code"])
    return Made(
        certificate=answer["certificate"],
        path=answer["path"],
        digest=bytes.fromhex(answer["digest"]),
        design=answer["design"],
    )


def _stopped(answer: dict[str, Any]) -> IssuerError:
    """The error that a process met, as this one would have raised it."""
    family = getattr(errors, answer["stop"], IssuerError)
    return cast(IssuerError, family(answer["code"], answer["message"], **answer["fields"]))


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
