"""Opening the desk's database: a SQLite file of its own, or the schema ``desk`` of a PostgreSQL database.

Rules: it is never the register's file and has no table of it. On SQLite the file is 0600, what is deleted is
overwritten, and readers never wait. On PostgreSQL the owner makes the schema once; the desk connects as a member of
``titlecert_desk``, which may touch these tables and nothing of the register, and the worker as ``titlecert_worker``,
which may read sessions, and read and mark jobs and requests.

    store = DeskStore.create(Path("home/desk.sqlite3"))
    with store.write() as connection:
        ...
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import ConnectionPoolEntry

from issuer.desk.db import tables
from issuer.errors import ConflictError, MachineError, NotFoundError

SCHEMA: Final = "desk"
DESK_ROLE: Final = "titlecert_desk"
_WORKER_ROLE: Final = "titlecert_worker"
_BUSY: Final = 20_000
"""Milliseconds that a writer waits for another: longer than any one transaction here takes."""
_WRITES: Final = "titlecert_desk_writes"
_POOL: Final = 40
"""Connections: as many as requests run at once."""


class DeskStore:
    """The desk's database as a process holds it. ``read()`` and ``write()`` are its transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def create(cls, place: Path | URL) -> Self:
        """Open the database and make its tables where there are none; on a server as the owner of the database.

        Raises:
            NotFoundError: ``no_desk``: this user may not make it; the owner of the database does.
            ConflictError: ``desk_version``: it was made by another version of this program.
            MachineError: ``desk_unreachable``.
        """
        store = cls(_engine(place))
        try:
            with store.write() as connection:
                _make(connection, is_server=store.is_server)
        except ProgrammingError as error:
            store.close()
            message = "this database holds no desk, and this user may not make it; its owner does"
            raise NotFoundError("no_desk", message) from error
        except BaseException:
            store.close()
            raise
        return store._checked()

    @classmethod
    def open(cls, place: Path | URL) -> Self:
        """Open a database that is there.

        Raises:
            NotFoundError: ``no_desk``: it was not made yet.
            ConflictError: ``desk_version``.
            MachineError: ``desk_unreachable``.
        """
        if isinstance(place, Path) and not place.exists():
            raise NotFoundError("no_desk", f"there is no desk at {place}", path=str(place))
        return cls(_engine(place))._checked()

    @property
    def is_server(self) -> bool:
        """Whether it is on PostgreSQL."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading. Raises MachineError ``desk_unreachable``."""
        with self._told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection for one transaction: committed at its end, undone by any error. Raises as ``read``."""
        with self._told(), self.engine.execution_options(**{_WRITES: True}).begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _checked(self) -> Self:
        """Return it, if its tables are of this program's version; what is refused keeps no connection."""
        try:
            self._check()
        except BaseException:
            self.close()
            raise
        return self

    def _check(self) -> None:
        with self._told(), self.engine.connect() as connection:
            names = inspect(connection).get_table_names(schema=SCHEMA if self.is_server else None)
            if tables.version.name not in names:
                raise NotFoundError("no_desk", "this database holds no desk")
            found = connection.scalar(select(tables.version.c.number))
        if found != tables.DESK_VERSION:
            message = f"the desk's database is of version {found}, this program needs {tables.DESK_VERSION}"
            raise ConflictError("desk_version", message, found=found, needed=tables.DESK_VERSION)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise MachineError("desk_unreachable", "the desk's database cannot be reached just now") from error


def _make(connection: Connection, *, is_server: bool) -> None:
    """Make what is missing: schema, tables, version, and what the roles may do."""
    if is_server:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    tables.metadata.create_all(connection)
    if connection.execute(select(tables.version)).first() is None:
        connection.execute(tables.version.insert().values(number=tables.DESK_VERSION))
    if is_server:
        _grant(connection)


def _engine(place: Path | URL) -> Engine:
    if isinstance(place, URL) and place.get_backend_name() == "postgresql":
        engine = create_engine(place, use_native_hstore=False, pool_size=_POOL, max_overflow=0)
        return engine.execution_options(schema_translate_map={None: SCHEMA})
    path = place if isinstance(place, Path) else Path(str(place.database))
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=_POOL, max_overflow=0)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # the driver opens no transactions; _begin does
    for setting in (
        f"busy_timeout={_BUSY}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get(_WRITES, False))
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _grant(connection: Connection) -> None:
    """Let the desk's role use its tables, and the worker's read sessions and mark what it did."""
    found = connection.scalars(
        text("SELECT rolname FROM pg_roles WHERE rolname IN (:desk, :worker)"),
        {"desk": DESK_ROLE, "worker": _WORKER_ROLE},
    ).all()
    for role in found:
        connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {role}"))
    if DESK_ROLE in found:
        for table in ("sessions", "begun", "jobs", "requests"):
            connection.execute(text(f"GRANT INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO {DESK_ROLE}"))
    if _WORKER_ROLE in found:
        for table in ("jobs", "requests"):
            connection.execute(text(f"GRANT UPDATE ON {SCHEMA}.{table} TO {_WORKER_ROLE}"))
