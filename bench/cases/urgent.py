"""A suspension while a batch of N is checked, issued and its documents are made: when does a stranger see it?

The worker is the one of ``titlecert serve``, in a process of its own; another process checks lists of the same length
while lists are checked. Acts are over 1, 20 and 500 certificates in turn, suspended and reinstated; above 20 a second
operator signs, and time runs from that commit. The yardsticks are what it is held to: 2 seconds at the 95th of 100
tries, 5 always.

A real history has few events, and a long one costs more to prove. So each size of act has certificates of its own, and
groups of them take turns through all three phases: a history ends with at most 11 events at 100 tries.

    python -m bench urgent --size 2000
"""

from __future__ import annotations

import itertools
import math
import multiprocessing
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.acting import changed, grown, served, template
from bench.cases.intake import people, workbook
from bench.harness import Benchmark, Clock, Measurement
from credential.history import Act
from issuer.db import certificates
from issuer.services import batches, work
from tests.support.office import ACTOR, PROVINCE, DemoOffice, drafts

SIZE: Final = 2_000
TRIES: Final = 100
SIZES: Final = (1, 20, 500)
"""Of the acts, in turn."""
GROUPS: Final = 5
"""Of certificates, which take turns, so that histories stay as short as real ones."""
GROUP: Final = sum(SIZES)
"""Certificates of a group: those of an act of one size are in no act of another."""
USUAL_SECONDS: Final = 2.0
LONGEST_SECONDS: Final = 5.0
_NOBODY: Final = 1 << 40
"""No row has a fault."""
_PHASES: Final = ("check", "issue", "documents")


@contextmanager
def checking(place: Path, size: int, now: datetime) -> Iterator[None]:
    """Check lists in a process of its own until the block ends."""
    process = multiprocessing.get_context("spawn").Process(target=_check, args=(place, size, now))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(60)


def _check(place: Path, size: int, now: datetime) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    office = DemoOffice.open(place, now)
    for number in range(1, 1_000):
        data = workbook(people(size, first=number * 1_000_000, faulty=_NOBODY))
        file = batches.ListFile(name=f"checked-{number}.xlsx", data=data)
        batches.check(office.opened, ACTOR, file, authority=PROVINCE, take_good_rows=True)


class Work:
    """What the worker is kept busy with: batches of so many, each asked for when the last is done."""

    def __init__(self, office: DemoOffice, size: int) -> None:
        self._office = office
        self._size = size
        self._made = 0
        self._asked: str | None = None
        self._like = template(office)

    def issuing(self) -> None:
        """See to it that a batch is being issued."""
        if self._asked is None or batches.shown(self._office.opened, self._asked).rows_waiting == 0:
            self._asked = self._next()
            work.request_issue(self._office.opened, ACTOR, self._asked)

    def documents(self) -> None:
        """See to it that documents of an issued batch are being made."""
        if self._asked is not None:
            with self._office.opened.register.read() as session:
                if certificates.without_document(session, self._asked):
                    return
        self._asked = self._next()
        work.request_issue(self._office.opened, ACTOR, self._asked, documents=True)

    def _next(self) -> str:
        self._made += 1
        rows = drafts(self._size, self._like)
        return self._office.approved_drafts(
            [replace(each, id_number=f"G{self._made:02}{each.id_number[3:]}") for each in rows]
        )


def turns(numbers: Sequence[str]) -> Iterator[list[str]]:
    """Yield the certificates of each act without end: an act of each size after the other, group by group."""
    for group in itertools.cycle(range(GROUPS)):
        start = group * GROUP
        for many in SIZES:
            yield list(numbers[start : start + many])
            start += many


def tries(office: DemoOffice, acts: Iterator[list[str]], count: int, keep_busy: Callable[[], None]) -> list[float]:
    """Suspend and reinstate the next ones in turn; the seconds of each."""
    taken: list[float] = []
    while len(taken) < count:
        keep_busy()
        numbers = next(acts)
        for act in (Act.SUSPEND, Act.REINSTATE):
            taken.append(changed(office, numbers, act))
    return taken[:count]


def percentile(taken: list[float], part: float) -> float:
    """The value that so many of these do not pass."""
    return sorted(taken)[math.ceil(part * len(taken)) - 1]


def run(size: int, _clock: Clock) -> Iterator[Measurement]:
    """Yield the 95th and the longest of all tries, and the 95th of each phase."""
    now = datetime.now(UTC).replace(microsecond=0)
    count = math.ceil(TRIES / len(_PHASES)) if size >= SIZE else len(SIZES) * 4
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="titlecert-bench-") as made:
        place = Path(made) / "home"
        office = grown(place, GROUPS * GROUP, now)
        acts = turns([each.number for each in office.certificates()])
        with served(place, now):
            changed(office, [office.certificates()[0].number], Act.SUSPEND)
            changed(office, [office.certificates()[0].number], Act.REINSTATE)
            with checking(place, size, now):
                found["check"] = tries(office, acts, count, lambda: None)
            load = Work(office, size)
            found["issue"] = tries(office, acts, count, load.issuing)
            found["documents"] = tries(office, acts, count, load.documents)
        office.close()
    together = [each for taken in found.values() for each in taken]
    what = f"public, at the 95th of {len(together)} tries during check, issue and documents (s), over 2 s"
    yield Measurement.of("urgent", what, percentile(together, 0.95), USUAL_SECONDS, unit="s", size=size)
    what = "the longest of these (s), over 5 s"
    yield Measurement.of("urgent-longest", what, max(together), LONGEST_SECONDS, unit="s", size=size)
    for name, taken in found.items():
        what = f"the 95th while the worker is at {name} (s), over 2 s"
        yield Measurement.of(f"urgent-{name}", what, percentile(taken, 0.95), USUAL_SECONDS, unit="s", size=size)


BENCHMARKS = (
    Benchmark(name="urgent", what="a suspension while a batch is checked, issued and printed", size=SIZE, run=run),
)
