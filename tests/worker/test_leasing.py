"""Several work on one home: each piece is done once, a late writer writes nothing, nobody waits for who has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from issuer.db.leases import LEASE
from issuer.db.outbox import Topic
from issuer.errors import ConflictError, TamperedError
from issuer.issuing import issuer as issuing
from issuer.issuing.issuer import Run
from issuer.publishing.publisher import Publisher
from issuer.services import work
from issuer.worker import presence
from issuer.worker.documents import DocumentsJob
from issuer.worker.issuing import IssuingJob
from issuer.worker.piecework import PieceWork
from issuer.worker.presence import Presence
from issuer.worker.worker import standstill
from tests.issuing.test_whole_path import assert_no_gaps, contents
from tests.support.office import ACTOR, DemoOffice

pytestmark = pytest.mark.slow

BATCH = "sf-hrss-0001"


def nothing(_done: int) -> None: ...


def asked(demo: DemoOffice, *, documents: bool = False) -> str:
    batch = demo.approved()
    work.request_issue(demo.opened, ACTOR, batch, documents=documents)
    return batch


def once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, meanwhile: Callable[[], object]) -> None:
    """Do something in front of the first call of a function: what another process does while this one is slow."""
    real = getattr(owner, name)
    waiting = [meanwhile]

    def late(*given: Any, **named: Any) -> Any:
        if waiting:
            waiting.pop()()
        return real(*given, **named)

    monkeypatch.setattr(owner, name, late)


@pytest.mark.parametrize("place", ["reserve", "sign", "store"])
def test_a_worker_that_comes_too_late_writes_nothing_and_another_goes_on(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """It slept for longer than its lease, in front of each transaction; then it finds that the piece is another's."""
    batch = asked(founded)
    stored: dict[str, Any] = {}

    def meanwhile() -> None:
        founded.clock.move(seconds=LEASE.total_seconds())
        report = IssuingJob(founded.opened).run(batch, request=1, between=nothing)
        assert len(report.issued) == 24
        stored.update(everything(founded))

    owner, name = {"reserve": (issuing, "opened"), "sign": (Run, "read_back"), "store": (Run, "store")}[place]
    once(monkeypatch, owner, name, meanwhile)
    late = IssuingJob(founded.opened).run(batch, request=1, between=nothing)
    assert (late.issued, late.refused, late.elsewhere) == ((), (), 24)
    assert stored
    assert everything(founded) == stored
    assert_no_gaps(founded)


@pytest.mark.parametrize(("place", "reserved"), [("reserve", 0), ("sign", 24), ("store", 24)])
def test_a_late_worker_writes_nothing_while_another_has_the_piece(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch, place: str, reserved: int
) -> None:
    """The other has only taken it: nothing but the lease says that the late one may not go on."""
    batch = asked(founded)
    other = PieceWork.open(founded.opened)

    def meanwhile() -> None:
        founded.clock.move(seconds=LEASE.total_seconds())
        assert other.leasing.take(Topic.ISSUE, batch, 1) is not None

    owner, name = {"reserve": (issuing, "opened"), "sign": (Run, "read_back"), "store": (Run, "store")}[place]
    once(monkeypatch, owner, name, meanwhile)
    late = IssuingJob(founded.opened).run(batch, request=1, between=nothing)
    assert (late.issued, late.refused, late.elsewhere) == ((), (), 24)
    assert founded.raw("SELECT rows_reserved, rows_issued FROM batches") == [(reserved, 0)]
    other.leasing.give_back()
    assert len(other.issue(batch, between=nothing).issued) == 24
    other.close()
    assert_no_gaps(founded)


def everything(demo: DemoOffice) -> dict[str, Any]:
    """All that issuing stores."""
    tables = ("certificates", "awards", "events", "audit", "outbox", "number_counters", "leases")
    return {table: sorted(map(repr, demo.raw(f"SELECT * FROM {table}"))) for table in tables}


