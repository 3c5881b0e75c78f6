"""Killed anywhere: whatever moment a run dies at, readers see the old state or the new one, and the next run finishes.

A kill is an exception that nobody catches, raised in front of or behind one of the places where something becomes
lasting: a commit, a file taking its name. The run before it is counted first, so that every such place is tried.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from credential.history import Act
from credential.history import parse as parse_history
from issuer import audit
from issuer.documents.making import DocumentMaker
from issuer.issuing.issuer import Run
from issuer.publishing.publisher import Publisher
from issuer.worker.documents import DocumentsJob
from issuer.worker.turns import Turns
from tests.issuing.test_whole_path import assert_no_gaps, contents
from tests.support.databases import copy_home
from tests.support.loaded import loaded_python
from tests.support.moments import Killed, lasting
from tests.support.office import DemoOffice
from tests.support.tools import ROOT
from verifier.procedure import verify_qr_text
from verifier.reader.memory import MemoryStore


class Gallows:
    """Counts the moments at which something becomes lasting, and kills at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moments = 0
        self.at: int | None = None
        self.watch: Callable[[], None] = lambda: None
        for owner, name, act in lasting(self._moment):
            monkeypatch.setattr(owner, name, act)

    def _moment(self) -> None:
        self.moments += 1
        if self.at is not None and self.moments == self.at:
            self.at = None
            raise Killed
        self.watch()


@pytest.fixture
def gallows(monkeypatch: pytest.MonkeyPatch) -> Gallows:
    return Gallows(monkeypatch)


