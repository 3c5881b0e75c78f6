"""``titlecert document``: one or a batch, made here or by the worker that runs, told in either language."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import working
from issuer.home.paths import Home
from issuer.worker import lock
from tests.cli.support import Shell

BATCH = "sf-hrss-0001"


def forgotten(office: Shell, count: int) -> list[str]:
    """Let the register forget the documents of so many certificates, and return their numbers."""
    assert office.home is not None
    with sqlite3.connect(office.home / "register.sqlite3") as connection:
        numbers = [number for (number,) in connection.execute("SELECT number FROM certificates ORDER BY number")]
        for number in numbers[:count]:
            connection.execute("UPDATE certificates SET document_path = NULL WHERE number = ?", (number,))
    connection.close()
    return numbers[:count]


@pytest.fixture
def elsewhere(office: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another process is the worker, and nobody waits for it."""
    assert office.home is not None
    descriptor = lock.take(Home.open(office.home))
    monkeypatch.setattr(working, "WAIT_SECONDS", 0)
    yield
    lock.release(descriptor)


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("99000020262000001", "--batch", BATCH)])
def test_one_or_a_batch_is_named(office: Shell, words: tuple[str, ...]) -> None:
    ended = office("document", "make", *words, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "number_or_batch")


@pytest.mark.slow
def test_what_a_batch_lacks_is_made_and_nothing_else(office: Shell) -> None:
    first, second = forgotten(office, 2)
    assert office.json("document", "make", first)["document"].endswith(f"/{first}.pdf")
    assert office.json("document", "make", "--batch", BATCH, "--jobs", "1")["made"] == 1
    assert office.json("document", "make", "--batch", BATCH) == {"batch": BATCH, "made": 0}
    assert Path(office.json("certificate", "show", second)["document"]).is_file()


@pytest.mark.slow
def test_it_is_told_in_either_language(office: Shell) -> None:
    for language, made, nothing in (
        ("zh", f"{BATCH} 的 PDF 已齐全，新做 1 份", f"{BATCH} 的 PDF 早已齐全"),
        ("en", f"documents of {BATCH}: 1 made now, none is missing", f"the documents of {BATCH} were all made before"),
    ):
        forgotten(office, 1)
        assert made in office("document", "make", "--batch", BATCH, "--lang", language).out
        assert nothing in office("document", "make", "--batch", BATCH, "--lang", language).out


@pytest.mark.usefixtures("elsewhere")
def test_a_running_worker_is_left_the_work(office: Shell) -> None:
    (number,) = forgotten(office, 1)
    for words in (("document", "make", number), ("document", "make", "--batch", BATCH)):
        ended = office(*words, "--json")
        assert (ended.code, ended.data["error"]["code"]) == (1, "worker_slow")
    assert office.home is not None
    with sqlite3.connect(office.home / "register.sqlite3") as connection:
        left = connection.execute("SELECT object FROM outbox WHERE done_at IS NULL AND topic = 'documents'").fetchall()
    connection.close()
    assert sorted(left) == sorted([(number,), (BATCH,)])


@pytest.mark.usefixtures("elsewhere")
def test_what_a_running_worker_could_not_make_is_told(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.services.work.wait_for_documents", lambda *_, **__: True)
    (number,) = forgotten(office, 1)
    for words in (("document", "make", number), ("document", "make", "--batch", BATCH)):
        ended = office(*words, "--json")
        assert (ended.code, ended.data["error"]["code"]) == (1, "no_document")


def test_a_disk_without_room_is_told_with_what_it_lacks(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.documents.room.SPARE_BYTES", 1 << 60)
    forgotten(office, 2)
    said = {
        "zh": "磁盘空间不够，一份也没有做",
        "en": "the disk has too little room; none was made",
    }
    for language, headline in said.items():
        ended = office("document", "make", "--batch", BATCH, "--lang", language)
        assert ended.code == 1
        assert headline in ended.err
        assert "1152921504.6 GB" in ended.err
