"""A register carried to another database: every table copied in one transaction, then read back and compared.

Rules: the source does not change meanwhile, because its writers wait. The target holds nothing before; what differs
after copying undoes everything. A register that was moved is marked, so that nobody goes on with the old one by
mistake: its tables count as of a version that no program has, and its audit takes no entry any more.

    with source.write() as old, target.write() as new:
        digests = copy_all(old.connection(), new.connection(), step)
    mark_moved(connection)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Integer, Table, column, delete, func, inspect, select, update
from sqlalchemy import table as sa_table

from issuer.db.bulk import insert_many
from issuer.db.digests import TABLES, Digest, TableDigest, digest_of, names_of, rows_of
from issuer.db.migrate import MOVED
from issuer.db.migrations.triggers import refuse
from issuer.db.models import AuditPendingRow
from issuer.errors import ConflictError, TamperedError

Step = Callable[[str, int, int], None]
"""Told of progress: the table, how many tables are done, of how many."""
_VERSIONS: Final = sa_table("alembic_version", column("version_num"))


def is_empty(connection: Connection) -> bool:
    """Whether no table of the register has a row."""
    there = set(inspect(connection).get_table_names())
    return not any(
        connection.scalar(select(func.count()).select_from(select(table).limit(1).subquery()))
        for table in TABLES
        if table.name in there
    )


def foreign_tables(connection: Connection) -> list[str]:
    """Return the names of tables that are none of the register's: another program lives in that database."""
    ours = {table.name for table in TABLES} | {_VERSIONS.name}
    return sorted(set(inspect(connection).get_table_names()) - ours)


def digests(connection: Connection, step: Step) -> tuple[TableDigest, ...]:
    """Return the digest of every table."""
    found = []
    for done, table in enumerate(TABLES):
        step(table.name, done, len(TABLES))
        found.append(digest_of(connection, table))
    return tuple(found)


def copy_all(source: Connection, target: Connection, step: Step) -> tuple[TableDigest, ...]:
    """Copy every table into a register without rows, compare, and return the digests.

    Args:
        source: in a transaction in which nothing changes.
        target: in a transaction that writes; the caller commits it.
        step: told of progress; each table counts twice, once for copying and once for comparing.

    Raises:
        TamperedError: ``copy_differs``: what was read back is not what was copied.
    """
    if target.dialect.name == "sqlite":
        target.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # rows of a table may refer to later ones
    copied = []
    for done, table in enumerate(TABLES):
        step(table.name, done, 2 * len(TABLES))
        if table is AuditPendingRow.__table__:
            target.execute(delete(table))  # a trigger filled it when the entries came
        digest = Digest(table)
        insert_many(target, table, names_of(table), _noted(rows_of(source, table), digest))
        copied.append(digest.end())
        number_on(target, table)
    for done, (table, digest_before) in enumerate(zip(TABLES, copied, strict=True)):
        step(table.name, len(TABLES) + done, 2 * len(TABLES))
        _require_equal(digest_before, digest_of(target, table))
    return tuple(copied)


def mark_moved(connection: Connection) -> None:
    """Let nobody go on with a register that was moved: not who opens it, nor who waits for their turn just now."""
    connection.execute(update(_VERSIONS).values(version_num=MOVED))
    with Operations.context(MigrationContext.configure(connection)):
        refuse("audit_moved", "audit", "INSERT", "the register was moved")


def _noted(rows: Iterator[Sequence[Any]], digest: Digest) -> Iterator[Sequence[Any]]:
    for row in rows:
        digest.add(row)
        yield row


def number_on(connection: Connection, table: Table) -> None:
    """Let a server number new rows from behind those that were put in; SQLite does by itself."""
    [*keys] = table.primary_key.columns
    if connection.dialect.name != "postgresql" or len(keys) != 1 or not isinstance(keys[0].type, Integer):
        return
    sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, keys[0].name)))
    highest = connection.scalar(select(func.max(keys[0])))
    if sequence is not None and highest is not None:
        connection.execute(select(func.setval(sequence, highest)))


def _require_equal(before: TableDigest, after: TableDigest) -> None:
    if before != after:
        message = f"table {before.table}: {before.rows} rows were copied and {after.rows} others are found; undone"
        raise TamperedError("copy_differs", message, table=before.table, rows=before.rows, found=after.rows)


def require_unused(connection: Connection) -> None:
    """Ask whether a database can take a register.

    Raises:
        ConflictError: ``target_not_empty``: there are rows, or tables of another program.
    """
    other = foreign_tables(connection)
    if other:
        message = f"the database holds tables of another program ({', '.join(other[:3])}); nothing was changed"
        raise ConflictError("target_not_empty", message, tables=tuple(other[:3]))
    if not is_empty(connection):
        raise ConflictError("target_not_empty", "the database holds a register already; nothing was changed")