@pytest.mark.slow
def test_a_batch_killed_at_any_moment_is_finished_by_the_next_worker(
    founded: DemoOffice, gallows: Gallows, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    """One office dies again and again, each time some lasting moments later, until a run gets through."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)
    batch = founded.approved()
    store = MemoryStore()
    seen: dict[str, str] = {}
    for moment in range(1, 400, stride):
        gallows.moments, gallows.at = 0, moment
        try:
            with founded.worker() as worker:
                worker.issue(batch)
            break
        except Killed:
            pass
        finally:
            gallows.at = None
        founded.clock.move(seconds=1)
        assert_old_or_new(founded, store, seen)
    else:
        pytest.fail("no run ever got through")
    assert moment > 20
    assert_complete(founded, 24)


@pytest.mark.slow
def test_a_batch_killed_once_anywhere_is_continued_by_whoever_becomes_the_worker(
    founded_home: Path, tmp_path: Path, gallows: Gallows, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    """Nobody names the batch again: the outbox does."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 12)
    copy_home(founded_home, tmp_path / "first")
    demo = DemoOffice.open(tmp_path / "first")
    demo.approved()
    demo.close()
    total = None
    moment = 0
    while total is None or moment < total:
        directory = tmp_path / f"home-{moment}"
        copy_home(tmp_path / "first", directory)
        demo = DemoOffice.open(directory)
        gallows.moments, gallows.at = 0, moment or None
        try:
            with demo.worker() as worker:
                worker.issue("sf-hrss-0001")
            total = gallows.moments
        except Killed:
            pass
        gallows.at = None
        stored = contents(demo)
        with demo.worker() as worker:
            worker.run_pending()
        begun = {number: each for number, each in contents(demo).items() if number in stored}
        assert begun == stored, f"moment {moment}: what was signed was signed again"
        if moment > 4:  # before the batch stands in the outbox, nobody has asked for anything
            assert_complete(demo, 24)
        demo.close()
        shutil.rmtree(directory)
        moment += 4 * stride


@pytest.mark.slow
def test_a_change_killed_at_any_moment_is_published_by_the_next_worker(
    issued: DemoOffice, gallows: Gallows, stride: int
) -> None:
    certificate, bystander = issued.certificates()[:2]
    before = "valid"
    for moment in itertools.count(1, stride):
        act, after = (Act.SUSPEND, "suspended") if before == "valid" else (Act.REINSTATE, "valid")
        issued.apply(issued.plan(issued.order(certificate.number, act=act)))
        gallows.moments, gallows.at = 0, moment
        with contextlib.suppress(Killed), issued.worker() as worker:
            worker.run_pending()
        killed, gallows.at = gallows.at is None, None
        assert issued.verdict_by_qr(certificate).outcome in {before, after}
        assert issued.verdict_by_qr(bystander).outcome == "valid"
        issued.publish()
        assert issued.verdict_by_qr(certificate).outcome == after
        before = after
        issued.clock.move(seconds=1)
        if not killed:
            break
    assert moment > 10
    assert issued.outcomes() == Counter({"valid": 23}) + Counter({after: 1})


@pytest.mark.slow
def test_laying_out_anew_killed_at_any_moment_is_done_when_asked_again(
    issued: DemoOffice, gallows: Gallows, stride: int
) -> None:
    """What was kept in the register is placed without being asked; before that, nothing has moved."""
    certificate, place = issued.certificates()[0], issued.home.publication_folder / "snapshot.jwt"
    issued.change(certificate.number)
    older = place.read_bytes()
    for moment in itertools.count(1, stride):
        issued.clock.move(seconds=1)
        issued.publish()
        place.write_bytes(older)
        if moment % 2:
            place.unlink()
        gallows.moments, gallows.at = 0, moment
        with contextlib.suppress(Killed), issued.worker() as worker:
            worker.lay_out_anew(act=True)
        killed, gallows.at = gallows.at is None, None
        waits = issued.raw("SELECT count(*) FROM publications WHERE confirmed_at IS NULL") == [(1,)]
        if waits or not killed:
            issued.publish()
        else:
            with issued.worker() as worker:
                worker.lay_out_anew(act=True)
        assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
        if not killed:
            break
    assert moment > 10


@pytest.mark.slow
def test_readers_see_the_old_state_or_the_new_one_at_every_moment_of_a_publication(
    issued: DemoOffice, gallows: Gallows
) -> None:
    certificate = issued.certificates()[3]
    issued.apply(issued.plan(issued.order(certificate.number)))
    text_reader = issued.reader()
    outcomes: list[str] = []
    qr = issued.qr_text(certificate)

    def watch() -> None:
        fresh = verify_qr_text(qr, issued.reader(), now=issued.clock())
        kept = verify_qr_text(qr, text_reader, now=issued.clock())
        assert kept.outcome == fresh.outcome
        outcomes.append(str(fresh.outcome))

    gallows.watch = watch
    issued.publish()
    gallows.watch = lambda: None
    assert outcomes == sorted(outcomes)  # valid, valid, ..., withdrawn
    assert set(outcomes) == {"valid", "withdrawn"}


@pytest.mark.slow
@pytest.mark.parametrize("place", ["reserve", "sign", "documents", "publish", "acknowledge"])
def test_each_step_of_issuing_may_be_the_last(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    owner, name = {
        "reserve": (Run, "read_back"),
        "sign": (Run, "store"),
        "documents": (DocumentsJob, "run"),
        "publish": (Publisher, "_place"),
        "acknowledge": (Turns, "acknowledge"),
    }[place]
    batch = founded.approved()
    with monkeypatch.context() as patch:

        def die(*_: object, **__: object) -> None:
            raise Killed

        patch.setattr(owner, name, die)
        with pytest.raises(Killed), founded.worker() as worker:
            worker.issue(batch, with_documents=place == "documents")
    stored = contents(founded)
    codes = dict(founded.raw("SELECT number, to_sign FROM certificates"))
    assert (len(stored), len(codes)) == ((0, 24) if place in {"reserve", "sign"} else (24, 24))
    with founded.worker() as worker:
        worker.run_pending()
    assert dict(founded.raw("SELECT number, to_sign FROM certificates")) == codes
    assert {number: contents(founded)[number] for number in stored} == stored
    assert_complete(founded, 24)


@pytest.mark.slow
def test_documents_that_a_crash_left_out_are_made_by_the_next_worker(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = founded.approved()
    made: list[str] = []
    real = DocumentMaker.make

    def make(self: DocumentMaker, certificate_id: str) -> Path:
        if len(made) == 5:
            raise Killed
        made.append(certificate_id)
        return real(self, certificate_id)

    with monkeypatch.context() as patch:
        patch.setattr(DocumentMaker, "make", make)
        with pytest.raises(Killed), founded.worker() as worker:
            worker.issue(batch, with_documents=True)
    (next(founded.home.documents.glob("*/*")) / ".99.pdf.aa.tmp").write_bytes(b"half a page")
    founded.publish()
    paths = [founded.home.documents / (each.document_path or "none") for each in founded.certificates()]
    assert len(paths) == 24
    assert all(path.is_file() for path in paths)
    assert len(list(founded.home.documents.rglob("*.*"))) == 24
    assert founded.outcomes() == {"valid": 24}


KILLS_IN_CI = 3
PROGRAM = """
import sys
from pathlib import Path
from datetime import datetime
from tests.support.office import DemoOffice
demo = DemoOffice.open(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
import issuer.issuing.issuer as service
service.CHUNK = 4
with demo.worker() as worker:
    print("ready", flush=True)
    worker.issue("sf-hrss-0001")
    worker.run_pending()
print("done", flush=True)
"""


def kill_for_real(demo: DemoOffice, seed: int, kills: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same moments at each run
    batch = demo.approved()
    survived = 0
    for number in range(kills):
        process = subprocess.Popen(
            [*loaded_python(), "-c", PROGRAM, str(demo.home.directory), demo.clock().isoformat()],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        # At first within what no machine does in one go: one that is done once has nothing left to be killed at.
        time.sleep(rng.random() * min(0.5, 0.04 * 2**number))
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate()
        survived += rest == "done\n"
        stored = contents(demo)
        demo.clock.move(seconds=1)
        assert_old_or_new(demo, MemoryStore(), {})
        assert {number: contents(demo)[number] for number in stored} == stored
    with demo.worker() as worker:
        worker.issue(batch)  # as a clerk does who finds the machine dead: the same command again
        worker.run_pending()
    assert_complete(demo, 24)
    assert survived < kills


@pytest.mark.slow
def test_a_process_killed_for_real_loses_nothing(founded: DemoOffice) -> None:
    kill_for_real(founded, seed=20261121, kills=KILLS_IN_CI)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20))
def test_many_processes_killed_for_real_lose_nothing(founded: DemoOffice, seed: int) -> None:
    kill_for_real(founded, seed=seed, kills=20)


def assert_old_or_new(demo: DemoOffice, store: MemoryStore, seen: dict[str, str]) -> None:
    """A reader with a memory finds each certificate as registered, or not registered yet; never something else."""
    if not demo.home.publication.has("snapshot.jwt"):
        return
    reader = demo.reader(store, seconds=60)
    for certificate in demo.certificates():
        verdict = demo.verdict_by_qr(certificate, reader)
        answer = f"{verdict.outcome}/{verdict.reason}"
        allowed = {"valid/in_force", "suspended/under_review", "not_authentic/unregistered"}
        assert answer in allowed
        assert seen.get(certificate.number) != "valid/in_force" or answer == "valid/in_force"
        seen[certificate.number] = answer


def assert_complete(demo: DemoOffice, count: int) -> None:
    found = demo.certificates()
    assert len(found) == len({each.award for each in found}) == count
    assert demo.raw("SELECT count(*) FROM certificates") == [(count,)]
    assert demo.raw("SELECT count(*) FROM events") == [(count,)]
    assert demo.raw("SELECT count(*) FROM outbox WHERE done_at IS NULL") == [(0,)]
    assert demo.raw("SELECT state, rows_issued FROM batches") == [("issued", count)]
    assert_no_gaps(demo)
    assert demo.outcomes() == {"valid": count}
    with demo.opened.register.read() as session:
        audit.verify_chain(session)
    for (content,) in demo.raw("SELECT content FROM signed_histories"):
        parse_history(content)
    reader = demo.reader(seconds=60)
    assert all(demo.verdict_by_qr(each, reader).face is not None for each in found), "a face was lost on the way"
    assert not list(demo.home.directory.rglob(".*.tmp"))
