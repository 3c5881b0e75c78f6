"""Documents are made when somebody asks, by processes that end with the one that started them, where there is room."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from credential.errors import CodedError
from credential.signing import KeyUse
from issuer.children import command, end_with_parent
from issuer.documents.making import place_of
from issuer.documents.room import require_room
from issuer.errors import ConflictError, MachineError
from issuer.home.opened import Opened
from issuer.home.opening import open_handed_on
from issuer.services import certificates, work
from issuer.worker import documents as job
from issuer.worker.documents import DocumentsJob
from issuer.worker.makers import Failed, Makers
from tests.issuing.test_whole_path import contents
from tests.support.office import ACTOR, CLERK, PROVINCE, DemoOffice
from tests.support.tools import ROOT

BATCH = "sf-hrss-0001"
WORKER = """
import sys
from datetime import datetime
from pathlib import Path
from issuer.worker import documents
from tests.support.office import DemoOffice
documents.EACH = 1
demo = DemoOffice.open(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
with demo.worker() as worker:
    worker.make_documents("sf-hrss-0001", lambda done, of: print(done, flush=True), jobs=2)
"""


@pytest.fixture
def by_two(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A batch of 24 is worth two processes; the programs that are started."""
    started: list[Path] = []

    def noted(child: Path, **options: float) -> list[str]:
        started.append(child)
        return command(child, **options)

    monkeypatch.setattr(job, "EACH", 10)
    monkeypatch.setattr("issuer.worker.makers.command", noted)
    return started


def pdfs(demo: DemoOffice) -> dict[str, str]:
    """The digest of every document on the disk, by its place."""
    found = demo.home.documents.rglob("*.pdf")
    return {str(path.relative_to(demo.home.documents)): sha256(path.read_bytes()).hexdigest() for path in found}


def registered(demo: DemoOffice) -> dict[str, str]:
    """The same by the register."""
    rows = demo.raw("SELECT document_path, document_digest FROM certificates WHERE document_path IS NOT NULL")
    return {path: digest.hex() for path, digest in rows}


def children_of(pid: int) -> list[int]:
    """The processes that a process started, by what the system says of each."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def gone(pids: list[int], seconds: float) -> bool:
    """Whether all of these processes end in time."""
    deadline = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}/cmdline").is_file() and _alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# When they are made


@pytest.mark.slow
def test_issuing_makes_no_document_unasked(issued: DemoOffice) -> None:
    assert (pdfs(issued), registered(issued)) == ({}, {})
    assert work.documents_missing(issued.opened, BATCH) == 24


@pytest.mark.slow
def test_a_running_worker_makes_what_is_asked_for_and_nothing_else(issued: DemoOffice) -> None:
    number = issued.certificates()[3].number
    work.request_document(issued.opened, ACTOR, number)
    assert not work.wait_for_documents(issued.opened, number, seconds=0)
    issued.publish()
    assert work.wait_for_documents(issued.opened, number, seconds=0)
    assert list(pdfs(issued)) == [str(place_of(number))]
    assert pdfs(issued) == registered(issued)


@pytest.mark.slow
def test_a_lost_file_is_made_again_and_is_the_same(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    with issued.worker() as worker:
        path = worker.make_document(certificate.number)
        before = path.read_bytes()
        path.unlink()
        assert worker.make_document(certificate.number) == path
    assert path.read_bytes() == before


# Where they are


@pytest.mark.slow
def test_a_document_has_its_place_by_the_hash_of_its_number() -> None:
    digits = sha256(b"99000020262000001").hexdigest()
    assert place_of("99000020262000001").as_posix() == f"{digits[:2]}/{digits[2]}/99000020262000001.pdf"
    folders = {place_of(f"{number:017}").parent for number in range(20_000)}
    assert 4000 < len(folders) <= 4096


@pytest.mark.slow
def test_where_an_older_document_is_the_register_says(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    old = issued.home.documents / BATCH / f"{certificate.number}.pdf"
    old.parent.mkdir()
    old.write_bytes(b"%PDF-")
    issued.raw("UPDATE certificates SET document_path = ? WHERE id = ?", f"{BATCH}/{old.name}", certificate.id)
    assert certificates.document(issued.opened, ACTOR, certificate.number) == old


# By several processes


@pytest.mark.slow
def test_two_processes_make_what_one_makes(issued: DemoOffice, by_two: list[Path]) -> None:
    steps: list[tuple[int, int]] = []
    between: list[int] = []
    with issued.worker() as worker:
        one = worker.make_document(issued.certificates()[0].number)
        before, kept = one.read_bytes(), one.stat().st_ino
        made = DocumentsJob(issued.opened).run(
            BATCH, lambda done, of: steps.append((done, of)), between=lambda: between.append(len(steps)), jobs=2
        )
    assert (made, len(by_two)) == (23, 2)
    assert steps == [(number, 23) for number in range(1, 24)]
    assert list(dict.fromkeys(each for each in between if each)) == list(range(1, 24))
    assert one.stat().st_ino == kept, "what is made is not made again"
    assert len(pdfs(issued)) == 24
    assert pdfs(issued) == registered(issued)
    with issued.worker() as worker:
        again = worker.make_document(issued.certificates()[5].number).read_bytes()
    assert pdfs(issued) == registered(issued)
    assert sha256(again).hexdigest() == registered(issued)[str(place_of(issued.certificates()[5].number))]
    assert one.read_bytes() == before
    assert work.documents_missing(issued.opened, BATCH) == 0


@pytest.mark.slow
def test_processes_end_with_one_that_is_killed_and_the_next_run_goes_on(issued: DemoOffice) -> None:
    program = [sys.executable, "-c", WORKER, str(issued.home.directory), issued.clock().isoformat()]
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(3):
        process.stdout.readline()
    children = children_of(process.pid)
    assert len(children) == 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert gone(children, seconds=5), "keys outlive the worker"
    assert {path.suffix for path in issued.home.documents.rglob("*.*") if path.is_file()} <= {".pdf", ".tmp"}
    issued.clock.move(seconds=1)
    before = contents(issued)
    issued.make_documents(BATCH)
    assert contents(issued) == before
    assert len(pdfs(issued)) == 24
    assert pdfs(issued) == registered(issued)
    assert list(issued.home.documents.rglob(".*.tmp")) == []


CHILD = """
import os, time
from issuer.children import end_with_parent
end_with_parent(os.getppid())
print("up", flush=True)
time.sleep(60)
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}])
print(child.pid, flush=True)
child.wait()
"""


def test_a_child_ends_with_its_parent_also_when_it_looks_at_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = {process.stdout.readline().strip() for _ in range(2)}
    assert "up" in said
    (child,) = (int(word) for word in said - {"up"})
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert gone([child], seconds=5)


def test_a_child_whose_parent_has_ended_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, ...]] = []
    library = type("Library", (), {"prctl": staticmethod(lambda *given: asked.append(given))})
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    with pytest.raises(SystemExit):
        end_with_parent(os.getpid())
    end_with_parent(os.getppid())
    assert asked == [(1, signal.SIGKILL, 0, 0, 0)] * 2


FAKE = """
import json, os, sys
sys.stdin.readline()
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    number = json.loads(line)
    if number == "deadly" or number == "once" and not os.path.exists(sys.argv[1]):
        open(sys.argv[1], "w").close()
        os._exit(1)
    told = {"code": "render"} if number == "bad" else {"path": f"{number}.pdf", "digest": "00", "design": "d"}
    print(json.dumps({"certificate": number, **told}), flush=True)
