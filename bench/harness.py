"""How a figure is measured: beside its yardstick, in the same run, in turns.

Rules: both sides do the same job on the same input, and `prepare` checks that they do; they run alternately, so that
a busy machine slows both; the order changes from round to round; each side's figure is the median of its rounds. The
ratio is the median of the rounds' own ratios: what slows the machine for some rounds slows both sides of each.

    sides = Sides(ours=lambda: sorted(data), yardstick=lambda: slow_sort(data))
    taken = in_turns(sides, rounds=7, clock=time.perf_counter)
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Self

ROUNDS = 7
"""Odd, so that the median is a measured value; enough to shrug off two disturbed rounds."""

SHORTEST_ROUND_SECONDS = 0.02
"""A round repeats its side until it takes this long, or the clock's grain and the call itself would be the figure."""

WARMING_ROUNDS = 4
"""Before the first round that counts: the first is one call, the others are as long as a round."""

Job = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Two ways to do the same job once."""

    ours: Job
    yardstick: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Median seconds of one call of each side, and the median ratio of the two in one round."""

    ours: float
    yardstick: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One line of output. `ratio` is ours over the yardstick, so below 1 is better where less is better."""

    name: str
    ratio: float
    ours: float
    yardstick: float
    unit: str
    size: int
    what: str

    @classmethod
    def of(cls, name: str, what: str, ours: float, yardstick: float, *, unit: str, size: int) -> Self:
        """Return the line of two figures, rounded."""
        return cls(
            name=name,
            ratio=rounded(ours / yardstick),
            ours=rounded(ours),
            yardstick=rounded(yardstick),
            unit=unit,
            size=size,
            what=what,
        )

    def to_json(self) -> str:
        """One JSON object on one line."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A named comparison. `run` takes the size and the clock, and yields one measurement or more."""

    name: str
    what: str
    size: int
    run: Callable[[int, Clock], Iterator[Measurement]]
    clock: Clock = time.perf_counter
    """``time.process_time`` where a job waits for nothing: it does not count what other programs take."""


def timed(
    name: str,
    *,
    what: str,
    size: int,
    prepare: Callable[[int], Sides],
    per: Callable[[int], int] = lambda _size: 1,
    unit: str = "ms",
    rounds: int = ROUNDS,
) -> Benchmark:
    """A benchmark that compares the time of two jobs.

    `prepare` makes the input of a size and both sides, and checks that their results agree. `per` tells how many
    units of work one call does; the figures are milliseconds for one of them.
    """

    def run(wanted: int, clock: Clock) -> Iterator[Measurement]:
        sides = prepare(wanted)
        taken = in_turns(sides, rounds=rounds, clock=clock)
        yield Measurement(
            name=name,
            ratio=rounded(taken.ratio),
            ours=rounded(taken.ours * 1000 / per(wanted)),
            yardstick=rounded(taken.yardstick * 1000 / per(wanted)),
            unit=unit,
            size=wanted,
            what=what,
        )

    return Benchmark(name=name, what=what, size=size, run=run)


def in_turns(sides: Sides, *, rounds: int, clock: Clock) -> Taken:
    """Measure both sides alternately.

    Raises:
        ValueError: `rounds` is not positive.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be positive, not {rounds}")
    jobs = (sides.ours, sides.yardstick)
    repeats = [_warmed(job, clock) for job in jobs]
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            taken[side].append(seconds(jobs[side], repeats[side], clock))
    ratios = [ours / yardstick for ours, yardstick in zip(*taken, strict=True)]
    ours, yardstick = map(statistics.median, taken)
    return Taken(ours=ours, yardstick=yardstick, ratio=statistics.median(ratios))


def _warmed(job: Job, clock: Clock) -> int:
    """How often a round repeats a job, found when it is warm.

    The first calls load modules, fill caches and let Python specialise the code that runs often (PEP 659); a round that
    was planned by them alone would be a fraction of what it should be.
    """
    planned = 1
    for _ in range(WARMING_ROUNDS):
        planned = max(1, round(SHORTEST_ROUND_SECONDS / max(seconds(job, planned, clock), 1e-9)))
        if planned == 1:
            break  # a long job: its first call has warmed it
    return planned


def seconds(job: Job, repeats: int, clock: Clock) -> float:
    """Seconds of one call, averaged over `repeats` calls."""
    start = clock()
    for _ in range(repeats):
        job()
    return (clock() - start) / repeats


def rounded(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")
