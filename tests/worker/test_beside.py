"""Processes that issue beside the one that publishes: started, heard, started anew, and ended with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import text

from issuer.errors import ConflictError
from issuer.home.opened import Opened
from issuer.services import work
from issuer.worker import workerprocess, workers
from issuer.worker.beside import Beside
from issuer.worker.issuing import IssuingJob
from issuer.worker.turns import HeldBack
from issuer.worker.workers import Workers
from tests.support.loaded import loaded_python
from tests.support.office import ACTOR, OTHER_LIST, DemoOffice
from tests.support.tools import ROOT
from tests.worker.test_documents import children_of, gone

SECONDS = 40.0

FAKE = """
import json, sys, time
asked = json.loads(sys.stdin.readline())
print(json.dumps({"object": asked["home"], "code": "begun", "message": asked["handed"], "fields": {}}), flush=True)
time.sleep(float(sys.argv[1]))
"""
"""Says what it was told, and ends after so many seconds."""

PROCESS = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from issuer.children import end_with_parent
from issuer.worker import workerprocess
from tests.support.office import DemoOffice
signal.signal(signal.SIGTERM, signal.default_int_handler)
import issuer.issuing.issuer as issuing
issuing.CHUNK = 3
demo = DemoOffice.open(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
try:
    workerprocess.work(demo.opened, lambda told: print(workerprocess.json.dumps(told, default=str), flush=True),
                       members=0, stop=lambda: False)
except KeyboardInterrupt:
    pass
"""
"""What ``workerprocess`` does, under the test's clock."""


def found(demo: DemoOffice, query: str) -> list[tuple[Any, ...]]:
    """Ask the register while others write it."""
    with demo.opened.register.read() as session:
        return [tuple(row) for row in session.execute(text(query))]


class Seconds:
    """A clock of seconds that is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def home(tmp_path: Path) -> Opened:
    custody = SimpleNamespace(handed_on=lambda: b"passphrase")
    return cast(Opened, SimpleNamespace(custody=custody, home=SimpleNamespace(directory=tmp_path)))


def fakes(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(workers, "command", lambda *_, **__: [sys.executable, "-c", FAKE, str(seconds)])


def until(what: Callable[[], bool], sentence: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, sentence
        time.sleep(0.02)


def test_they_are_told_what_to_open_and_what_they_say_is_heard(home: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes(monkeypatch, 60)
    begun = Workers(home, count=2)
    told: list[HeldBack] = []

    def both() -> bool:
        told.extend(begun.keep())
        return len(told) == 2

    until(both, "they say nothing")
    assert {(each.object, each.code, each.message) for each in told} == {
        (str(home.home.directory), "begun", b"passphrase".hex())
    }
    pids = begun.pids()
    assert len(pids) == 2
    begun.end()
    assert begun.pids() == []
    assert gone(pids, 5)


@pytest.mark.slow
def test_one_that_ended_is_told_and_started_anew_each_time_a_little_later(
    home: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes(monkeypatch, 0)
    clock = Seconds()
    begun = Workers(home, count=1, clock=clock)
    waits: list[float] = []
    for _ in range(9):
        told: list[HeldBack] = []

        def ended(told: list[HeldBack] = told) -> bool:
            told.extend(begun.keep())
            return told != [] and told[-1].code == "worker_ended"

        until(ended, "it does not end")
        assert [each.code for each in told] == ["begun", "worker_ended"], "what it said last is heard too"
        assert begun.pids() == []
        before = clock.now
        while not begun.pids():
            clock.now += 0.25
            begun.keep()
        waits.append(clock.now - before)
    begun.end()
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]


def test_what_one_said_in_its_last_moment_is_heard(home: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says something and ends just behind the look at what it said."""
    fakes(monkeypatch, 0)
    begun = Workers(home, count=1, clock=Seconds())
    begun.keep()
    [place] = begun._places
    assert place.process is not None
    place.process.wait()
    real, looks = workers._heard, 0

    def heard(place: Any) -> list[HeldBack]:
        nonlocal looks
        looks += 1
        return [] if looks == 1 else real(place)

    monkeypatch.setattr(workers, "_heard", heard)
    assert [each.code for each in begun.keep()] == ["begun", "worker_ended"]
    begun.end()


def test_a_custody_that_hands_nothing_on_starts_none(home: Opened) -> None:
    home.custody.handed_on = lambda: None  # type: ignore[method-assign]
    with pytest.raises(ConflictError) as caught:
        Workers(home, count=2)
    assert caught.value.code == "no_workers"


@pytest.mark.slow
def test_the_program_opens_the_home_says_what_it_cannot_and_ends_in_order(founded: DemoOffice) -> None:
    """The real program, under the real clock, with a batch that nobody approved."""
    begun = Workers(founded.opened, count=1)
    batch = founded.store()
    work.request_issue(founded.opened, ACTOR, batch)
    told: list[HeldBack] = []

    def said() -> bool:
        told.extend(begun.keep())
        return bool(told)

    until(said, "it says nothing")
    [pid] = begun.pids()
    begun.end()
    assert told[0].object == batch
    assert told[0].code in {"wrong_state", "clock_ahead"}, "what the machine's clock is, the test does not know"
    assert gone([pid], 5)


