"""Registers on either database: made, copied, and changed as somebody changes them who owns the database.

Rules: a test that says something about the register takes ``dialect``, mostly through a fixture that makes a register
or a home; it runs on SQLite, marked ``postgres`` on PostgreSQL too, and with ``--database`` on the one that is named. A
place is a SQLite file or the address of a database. A statement of a test is written in SQLite's words, for both.

    place = new_place(dialect, tmp_path)
    Register.create(place).close()
    other = copy_place(place, tmp_path / "other")
    tamper(other, "UPDATE audit SET actor = ? WHERE id = 1", "nobody")
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, text

from issuer.db import migrate
from issuer.db.digests import TABLES, rows_of
from issuer.db.engine import for_writing, open_engine
from issuer.db.moving import copy_all
from issuer.db.sessions import Register
from issuer.home.paths import FILE, Home
from tests.support import postgresql, registers

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
Place = Path | URL
_T = TypeVar("_T")
_made: Final[dict[tuple[str, str], Any]] = {}
"""What this process made, by name and database: pytest forgets a fixture of a run when the database changes."""
_FILE: Final = "register.sqlite3"
_BYTES: Final = re.compile(r"\bx'([0-9A-Fa-f]*)'")
_ZEROS: Final = re.compile(r"\bzeroblob\(([^()]+)\)")
_NAMED: Final = re.compile(r"(?<![:\w]):([a-z_]+)\b")


def new_place(dialect: str, folder: Path) -> Place:
    """Where a register can be made: a file in a folder that is there, or a new database."""
    return folder / _FILE if dialect == SQLITE else postgresql.running().new_database()


def copy_place(made: Place, folder: Path) -> Place:
    """Copy a register that nobody has open, and return the copy's place."""
    if isinstance(made, Path):
        return Path(shutil.copy(made, folder / _FILE))
    return postgresql.running().new_database(template=made)


def write_over(place: Place, made: Place) -> None:
    """Put a copy of a register in the place of another; nobody has either open."""
    if isinstance(made, Path):
        assert isinstance(place, Path)
        shutil.copy(made, place)
        return
    assert isinstance(place, URL)
    server = postgresql.running()
    server.drop(place)
    server.new_database(template=made, name=str(place.database))


def made_once(name: str, dialect: str, factory: pytest.TempPathFactory, make: Callable[[Path], _T]) -> _T:
    """Make something to copy, once for a process and a database, in a folder of its own."""
    key = (name, dialect)
    if key not in _made:
        _made[key] = make(factory.mktemp(name.replace(" ", "-")))
    made: _T = _made[key]
    return made


def empty_place(dialect: str, factory: pytest.TempPathFactory) -> Place:
    """A register without rows, to copy: migrating is the slow part."""

    def make(folder: Path) -> Place:
        place = new_place(dialect, folder)
        Register.create(place).close()
        return place

    return made_once("empty", dialect, factory, make)


def move_home(home: Path, directory: Path, empty: Place) -> None:
    """Copy a home whose register is in a file, with its register moved to a copy of an empty one."""
    shutil.copytree(home, directory)
    place = copy_place(empty, directory)
    source, target = Register.open(directory / _FILE), Register.open(place)
    with source.read() as old, target.write() as new:
        copy_all(old.connection(), new.connection(), lambda *_: None)
    for register in (source, target):
        register.close()
    (directory / _FILE).unlink()
    name_database(directory, place)


def copy_home(home: Path, directory: Path) -> Path:
    """Copy a home that nobody has open, with its register, and return the copy's directory."""
    shutil.copytree(home, directory)
    place = Home.open(home).database({})
    if isinstance(place, URL):
        name_database(directory, copy_place(place, directory))
    return directory


def name_database(directory: Path, place: Place) -> None:
    """Write the address of a register on a server into the settings of a home."""
    assert isinstance(place, URL)
    file = directory / FILE
    settings = json.loads(file.read_bytes()) | {"database": place.render_as_string()}
    file.write_text(f"{json.dumps(settings, indent=2)}\n", encoding="utf-8")


def place_of(home: Home) -> Place:
    """Where the register of a home is."""
    return home.database({})


