"""A register moves to another database: whole or not at all, and nobody goes on with the old one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from issuer.audit import append, verify_chain
from issuer.db import moving as copying
from issuer.db.bulk import insert_many
from issuer.db.sessions import Register
from issuer.errors import ConflictError, InputError, NotFoundError, TamperedError
from issuer.home.paths import Home
from issuer.office.values import Region
from issuer.services import moving, regions
from tests.support import postgresql
from tests.support.databases import POSTGRESQL, SQLITE, opened, tamper
from tests.support.office import ACTOR, OTHER_LIST, DemoOffice

pytestmark = pytest.mark.sqlite


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def target() -> URL:
    """An empty database."""
    return postgresql.running().new_database()


def quiet(*_: object) -> None:
    """Tell nobody."""


def move(demo: DemoOffice, to: URL | str) -> moving.Moved:
    """Plan and move."""
    words = to if isinstance(to, str) else to.render_as_string()
    return moving.move(demo.opened, ACTOR, moving.plan(demo.opened, words), quiet)


def again(demo: DemoOffice) -> DemoOffice:
    """The same home, opened anew as its settings say."""
    demo.close()
    return DemoOffice.open(demo.home.directory, demo.clock.move(minutes=1))


def refused(demo: DemoOffice, to: URL | str, code: str, kind: type[Exception] = ConflictError) -> None:
    """Nothing moves, and the settings stay."""
    before = (demo.home.directory / "home.json").read_bytes()
    with pytest.raises(kind) as caught:
        move(demo, to)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert (demo.home.directory / "home.json").read_bytes() == before


def tables_of(place: URL) -> list[tuple[Any, ...]]:
    with opened(place) as connection:
        return connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()


@pytest.mark.slow
def test_every_row_arrives_and_work_goes_on_there(issued: DemoOffice, target: URL) -> None:
    before = issued.certificates()
    moved = move(issued, target)
    office = again(issued)
    assert office.opened.register.engine.dialect.name == POSTGRESQL
    assert office.certificates() == before
    assert sum(each.rows for each in moved.digests) == moved.plan.rows + 2, "and that it began to move, in its place"
    with office.opened.register.read() as session:
        assert copying.digests(session.connection(), quiet) == moved.digests
        verify_chain(session)
    office.issue(office.approved(OTHER_LIST))
    office.change(before[0].number)
    assert office.outcomes()["withdrawn"] == 1
    office.close()


def test_a_plan_says_what_there_is_and_changes_nothing(founded: DemoOffice, target: URL) -> None:
    plan = moving.plan(founded.opened, target.render_as_string())
    assert plan.source == str(founded.home.register)
    with founded.opened.register.read() as session:
        assert plan.rows == sum(each.rows for each in copying.digests(session.connection(), quiet))
    assert not plan.is_copied
    assert tables_of(target) == []
    assert Home.open(founded.home.directory).settings.database == ""


@pytest.mark.slow
def test_nobody_goes_on_with_the_old_register(founded: DemoOffice, target: URL) -> None:
    waiting = Register.open(founded.home.register)
    move(founded, target)
    with pytest.raises(ConflictError) as caught:
        Register.open(founded.home.register)
    assert caught.value.code == "register_moved"
    with pytest.raises(DBAPIError, match="the register was moved"), waiting.write() as session:
        append(session, actor="clerk1", act="batch.submit", subject="sf-rst-0001", now=founded.clock())
    waiting.close()


def move_and_die(demo: DemoOffice, target: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    """Move, and be killed when all is copied and the settings are about to change."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Home, "with_database", die)
        with pytest.raises(Killed):
            move(demo, target)


