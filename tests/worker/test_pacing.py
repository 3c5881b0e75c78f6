"""A batch is paused and resumed, and issued up to a limit: what is under way ends, nothing is lost, the audit knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from issuer.db.outbox import Topic
from issuer.documents.making import DocumentMaker
from issuer.errors import ConflictError, NotFoundError
from issuer.home.opened import Actor
from issuer.services import batches, pacing, work
from tests.support.office import APPROVED, DemoOffice, batch_drafts, drafts

ASKS = Actor("os:night")
ROWS = 24

pytestmark = pytest.mark.slow


def states(demo: DemoOffice) -> dict[str, int]:
    found = demo.raw("SELECT state, count(*) FROM awards GROUP BY state ORDER BY state")
    return {str(state): int(count) for state, count in found}


def audited(demo: DemoOffice) -> list[str]:
    query = "SELECT act FROM audit WHERE act IN ('batch.pause', 'batch.resume') ORDER BY id"
    return [str(act) for (act,) in demo.raw(query)]


def pending(demo: DemoOffice, topic: str) -> list[tuple[object, ...]]:
    return demo.raw("SELECT object, taken_at FROM outbox WHERE topic = ? AND done_at IS NULL", topic)


def pausing(demo: DemoOffice, at: int) -> Callable[[int, int], None]:
    """Pauses the batch when so many rows are done."""

    def progress(done: int, _of: int) -> None:
        if done == at:
            pacing.pause(demo.opened, ASKS, APPROVED)

    return progress


@pytest.mark.postgres
def test_a_pause_ends_a_run_after_its_chunk_and_resuming_goes_on(
    approved: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)
    work.request_issue(approved.opened, ASKS, APPROVED)
    with approved.worker() as worker:
        report = worker.issue(APPROVED, pausing(approved, 10))
        assert (len(report.issued), report.left, report.refused) == (10, ROWS - 10, ())
        assert pending(approved, "issue") == [(APPROVED, None)], "it waits, and nobody is at it"
        assert worker.run_pending().issued == ()
        assert states(approved) == {"issued": 10, "waiting": 14}
    assert approved.outcomes() == {"valid": 10}, "what was signed is published"
    assert pacing.resume(approved.opened, ASKS, APPROVED)
    approved.publish()
    assert states(approved) == {"issued": ROWS}
    assert approved.outcomes() == {"valid": ROWS}
    assert pending(approved, "issue") == []
    assert audited(approved) == ["batch.pause", "batch.resume"]


def test_a_change_of_status_is_published_while_a_batch_is_paused(
    approved: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)
    with approved.worker() as worker:
        worker.issue(APPROVED, pausing(approved, 5))
    approved.clock.move(minutes=1)
    approved.change(approved.certificates()[0].number)
    assert approved.outcomes() == {"valid": 4, "withdrawn": 1}


def test_whoever_waits_for_a_batch_that_is_paused_waits_no_longer(approved: DemoOffice) -> None:
    work.request_issue(approved.opened, ASKS, APPROVED)
    assert not work.wait_for_batch(approved.opened, APPROVED, seconds=0)
    pacing.pause(approved.opened, ASKS, APPROVED)
    assert work.wait_for_batch(approved.opened, APPROVED, seconds=0)
    pacing.resume(approved.opened, ASKS, APPROVED)
    assert not work.wait_for_batch(approved.opened, APPROVED, seconds=0)


def test_a_batch_that_is_paused_is_not_asked_for(approved: DemoOffice) -> None:
    pacing.pause(approved.opened, ASKS, APPROVED)
    with pytest.raises(ConflictError) as caught:
        work.request_issue(approved.opened, ASKS, APPROVED)
    assert (caught.value.code, caught.value.fields["batch"]) == ("paused", APPROVED)
    assert pending(approved, "issue") == []


def test_pausing_twice_is_noted_once(approved: DemoOffice) -> None:
    assert not pacing.resume(approved.opened, ASKS, APPROVED)
    assert pacing.pause(approved.opened, ASKS, APPROVED)
    since = batches.shown(approved.opened, APPROVED).paused_at
    approved.clock.move(minutes=1)
    assert not pacing.pause(approved.opened, ASKS, APPROVED)
    assert batches.shown(approved.opened, APPROVED).paused_at == since
    assert audited(approved) == ["batch.pause"]


def test_only_what_a_worker_would_go_on_with_is_paused(founded: DemoOffice) -> None:
    batch = founded.store()
    for name, kind, code in ((batch, ConflictError, "wrong_state"), ("none", NotFoundError, "no_batch")):
        with pytest.raises(kind) as caught:
            pacing.pause(founded.opened, ASKS, name)
        assert caught.value.code == code
    assert audited(founded) == []


def test_a_limit_issues_so_many_rows_and_the_rest_later(approved: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)
    seen: list[int] = []
    with approved.worker() as worker:
        for limit, issued in ((7, 7), (3, 10), (None, ROWS)):
            work.request_issue(approved.opened, ASKS, APPROVED, limit=limit)
            report = worker.issue(APPROVED, lambda done, _: seen.append(done))
            assert (len(report.issued) + report.already, report.left) == (issued, ROWS - issued)
            assert states(approved).get("waiting", 0) == ROWS - issued
            assert pending(approved, "issue") == [], "what was wanted is done"
    assert seen == [5, 7, 10, 15, 20, 24]
    assert approved.outcomes() == {"valid": ROWS}


def test_rows_that_are_refused_do_not_count_for_a_limit(founded: DemoOffice) -> None:
    """Else the same command would try the same bad rows for ever."""
    made = drafts(6, batch_drafts(founded, founded.store())[0])
    founded.issue(founded.approved_drafts(made[:2]))
    batch = founded.approved_drafts(made)
    work.request_issue(founded.opened, ASKS, batch, limit=3)
    report = founded.issue(batch)
    assert ([each.code for each in report.refused], len(report.issued), report.left) == (["already_issued"] * 2, 3, 1)


def test_a_run_that_was_killed_stops_at_the_same_limit(approved: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)

    def die(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    work.request_issue(approved.opened, ASKS, APPROVED, limit=12)
    with pytest.raises(KeyboardInterrupt), approved.worker() as worker:
        worker.issue(APPROVED, die)
    approved.publish()
    assert states(approved) == {"issued": 12, "waiting": 12}


def test_documents_stop_when_their_batch_is_paused(approved: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.worker.documents.RECORDED", 4)
    made: list[str] = []

    def make(_self: DocumentMaker, certificate_id: str) -> Path:
        made.append(certificate_id)
        if len(made) == 2:
            pacing.pause(approved.opened, ASKS, APPROVED)
        return Path()

    approved.issue(APPROVED)
    monkeypatch.setattr(DocumentMaker, "make", make)
    work.request_documents(approved.opened, ASKS, APPROVED)
    with approved.worker() as worker:
        assert worker.make_documents(APPROVED) == 4
        worker.run_pending()
        assert len(made) == 4
        pacing.resume(approved.opened, ASKS, APPROVED)
        worker.run_pending()
    assert len(made) == ROWS, "those of a piece that is done are not tried again"


def test_where_the_work_stands_is_told(approved: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)
    found: list[pacing.Standing] = []

    def look(_done: int, _of: int) -> None:
        found.append(pacing.standing(approved.opened, APPROVED))

    work.request_issue(approved.opened, ASKS, APPROVED, limit=10)
    (waits,) = pacing.standing(approved.opened, APPROVED).works
    assert (waits.topic, waits.taken_by) == (Topic.ISSUE, None)
    approved.clock.move(minutes=1)
    with approved.worker() as worker:
        worker.issue(APPROVED, look)
    (works,) = found[0].works
    assert (found[0].published, found[0].left_now, found[0].batch.rows_issued) == (0, 5, 5)
    assert (works.topic, works.taken_at) == (Topic.ISSUE, approved.clock())
    assert works.taken_by
    then = pacing.standing(approved.opened, APPROVED)
    assert (then.published, then.documents, then.left_now, then.works, then.failed) == (10, 0, 0, (), ())
    approved.make_documents(APPROVED)
    assert pacing.standing(approved.opened, APPROVED).documents == 10


def test_what_failed_last_is_told_until_a_try_succeeds(approved: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    work.request_issue(approved.opened, ASKS, APPROVED)
    with monkeypatch.context() as patch:

        def fail(*_: object, **__: object) -> None:
            raise ConflictError("seal_over", "the document certificate is over")

        patch.setattr("issuer.worker.issuing.check_seal", fail)
        approved.publish()
    (failed,) = pacing.standing(approved.opened, APPROVED).failed
    assert (failed.topic, failed.reason) == (Topic.ISSUE, "seal_over: the document certificate is over")
    work.request_issue(approved.opened, ASKS, APPROVED)
    approved.publish()
    assert pacing.standing(approved.opened, APPROVED).failed == ()