def tamper(place: Place, statement: str, /, *values: object, **named: object) -> list[tuple[Any, ...]]:
    """Do what somebody does who owns the database, whom no trigger and no reference stops; return the rows.

    Args:
        place: of the register.
        statement: in SQLite's words, with ``?`` or with ``:name``.
        values: for each ``?``.
        named: for each ``:name``.
    """
    if isinstance(place, URL):
        return _tamper_on_server(place, statement, named or values)
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("BEGIN")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        found = connection.execute(statement, named or values).fetchall()
        for _, made in triggers:
            connection.execute(made)
        return found


def everything(register: Register) -> list[str]:
    """Every row of a register as a line, with the name of its table in front."""
    with register.read() as session:
        connection = session.connection()
        return [f"{table.name} {tuple(row)}" for table in TABLES for row in rows_of(connection, table)]


def made_at(dialect: str, folder: Path, revision: str) -> Place:
    """A register as a program made it whose newest migration was this one."""
    place = new_place(dialect, folder)
    _migrate(place, command.upgrade, revision)
    return place


def downgrade(place: Place, revision: str) -> None:
    """Take the tables of a register that nobody has open back to an older version."""
    _migrate(place, command.downgrade, revision)


def _migrate(place: Place, step: Callable[[Config, str], object], revision: str) -> None:
    engine = open_engine(place)
    config = migrate._config()
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        step(config, revision)
    engine.dispose()


@contextmanager
def held(place: Place) -> Iterator[None]:
    """Hold a register so that nothing can be added to it, by the side of the programs of a test."""
    if isinstance(place, URL):
        with opened(place) as connection:
            connection.execute("LOCK TABLE audit, outbox IN EXCLUSIVE MODE")
            yield
        return
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def stored(place: Place) -> bytes:
    """The bytes that lie on the disk of a register, as somebody finds them who takes the disk away."""
    if isinstance(place, URL):
        return postgresql.running().stored(place)
    beside = place.with_name(f"{place.name}-wal")
    return b"\x00".join(path.read_bytes() for path in (place, beside))


def say(connection: Connection, statement: str) -> None:
    """Say a statement in SQLite's words to a register's own connection, whose triggers and references hold."""
    connection.exec_driver_sql(spoken(statement) if connection.dialect.name == POSTGRESQL else statement)


@contextmanager
def without_triggers(connection: Connection) -> Iterator[None]:
    """Let a transaction do what the triggers of its database refuse; on a server to its end."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        return
    triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, made in triggers:
        connection.exec_driver_sql(made)


def opened(place: URL) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection to a database on the server, by the side of the register's own; use it in a ``with`` block."""
    return postgresql.running().connect(str(place.database), options="-c timezone=UTC")


def spoken(statement: str) -> str:
    """A statement in SQLite's words as psycopg takes it."""
    changed = _BYTES.sub(r"'\\x\1'::bytea", statement.replace("%", "%%"))
    changed = _ZEROS.sub(r"decode(repeat('00', \1), 'hex')", changed).replace(" AS BLOB", " AS bytea")
    return _NAMED.sub(r"%(\1)s", changed).replace("?", "%s")


def _tamper_on_server(
    place: URL, statement: str, values: Sequence[object] | Mapping[str, object]
) -> list[tuple[Any, ...]]:
    with opened(place) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        found = connection.execute(spoken(statement).encode(), values)
        rows = [] if found.description is None else found.fetchall()
    return [tuple(map(_as_sqlite, row)) for row in rows]


def _as_sqlite(value: object) -> object:
    """A value as SQLite's driver gives it, so that a test reads the same on both."""
    match value:
        case bool():
            return int(value)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        case date():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value)
    return value


@pytest.fixture(autouse=True)
def databases_go() -> Iterator[None]:
    """Drop the databases that a test made on the server."""
    before = set(postgresql.running().made) if postgresql.running.cache_info().currsize else set()
    yield
    if postgresql.running.cache_info().currsize:
        registers.close_all()
        server = postgresql.running()
        for place in [each for each in server.made if each not in before]:
            server.drop(place)
