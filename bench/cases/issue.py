"""What N certificates cost from approval to a publication that a fresh reader verifies.

Everything runs as the worker runs it: the approval proven, numbers reserved, credentials signed, checked and sealed,
histories and faces signed, audit, a durable register, shards and lists. Documents are apart (``document``).
The yardstick is as many bare P-256 signatures, each with its check, by the library on the same cores in the same run.

    python -m bench issue --size 5000
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bench.cases.intake import people, processor, workbook
from bench.cases.publication import forget_peak, peak
from bench.harness import Benchmark, Clock, Measurement, rounded
from credential.history import Act
from issuer.db.sessions import Register, WriteSession
from issuer.services import batches
from tests.support.founding import found_demonstration
from tests.support.office import ACTOR, APPROVER, CLERK, PROVINCE, DemoOffice

SIZE: Final = 1_000
ROUNDS: Final = 3
LONGEST_WRITE_SECONDS: Final = 0.2
"""Others who write wait no longer for one of ours."""
_CORES: Final = len(os.sched_getaffinity(0))
_MEBIBYTE: Final = 1 << 20
_SIGNED: Final = bytes(250)
"""About what a credential's signature is over."""
_LIST: Final = 20_000
"""Rows of a list at most; more certificates are several lists."""
_READ: Final = 50
"""How many certificates a fresh reader verifies, about."""
_NOBODY: Final = 1 << 40
"""No row has a fault: every one becomes a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of the clock and of the processors."""

    elapsed: float
    processor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn took."""

    ours: Cost
    yardstick: Cost
    peaks: tuple[int, ...]
    """The most memory of the worker's own process while each list was issued, in bytes."""
    longest_write: float
    """Seconds of the longest transaction that wrote, from its turn to its commit."""
    disk: tuple[int, int]
    """Bytes of the register and of the publication, at the end."""

    @property
    def processor(self) -> tuple[float, float]:
        """Ours and the yardstick's, of the processors."""
        return self.ours.processor, self.yardstick.processor

    @property
    def elapsed(self) -> tuple[float, float]:
        """Ours and the yardstick's, of the clock."""
        return self.ours.elapsed, self.yardstick.elapsed


def bare_pairs(count: int) -> float:
    """Sign and check with P-256, and nothing else. Returns the seconds of the processor."""
    begun = time.process_time()
    key, method = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(SHA256())
    public = key.public_key()
    for _ in range(count):
        public.verify(key.sign(_SIGNED, method), _SIGNED, method)
    return time.process_time() - begun


