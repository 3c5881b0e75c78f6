"""Rows are reserved and stored together, with few statements; one by one, when that fails, gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from issuer.db.certificates import free_status_indexes, next_serials
from issuer.db.models import NumberCounterRow
from issuer.errors import ConflictError
from issuer.intake.model import AwardDraft
from issuer.issuing.issuer import Run
from issuer.issuing.reserve import Reserving
from issuer.issuing.storing import Storing
from issuer.worker.issuing import IssuingJob
from keys.signers import FileSigner
from tests.support.databases import copy_home
from tests.support.keys import Key
from tests.support.office import DemoOffice, batch_drafts, drafts

HOSTILE = 1000
"""Rows, of which about a third may not be issued, for every reason that there is. A run in CI has a fifth of them."""


def hostile(demo: DemoOffice, size: int) -> list[AwardDraft]:
    """Rows of which some may not be issued: their kinds follow each other, so that each chunk has all."""
    template = batch_drafts(demo, demo.store())[0]
    rows = drafts(size, template)
    for place in range(0, size, 10):
        rows[place] = replace(rows[place], employer="单" * 101)  # no face can say it
        rows[place + 1] = replace(rows[place + 1], award_date=template.award_date + timedelta(days=400))
        rows[place + 2] = replace(rows[place + 2], level=9)  # no grant covers it
        if place >= 20:
            rows[place + 3] = replace(rows[place + 3], id_number=rows[place - 11].id_number)  # issued just before
    return rows


@pytest.fixture
def size(request: pytest.FixtureRequest) -> int:
    return HOSTILE if request.config.getoption("--soak") else HOSTILE // 5


def copied(demo: DemoOffice, place: Path) -> DemoOffice:
    demo.close()  # its register goes on when it is next used
    return DemoOffice.open(copy_home(demo.home.directory, place), demo.clock())


def outcome(demo: DemoOffice, batch: str) -> dict[str, Any]:
    """All that issuing does, but for what is drawn at random."""
    report = demo.issue(batch)
    asked = {
        "rows": "SELECT seq, state FROM awards WHERE batch = ? ORDER BY seq",
        "numbers": "SELECT a.seq, c.number, c.stage, c.state FROM certificates c JOIN awards a ON a.id = c.award"
        " WHERE a.batch = ? ORDER BY a.seq",
        "counts": "SELECT state, rows_waiting, rows_rejected, rows_reserved, rows_issued FROM batches WHERE id = ?",
    }
    found = {name: demo.raw(query, batch) for name, query in asked.items()}
    found["audit"] = demo.raw("SELECT id, act, object FROM audit ORDER BY id")
    found["counters"] = demo.raw("SELECT scope, last FROM number_counters ORDER BY scope")
    found["refused"] = [(each.sheet_row, each.code, each.message) for each in report.refused]
    found["issued"] = len(report.issued)
    return found


@pytest.mark.slow
def test_both_ways_give_the_same_of_hostile_rows(
    founded: DemoOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    batch = founded.approved_drafts(hostile(founded, size))
    other = copied(founded, tmp_path / "other")
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 100)
    together = outcome(founded, batch)
    with monkeypatch.context() as patch:
        patch.setattr(Storing, "_together", lambda *_: None)
        patch.setattr(Reserving, "reserve", Reserving._one_by_one)
        apart = outcome(other, batch)
    other.close()
    assert together == apart
    assert len({code for _, code, _ in together["refused"]}) >= 4
    assert together["issued"] + len(together["refused"]) == size


@contextmanager
def statements(demo: DemoOffice) -> Iterator[list[list[str]]]:
    """The statements of each transaction that writes."""
    seen: list[list[str]] = []

    def note(_c: object, _cursor: object, statement: str, _p: object, _context: object, _many: bool) -> None:
        if statement in {"BEGIN IMMEDIATE", "BEGIN"}:
            seen.append([])
        elif seen and not statement.startswith(("PRAGMA", "SAVEPOINT", "RELEASE")):
            seen[-1].append(statement)

    engine = demo.opened.register.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_chunk_takes_as_many_statements_however_many_rows_it_has(founded: DemoOffice) -> None:
    template = batch_drafts(founded, founded.store())[0]
    rows = drafts(60, template)
    batches = [founded.approved_drafts(each) for each in (rows[:1], rows[1:5], rows[5:])]
    counts = []
    for batch in batches:
        with statements(founded) as seen:
            assert not IssuingJob(founded.opened).run(batch, between=lambda _: None).refused
        counts.append([len(each) for each in seen if any(is_of_rows(one) for one in each)])
    _, few, many = counts  # the first one made the counter
    assert few == many
    assert (len(many), max(many)) == (2, 11), "ten, and the one that asks whose the piece is"


def is_of_rows(statement: str) -> bool:
    """Whether rows of a piece are stored, not the piece itself."""
    return statement.startswith("INSERT") and not statement.startswith("INSERT INTO leases")


def test_serials_follow_each_other(founded: DemoOffice) -> None:
    with founded.opened.register.write() as session:
        first = next_serials(session, 3, authority="sf-hrss", scope="x")
        second = next_serials(session, 2, authority="sf-hrss", scope="x")
        other = next_serials(session, 1, authority="sf-hrss", scope="y")
        assert [*first, *second, *other] == [1, 2, 3, 4, 5, 1]
        assert session.get_one(NumberCounterRow, {"authority": "sf-hrss", "scope": "x"}).last == 5


def test_places_are_free_and_different(issued: DemoOffice) -> None:
    """In a list of 32 that has 24 entries, eight more find the eight that are left."""
    issued.raw(
        "UPDATE certificates SET status_list = 0, status_index ="
        " (SELECT count(*) FROM certificates AS other WHERE other.id < certificates.id)"
    )
    taken = {index for (index,) in issued.raw("SELECT status_index FROM certificates")}
    with issued.opened.register.read() as session:
        found = free_status_indexes(session, [0] * 8, size=32)
        assert sorted(taken | set(found)) == list(range(32))
        assert len(free_status_indexes(session, [0, 1, 0, 1], size=1 << 20)) == 4
        with pytest.raises(ConflictError) as caught:
            free_status_indexes(session, [0] * 9, size=32)
    assert caught.value.code == "status_list_full"


@pytest.mark.slow
def test_what_was_issued_waits_to_be_published(founded: DemoOffice) -> None:
    report = IssuingJob(founded.opened).run(founded.approved(), between=lambda _: None)
    waiting = founded.raw("SELECT object FROM outbox WHERE topic = 'publish' AND done_at IS NULL")
    assert sorted(waiting) == sorted((each,) for each in report.issued)


@pytest.mark.slow
def test_a_signature_that_does_not_hold_is_not_stored(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose arithmetic fails, or a token with another key: it is checked with the key that is published."""
    wrong = Key("another").sign
    batch = founded.approved()
    monkeypatch.setattr(FileSigner, "sign", lambda _self, message: wrong(message))
    report = IssuingJob(founded.opened).run(batch, between=lambda _: None)
    assert {each.code for each in report.refused} == {"bad_signature"}
    assert founded.raw("SELECT count(*) FROM certificates WHERE stage = 'signed'") == [(0,)]


@pytest.mark.slow
def test_a_row_that_is_stored_already_is_not_stored_again(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a chunk was signed by somebody else meanwhile: the first signature wins, and the others are stored."""
    batch, store = founded.approved(), Run.store
    number = ""

    def late(self: Run, signed: list[Any]) -> Any:
        nonlocal number
        number = signed[3].signed.number
        founded.raw(
            "UPDATE certificates SET stage = 'signed', credential = x'00', credential_digest = x'00',"
            " credential_kid = x'00', issued_on = '2026-11-21', issued_at = '2026-11-21 02:00:00' WHERE number = ?",
            number,
        )
        return store(self, signed)

    monkeypatch.setattr(Run, "store", late)
    report = IssuingJob(founded.opened).run(batch, between=lambda _: None)
    assert [each.code for each in report.refused] == ["signed_already"]
    assert len(report.issued) == 23
    assert founded.raw("SELECT credential FROM certificates WHERE number = ?", number) == [(b"\x00",)]
