"""A clock that jumped is noticed before anything is signed; one word of a person, or a time source, is enough."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cli.checker import check as check_as_reader
from issuer import clock
from issuer.errors import ConflictError
from issuer.home.settings import HomeSettings
from issuer.worker.worker import Worker
from tests.services.elsewhere import audited
from tests.support.office import ACTOR, DemoOffice

YEAR = {"days": 365}


def stopped(demo: DemoOffice) -> str | None:
    """The code with which a worker of this home stops, None when it works."""
    try:
        with Worker.open(demo.opened, check_as_reader) as worker:
            worker.publish_changes(even_without=True)
    except ConflictError as error:
        return error.code
    return None


def refused(demo: DemoOffice) -> str | None:
    """The code with which an operator's act stops."""
    try:
        demo.apply(demo.plan(demo.order(demo.certificates()[0].number)))
    except ConflictError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("moved", "code"),
    [
        ({"days": 13}, None),
        ({"minutes": -4}, None),
        ({"days": 15}, "clock_ahead"),
        ({"days": 365}, "clock_ahead"),
        ({"minutes": -6}, "clock_behind"),
        ({"days": -365}, "clock_behind"),
    ],
    ids=str,
)
def test_a_clock_that_jumped_signs_nothing(issued: DemoOffice, moved: dict[str, float], code: str | None) -> None:
    issued.clock.move(hours=1)
    assert stopped(issued) is None
    before = issued.files()
    issued.clock.move(**moved)
    assert stopped(issued) == code
    if code is not None:
        assert issued.files() == before
        assert issued.raw("SELECT count(*) FROM outbox WHERE taken_at IS NOT NULL AND done_at IS NULL") == [(0,)]


def test_a_clock_that_jumped_takes_no_work(issued: DemoOffice) -> None:
    """It is asked before the lock's holder touches the outbox or a key."""
    issued.raw("UPDATE outbox SET done_at = NULL, taken_at = '2026-11-21 02:00:00'")
    issued.clock.move(days=30)
    with pytest.raises(ConflictError):
        Worker.open(issued.opened, check_as_reader)
    assert issued.raw("SELECT count(*) FROM outbox WHERE taken_at IS NULL") == [(0,)]
    with issued.worker():
        pass


def test_an_operators_act_is_not_signed_under_a_clock_that_jumped(issued: DemoOffice) -> None:
    issued.clock.move(days=30)
    assert refused(issued) == "clock_ahead"
    assert issued.raw("SELECT count(*) FROM events WHERE ordinal > 1") == [(0,)]


@pytest.mark.slow
def test_a_pause_takes_one_confirmation(issued: DemoOffice) -> None:
    issued.clock.move(days=31)
    with Worker.open(issued.opened, check_as_reader, clock_is_right=ACTOR) as worker:
        worker.renew_if_needed()
    assert (stopped(issued), refused(issued)) == (None, None)
    assert audited(issued, "clock.confirm") == [(ACTOR, "clock")]
    with Worker.open(issued.opened, check_as_reader, clock_is_right=ACTOR):
        pass
    assert len(audited(issued, "clock.confirm")) == 1, "nothing is said where nothing is in question"


@pytest.mark.slow
def test_a_register_that_was_written_under_a_wrong_clock_goes_on_after_one_confirmation(issued: DemoOffice) -> None:
    """The last snapshot is of a year ahead; a kill between the confirmation and the next one asks for no second."""
    issued.clock.move(**YEAR)
    issued.publish_trust()
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    issued.clock.move(days=-365, hours=1)
    assert stopped(issued) == "clock_behind"
    clock.confirm(issued.opened, ACTOR)
    clock.check(issued.opened)
    issued.clock.move(days=2)
    clock.check(issued.opened)


def test_a_time_source_is_asked_when_the_clock_is_in_question(
    issued: DemoOffice, source: tuple[str, list[int]]
) -> None:
    address, asked = source
    changed = HomeSettings.model_validate(issued.home.settings.model_dump() | {"time_source": address})
    object.__setattr__(issued.home, "settings", changed)
    object.__setattr__(issued.opened.home, "settings", changed)
    clock.check(issued.opened)
    assert asked == []
    issued.clock.move(days=30)
    with pytest.raises(ConflictError) as caught:
        clock.check(issued.opened)
    assert "the time source says 2031" in str(caught.value)
    clock.check(issued.opened, ask=lambda _: issued.clock())
    with pytest.raises(ConflictError):
        clock.check(issued.opened, ask=lambda _: None)
    assert asked == [1]


@pytest.fixture
def source() -> Iterator[tuple[str, list[int]]]:
    """A server of another time, and how often it was asked."""
    asked: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(1)
            self.send_response_only(200)
            self.send_header("Date", format_datetime(datetime(2031, 1, 1, tzinfo=UTC), usegmt=True))
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_source_that_is_not_there_says_nothing() -> None:
    assert clock.ask_source("http://127.0.0.1:1/") is None
    assert timedelta(0) < clock.MOST_BEHIND < clock.MOST_AHEAD
