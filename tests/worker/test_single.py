"""On PostgreSQL one process publishes a register, from whatever machine, and one that lost its place writes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text

from issuer.db.leases import LeaseLostError
from issuer.db.outbox import Topic
from issuer.db.single import Single
from issuer.errors import ConflictError
from issuer.issuing.issuer import Run
from issuer.issuing.storing import Storing
from issuer.worker import worker as workers
from tests.support.databases import POSTGRESQL, opened, place_of
from tests.support.office import DemoOffice
from tests.worker.test_machine import asked, assert_issued, served

__all__ = ["asked"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("dialect"),
    pytest.mark.parametrize("dialect", [POSTGRESQL], indirect=True, scope="session"),
]


@pytest.fixture
def elsewhere(issued: DemoOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoOffice]:
    """The home on another machine, with the same register."""
    monkeypatch.setattr(workers, "NOTICED_SECONDS", 0.1)
    other = DemoOffice.open(Path(shutil.copytree(issued.home.directory, tmp_path / "elsewhere")), issued.clock())
    yield other
    other.close()


def cut(demo: DemoOffice) -> None:
    """End all connections to the register but one, as a network does, or a server that starts anew."""
    with demo.opened.register.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_a_second_machine_is_not_the_worker_meanwhile(issued: DemoOffice, elsewhere: DemoOffice) -> None:
    with issued.worker():
        with pytest.raises(ConflictError) as caught:
            elsewhere.worker()
        assert caught.value.code == "worker_running"
    with elsewhere.worker():
        pass


def test_one_whose_connection_was_cut_takes_its_place_again(issued: DemoOffice, elsewhere: DemoOffice) -> None:
    with issued.worker() as worker:
        cut(elsewhere)
        issued.opened.register.engine.dispose()
        assert worker.publish_changes(even_without=True).published is not None
        with pytest.raises(ConflictError):
            elsewhere.worker()
        assert worker.publish_changes(even_without=True).published is not None


def test_one_that_lost_its_place_publishes_nothing(issued: DemoOffice, elsewhere: DemoOffice) -> None:
    """Another machine publishes by now: the first one is told, and what it was about to write is refused."""
    with issued.worker() as worker:
        cut(elsewhere)
        issued.opened.register.engine.dispose()
        with elsewhere.worker():
            with pytest.raises(ConflictError) as caught:
                worker.publish_changes(even_without=True)
            assert caught.value.code == "worker_running"
            with pytest.raises(LeaseLostError):
                worker.publishing.publish_changes(even_without=True)
        assert worker.publish_changes(even_without=True).published is not None


def test_the_lock_is_free_when_its_holder_releases_it(issued: DemoOffice) -> None:
    first, second = Single(issued.opened.register.engine), Single(issued.opened.register.engine)
    assert first.take()
    assert first.take()
    assert not second.take()
    assert (first.is_held(), second.is_held()) == (True, False)
    first.release()
    assert second.take()
    second.release()


def cut_all(demo: DemoOffice) -> None:
    """End every connection to the register, as a server does that starts anew."""
    place = place_of(demo.home)
    assert isinstance(place, URL)
    with opened(place) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("where", ["between transactions", "in a transaction"])
def test_a_connection_that_is_cut(asked: DemoOffice, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """The database was started anew: what was under way is rolled back, and the next round goes on."""
    owner, name = (Run, "store") if where == "between transactions" else (Storing, "store")
    real = getattr(owner, name)
    calls = 0

    def cutting(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            cut_all(asked)
        return real(*given, **named)

    monkeypatch.setattr(owner, name, cutting)
    assert served(asked, Topic.ISSUE, lambda: None) == ["database_unreachable"]
    assert calls == 4, "three pieces, and one of them twice"
    assert_issued(asked)