@pytest.mark.slow
def test_a_run_that_was_killed_before_the_settings_changed_is_finished(
    founded: DemoOffice, target: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_and_die(founded, target, monkeypatch)
    founded = again(founded)
    assert founded.opened.register.engine.dialect.name == SQLITE
    plan = moving.plan(founded.opened, target.render_as_string())
    assert plan.is_copied
    moving.move(founded.opened, ACTOR, plan, quiet)
    office = again(founded)
    assert office.opened.register.engine.dialect.name == POSTGRESQL
    assert office.raw("SELECT count(*) FROM audit WHERE act = 'register.move'") == [(1,)]
    office.close()


@pytest.mark.slow
def test_a_run_that_was_killed_while_it_copied_begins_anew(
    issued: DemoOffice, target: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual: Callable[..., None] = insert_many

    def die(connection: Any, into: Any, *rest: Any) -> None:
        usual(connection, into, *rest)
        if into.name == "certificates":
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(copying, "insert_many", die)
        with pytest.raises(Killed):
            move(issued, target)
    assert tamper(target, "SELECT count(*) FROM certificates") == [(0,)]
    office = again(issued)
    move(office, target)
    office = again(office)
    assert len(office.certificates()) == 24
    office.close()


@pytest.mark.slow
def test_work_that_went_on_after_a_killed_run_is_not_lost(
    founded: DemoOffice, target: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_and_die(founded, target, monkeypatch)
    regions.add(founded.opened, ACTOR, Region(code="990200", name="示范二市"))
    refused(founded, target, "target_not_empty")


@pytest.mark.slow
def test_a_copy_that_differs_is_undone(founded: DemoOffice, target: URL) -> None:
    """A database that changes what it is given, here by a trigger of somebody else's."""
    Register.create(target).close()
    with opened(target) as connection:
        connection.execute(
            "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.name := NEW.name || ' '; RETURN NEW; END $$"
        )
        connection.execute("CREATE TRIGGER other BEFORE INSERT ON regions FOR EACH ROW EXECUTE FUNCTION other()")
    with pytest.raises(TamperedError) as caught:
        move(founded, target)
    assert (caught.value.code, caught.value.fields["table"]) == ("copy_differs", "regions")
    assert tamper(target, "SELECT count(*) FROM audit") == [(0,)]
    assert Home.open(founded.home.directory).settings.database == ""
    assert again(founded).raw("SELECT count(*) FROM regions") != [(0,)]


@pytest.mark.slow
def test_a_database_that_holds_something_is_refused(founded: DemoOffice, target: URL) -> None:
    with opened(target) as connection:
        connection.execute("CREATE TABLE invoices (id integer)")
    refused(founded, target, "target_not_empty")
    other = postgresql.running().new_database()
    register = Register.create(other)
    with register.write() as session:
        session.execute(text("INSERT INTO regions VALUES ('990000', '示范省')"))
    register.close()
    refused(founded, other, "target_not_empty")


@pytest.mark.parametrize(
    ("to", "code", "kind"),
    [
        ("sqlite:///register.sqlite3", "same_database", ConflictError),
        ("postgresql://titlecert:Geheim9@127.0.0.1:1/x", "database_password", InputError),
        ("mysql://127.0.0.1/x", "database_dialect", InputError),
        ("postgresql://titlecert@127.0.0.1:1/x", "database_unreachable", NotFoundError),
    ],
)
def test_an_address_that_does_not_do_is_refused(founded: DemoOffice, to: str, code: str, kind: type[Exception]) -> None:
    refused(founded, to, code, kind)


@pytest.mark.slow
def test_a_register_moves_back_into_a_file(issued: DemoOffice, target: URL) -> None:
    there = move(issued, target)
    office = again(issued)
    back = move(office, "sqlite:///back.sqlite3")
    office = again(office)
    assert office.opened.register.engine.url.database == str(office.home.directory / "back.sqlite3")
    same = {each.table for each in there.digests} - {"audit", "alembic_version"}
    assert {each for each in there.digests if each.table in same} == {
        each for each in back.digests if each.table in same
    }
    office.issue(office.approved(OTHER_LIST))
    office.close()
