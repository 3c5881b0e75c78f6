"""The worker's loop, with a worker that does what it is told: whatever fails, the next round comes."""

from __future__ import annotations

from typing import cast

import pytest

from issuer.errors import TamperedError
from issuer.worker import loop
from issuer.worker.turns import HeldBack
from issuer.worker.worker import Done, Outcome, Worker

FAULT = TamperedError("audit_altered", "the audit was altered")
OTHER = RuntimeError("the disk is full")
NOTHING = Done(published=None)
HELD = Done(published=None, held_back=(HeldBack(object="b1", code="rows_altered", message="the rows differ"),))


class Scripted:
    """Each round is what its script says: a fault, or what was done."""

    def __init__(self, *rounds: Exception | Done) -> None:
        self.rounds = list(rounds)
        self.renewed = self.walked = 0
        self.differs: int | None = None

    def run_pending(self) -> Done:
        now = self.rounds.pop(0)
        if isinstance(now, Exception):
            raise now
        return now

    def renew_if_needed(self) -> Outcome:
        self.renewed += 1
        return Outcome(published=None)

    def walk(self) -> Outcome:
        self.walked += 1
        return Outcome(published=None, held_back=HELD.held_back if self.walked == self.differs else ())


def served(monkeypatch: pytest.MonkeyPatch, worker: Scripted) -> list[str]:
    monkeypatch.setattr(loop, "POLL_SECONDS", 0)
    said: list[str] = []
    loop.serve(cast("Worker", worker), lambda: not worker.rounds, say=said.append)
    return said


@pytest.mark.parametrize("fault", [FAULT, OTHER])
def test_one_failure_does_not_end_the_loop(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    worker = Scripted(fault, HELD)
    assert served(monkeypatch, worker) == [
        f"the worker could not finish, and tries again: {fault}",
        "held back b1: the rows differ",
    ]
    assert worker.renewed == 1


def test_a_failure_is_told_once_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    said = served(monkeypatch, Scripted(FAULT, FAULT, OTHER, FAULT, NOTHING, FAULT))
    assert [str(FAULT) in line for line in said] == [True, False, True, True]


def test_the_snapshot_is_renewed_in_each_round(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Scripted(NOTHING, NOTHING, NOTHING)
    assert served(monkeypatch, worker) == []
    assert worker.renewed == 3


def test_the_walk_goes_on_in_each_round_and_what_it_finds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Scripted(NOTHING, NOTHING, NOTHING)
    worker.differs = 2
    assert served(monkeypatch, worker) == ["held back b1: the rows differ"]
    assert worker.walked == 3