@pytest.fixture
def beside(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Beside, Workers]]:
    """Two processes that issue under the test's clock, beside a worker that publishes."""
    at = founded.clock().isoformat()
    program = [*loaded_python(), "-c", PROCESS, str(founded.home.directory), at]
    monkeypatch.setattr(workers, "command", lambda *_, **__: program)
    with founded.worker() as worker:
        started = Workers(founded.opened, count=2)
        made = Beside(worker, started)
        try:
            yield made, started
        finally:
            made.end()


def rounds(beside: Beside, done: Callable[[], bool]) -> list[HeldBack]:
    held: list[HeldBack] = []

    def round() -> bool:
        held.extend(beside.run_pending().held_back)
        return done()

    until(round, "the processes do not finish")
    return held


def pending(demo: DemoOffice) -> int:
    [(count,)] = found(demo, "SELECT count(*) FROM outbox WHERE done_at IS NULL")
    return int(count)


@pytest.mark.slow
def test_two_processes_issue_and_this_one_publishes(founded: DemoOffice, beside: tuple[Beside, Workers]) -> None:
    """And documents are made by them too, once their batch is public."""
    batch = founded.approved()
    work.request_issue(founded.opened, ACTOR, batch, documents=True)
    held = rounds(beside[0], lambda: pending(founded) == 0)
    assert held == []
    assert founded.outcomes() == {"valid": 24}
    assert len(list(founded.home.documents.rglob("*.pdf"))) == 24
    [(owner,)] = found(founded, "SELECT taken_by FROM outbox WHERE topic = 'issue'")
    assert owner != str(os.getpid()), "the one that publishes issued"
    assert found(founded, "SELECT count(*) FROM leases WHERE owner IS NOT NULL AND topic <> 'publish'") == [(0,)]


@pytest.mark.slow
def test_a_process_that_is_killed_is_replaced_and_its_rows_go_on(
    founded: DemoOffice, beside: tuple[Beside, Workers]
) -> None:
    made, started = beside
    batch = founded.approved()
    work.request_issue(founded.opened, ACTOR, batch)
    killed: list[int] = []

    def done() -> bool:
        if (
            not killed
            and found(founded, "SELECT count(*) FROM leases WHERE topic = 'issue' AND owner IS NOT NULL")[0][0]
        ):
            killed.extend(started.pids())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
        return bool(killed) and pending(founded) == 0

    held = rounds(made, done)
    assert {each.code for each in held} <= {"worker_ended"}
    assert found(founded, "SELECT state, rows_issued FROM batches") == [("issued", 24)]
    assert founded.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_a_change_of_status_goes_out_while_the_others_issue(
    founded: DemoOffice, beside: tuple[Beside, Workers]
) -> None:
    """Without the new certificates, which wait for each other."""
    first = founded.approved()
    work.request_issue(founded.opened, ACTOR, first)
    rounds(beside[0], lambda: pending(founded) == 0)
    certificate = founded.certificates()[0]
    beside[1].end()
    batch = founded.approved(OTHER_LIST)
    IssuingJob(founded.opened).run(batch, between=lambda _: None)
    work.request_issue(founded.opened, ACTOR, batch)  # it is still asked for, so its certificates wait
    founded.apply(founded.plan(founded.order(certificate.number)))
    records = found(founded, "SELECT max(records) FROM publications")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workers, "keep", lambda _self: [])
        for _ in range(2):
            beside[0].run_pending()
    assert founded.verdict_by_qr(certificate).outcome == "withdrawn"
    assert found(founded, "SELECT max(records) FROM publications") == records
    rounds(beside[0], lambda: pending(founded) == 0)
    assert founded.outcomes()["withdrawn"] == 1


ENDING = """
import os, sys
from issuer.children import end_with_parent
end_with_parent(int(sys.argv[2]))
"""
PARENT = f"""
import sys, time
from pathlib import Path
from types import SimpleNamespace
from issuer.worker import workers
program = {ENDING + FAKE!r}
workers.command = lambda *_, **options: [sys.executable, "-c", program, "60", str(options["parent"])]
home = SimpleNamespace(custody=SimpleNamespace(handed_on=lambda: b"p"), home=SimpleNamespace(directory=Path(".")))
begun = workers.Workers(home, count=2)
told = []
while len(told) < 2:
    told += begun.keep()
    time.sleep(0.02)
print("up", flush=True)
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process ends with its parent's next word")
def test_they_end_with_the_one_that_started_them_also_when_it_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "up\n"
        children = children_of(parent.pid)
        assert len(children) == 2
        parent.kill()
    assert gone(children, 5)


def test_what_a_process_says_of_an_error_names_the_process() -> None:
    told: dict[str, Any] = workerprocess.failure(ConflictError("moved_on", "look again", batch="b"))
    assert told == {
        "object": f"process {os.getpid()}",
        "code": "moved_on",
        "message": "look again",
        "fields": {"batch": "b"},
    }
