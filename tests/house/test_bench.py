"""The harness measures what it says: both sides in turns, medians, ours over the yardstick."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.__main__ import benchmarks, main
from bench.cases import urgent
from bench.cases.publication import Register, checked_crowd, crowds, fetched, lay_out
from bench.harness import Clock, Measurement, Sides, in_turns, timed


class Machine:
    """A clock that jobs move by hand."""

    def __init__(self) -> None:
        self.time = 0.0
        self.calls: list[str] = []

    def clock(self) -> float:
        return self.time

    def sides(self, ours: Iterator[float], yardstick: Iterator[float]) -> Sides:
        return Sides(ours=lambda: self.work("ours", ours), yardstick=lambda: self.work("yardstick", yardstick))

    def work(self, name: str, durations: Iterator[float]) -> None:
        self.calls.append(name)
        self.time += next(durations)


def test_sides_run_in_turns_and_the_order_changes() -> None:
    machine = Machine()
    in_turns(machine.sides(iter([1.0] * 9), iter([1.0] * 9)), rounds=3, clock=machine.clock)
    warm_up, rest = machine.calls[:2], machine.calls[2:]
    assert warm_up == ["ours", "yardstick"]
    assert rest == ["ours", "yardstick", "yardstick", "ours", "ours", "yardstick"]


def test_the_figure_is_the_median_without_the_first_call() -> None:
    machine = Machine()
    sides = machine.sides(iter([90.0, 2.0, 50.0, 3.0]), iter([70.0, 4.0, 4.0, 80.0]))
    taken = in_turns(sides, rounds=3, clock=machine.clock)
    assert (taken.ours, taken.yardstick) == (3.0, 4.0)


def test_what_slows_a_round_slows_both_sides_and_leaves_the_ratio() -> None:
    machine = Machine()
    sides = machine.sides(iter([9.0, 2.0, 20.0, 200.0, 2.0, 2.0]), iter([9.0, 1.0, 10.0, 100.0, 1.0, 90.0]))
    assert in_turns(sides, rounds=5, clock=machine.clock).ratio == 2.0


def test_a_quick_job_is_warmed_and_repeated_within_a_round() -> None:
    machine = Machine()
    sides = machine.sides(iter([0.001] * 99), iter([1.0] * 99))
    assert in_turns(sides, rounds=1, clock=machine.clock).ours == pytest.approx(0.001)
    assert machine.calls.count("ours") == 1 + 3 * 20 + 20


def test_no_rounds_is_an_error() -> None:
    with pytest.raises(ValueError, match="positive"):
        in_turns(Sides(ours=lambda: None, yardstick=lambda: None), rounds=0, clock=lambda: 0.0)


def test_a_measurement_is_ours_over_the_yardstick_for_one_unit_of_work() -> None:
    machine = Machine()
    benchmark = timed(
        "example",
        what="nothing",
        size=10,
        prepare=lambda _size: machine.sides(iter([1.0] * 99), iter([4.0] * 99)),
        per=lambda size: size,
    )
    (measurement,) = benchmark.run(10, machine.clock)
    assert (measurement.ratio, measurement.ours, measurement.yardstick) == (0.25, 100.0, 400.0)


def test_a_line_has_the_agreed_fields(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def run(size: int, _clock: Clock) -> Iterator[Measurement]:
        yield Measurement(name="qr", ratio=0.5, ours=1, yardstick=2, unit="ms", size=size, what="二维码")

    qr = benchmarks()["qr"]
    monkeypatch.setattr("bench.__main__.benchmarks", lambda: {"qr": qr.__class__(name="qr", what="", size=3, run=run)})
    assert main(["qr", "--size", "7", "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert list(line) == ["name", "ratio", "ours", "yardstick", "unit", "size", "what"]
    assert line["size"] == 7


@pytest.mark.slow
def test_the_real_comparison_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["qr", "--size", "40", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ratio"] > 0


def test_a_crowd_that_is_too_small_is_an_error() -> None:
    assert checked_crowd("a shard", 64, 64) == 64
    with pytest.raises(RuntimeError, match="63 certificates share a shard"):
        checked_crowd("a shard", 63, 64)


def test_every_crowd_of_what_one_check_fetches_is_counted(tmp_path: Path) -> None:
    register = Register(size=600, place=tmp_path / "publication")
    built = lay_out(register.ctis(), lambda _path, _data: True)
    counted = {name: smallest for name, _, smallest in crowds(register, built)}
    assert list(counted) == ["shard", "manifest", "status-list", "check"]
    assert built.layout.prefix_length == 2
    assert 64 <= counted["shard"] <= 150 < counted["manifest"] <= 300
    assert counted["status-list"] == 600
    assert counted["check"] == counted["shard"]


def test_what_is_fetched_is_counted_as_readers_fetch_it() -> None:
    number = 0b1011_0000_0000_0000_0000
    assert fetched(number, 2, 8) == (0b10, 0b1, range(4, 6))
    assert fetched(number, 4, 2) == (0b1011, 0b10, range(1, 2))
    assert fetched(number, 0, 1) == (0, 0, range(1))


def test_histories_of_urgent_acts_stay_short() -> None:
    numbers = [str(number) for number in range(urgent.GROUPS * urgent.GROUP)]
    phase = math.ceil(math.ceil(urgent.TRIES / 3) / 2)
    acts = list(itertools.islice(urgent.turns(numbers), 3 * phase))
    assert [len(act) for act in acts[:4]] == [*urgent.SIZES, urgent.SIZES[0]]
    events = Counter(number for act in acts for number in act for _ in ("suspended", "reinstated"))
    issued, first_try = 1, 2
    assert max(events.values()) + issued + first_try <= 11
    assert len(events) == len(numbers)


def test_an_unknown_name_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-benchmark"]) == 2
    assert "qr" in capsys.readouterr().err