def bare(size: int) -> Cost:
    """As many bare pairs on all cores; starting the processes is not counted."""
    with ProcessPoolExecutor(_CORES) as pool:
        list(pool.map(bare_pairs, [100] * _CORES))
        begun = time.perf_counter()
        used = sum(pool.map(bare_pairs, [size // _CORES] * _CORES))
        return Cost(elapsed=time.perf_counter() - begun, processor=used)


def approved(demo: DemoOffice, size: int, *, first: int) -> str:
    """A list of so many good rows, submitted and approved."""
    rows = people(size, first=first, faulty=_NOBODY)
    file = batches.ListFile(name=f"list-{first}.xlsx", data=workbook(rows))
    batch = batches.check(demo.opened, ACTOR, file, authority=PROVINCE, take_good_rows=True).batch
    if batch is None:
        raise RuntimeError("the list has faults")
    for act, who in ((Act.SUBMIT, CLERK), (Act.APPROVE, APPROVER)):
        batches.act_here(demo.opened, who, act, batch)
    return batch


def issue(demo: DemoOffice, lists: Sequence[str]) -> tuple[int, ...]:
    """Issue approved lists and publish them. Returns the peak of memory of each."""
    peaks = []
    with demo.worker() as worker:
        for batch in lists:
            forget_peak()
            report = worker.issue(batch, with_documents=False)
            peaks.append(peak())
            if report.refused:
                raise RuntimeError(f"row {report.refused[0].sheet_row}: {report.refused[0].message}")
    return tuple(peaks)


@contextmanager
def timed_writes() -> Iterator[list[float]]:
    """Take down how long each transaction that writes lasts, once it has its turn; others wait so long."""
    usual, taken = Register.write, list[float]()

    @contextmanager
    def timed(register: Register, *locks: Any) -> Iterator[WriteSession]:
        with usual(register, *locks) as session:
            begun = time.perf_counter()
            yield session
        taken.append(time.perf_counter() - begun)

    Register.write = timed  # type: ignore[method-assign, assignment]
    try:
        yield taken
    finally:
        Register.write = usual  # type: ignore[method-assign]


def on_disk(place: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    files = [place] if place.is_file() else [each for each in place.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)


def check(demo: DemoOffice, size: int) -> None:
    """Let a reader who has seen nothing yet verify some of what was published."""
    made, reader = demo.certificates(), demo.reader(seconds=60)
    outcomes = {str(demo.verdict(each, reader).outcome) for each in made[:: max(1, size // _READ)]}
    if outcomes != {"valid"} or len(made) != size:
        raise RuntimeError(f"{len(made)} certificates of {size}, and a reader finds {sorted(outcomes)}")


def turn(place: Path, size: int, *, yardstick_first: bool) -> Turn:
    """Found an office, approve lists, and issue them; the yardstick before or after."""
    found_demonstration(place)
    demo = DemoOffice.open(place)
    lists = [approved(demo, min(_LIST, size - done), first=done + 1) for done in range(0, size, _LIST)]
    yardstick = bare(size) if yardstick_first else None
    peaks: list[tuple[int, ...]] = []
    with timed_writes() as writes:
        ours = _cost(lambda: peaks.append(issue(demo, lists)))
    yardstick = yardstick or bare(size)
    check(demo, size)
    demo.close()
    disk = on_disk(place / "register.sqlite3"), on_disk(demo.home.publication_folder)
    return Turn(ours=ours, yardstick=yardstick, peaks=peaks[0], longest_write=max(writes), disk=disk)


def run(size: int, _clock: Clock) -> Iterator[Measurement]:
    """Yield the processors' time, the clock's, the peak of memory, the longest write, and what is on the disk."""
    with tempfile.TemporaryDirectory(prefix="titlecert-bench-") as made:
        rounds = range(ROUNDS if size <= _LIST else 1)
        turns = [turn(Path(made) / str(number), size, yardstick_first=number % 2 == 1) for number in rounds]
    yield _line("issue", "processor time, from approval to publication", size, [each.processor for each in turns])
    yield _line("issue-elapsed", "the same by the clock, both on all cores", size, [each.elapsed for each in turns])
    peaks = turns[0].peaks
    yield Measurement(
        name="issue-memory",
        ratio=rounded(peaks[-1] / peaks[min(2, len(peaks) - 1)]),
        ours=rounded(max(peaks) / _MEBIBYTE),
        yardstick=rounded(peaks[min(2, len(peaks) - 1)] / _MEBIBYTE),
        unit="MiB",
        size=size,
        what="peak memory of the worker over the lists; the ratio is that of the last list over the third",
    )
    yield _longest_write(size, turns)
    yield _disk(size, turns[0])


def _longest_write(size: int, turns: Sequence[Turn]) -> Measurement:
    longest = statistics.median(each.longest_write for each in turns)
    return Measurement(
        name="issue-write",
        ratio=rounded(longest / LONGEST_WRITE_SECONDS),
        ours=rounded(longest * 1000),
        yardstick=rounded(LONGEST_WRITE_SECONDS * 1000),
        unit="ms",
        size=size,
        what="the longest transaction that wrote, over the longest that others shall wait",
    )


def _disk(size: int, turn: Turn) -> Measurement:
    register, publication = turn.disk
    return Measurement(
        name="issue-disk",
        ratio=rounded(register / publication),
        ours=rounded(register / size),
        yardstick=rounded(publication / size),
        unit="bytes",
        size=size,
        what="of the register, a certificate, over those of the publication",
    )


def _line(name: str, what: str, size: int, pairs: Sequence[tuple[float, float]]) -> Measurement:
    ours, yardstick = (statistics.median(side) * 1000 / size for side in zip(*pairs, strict=True))
    return Measurement(
        name=name,
        ratio=rounded(statistics.median(one / other for one, other in pairs)),
        ours=rounded(ours),
        yardstick=rounded(yardstick),
        unit="ms",
        size=size,
        what=f"{what}, a certificate, over a bare P-256 signature with its check",
    )


def _cost(job: Callable[[], object]) -> Cost:
    elapsed, used = time.perf_counter(), processor()
    job()
    return Cost(elapsed=time.perf_counter() - elapsed, processor=processor() - used)


BENCHMARKS = (Benchmark(name="issue", what="from approval to publication", size=SIZE, run=run, clock=processor),)
