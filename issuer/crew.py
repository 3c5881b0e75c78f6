"""Processes that do what takes the processors, beside the one that writes the register.

Rules: a member is a fork of the worker, so keys and vault are in no pipe and no file; it uses no connection that its
parent opened, and it ends with the worker: at the end of its pipe, and by the kernel where the worker was killed
(prctl(2), PR_SET_PDEATHSIG). A flow is a generator: it reads and writes the register itself, and yields each piece of
work that a member may do. Flows begin in their order. Without members the same work is done here: the results are the
same.

    def flow(rows):
        signed = yield Job(sign_rows, rows)       # done as sign_rows(kit, rows)
        store(signed)

    with Crew(kit, members=2) as crew:
        for result in crew.run(map(flow, chunks)): ...
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from issuer.children import belong_to
from issuer.errors import MachineError
from issuer.garbage import SELDOM, seldom

Kit = TypeVar("Kit")
Result = TypeVar("Result")

_AHEAD: Final = 2
"""Flows that are under way beyond one for each member: while one writes, no member waits."""


_FEW: Final = 100
"""Rows that are not worth another process."""
NICE: Final = 5
"""How far members stand back whose work may wait: whoever publishes a change of status meanwhile goes before them."""
LOOKS_EVERY: Final = 0.1
"""Seconds for which members are waited for at once; then what must not wait is looked at."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work: a function of a module, and what it is to be done on beside the kit. Both can be pickled."""

    work: Callable[[Any, Any], Any]
    part: object = field(repr=False)


Flow = Generator[Job, Any, Result]


@dataclass(slots=True, eq=False)
class _Member:
    connection: Connection
    process: multiprocessing.process.BaseProcess
    flow: Flow[Any] | None = None
    """Whose work it does."""


class Crew(Generic[Kit]):
    """Members for one run. Close it, or use it in a ``with`` block."""

    def __init__(self, kit: Kit, members: int, *, nice: int = 0) -> None:
        """Start members.

        Args:
            kit: what every piece of work needs; a member has it as it is now.
            members: how many; with none or one the work is done in this process.
            nice: how far members stand back for this process and for others.
        """
        self._kit = kit
        self._nice = nice
        self._members: list[_Member] = []
        if members > 1:
            for _ in range(members):
                self._members.append(self._start())

    def __enter__(self) -> Self:
        # What a run makes lives as long as its chunk, and is in no circle: searching it for garbage finds none.
        # What was there before stays for the run: it is not searched either.
        gc.freeze()
        self._searches = seldom()
        self._searches.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._searches.__exit__(kind, error, trace)
        gc.unfreeze()
        self.close()

    def close(self) -> None:
        """End the members, whatever they do."""
        for member in self._members:
            member.connection.close()
            member.process.kill()
        for member in self._members:
            member.process.join()
            member.process.close()
        self._members.clear()

    def run(self, flows: Iterable[Flow[Result]], between: Callable[[], object] = bool) -> Iterator[Result]:
        """Run flows to their ends, and yield what each returns, in the order in which they end.

        Args:
            flows: begun one after the other.
            between: called after each step of a flow here, for what must not wait until flows end.

        Raises:
            MachineError: ``member_ended``: one ended before its work did; what was stored stays.
            What a flow raises; then no other goes on.
        """
        if not self._members:
            for flow in flows:
                yield self._alone(flow, between)
            return
        yield from _Run(self._members, iter(flows), between).results()

    def _alone(self, flow: Flow[Result], between: Callable[[], object]) -> Result:
        try:
            job = next(flow)
            while True:
                between()
                try:
                    done = job.work(self._kit, job.part)
                except Exception as error:
                    job = flow.throw(error)
                else:
                    job = flow.send(done)
        except StopIteration as end:
            result: Result = end.value
            return result

    def _start(self) -> _Member:
        # Python warns of forks where there are other threads (they show progress): a member calls nothing of theirs.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context = multiprocessing.get_context("fork")
            ours, theirs = context.Pipe()
            others = [ours, *(member.connection for member in self._members)]
            process = context.Process(
                target=_work, args=(theirs, self._kit, os.getpid(), others, self._nice), daemon=True
            )
            process.start()
        theirs.close()
        return _Member(connection=ours, process=process)


class _Run(Generic[Result]):
    """One run of flows over members."""

    def __init__(self, members: list[_Member], flows: Iterator[Flow[Result]], between: Callable[[], object]) -> None:
        self._members = members
        self._flows = flows
        self._between = between
        self._waiting: deque[tuple[Flow[Result], Job]] = deque()
        self._results: deque[Result] = deque()

    def results(self) -> Iterator[Result]:
        more = True
        while True:
            while more and self._under_way() < len(self._members) + _AHEAD:
                flow = next(self._flows, None)
                more = flow is not None
                if flow is not None:
                    self._go_on(flow, lambda flow=flow: next(flow))  # type: ignore[misc]
                    self._hand_out()
                    self._between()
            yield from self._ended()
            if not more and not self._under_way():
                return
            self._take_in()
            yield from self._ended()

    def _ended(self) -> Iterator[Result]:
        while self._results:
            yield self._results.popleft()

    def _under_way(self) -> int:
        return len(self._waiting) + sum(member.flow is not None for member in self._members)

    def _go_on(self, flow: Flow[Result], step: Callable[[], Job]) -> None:
        try:
            self._waiting.append((flow, step()))
        except StopIteration as end:
            self._results.append(end.value)

    def _hand_out(self) -> None:
        for member in self._members:
            if member.flow is None and self._waiting:
                member.flow, job = self._waiting.popleft()
                try:
                    member.connection.send((job.work, job.part))
                except OSError as error:
                    raise _gone(member) from error

    def _take_in(self) -> None:
        """Wait for some work to be done, give its members the next, and go on with its flows."""
        busy = {member.connection: member for member in self._members if member.flow is not None}
        answers = []
        while not (there := wait(list(busy), LOOKS_EVERY)):
            self._between()
        for connection in there:
            member = busy[connection]  # type: ignore[index]
            try:
                answers.append((member.flow, *member.connection.recv()))
            except (EOFError, OSError) as error:
                raise _gone(member) from error
            member.flow = None
        self._hand_out()
        for flow, is_error, answer in answers:
            assert flow is not None
            if is_error:
                self._go_on(flow, lambda flow=flow, answer=answer: flow.throw(answer))  # type: ignore[misc]
            else:
                self._go_on(flow, lambda flow=flow, answer=answer: flow.send(answer))  # type: ignore[misc]
            self._hand_out()
            self._between()


def members_for(rows: int) -> int:
    """Return how many members are worth starting for so many rows or certificates: one for each processor at most."""
    return min(len(os.sched_getaffinity(0)), rows // _FEW)


def _gone(member: _Member) -> MachineError:
    member.process.join(1)
    message = f"a process of the worker ended in its work (exit {member.process.exitcode}); it is done again"
    return MachineError("member_ended", message, exit=member.process.exitcode)


def _work(connection: Connection, kit: object, parent: int, others: Iterable[Connection], nice: int) -> None:
    """What a member does, until its pipe ends. It ends without cleaning up: what it inherited is its parent's."""
    try:
        belong_to(parent)
        with suppress(OSError):
            os.nice(nice)
        gc.freeze()
        gc.set_threshold(SELDOM)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for each in others:
            each.close()
        with suppress(EOFError, OSError):
            while True:
                work, part = connection.recv()
                try:
                    answer = False, work(kit, part)
                except Exception as error:  # whatever it is, it is the flow's to handle
                    answer = True, error
                connection.send(answer)
    finally:
        os._exit(0)
