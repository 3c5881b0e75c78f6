"""One worker, one publisher: a second one is refused, work is handed over, and a wrong clock changes no fact."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cli.checker import check as check_as_reader
from credential import snapshot as snapshots
from credential.errors import CredentialError
from credential.history import Act, Reason
from issuer import clock
from issuer.errors import ConflictError, NotFoundError
from issuer.home.opening import open_home
from issuer.services import work
from issuer.worker import loop
from issuer.worker.worker import Worker
from tests.support.clock import NOW
from tests.support.office import ACTOR, CHEAP, OTHER_LIST, DemoOffice, passphrase
from tests.support.work import pending

pytestmark = pytest.mark.slow


def snapshot_of(demo: DemoOffice) -> snapshots.Snapshot:
    return snapshots.parse_snapshot(demo.files()["snapshot.jwt"]).content


def test_there_is_one_worker(issued: DemoOffice) -> None:
    with issued.worker():
        with pytest.raises(ConflictError) as caught:
            issued.worker()
        assert caught.value.code == "worker_running"
    with issued.worker():
        pass


def test_there_is_one_publisher_and_its_work_waits(issued: DemoOffice) -> None:
    """The holder of the root publishes a trust list while the worker wants to: a moment later the worker does."""
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    with issued.worker() as worker:
        with issued.home.publication.lock():
            with pytest.raises(ConflictError) as caught:
                worker.publish_changes()
            assert caught.value.code == "publisher_running"
            with pytest.raises(ConflictError):
                issued.publish_trust()
        assert worker.publish_changes().published is not None
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


def test_a_batch_whose_publication_had_to_wait_is_finished(founded: DemoOffice) -> None:
    batch = founded.approved()
    with founded.worker() as worker:
        with founded.home.publication.lock(), pytest.raises(ConflictError):
            worker.issue(batch)
        worker.run_pending()
    assert founded.outcomes() == {"valid": 24}
    assert founded.raw("SELECT count(*) FROM outbox WHERE done_at IS NULL") == [(0,)]


def test_a_publication_that_fails_meanwhile_stops_no_batch(issued: DemoOffice) -> None:
    """A withdrawal waits and cannot go out; the certificates that are signed meanwhile are not held back for it."""
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    batch = issued.approved(OTHER_LIST)
    with issued.worker() as worker:
        with issued.home.publication.lock(), pytest.raises(ConflictError) as caught:
            worker.issue(batch)
        assert caught.value.code == "publisher_running"
        assert issued.raw("SELECT count(*) FROM outbox WHERE done_at IS NULL AND topic = 'issue'") == [(0,)]
        worker.run_pending()
    assert issued.outcomes()["withdrawn"] == 1
    assert issued.raw("SELECT count(*) FROM outbox WHERE done_at IS NULL") == [(0,)]


@pytest.fixture
def serving(founded: DemoOffice) -> Iterator[list[str]]:
    """A worker that serves in a thread of its own; what it tells."""
    told: list[str] = []
    stop = threading.Event()
    other = open_home(founded.home, passphrase, clock=founded.clock, cost=CHEAP)

    def serve() -> None:
        with Worker.open(other, check_as_reader) as worker:
            loop.serve(worker, stop.is_set, say=told.append)

    thread = threading.Thread(target=serve)
    thread.start()
    deadline = time.monotonic() + 20
    while not founded.home.publication.has("snapshot.jwt") and time.monotonic() < deadline:
        time.sleep(0.02)
    yield told
    stop.set()
    thread.join()
    other.close()


def test_a_running_worker_issues_what_is_left_for_it(founded: DemoOffice, serving: list[str]) -> None:
    batch = founded.approved()
    work.request_issue(founded.opened, ACTOR, batch)
    assert work.wait_for_batch(founded.opened, batch, seconds=30)
    assert founded.outcomes() == {"valid": 24}
    numbers = [each.number for each in founded.certificates()]
    founded.apply(founded.plan(founded.order(numbers[0])))
    assert work.wait_for_publication(founded.opened, [founded.certificates()[0].id], seconds=30)
    assert founded.outcomes() == {"valid": 23, "withdrawn": 1}
    assert [line for line in serving if not line.startswith("published")] == []


def test_a_worker_tells_what_it_cannot_do_and_goes_on(founded: DemoOffice, serving: list[str]) -> None:
    refused = founded.store(OTHER_LIST)
    work.request_issue(founded.opened, ACTOR, refused)
    assert work.wait_for_batch(founded.opened, refused, seconds=30)
    [(error,)] = founded.raw("SELECT last_error FROM outbox WHERE object = ?", refused)
    assert "approved" in error
    batch = founded.approved()
    work.request_issue(founded.opened, ACTOR, batch)
    assert work.wait_for_batch(founded.opened, batch, seconds=30)
    assert founded.outcomes() == {"valid": 24}
    assert any(line.startswith(f"held back {refused}") for line in serving)


def test_a_worker_outlives_a_trust_list_that_is_over(founded: DemoOffice, serving: list[str]) -> None:
    founded.clock.move(days=366)
    deadline = time.monotonic() + 20
    while not any("could not finish" in line for line in serving) and time.monotonic() < deadline:
        time.sleep(0.02)
    founded.publish_trust()
    deadline = time.monotonic() + 20
    while snapshot_of(founded).trust_version != 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert snapshot_of(founded).trust_version == 2


def test_waiting_ends(founded: DemoOffice) -> None:
    batch = founded.approved()
    work.request_issue(founded.opened, ACTOR, batch)
    assert not work.wait_for_batch(founded.opened, batch, seconds=0)
    with pytest.raises(NotFoundError) as caught:
        work.request_issue(founded.opened, ACTOR, "none")
    assert caught.value.code == "no_batch"


def test_two_who_change_one_certificate_at_once(issued: DemoOffice) -> None:
    """Both planned the same: one acts, the other is told."""
    number = issued.certificates()[0].number
    plans = [issued.plan(issued.order(number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)) for _ in range(2)]
    results: list[str] = []

    def act(place: int) -> None:
        try:
            issued.apply(plans[place])
            results.append("done")
        except ConflictError as error:
            results.append(error.code)

    threads = [threading.Thread(target=act, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "moved_on"]
    assert issued.raw("SELECT count(*) FROM events WHERE ordinal > 1") == [(1,)]


def test_more_work_than_one_mouthful_is_one_publication(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.worker.turns.TAKE", 5)
    sequence = snapshot_of(issued).seq
    issued.apply(issued.plan(issued.order(*(each.number for each in issued.certificates()))))
    issued.publish()
    assert issued.outcomes() == {"withdrawn": 24}
    assert snapshot_of(issued).seq == sequence + 1
    with issued.opened.register.read() as session:
        assert pending(session) == 0


# The clock


def test_a_clock_before_the_awards_issues_nothing(founded: DemoOffice) -> None:
    batch = founded.approved()
    founded.clock.now = NOW.replace(year=2025)
    with pytest.raises(CredentialError) as caught:
        founded.issue(batch)
    assert caught.value.code == "from_the_future"
    assert founded.raw("SELECT count(*) FROM certificates") == [(0,)]


def test_a_clock_that_was_set_back_builds_on_what_it_published(issued: DemoOffice) -> None:
    """An hour ahead by mistake, then right: readers with a right clock accept what is published now."""
    first, second = issued.certificates()[:2]
    issued.clock.move(hours=1)
    issued.change(first.number)
    issued.clock.move(minutes=-55)
    clock.confirm(issued.opened, ACTOR)
    shards = {name for name in issued.files() if name.startswith("shards/")}
    issued.change(second.number)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}
    assert snapshot_of(issued).iat == issued.clock()
    assert snapshot_of(issued).seq == 3
    assert shards <= issued.files().keys()


def test_recorded_never_falls(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.clock.move(hours=1)
    issued.change(number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)
    issued.clock.move(minutes=-10)
    clock.confirm(issued.opened, ACTOR)
    plan = issued.plan(issued.order(number, act=Act.REINSTATE, reason=Reason.CLEARED))
    with pytest.raises(ConflictError) as caught:
        issued.apply(plan)
    assert caught.value.code == "out_of_order"
    assert issued.raw("SELECT count(*) FROM statements WHERE act = 'reinstate'") == [(0,)]


@pytest.mark.parametrize(("hours", "renewed"), [(0, False), (15, False), (17, True), (25, True), (24 * 30, True)])
def test_a_snapshot_is_renewed_before_its_end(issued: DemoOffice, hours: int, renewed: bool) -> None:
    before = issued.files()
    issued.clock.move(hours=hours)
    with issued.worker() as worker:
        assert (worker.renew_if_needed().published is not None) is renewed
    assert (issued.files() != before) is renewed
    if renewed:
        assert snapshot_of(issued).exp == issued.clock() + timedelta(hours=24)
        assert issued.outcomes() == {"valid": 24}
