"""A machine's bad days have words: held, full, limited, damaged, ended; never SQL, never a traceback."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli import exits, hints
from cli.commands import serving_home
from cli.console import Console
from cli.tool import Tool
from issuer.db import engine
from issuer.errors import MachineError
from issuer.home import machine
from issuer.home.paths import Home
from issuer.worker import lock
from tests.cli.support import Ended, Shell
from tests.support.loaded import loaded_python
from tests.support.tools import ROOT

LIST = "engineering-other-documents-2026.xlsx"
FAULTS = "engineering-with-faults-2026.xlsx"
SUSPEND = ("--basis", "投诉举报核查", "--document", "示人社核〔2026〕8号", "--as", "chief1", "--yes")


def told(ended: Ended, code: str) -> dict[str, Any]:
    """The error of a command, which holds no SQL and no address of a library's manual."""
    error: dict[str, Any] = ended.data["error"]
    assert error["code"] == code, ended.err
    assert ended.code == error["exit_code"] != 0
    assert error["message"]
    assert error["next"]
    for word in ("SQL", "BEGIN", "sqlalche", "Traceback", "sqlite3.", "INSERT", "UNIQUE"):
        assert word not in ended.err + ended.out
    return error


def register_of(office: Shell) -> Path:
    assert office.home is not None
    return office.home / "register.sqlite3"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_register_that_another_program_holds(
    office: Shell, samples_dir: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 100)
    words = ("batch", "check", str(samples_dir / LIST), "--authority", "sf-hrss", "--json", "--lang", language)
    with closing(sqlite3.connect(register_of(office), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        error = told(office(*words), "register_busy")
        assert str(register_of(office)) in error["detail"]
        other.execute("ROLLBACK")
    assert office(*words).code == 0


@pytest.mark.slow
def test_a_full_disk_below_the_register(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = engine._configure

    def full(connection: Any, record: Any) -> None:
        usual(connection, record)
        connection.execute("PRAGMA max_page_count=1")  # no larger than it is

    words = ("specialty", "add", *(f"专业{place:05}" for place in range(200)), "--authority", "sf-hrss")
    with monkeypatch.context() as patched:
        patched.setattr(engine, "_configure", full)
        told(office(*words, "--series", "5", "--json"), "disk_full")
    assert office(*words, "--series", "5").code == 0


def run_apart(
    *words: str, before: Callable[[], None] | None = None, stdout: Any = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    start = "import sys; from cli.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", start, *words],
        cwd=ROOT,
        check=False,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


@pytest.mark.slow
def test_a_limit_on_the_size_of_files(office: Shell, samples_dir: Path) -> None:
    """SQLite calls it a disk error; the limit is named, and nothing is broken afterwards."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 10, resource.RLIM_INFINITY))

    words = ("batch", "check", str(samples_dir / FAULTS), "--authority", "sf-hrss", "--take-good-rows", "--json")
    done = run_apart(*words, "--home", str(office.home), before=limit)
    told(Ended(code=done.returncode, out=done.stdout, err=done.stderr), "file_limit")
    assert office(*words).code == 0


def test_no_memory(reader: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from issuer.batches import rows

    def fail(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(rows, "batches", fail)
    told(reader("batch", "list", "--json"), "no_memory")


@pytest.mark.slow
def test_an_answer_that_cannot_be_written_is_no_failure_of_what_was_done(office: Shell) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = run_apart("region", "add", "990200", "示范二市", "--lang", "en", "--home", str(office.home), stdout=full)
    assert done.returncode == 1
    assert "has done its work" in done.stderr
    assert "need not be done again" in done.stderr
    assert "Exception ignored" not in done.stderr
    assert "990200" in {each["code"] for each in office.json("region", "list")["regions"]}


@contextmanager
def waiting_command(office: Shell) -> Iterator[subprocess.Popen[str]]:
    """A command that has recorded a change and waits for a worker that does nothing."""
    assert office.home is not None
    number = office.json("certificate", "list")["certificates"][0]["number"]
    words = ["suspend", number, *SUSPEND, "--json", "--lang", "en", "--home", str(office.home)]
    fixed = "from datetime import datetime, UTC; import cli.main as m;"
    start = f"import sys; {fixed} sys.exit(m.main(clock=lambda: datetime(2026, 11, 21, 2, 0, tzinfo=UTC)))"
    descriptor = lock.take(Home.open(office.home))
    process = subprocess.Popen(
        [*loaded_python(), "-c", start, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "waiting" in line, line + process.stderr.read()
        yield process
    finally:
        lock.release(descriptor)
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGHUP, exits.HUNG_UP), (signal.SIGTERM, exits.TOLD_TO_END), (signal.SIGINT, exits.INTERRUPTED)],
)
def test_a_command_that_is_ended_while_it_waits_says_what_is_recorded(
    office: Shell, number: signal.Signals, code: int
) -> None:
    with waiting_command(office) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert json.loads(out)["error"]["code"] == "recorded_not_public"
    assert "Traceback" not in err
    assert office.json("publish", "--if-needed")["published"] is not None


@pytest.mark.slow
def test_a_counter_that_was_lowered_issues_nothing(office: Shell, samples_dir: Path) -> None:
    listed = office.json("batch", "check", str(samples_dir / FAULTS), "--authority", "sf-hrss", "--take-good-rows")[
        "batch"
    ]
    office.json("batch", "submit", listed, "--as", "clerk1")
    office.json("batch", "approve", listed, "--as", "chief1")
    with closing(sqlite3.connect(register_of(office))) as other, other:
        other.execute("UPDATE number_counters SET last = 1")
    before = office.json("certificate", "list")
    error = told(office("batch", "issue", listed, "--json", "--lang", "en"), "number_taken")
    assert "counter" in error["detail"]
    assert office.json("certificate", "list") == before


def damage(office: Shell, table: str) -> int:
    """Overwrite the first page of a table; returns its number."""
    register = register_of(office)
    with closing(sqlite3.connect(register)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    with register.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    return int(page)


@pytest.mark.parametrize("table", ["certificates", "specialties"])
def test_a_damaged_register_is_named_with_its_page_and_publishes_nothing(office: Shell, table: str) -> None:
    """Whether publishing reads that page or not."""
    assert office.home is not None
    page = damage(office, table)
    before = (office.home / "publication" / "snapshot.jwt").read_bytes()
    error = told(office("publish", "--json", "--lang", "en"), "register_damaged")
    assert re.search(rf"\b{page}\b", error["detail"]), error["detail"]
    assert (office.home / "publication" / "snapshot.jwt").read_bytes() == before


def test_damage_that_is_met_on_the_way_is_named_too(office: Shell) -> None:
    page = damage(office, "certificates")
    error = told(office("certificate", "list", "--json"), "register_damaged")
    assert re.search(rf"\b{page}\b", error["detail"]), error["detail"]


def test_a_file_that_is_no_database(office: Shell) -> None:
    register_of(office).write_bytes(b"nothing of the kind" * 1000)
    for beside in ("-wal", "-shm"):
        register_of(office).with_name(f"register.sqlite3{beside}").unlink(missing_ok=True)
    told(office("batch", "list", "--json"), "register_damaged")


def test_what_nobody_foresaw_has_a_number_and_a_log_without_what_it_quotes(
    office: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from issuer.batches import rows

    secrets = ("王五", "110101199003070017")

    def fail(*_: Any) -> None:
        raise ValueError(" ".join(secrets))

    assert office.home is not None
    before = set((office.home / "log").glob("*"))  # of other tests that looked into the home that was copied
    monkeypatch.setattr(rows, "batches", fail)
    ended = office("batch", "list", "--json")
    error = told(ended, "unexpected")
    (log,) = set((office.home / "log").iterdir()) - before
    assert log.stem in error["detail"]
    kept = log.read_text(encoding="utf-8")
    assert "builtins.ValueError" in kept
    assert "rows.batches" in kept, "where it came from"
    for secret in secrets:
        assert secret not in kept + ended.err + ended.out


CODES = {
    *(code for code, _ in machine._FILES.values()),
    *(code for code, _ in machine._SERVER.values()),
    "machine",
    "register_busy",
    "register_damaged",
    "register_refused",
    "number_taken",
    "unexpected",
    "recorded_not_public",
    "clock_ahead",
    "clock_behind",
    "effective_before_award",
    "effective_before_issue",
}


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_words_and_a_next_step_in_both_languages(code: str) -> None:
    if code != "recorded_not_public":
        assert all(hints.headline(code, MachineError))
        assert hints.headline(code, MachineError) != hints.headline("", MachineError)
    assert all(hints.next_step(code))


@pytest.mark.parametrize(("language", "word"), [("zh", "磁盘已满"), ("en", "the disk is full")])
def test_the_log_of_a_served_worker_has_the_same_words_in_one_line(language: str, word: str) -> None:
    tool = Tool(console=Console(language=language, json=False))
    line = serving_home._words(tool).failed(MachineError("disk_full", "x: no space is left on the disk"))
    assert "\n" not in line
    assert "[disk_full]" in line
    assert word in line


def test_without_root_a_closed_folder_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0 or shutil.which("true") is None:
        error = machine.known(PermissionError(13, "Permission denied", str(tmp_path)))
    else:
        tmp_path.chmod(0o500)
        try:
            (tmp_path / "x").write_bytes(b"")
        except OSError as refused:
            error = machine.known(refused)
    assert error is not None
    assert error.code == "not_writable"
    assert str(tmp_path) in str(error)