"""
"""Answers as a process does that makes documents; dies over ``deadly``, and the first time over ``once``."""


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Makers start fakes, with this home."""
    monkeypatch.setattr(
        "issuer.worker.makers.command", lambda *_, **__: [sys.executable, "-c", FAKE, str(tmp_path / "died")]
    )
    custody = SimpleNamespace(handed_on=lambda: b"passphrase")
    return cast(Opened, SimpleNamespace(custody=custody, home=SimpleNamespace(directory=tmp_path)))


def pids_of(makers: Makers) -> list[int]:
    return [maker.process.pid for maker in makers._makers()]


def answers(opened: Opened, ids: list[str], *, count: int) -> dict[str, str]:
    """What came of each: the code of what went wrong, or the path."""
    with Makers(opened, PROVINCE, count=count) as makers:
        found = list(makers.make(ids))
        pids = pids_of(makers)
    assert len(pids) <= count
    assert gone(pids, seconds=5), "they end when nothing is left to be made"
    assert len(found) == len(ids), "each is answered once"
    return {each.certificate: each.code if isinstance(each, Failed) else each.path for each in found}


@pytest.mark.parametrize("count", [1, 2])
def test_a_process_that_dies_costs_no_document(fakes: Opened, count: int) -> None:
    """The one that it was making is given to the next, and so are those behind it."""
    ids = ["a", "b", "once", "c", "d", "e"]
    assert answers(fakes, ids, count=count) == {each: f"{each}.pdf" for each in ids}


