"""The worker's loop, with a worker that does what it is told: whatever fails, the next round comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from credential.errors import CodedError
from issuer.errors import TamperedError
from issuer.worker import loop
from issuer.worker.turns import HeldBack
from issuer.worker.worker import Done, Outcome, Worker

FAULT = TamperedError("audit_altered", "the audit was altered")
OTHER = OSError(28, "No space left on device")
NOTHING = Done(published=None)
HELD = Done(published=None, held_back=(HeldBack(object="b1", code="rows_altered", message="the rows differ"),))


class Scripted:
    """Each round is what its script says: a fault, or what was done."""

    def __init__(self, *rounds: Exception | Done, home: Path | None = None) -> None:
        self.rounds = list(rounds)
        self.renewed = self.walked = 0
        self.differs: int | None = None
        self.seen: list[HeldBack] = []
        self.newest = 0
        self.noted: list[str] = []
        self.opened = SimpleNamespace(home=None if home is None else SimpleNamespace(directory=home))

    def newest_work(self) -> int:
        return self.newest

    def put_back(self, error: CodedError) -> None:
        self.noted.append(error.code)

    def run_pending(self) -> Done:
        now = self.rounds.pop(0)
        if isinstance(now, Exception):
            raise now
        return now

    def look_around(self) -> list[HeldBack]:
        return list(self.seen)

    def renew_if_needed(self) -> Outcome:
        self.renewed += 1
        return Outcome(published=None)

    def walk(self) -> Outcome:
        self.walked += 1
        return Outcome(published=None, held_back=HELD.held_back if self.walked == self.differs else ())


def served(worker: Scripted, sleep: Callable[[float], None] = lambda _: None) -> list[str]:
    said: list[str] = []
    loop.serve(cast("Worker", worker), lambda: not worker.rounds, say=said.append, sleep=sleep)
    return said


@pytest.mark.parametrize(
    ("fault", "sentence"), [(FAULT, "the audit was altered"), (OTHER, "no space is left on the disk")], ids=str
)
def test_one_failure_does_not_end_the_loop(fault: Exception, sentence: str) -> None:
    worker = Scripted(fault, HELD)
    assert served(worker) == [
        f"the worker could not finish, and tries again: {sentence}",
        "held back b1: the rows differ",
    ]
    assert worker.renewed == 1


def test_what_is_found_between_publications_is_told() -> None:
    worker = Scripted(NOTHING)
    worker.seen.append(HeldBack(object="audit", code="audit_altered", message="entry 3 is gone"))
    assert served(worker) == ["held back audit: entry 3 is gone"]


def test_a_failure_is_told_once_until_it_is_over() -> None:
    said = served(Scripted(FAULT, FAULT, OTHER, FAULT, NOTHING, FAULT))
    assert [str(FAULT) in line for line in said] == [True, False, True, True]


def test_one_failure_at_changing_temporary_files_is_one(tmp_path: Path) -> None:
    faults = [PermissionError(13, "Permission denied", str(tmp_path / f".{place}.tmp")) for place in range(3)]
    assert served(Scripted(*faults, NOTHING)) == [
        f"the worker could not finish, and tries again: {tmp_path}: Permission denied"
    ]


def test_the_snapshot_is_renewed_in_each_round() -> None:
    worker = Scripted(NOTHING, NOTHING, NOTHING)
    assert served(worker) == []
    assert worker.renewed == 3


def test_the_walk_goes_on_in_each_round_and_what_it_finds_is_told() -> None:
    worker = Scripted(NOTHING, NOTHING, NOTHING)
    worker.differs = 2
    assert served(worker) == ["held back b1: the rows differ"]
    assert worker.walked == 3


def waits(*rounds: Exception | Done, at_round: dict[int, int] | None = None) -> list[float]:
    """How long it waited after each round; ``at_round``: new work comes while it waits for the nth time."""
    worker, waited = Scripted(*rounds), [0.0]
    left = len(rounds)

    def sleep(seconds: float) -> None:
        nonlocal left
        if len(worker.rounds) != left:
            left = len(worker.rounds)
            waited.append(0.0)
            worker.newest += (at_round or {}).get(len(waited) - 1, 0)
        waited[-1] += seconds

    served(worker, sleep)
    return [round(each, 3) for each in waited[1:]]


def test_while_it_fails_it_waits_longer_and_a_success_ends_that() -> None:
    assert waits(*[OTHER] * 4, NOTHING, OTHER, NOTHING) == [0.2, 0.4, 0.8, 1.6, 0.2, 0.2, 0.2]
    assert max(waits(*[OTHER] * 12, NOTHING)) == loop.LONGEST_SECONDS


def test_new_work_is_tried_at_once() -> None:
    assert waits(*[OTHER] * 7, NOTHING, at_round={5: 1}) == [0.2, 0.4, 0.8, 1.6, 0.2, 0.2, 0.4, 0.2]


def test_why_it_failed_is_noted_beside_the_work() -> None:
    worker = Scripted(FAULT, OTHER, NOTHING)
    served(worker)
    assert worker.noted == ["audit_altered", "disk_full"]


def test_what_nobody_foresaw_is_told_by_a_number_and_kept_in_the_home(tmp_path: Path) -> None:
    secret = "王五 110101199003070017"
    worker = Scripted(ValueError(secret), ValueError(secret), NOTHING, home=tmp_path)
    (said,) = served(worker)
    (log,) = (tmp_path / "log").iterdir()
    assert str(log) in said
    assert "ValueError" in log.read_text(encoding="utf-8")
    assert secret not in said + log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600