def test_a_row_that_another_issued_before_it_ended_is_not_refused(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stored its rows and did not say that the piece was done."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 10)
    batch = asked(founded)
    pieces = PieceWork.open(founded.opened)

    def meanwhile() -> None:
        with monkeypatch.context() as patch:
            patch.setattr("issuer.db.leases.finish", lambda *_, **__: None)
            IssuingJob(founded.opened).run(batch, request=1, between=nothing)
        founded.raw("UPDATE leases SET owner = NULL, until = NULL")

    once(monkeypatch, IssuingJob, "_pieces", meanwhile)
    report = pieces.issue(batch, between=nothing)
    pieces.close()
    assert (report.issued, report.refused) == ((), ())
    assert founded.raw("SELECT count(*) FROM outbox WHERE topic = 'issue' AND done_at IS NULL") == [(0,)]


def test_two_at_once_issue_one_batch_and_each_row_once(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 2)
    batch = asked(founded)
    workers = [PieceWork.open(founded.opened, members=0) for _ in range(2)]
    reports: list[Any] = []
    both = threading.Barrier(2)

    def issue(each: PieceWork) -> None:
        both.wait()
        reports.append(each.issue(batch, between=nothing))

    threads = [threading.Thread(target=issue, args=(each,)) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in workers:
        each.issue(batch, between=nothing)
        each.close()
    issued = [certificate for report in reports for certificate in report.issued]
    assert len(issued) == len(set(issued)) == 24
    assert all(report.issued for report in reports), "one of them did everything"
    assert founded.raw("SELECT state, rows_issued FROM batches") == [("issued", 24)]
    assert founded.raw("SELECT count(*) FROM outbox WHERE topic = 'issue' AND done_at IS NULL") == [(0,)]
    assert_no_gaps(founded)


def test_what_waits_for_the_pieces_of_others_is_not_done(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another has a piece: the batch is asked for until that one is done too."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 10)
    batch = asked(founded)
    first, other = PieceWork.open(founded.opened), PieceWork.open(founded.opened)
    other.leasing.lay_out(Topic.ISSUE, batch, rows=24, size=10)
    held = other.leasing.take(Topic.ISSUE, batch, 1)
    assert held is not None
    report = first.issue(batch, between=nothing)
    assert (len(report.issued), report.elsewhere) == (14, 10)
    assert first.is_asked(Topic.ISSUE, batch)
    assert first.issue(batch, between=nothing).elsewhere == 10
    other.leasing.give_back()
    assert len(first.issue(batch, between=nothing).issued) == 10
    assert not first.is_asked(Topic.ISSUE, batch)
    for each in (first, other):
        each.close()


def test_a_batch_is_proven_only_by_who_signs_of_it(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where others have all of it there is nothing to prove; who signs proves all of it once."""
    from issuer.worker import issuing as job

    batch = asked(founded)
    proven: list[str] = []
    real = job.verify_approved

    def verify(session: Any, vault: Any, batch_id: str, **named: Any) -> Any:
        proven.append(batch_id)
        return real(session, vault, batch_id, **named)

    monkeypatch.setattr(job, "verify_approved", verify)
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)
    pieces = PieceWork.open(founded.opened)
    assert len(pieces.issue(batch, between=nothing).issued) == 24
    pieces.issue(batch, between=nothing)
    pieces.close()
    assert proven == [batch]


def test_a_lease_is_renewed_while_the_work_goes_on(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each chunk takes most of a lease, and what was taken ahead of it stays this worker's."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 8)
    batch = asked(founded)
    ahead = PieceWork.open(founded.opened)
    ahead.leasing.lay_out(Topic.ISSUE, batch, rows=24, size=8)
    held = [ahead.leasing.take(Topic.ISSUE, batch, 1) for _ in range(3)]
    other = PieceWork.open(founded.opened)
    for _ in range(4):
        founded.clock.move(seconds=LEASE.total_seconds() * 0.6)
        ahead.leasing.renew()
        assert other.leasing.take(Topic.ISSUE, batch, 1) is None
    for each in held:
        assert each is not None
        each.finish()
    for worker in (ahead, other):
        worker.close()


def test_what_a_worker_had_that_ended_is_free_at_once(founded: DemoOffice) -> None:
    """Nobody waits for its time to be over, and its file goes."""
    batch = asked(founded)
    ended = PieceWork.open(founded.opened)
    ended.leasing.lay_out(Topic.ISSUE, batch, rows=24, size=500)
    assert ended.leasing.take(Topic.ISSUE, batch, 1) is not None
    with founded.worker() as worker:
        assert worker.pieces.issue(batch, between=nothing).elsewhere == 24
        ended.close()
        assert [len(report.issued) for report in worker.run_pending().issued] == [24]
        assert files(founded.home.directory) == [worker.pieces.present.owner]


def test_a_process_that_lives_is_not_taken_for_ended(founded: DemoOffice) -> None:
    """Nor one that is just about to say that it lives."""
    alive = Presence.take(founded.home)
    freed: list[str] = []
    presence.ended(founded.home, freed.extend)
    assert (freed, files(founded.home.directory)) == ([], [alive.owner])
    alive.release()
    presence.ended(founded.home, freed.extend)
    assert (freed, files(founded.home.directory)) == ([alive.owner], [])


def test_a_home_is_kept_still_while_nobody_works(founded: DemoOffice) -> None:
    pieces = PieceWork.open(founded.opened)
    with pytest.raises(ConflictError) as caught, standstill(founded.home):
        pass
    assert caught.value.code == "worker_running"
    pieces.close()
    with standstill(founded.home), pytest.raises(ConflictError) as other:
        PieceWork.open(founded.opened)
    assert other.value.code == "worker_running"
    PieceWork.open(founded.opened).close()


def files(home: Path) -> list[str]:
    return sorted(path.name for path in (home / presence.FOLDER).iterdir())


def test_an_error_gives_back_what_was_taken(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = asked(founded)
    with monkeypatch.context() as patch:
        patch.setattr(Run, "store", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            IssuingJob(founded.opened).run(batch, request=1, between=nothing)
    assert founded.raw("SELECT fence FROM leases WHERE topic = 'issue' AND owner IS NULL") == [(1,)]
    assert len(IssuingJob(founded.opened).run(batch, request=1, between=nothing).issued) == 24


def test_who_asks_again_has_rows_tried_again_that_were_refused(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is issued is passed over, without being taken."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 8)
    batch = asked(founded)
    founded.raw(
        "INSERT INTO integrity_records (id, blind_index, authority, basis, document, term_from, term_until, recorded)"
        " SELECT 'r', blind_index, 'sf-hrss', '依据', '文号', '2026-11-21', NULL, '2026-11-21 02:00:00' FROM holders"
        " WHERE id = (SELECT holder FROM awards WHERE batch = ? AND position = 0)",
        batch,
    )
    with founded.worker() as worker:
        first = worker.issue(batch)
        assert (len(first.issued), [each.code for each in first.refused]) == (23, ["integrity_unproven"])
        founded.raw("DELETE FROM integrity_records")
        again = worker.issue(batch)
    assert (len(again.issued), again.already, again.elsewhere) == (1, 23, 0)
    assert founded.raw("SELECT fence FROM leases WHERE topic = 'issue' ORDER BY piece") == [(2,), (1,), (1,)]
    assert founded.raw("SELECT count(*) FROM leases WHERE owner IS NOT NULL") == [(0,)]


def test_documents_of_one_batch_are_made_by_two(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.worker.documents.RECORDED", 5)
    work.request_documents(issued.opened, ACTOR, BATCH)
    request = issued.raw("SELECT max(id) FROM outbox")[0][0]
    made: list[int] = []

    def other() -> None:
        made.append(DocumentsJob(issued.opened).run(BATCH, request=request, between=lambda: None, jobs=1))

    waiting = [other]

    def between() -> None:
        if waiting:
            waiting.pop()()

    first = DocumentsJob(issued.opened).run(BATCH, request=request, between=between, jobs=1)
    assert (first + made[0], made[0] > 0) == (24, True)
    assert len(list(issued.home.documents.rglob("*.pdf"))) == 24
    assert work.documents_missing(issued.opened, BATCH) == 0
    assert contents(issued)


def test_what_stops_a_batch_stops_everybody_who_works_on_it(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another found something altered: who is in the middle of the batch takes no further piece."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 8)
    batch = asked(founded)
    pieces = PieceWork.open(founded.opened, members=0)
    error = TamperedError("rows_altered", "the rows are not those that were checked")

    def stopped(_done: int) -> None:
        for found in pieces._works(Topic.ISSUE, batch):
            pieces.turns.hold_back(found, error)

    report = pieces.issue(batch, between=stopped)
    pieces.close()
    assert (len(report.issued), report.elsewhere) == (8, 16)
    assert founded.raw("SELECT last_error FROM outbox WHERE topic = 'issue'") == [(f"rows_altered: {error}",)]


def test_a_snapshot_that_was_not_placed_is_placed_though_nothing_changed(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that made it was killed, and the outbox says nothing of it."""
    with issued.worker() as worker, monkeypatch.context() as patch:
        patch.setattr(Publisher, "_place", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            worker.publish_changes(even_without=True)
    assert issued.raw("SELECT count(*) FROM publications WHERE confirmed_at IS NULL") == [(1,)]
    with issued.worker() as worker:
        worker.run_pending()
    assert issued.raw("SELECT count(*) FROM publications WHERE confirmed_at IS NULL") == [(0,)]
    assert issued.outcomes() == {"valid": 24}
