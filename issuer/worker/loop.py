"""The worker's loop: pending work and the snapshot's renewal, again and again, until somebody says stop.

Rules: one failure does not end it. While it fails it waits longer each time, so that a disk that is full or a folder
that is closed is not filled with what comes of trying; new work and a success end that. What failed is noted beside the
work, for whoever waits for it. What is said holds no SQL and no traceback.

    serve(worker, stop, say=print)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from credential.errors import CodedError
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.worker.worker import Done, HeldBack, Outcome, Published

POLL_SECONDS: Final = 0.2
"""A change of status is to be public within two seconds."""
LONGEST_SECONDS: Final = 30.0
"""Between two tries while it fails: a person who mended the cause does not wait much longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the log says of each thing; plain English where nobody gives other words."""

    failed: Callable[[CodedError], str] = "the worker could not finish, and tries again: {}".format
    published: Callable[[Published], str] = "published snapshot {0.sequence}, {0.records} certificates".format
    held_back: Callable[[HeldBack], str] = "held back {0.object}: {0.message}".format


ENGLISH: Final = Words()


class Tried(Protocol):
    """Whoever works again and again."""

    @property
    def opened(self) -> Opened:
        """The home."""
        ...

    def newest_work(self) -> int:
        """Return the number of the piece of work that was left last, 0 when the register cannot be asked just now."""
        ...

    def put_back(self, error: CodedError) -> None:
        """Note beside the work why it is not done yet, as far as the register can be written just now."""
        ...


class Served(Tried, Protocol):
    """The worker, as the loop sees it."""

    def run_pending(self) -> Done:
        """Do what there is to do."""
        ...

    def renew_if_needed(self) -> Outcome:
        """Make a new snapshot before the present one ends."""
        ...

    def walk(self) -> Outcome:
        """Look at what is due of what is published."""
        ...

    def look_around(self) -> list[HeldBack]:
        """Look at what is due of everything else."""
        ...


def serve(
    worker: Served,
    stop: Callable[[], bool],
    *,
    say: Callable[[str], None],
    words: Words = ENGLISH,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Do pending work and renew the snapshot until ``stop`` says so; one failure does not end it.

    Args:
        worker: open, so that it holds the lock.
        stop: asked after each round, and often while it waits.
        say: takes a sentence for the log.
        words: of the log.
        sleep: waits, in seconds.
    """
    repeat(
        worker,
        lambda: _round(worker, say, words),
        stop,
        failed=lambda error: say(words.failed(error)),
        sleep=sleep,
    )


def repeat(
    worker: Tried,
    round: Callable[[], None],
    stop: Callable[[], bool],
    *,
    failed: Callable[[CodedError], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Do a round of work again and again until ``stop`` says so.

    Args:
        worker: whose rounds they are.
        round: does what there is to do.
        stop: asked after each round, and often while it waits.
        failed: called once with what keeps it from working, until that is over.
        sleep: waits, in seconds.
    """
    fault, pause = None, POLL_SECONDS
    while not stop():
        begun = worker.newest_work()
        try:
            round()
            fault, pause = None, POLL_SECONDS
            sleep(POLL_SECONDS)
        except Exception as error:  # whatever it is, withdrawals go on when it is over
            if fault is None or fault.of != _key(error):
                fault = _Fault(of=_key(error), told=machine.coded(error, worker.opened.home))
                failed(fault.told)
            worker.put_back(fault.told)
            new = _wait(worker, begun, pause, stop, sleep)
            pause = POLL_SECONDS if new else min(2 * pause, LONGEST_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """What keeps the worker from finishing: told once, not at every try."""

    of: str
    told: CodedError


def _round(worker: Served, say: Callable[[str], None], words: Words) -> None:
    done = worker.run_pending()
    rest = (worker.renew_if_needed(), worker.walk())
    for published in (done.published, *(each.published for each in rest)):
        if published is not None:
            say(words.published(published))
    found = [*done.held_back, *(each for outcome in rest for each in outcome.held_back), *worker.look_around()]
    for held in found:
        say(words.held_back(held))


def _key(error: Exception) -> str:
    known = machine.known(error) or error
    return f"{type(known).__name__} {known}"


def _wait(worker: Tried, begun: int, seconds: float, stop: Callable[[], bool], sleep: Callable[[float], None]) -> bool:
    """Wait, looking for new work and for the end meanwhile; whether there is new work."""
    left = seconds
    while left > 0 and not stop():
        sleep(min(POLL_SECONDS, left))
        left -= POLL_SECONDS
        if worker.newest_work() > begun:
            return True
    return False
