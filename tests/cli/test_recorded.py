"""A change that is recorded and not public says so, and what makes it public; who waits takes a free worker's place."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli import working
from issuer.home.paths import Home
from issuer.publishing.folder import FolderStore
from issuer.worker import lock
from tests.cli.support import Ended, Shell

SUSPEND = ("--basis", "投诉举报核查", "--document", "示人社核〔2026〕8号", "--as", "chief1", "--yes")
NOTHING_DONE = ("没有改动", "nothing was", "Nothing was", "什么都没有")


def first_number(office: Shell) -> str:
    return str(office.json("certificate", "list")["certificates"][0]["number"])


def closed_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise PermissionError(13, "Permission denied", "snapshot.jwt")

    monkeypatch.setattr(FolderStore, "replace", refuse)


def status_of(office: Shell, number: str) -> str:
    return str(office.json("certificate", "show", number)["status"])


def public_outcome(office: Shell, number: str) -> str:
    shown = office.json("certificate", "list", "--full")["certificates"]
    text = next(each["qr_text"] for each in shown if each["number"] == number)
    return str(office("verify", text, "--json").data["outcome"])


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_could_not_be_published_is_recorded_and_the_next_run_publishes_it(
    office: Shell, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    number = first_number(office)
    with monkeypatch.context() as patched:
        closed_folder(patched)
        ended = office("suspend", number, *SUSPEND, "--json", "--lang", language)
    error = ended.data["error"]
    assert (ended.code, error["code"], error["cause"]) == (1, "recorded_not_public", "not_writable")
    assert (error["recorded"], error["public"]) == (True, False)
    assert "titlecert publish" in error["next"]
    assert "snapshot.jwt" in ended.err
    assert not [words for words in NOTHING_DONE if words in ended.err + ended.out]
    assert status_of(office, number) == "suspended"
    assert public_outcome(office, number) == "valid"
    assert office.json("publish", "--if-needed")["published"] is not None
    assert public_outcome(office, number) == "suspended"


@pytest.mark.slow
def test_an_interruption_behind_the_record_says_that_it_is_recorded(
    office: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = first_number(office)

    def interrupted(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(FolderStore, "replace", interrupted)
        ended = office("suspend", number, *SUSPEND, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (130, "recorded_not_public")
    assert status_of(office, number) == "suspended"


@contextmanager
def another_worker(home: Path, seconds: float, *, notes: str = "") -> Iterator[None]:
    """Another process that is the worker for a while, and notes why it does nothing."""
    descriptor = lock.take(Home.open(home))
    stop = threading.Event()

    def be_it() -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not stop.is_set():
            if notes:
                with closing(sqlite3.connect(home / "register.sqlite3", timeout=10)) as register, register:
                    register.execute("UPDATE outbox SET last_error = ? WHERE done_at IS NULL", (notes,))
            time.sleep(0.1)
        lock.release(descriptor)

    thread = threading.Thread(target=be_it)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def suspended_beside(office: Shell, seconds: float, *, notes: str = "") -> Ended:
    assert office.home is not None
    number = first_number(office)
    with another_worker(office.home, seconds, notes=notes):
        return office("suspend", number, *SUSPEND, "--json", "--lang", "en")


@pytest.mark.slow
def test_a_command_that_waits_takes_the_lock_when_it_is_free(office: Shell) -> None:
    begun = time.monotonic()
    ended = suspended_beside(office, 1.5)
    assert ended.code == 0, ended.err
    assert ended.data["published"] is not None
    assert "waiting" in ended.err
    assert time.monotonic() - begun < working.WAIT_SECONDS / 4


@pytest.mark.slow
def test_a_command_that_waits_shows_why_the_worker_could_not(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "WAIT_SECONDS", 1.5)
    ended = suspended_beside(office, 20, notes="no space is left on the disk")
    assert (ended.code, ended.data["error"]["code"]) == (1, "recorded_not_public")
    assert ended.data["error"]["cause"] == "worker_slow"
    assert "The worker could not do it yet: no space is left on the disk" in ended.err
    assert "no space" in ended.data["error"]["detail"]
