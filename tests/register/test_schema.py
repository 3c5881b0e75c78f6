"""The tables: migrations make what the models say, and the database itself refuses what must not happen."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.schema import CreateTable

from issuer.db.certificates import next_serials
from issuer.db.engine import open_engine
from issuer.db.models import AuditRow, RegionRow, Row
from issuer.db.sessions import Register
from issuer.errors import ConflictError, NotFoundError
from tests.register.conftest import AUTHORITY, Office
from tests.support.clock import NOW

pytestmark = pytest.mark.postgres


@pytest.mark.slow
def test_migrations_make_exactly_what_the_models_say(register: Register) -> None:
    with register.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []


def test_every_constraint_has_a_name_so_that_migrations_can_reach_it() -> None:
    unnamed = [
        (table.name, constraint)
        for table in Row.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []


def test_the_tables_can_be_written_for_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statements = [str(CreateTable(table).compile(dialect=dialect)) for table in Row.metadata.sorted_tables]
    assert all("TIMESTAMP WITH TIME ZONE" in each for each in statements if "CREATE TABLE audit (" in each)


@pytest.mark.sqlite
def test_the_settings_that_durability_needs_are_on(register: Register) -> None:
    with register.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 30000,
    }


@pytest.mark.slow
def test_the_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    Register.create(tmp_path / "r.sqlite3").close()
    assert stat.S_IMODE((tmp_path / "r.sqlite3").stat().st_mode) == 0o600


@pytest.mark.sqlite
@pytest.mark.slow
def test_opening_refuses_old_and_newer_tables(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as none:
        Register.open(tmp_path / "empty.sqlite3")
    assert none.value.code == "no_register"
    register = Register.create(tmp_path / "r.sqlite3")
    with register.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0022_photos'"))
    with pytest.raises(ConflictError) as old:
        Register.open(tmp_path / "r.sqlite3")
    assert (old.value.code, old.value.fields["found"]) == ("old_register", "0022_photos")
    with register.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    for act in (Register.open, Register.create):
        with pytest.raises(ConflictError) as newer:
            act(tmp_path / "r.sqlite3")
        assert newer.value.code == "newer_register"
    register.close()


@pytest.mark.sqlite
@pytest.mark.slow
def test_a_second_upgrade_changes_nothing(tmp_path: Path) -> None:
    Register.create(tmp_path / "r.sqlite3").close()
    Register.create(tmp_path / "r.sqlite3").close()
    Register.open(tmp_path / "r.sqlite3").close()


def test_a_reading_session_cannot_write(register: Register) -> None:
    with register.read() as session, pytest.raises(DBAPIError, match=r"read-?only"):
        session.execute(text("INSERT INTO regions VALUES ('990000', '示范省')"))


def test_services_cannot_commit(register: Register) -> None:
    with register.write() as session, pytest.raises(RuntimeError, match="unit of work"):
        session.commit()


def test_an_error_rolls_everything_back(register: Register) -> None:
    def fail_halfway() -> None:
        with register.write() as session:
            session.add(RegionRow(code="990000", name="示范省"))
            session.flush()
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail_halfway()
    with register.read() as session:
        assert session.get(RegionRow, "990000") is None


def test_instants_come_back_aware_and_naive_ones_are_refused(office: Office) -> None:
    shanghai = datetime.fromisoformat("2026-11-21T10:00:00+08:00")
    with office.register.read() as session:
        assert session.get_one(AuditRow, 1).at == shanghai == NOW
        assert session.get_one(AuditRow, 1).at.tzinfo is UTC
    with pytest.raises(StatementError, match="time zone"), office.register.write() as session:
        session.execute(update(AuditRow).values(at=datetime(2026, 1, 1)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE id = 1",
        "DELETE FROM audit WHERE id = 1",
        "UPDATE audit_chain SET hash = previous WHERE ordinal = 1",
        "DELETE FROM audit_chain WHERE ordinal = 1",
        "INSERT INTO authorities (id) VALUES ('x')",
        "UPDATE authorities SET region_code = '123456'",
        "UPDATE authorities SET state = 'imaginary'",
        "UPDATE deployment SET one = 2",
    ],
)
def test_the_database_itself_refuses(office: Office, statement: str) -> None:
    with pytest.raises((IntegrityError, DBAPIError)), office.register.write() as session:
        session.execute(text(statement))


def test_writers_queue_and_no_number_is_lost_or_doubled(office: Office) -> None:
    taken: list[int] = []

    def take_some() -> None:
        for _ in range(10):
            with office.register.write() as session:
                taken.extend(next_serials(session, 1, authority=AUTHORITY.id, scope="2026"))

    threads = [threading.Thread(target=take_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 41))


def test_an_engine_makes_its_file_where_it_is_told(tmp_path: Path) -> None:
    open_engine(tmp_path / "here.sqlite3").dispose()
    assert (tmp_path / "here.sqlite3").exists()
