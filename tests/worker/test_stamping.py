"""Documents wait for a time-stamp: the certificate is valid meanwhile, the wait is seen, and ends when it can."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from issuer.errors import ServiceError
from issuer.services import work
from issuer.worker.worker import Worker
from tests.support.office import ACTOR, DemoOffice
from tests.support.stamping import TimestampService
from verifier.sources.pdf import read_pdf

pytestmark = pytest.mark.slow


@pytest.fixture
def service(issued: DemoOffice) -> Iterator[TimestampService]:
    """A service that this office uses; its clock is the office's."""
    with TimestampService(issued.clock()) as running:
        issued.opened.home = issued.home.with_timestamps(running.settings(seconds=1))
        yield running


def asked(issued: DemoOffice) -> str:
    """Somebody asks for the document of a certificate."""
    number = issued.certificates()[3].number
    work.request_document(issued.opened, ACTOR, number)
    return number


def held(worker: Worker) -> set[tuple[str, str]]:
    return {(each.object, each.code) for each in worker.run_pending().held_back}


def test_without_an_answer_the_certificate_is_valid_and_the_document_waits(
    issued: DemoOffice, service: TimestampService
) -> None:
    service.status = 503
    number = asked(issued)
    with issued.worker() as worker:
        assert held(worker) == {(number, "timestamp_unanswered")}
    assert issued.outcomes() == {"valid": 24}
    [waiting] = work.documents_waiting(issued.opened)
    assert (waiting.object, waiting.is_late) == (number, False)
    assert waiting.reason.startswith("timestamp_unanswered: ")
    assert not list(issued.home.documents.rglob("*.pdf"))
    service.status = 200
    with issued.worker() as worker:  # the next worker tries again at once, a running one after a while
        assert held(worker) == set()
    assert work.documents_waiting(issued.opened) == ()
    [document] = issued.home.documents.rglob("*.pdf")
    assert b"060B2A864886F70D010910020E" in document.read_bytes(), "the attribute of a time-stamp"
    assert read_pdf(document.read_bytes()).credential


def test_a_running_worker_does_not_ask_again_and_again(issued: DemoOffice, service: TimestampService) -> None:
    service.status = 503
    asked(issued)
    with issued.worker() as worker:
        held(worker)
        times = len(service.asked)
        held(worker)
        assert len(service.asked) == times
        issued.clock.move(minutes=6)
        service.now = issued.clock()
        service.status = 200
        assert held(worker) == set()
    assert work.documents_waiting(issued.opened) == ()


def test_after_a_day_it_is_an_alarm(issued: DemoOffice, service: TimestampService) -> None:
    service.status = 503
    number = asked(issued)
    with issued.worker() as worker:
        held(worker)
        assert "document_waits" not in {each.code for each in worker.look_around()}
        issued.clock.move(hours=23, minutes=59)
        assert "document_waits" not in {each.code for each in worker.look_around()}
        issued.clock.move(minutes=2)
        [alarm] = [each for each in worker.look_around() if each.code == "document_waits"]
        assert alarm.object == number
        assert [each.is_late for each in work.documents_waiting(issued.opened)] == [True]
        assert "document_waits" not in {each.code for each in worker.look_around()}, "told once"


def test_who_makes_a_document_by_hand_is_told(issued: DemoOffice, service: TimestampService) -> None:
    service.now = issued.clock() - timedelta(hours=1)
    number = asked(issued)
    with issued.worker() as worker, pytest.raises(ServiceError) as refused:
        worker.make_document(number)
    assert refused.value.code == "timestamp_refused"
    [waiting] = work.documents_waiting(issued.opened)
    assert waiting.reason.startswith("timestamp_refused: ")


@pytest.mark.parametrize(
    ("days", "code"), [(1000, "seal_ends"), (1007, "seal_ends"), (300, "trust_list_ends"), (310, "trust_list_ends")]
)
def test_ends_are_told_in_time(issued: DemoOffice, days: int, code: str) -> None:
    """A document certificate has 1,095 days and is told 90 before; a trust list 365, and is told 60 before."""
    soon = days in {1007, 310}
    issued.clock.move(days=days)
    if code == "seal_ends":
        issued.publish_trust()
    with issued.worker() as worker:
        told = {each.code for each in worker.look_around()}
    assert (code in told) is soon
