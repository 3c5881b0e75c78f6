"""The engine: one way to open the register, with the settings that durability and erasure need.

Rules on SQLite: WAL, so that readers never wait; ``synchronous=FULL``, so that a committed number survives a power cut;
foreign keys on; ``secure_delete``, so that a deleted data key is overwritten; the file is 0600. Transactions are opened
by us, because the driver's own rules would open them late: writing ones as ``BEGIN IMMEDIATE``, so that two
writers queue at the start instead of failing at the end. Reading transactions cannot write: ``query_only`` on
SQLite, ``READ ONLY`` on PostgreSQL. Another database is refused: it would have none of this.

    engine = open_engine(Path("home/register.sqlite3"))
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from issuer.db.address import supported
from issuer.errors import InputError, NotFoundError

BUSY_MILLISECONDS: Final = 30_000
"""How long a writer waits for another: longer than any one transaction of ours takes."""
_ENCODING: Final = "UTF8"
"""What PostgreSQL calls UTF-8."""
_CACHE_KIBIBYTES: Final = 32 << 10
"""Of pages in memory. New rows go to random places of a dozen indexes; with the usual 2 MiB each is read again."""
_LOG_PAGES: Final = 8 << 10
"""32 MiB of the log, after which it is put into the file; usual are 4 MiB, which is less than two chunks of a list."""
WRITES: Final = "titlecert_writes"
"""The execution option that marks a connection as a writer's."""


def open_engine(register: Path | URL) -> Engine:
    """Return an engine for a SQLite file (made, 0600, when missing) or for the address of a database.

    Raises:
        InputError: ``database_dialect``, ``database_address``: it is neither SQLite nor PostgreSQL;
            ``database_encoding``: it does not keep texts in UTF-8.
        NotFoundError: ``database_unreachable``.
        ModuleNotFoundError: psycopg is not installed.
    """
    if isinstance(register, Path):
        return _open_file(register)
    address = supported(register)
    return _open_file(Path(str(address.database))) if address.drivername == "sqlite" else _open_server(address)


def _open_file(path: Path) -> Engine:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _open_server(address: URL) -> Engine:
    engine = create_engine(address, use_native_hstore=False)  # no column has this type, so it is not looked up
    event.listen(engine, "connect", _wait_no_longer)
    try:
        with engine.connect() as connection:
            encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar_one())
    except OperationalError as error:
        raise NotFoundError("database_unreachable", f"the database of the register: {error.orig}") from error
    if encoding != _ENCODING:
        engine.dispose()
        raise InputError("database_encoding", f"the database keeps texts in {encoding}, not UTF-8", found=encoding)
    return engine


def for_writing(engine: Engine) -> Engine:
    """Return the engine (same pool) whose transactions write.

    On PostgreSQL ``READ COMMITTED``, whatever the server has by default: a writer reads, after it waited for its turn,
    what the one before it left.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)
    return engine.execution_options(**{WRITES: True})


def for_reading(engine: Engine) -> Engine:
    """Return the engine (same pool) whose transactions see one state and cannot write."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(**{WRITES: False})


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # the driver opens no transactions; _begin does
    for setting in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
        f"cache_size={-_CACHE_KIBIBYTES}",
        f"wal_autocheckpoint={_LOG_PAGES}",
    ):
        connection.execute(f"PRAGMA {setting}")


def _wait_no_longer(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Let a writer wait for another as long as on SQLite, and then report that the register is held."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {BUSY_MILLISECONDS}")
    cursor.close()
    connection.commit()


def _begin(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get(WRITES, False))
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