def test_a_document_over_which_two_processes_die_is_given_up(fakes: Opened) -> None:
    found = answers(fakes, ["a", "deadly", "b", "bad", "c"], count=2)
    assert found == {"a": "a.pdf", "deadly": "maker_ended", "b": "b.pdf", "bad": "render", "c": "c.pdf"}


def test_no_more_processes_are_started_than_there_are_documents(fakes: Opened) -> None:
    with Makers(fakes, PROVINCE, count=8) as makers:
        next(made := makers.make(["a", "b"]))
        assert len(pids_of(makers)) == 2
        made.close()


def test_a_custody_that_hands_nothing_on_starts_no_process(fakes: Opened) -> None:
    fakes.custody.handed_on = lambda: None  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="no other process"):
        Makers(fakes, PROVINCE, count=2)


@pytest.mark.slow
def test_what_stops_one_process_stops_all_and_is_told_as_itself(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    issued.raw("DELETE FROM statements WHERE act = 'approve'")
    with Makers(issued.opened, PROVINCE, count=1) as makers, pytest.raises(CodedError) as caught:
        list(makers.make([certificate.id]))
    with pytest.raises(CodedError) as alone:
        DocumentsJob(issued.opened).make(certificate.id, PROVINCE)
    assert (type(caught.value), caught.value.code) == (type(alone.value), alone.value.code)
    assert pdfs(issued) == {}


@pytest.mark.slow
def test_processes_that_end_before_they_begin_are_told(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.worker.makers.command", lambda *_, **__: [sys.executable, "-c", "raise SystemExit(3)"])
    with Makers(issued.opened, PROVINCE, count=2) as makers, pytest.raises(MachineError) as caught:
        list(makers.make([each.id for each in issued.certificates()[:4]]))
    assert (caught.value.code, caught.value.fields["status"]) == ("makers_end", 3)


def test_a_process_is_given_the_passphrase_of_services_alone(issued: DemoOffice) -> None:
    handed = issued.opened.custody.handed_on()
    assert handed is not None
    with open_handed_on(issued.home, handed, clock=issued.clock) as opened:
        assert opened.vault is not None
        held = next(each for each in opened.custody.held() if each.use == KeyUse.OPERATOR)
        with pytest.raises(ConflictError) as caught:
            opened.custody.signer(KeyUse.OPERATOR, held.key_id, owner=CLERK)
    assert caught.value.code == "not_handed_on"


# Room


@dataclass(kw_only=True)
class Disk:
    """What a file system says of itself."""

    f_frsize: int = 4096
    f_bavail: int = 1 << 40
    f_files: int = 1 << 20
    f_favail: int = 1 << 20


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    said = Disk()
    monkeypatch.setattr(os, "statvfs", lambda _: said)
    return said


def refused(count: int) -> tuple[str, object, object]:
    with pytest.raises(MachineError) as caught:
        require_room(Path("documents"), count)
    fields = caught.value.fields
    assert (fields["count"], fields["path"]) == (count, "documents")
    return caught.value.code, fields["needed"], fields["free"]


def test_a_province_needs_sixty_gigabytes_and_is_refused_with_fewer(disk: Disk) -> None:
    require_room(Path("documents"), 370_000)
    disk.f_bavail = 59_000_000_000 // 4096
    assert refused(370_000) == ("documents_space", "60.7 GB", "59.0 GB")
    disk.f_bavail = 60_700_000_000 // 4096
    require_room(Path("documents"), 370_000)


def test_the_register_keeps_room_beside_a_few(disk: Disk) -> None:
    disk.f_bavail = (64 << 20) // 4096
    assert refused(1) == ("documents_space", "67.3 MB", "67.1 MB")


def test_places_for_files_are_counted_with_those_for_folders(disk: Disk) -> None:
    disk.f_favail = 370_000 + 4352
    require_room(Path("documents"), 370_000)
    disk.f_favail -= 1
    assert refused(370_000) == ("documents_files", 374_352, 374_351)
    disk.f_favail = 3
    require_room(Path("documents"), 1)


def test_a_file_system_without_a_fixed_number_of_files_is_not_asked_for_it(disk: Disk) -> None:
    disk.f_files = disk.f_favail = 0
    require_room(Path("documents"), 370_000)


def test_without_room_no_document_is_made(issued: DemoOffice, disk: Disk) -> None:
    disk.f_bavail = 0
    with issued.worker() as worker, pytest.raises(MachineError) as caught:
        worker.make_documents(BATCH)
    assert caught.value.code == "documents_space"
    assert pdfs(issued) == {}
    assert list(issued.home.documents.iterdir()) == []
