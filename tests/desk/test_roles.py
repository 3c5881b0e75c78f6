"""On PostgreSQL the desk has a role: it works with its own tables, and reads and writes nothing of the register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from issuer.db.migrations.roles import WORKER
from issuer.db.sessions import Register
from issuer.desk.db.store import DESK_ROLE, DeskStore
from issuer.errors import NotFoundError
from tests.support import postgresql
from tests.support.databases import POSTGRESQL, new_place, opened
from tests.support.desks import LI, StandIn

pytestmark = [
    pytest.mark.usefixtures("dialect"),
    pytest.mark.parametrize("dialect", [POSTGRESQL], indirect=True, scope="session"),
]
REGISTER = ("certificates", "events", "statements", "holders", "awards", "audit", "claim_codes", "holder_requests")


def as_role(place: URL, role: str) -> URL:
    """The address of a database for a member of a role."""
    return place.update_query_dict({"options": f"-c role={role}"})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[URL]:
    """A database with a register and a desk, made by its owner, and both roles."""
    found = new_place(POSTGRESQL, tmp_path)
    assert isinstance(found, URL)
    with opened(found) as connection:
        for role in (WORKER, DESK_ROLE):
            connection.execute(f"CREATE ROLE {role} NOLOGIN".encode())
    Register.create(found).close()
    DeskStore.create(found).close()
    yield found
    postgresql.running().drop(found)
    with postgresql.running().connect("postgres") as connection:
        for role in (WORKER, DESK_ROLE):
            connection.execute(f"DROP ROLE {role}".encode())


def refused(store: DeskStore, statement: str) -> bool:
    with pytest.raises(DBAPIError) as error, store.engine.begin() as connection:
        connection.execute(text(statement))
    return "permission denied" in str(error.value) or "must be owner" in str(error.value)


@pytest.mark.slow
def test_the_desk_works_with_its_own_tables_and_touches_nothing_else(place: URL) -> None:
    desk = StandIn(as_role(place, DESK_ROLE))
    li = desk.visitor()
    li.sign_in(LI)
    asked = li.post("/requests/new/correction", {"text": "请更正"})
    assert li.get(asked.headers["location"]).status_code == 200
    assert li.post(f"{li.page_of('99000020262000009')}/document").status_code == 303
    assert li.post("/sign-out").status_code == 200
    for table in REGISTER:
        assert refused(desk.store, f"SELECT * FROM public.{table}")
        assert refused(desk.store, f"DELETE FROM public.{table}")
    for statement in ("UPDATE desk.version SET number = 2", "DROP TABLE desk.jobs", "CREATE TABLE desk.other (a int)"):
        assert refused(desk.store, statement)
    desk.close()


@pytest.mark.slow
def test_a_desk_that_its_owner_did_not_make_is_told(place: URL) -> None:
    with opened(place) as connection:
        connection.execute("DROP SCHEMA desk CASCADE")
    with pytest.raises(NotFoundError) as error:
        StandIn(as_role(place, DESK_ROLE))
    assert error.value.code == "no_desk"
    DeskStore.create(place).close()
    StandIn(as_role(place, DESK_ROLE)).close()


@pytest.mark.slow
def test_the_worker_marks_jobs_and_requests_and_makes_no_session(place: URL) -> None:
    store = DeskStore.open(as_role(place, WORKER))
    with store.write() as connection:
        connection.execute(text("UPDATE desk.jobs SET state = 'done'"))
        connection.execute(text("UPDATE desk.requests SET state = 'received'"))
    for statement in (
        "INSERT INTO desk.jobs (id) VALUES ('a')",
        "DELETE FROM desk.sessions",
        "UPDATE desk.sessions SET ended = NULL",
    ):
        assert refused(store, statement)
    store.close()
