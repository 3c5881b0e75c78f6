"""On PostgreSQL a process has a role: a worker's issues and withdraws and drops no trigger, a reader's only reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from issuer.db import tries
from issuer.db.digests import TABLES
from issuer.db.migrations.roles import APPENDED, READER, REMOVED_FROM, UNLOCK, UNLOCK_MAY, WORKER
from issuer.db.sessions import Register
from issuer.errors import NotAllowedError
from issuer.home import machine
from issuer.home.holders import read_settings
from issuer.services import certificates, claims
from issuer.services.claims import Wanted
from issuer.unlock.running import service_of
from tests.support import postgresql
from tests.support.clock import NOW
from tests.support.databases import POSTGRESQL, name_database, opened, place_of
from tests.support.office import ACTOR, APPROVED, OTHER_LIST, DemoOffice, batch_drafts

pytestmark = [
    pytest.mark.usefixtures("dialect"),
    pytest.mark.parametrize("dialect", [POSTGRESQL], indirect=True, scope="session"),
]
KEPT = {*APPENDED, "certificates", "events", "publications"}


def as_role(place: URL, role: str) -> URL:
    """The address of a database for a member of a role."""
    return place.update_query_dict({"options": f"-c role={role}"})


@pytest.fixture
def place(issued: DemoOffice) -> Iterator[URL]:
    """The office's database, with all roles, upgraded by its owner."""
    found = place_of(issued.home)
    assert isinstance(found, URL)
    issued.close()
    with opened(found) as connection:
        for role in (WORKER, READER, UNLOCK):
            connection.execute(f"CREATE ROLE {role} NOLOGIN".encode())
    Register.create(found).close()
    yield found
    postgresql.running().drop(found)
    with postgresql.running().connect("postgres") as connection:
        for role in (WORKER, READER, UNLOCK):
            connection.execute(f"DROP ROLE {role}".encode())


@pytest.mark.slow
def test_a_worker_does_all_that_an_office_does(issued: DemoOffice, place: URL) -> None:
    name_database(issued.home.directory, as_role(place, WORKER))
    office = DemoOffice.open(issued.home.directory, issued.clock.move(minutes=1))
    with office.opened.register.read() as session:
        assert session.scalar(text("SELECT current_user")) == WORKER
    office.issue(office.approved(OTHER_LIST))
    office.change(office.certificates()[0].number)
    retired = "SELECT count(*) FROM retired_files WHERE retired_at < ?"
    assert office.raw(retired, "2026-11-22") != [(0,)]
    office.clock.move(days=8)
    with office.worker() as worker:
        worker.publish_changes(even_without=True)
    assert office.raw(retired, "2026-11-22") == [(0,)], "their rows went"
    certificates.shown(office.opened, ACTOR, office.certificates()[0].number)
    assert office.outcomes()["withdrawn"] == 1
    office.close()


def test_a_worker_alters_no_table_and_undoes_nothing(place: URL) -> None:
    register = Register.open(as_role(place, WORKER))
    with register.read() as session:
        tables = set(session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    assert {*KEPT, *REMOVED_FROM} < tables
    wanted = [f"TRUNCATE {table}" for table in tables]
    wanted += [f"DELETE FROM {table}" for table in tables - set(REMOVED_FROM)]
    wanted += [f'UPDATE {table} SET "{COLUMNS[table]}" = "{COLUMNS[table]}"' for table in APPENDED]
    wanted += ["ALTER TABLE audit DISABLE TRIGGER ALL", "DROP TRIGGER audit_no_update ON audit", "DROP TABLE audit"]
    wanted += [
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION audit_no_update() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "UPDATE alembic_version SET version_num = 'x'",
    ]
    for statement in wanted:
        with pytest.raises(DBAPIError) as caught, register.write() as session:
            session.execute(text(statement))
        found = machine.known(caught.value)
        assert found is not None, statement
        assert found.code == "not_writable", statement
    register.close()


COLUMNS = {table.name: list(table.columns)[-1].name for table in TABLES}
"""Of each table that is appended only, one."""


def test_a_reader_reads(place: URL) -> None:
    register = Register.open(as_role(place, READER))
    with register.read() as session:
        assert session.scalar(text("SELECT count(*) FROM certificates")) == 24
    with pytest.raises(DBAPIError) as caught, register.write() as session:
        session.execute(text("INSERT INTO regions VALUES ('990900', 'x')"))
    found = machine.known(caught.value)
    assert found is not None
    assert found.code == "not_writable"
    register.close()


@pytest.mark.slow
def test_the_unlock_service_lets_holders_in_and_changes_nothing_else(issued: DemoOffice, place: URL) -> None:
    office = DemoOffice.open(issued.home.directory, issued.clock.now)
    slip = claims.make(office.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True).slips[0]
    draft = next(each for each in batch_drafts(office, APPROVED) if each.name == slip.name)
    office.close()
    name_database(issued.home.directory, as_role(place, UNLOCK))
    office = DemoOffice.open(issued.home.directory, issued.clock.now)
    service = service_of(office.opened, read_settings(office.home))
    said = {"id_type": draft.id_type.word, "id_number": draft.id_number}
    with pytest.raises(NotAllowedError):
        service.asked("code", said | {"code": "2222-2222-2222"})
    signed_in = service.asked("code", said | {"code": slip.code})
    assert isinstance(signed_in, dict)
    view = service.asked("view", {"ticket": signed_in["ticket"]})
    assert isinstance(view, dict)
    assert view["name"] == draft.name
    with office.opened.register.write() as session:
        tries.begin_sign_in(session, bytes(32), now=issued.clock.now, expires=issued.clock.move(minutes=1))
    with office.opened.register.write() as session:
        assert tries.use_sign_in(session, bytes(32), now=NOW)
    service.asked("end", {"ticket": signed_in["ticket"]})
    register = office.opened.register
    with register.read() as session:
        tables = set(session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    wanted = [f"DELETE FROM {table}" for table in tables - {"ended_sessions", "sign_ins"}]
    wanted += [f"INSERT INTO {table} DEFAULT VALUES" for table in tables - UNLOCK_MAY.keys()]
    wanted += ["UPDATE certificates SET state = state", "UPDATE holders SET contact = contact"]
    wanted += ["UPDATE claim_codes SET digest = digest", "UPDATE claim_codes SET expires = expires"]
    wanted += ["UPDATE audit SET actor = actor", "INSERT INTO claim_codes DEFAULT VALUES"]
    for statement in wanted:
        with pytest.raises(DBAPIError) as caught, register.write() as session:
            session.execute(text(statement))
        found = machine.known(caught.value)
        assert found is not None, statement
        assert found.code == "not_writable", statement
    office.close()
