"""A process that issues by pieces while its machine fails: told by a code, no half state, and it goes on by itself."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from credential import durable
from credential.errors import CodedError
from issuer.db.outbox import Topic
from issuer.errors import MachineError
from issuer.issuing.storing import Storing
from issuer.services import work
from issuer.worker import loop
from issuer.worker.piecework import PieceWork, Tries
from tests.issuing.test_whole_path import assert_no_gaps
from tests.support.databases import POSTGRESQL
from tests.support.office import ACTOR, DemoOffice

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ROWS = 24
Fail = Callable[[], None]


def served(demo: DemoOffice, topic: Topic, heal: Fail) -> list[str]:
    """What a process tells that works until nothing is asked for; its trouble ends when it waits for the first time."""
    told: list[CodedError] = []
    pieces = PieceWork.open(demo.opened, members=0)
    waits = 0

    def sleep(_seconds: float) -> None:
        nonlocal waits
        waits += 1
        heal()
        assert waits < 40, "it does not go on"

    def round() -> None:
        assert not pieces.run_pending()

    def stop() -> bool:
        return waits > 0 and not pieces.asked(topic)

    try:
        loop.repeat(pieces, round, stop, failed=told.append, sleep=sleep)
    finally:
        pieces.close()
    return [each.code for each in told]


@pytest.fixture
def asked(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> DemoOffice:
    """A batch in pieces of eight that is to be issued."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 8)
    work.request_issue(founded.opened, ACTOR, founded.approved())
    return founded


def assert_issued(demo: DemoOffice) -> None:
    assert demo.raw("SELECT state, rows_issued FROM batches") == [("issued", ROWS)]
    assert demo.raw("SELECT count(*) FROM audit WHERE act = 'certificate.issue'") == [(ROWS,)]
    assert demo.raw("SELECT count(*) FROM leases WHERE owner IS NOT NULL") == [(0,)]
    assert demo.raw("SELECT done_at IS NOT NULL, last_error FROM outbox WHERE topic = 'issue'") in [
        [(1, None)],
        [(True, None)],
    ]
    assert_no_gaps(demo)
    demo.publish()
    assert demo.outcomes() == {"valid": ROWS}


def test_a_disk_below_the_register_that_is_full(
    asked: DemoOffice, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    """The database says so in the middle of storing; nothing of the piece is stored."""
    real, full = Storing.store, [True]

    def refuse(*given: Any, **named: Any) -> Any:
        stored = real(*given, **named)
        if full[0]:
            raise OperationalError("INSERT INTO events", {}, disk_full(dialect))
        return stored

    monkeypatch.setattr(Storing, "store", refuse)
    found = served(asked, Topic.ISSUE, lambda: full.__setitem__(0, False))
    assert found == ["disk_full"]
    assert_issued(asked)


def test_what_the_machine_did_is_tried_again_and_not_held_back() -> None:
    def fail() -> None:
        raise MachineError("disk_full", "no space left")

    tries = Tries()
    assert tries.run("sf-hrss-0001", fail) == []
    assert tries.held == []
    with pytest.raises(MachineError, match="no space left"):
        tries.raise_fault()


def disk_full(dialect: str) -> Exception:
    """What the driver raises."""
    if dialect == POSTGRESQL:
        from psycopg.errors import DiskFull

        return DiskFull("could not extend file: No space left on device")
    import sqlite3

    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


def test_a_disk_that_is_full_below_the_documents(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made is recorded or made again, the same; no half file is left."""
    monkeypatch.setattr("issuer.worker.documents.RECORDED", 5)
    work.request_documents(issued.opened, ACTOR, "sf-hrss-0001")
    real, full, written = durable.replace, [True], [0]

    def refuse(path: Any, data: bytes, **named: Any) -> None:
        written[0] += 1
        if full[0] and written[0] > 7:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, data, **named)

    monkeypatch.setattr(durable, "replace", refuse)
    assert served(issued, Topic.DOCUMENTS, lambda: full.__setitem__(0, False)) == ["disk_full"]
    assert written[0] == ROWS + 1, "seven were made, one failed, and seventeen were left"
    assert len(list(issued.home.documents.rglob("*.pdf"))) == ROWS
    assert not list(issued.home.documents.rglob(".*.tmp"))
    assert work.documents_missing(issued.opened, "sf-hrss-0001") == 0
    assert issued.raw("SELECT count(*) FROM leases WHERE owner IS NOT NULL") == [(0,)]
