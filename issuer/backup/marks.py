"""Marks: which rows changed since the journal was last written, put down by triggers in the transaction that changes.

Rules: a home without a journal has no such trigger, and pays nothing. Where one is kept, every table of the register
has three, but for the tables of the journal itself. A mark names a row and holds none of its values; the journal reads
the row as it is when it is written. States of one register are put in order by an instant: a state whose ``low`` is not
less than another's ``high`` holds everything that the other does.

    install(connection)                    # in a transaction that writes; on PostgreSQL as the owner of the tables
    low, high = instant_of(connection)     # of the state that this transaction sees
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, LargeBinary, Table, select, text

from issuer.db.digests import TABLES
from issuer.db.models import JournalMarkRow, JournalRow, Row

OWN_TABLES: Final = frozenset({JournalRow.__tablename__, JournalMarkRow.__tablename__})
"""Tables that no journal holds."""
JOURNALED: Final[tuple[Table, ...]] = tuple(table for table in TABLES if table.name not in OWN_TABLES)
_ACTS: Final = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
_PREFIX: Final = "journal_"


@dataclass(frozen=True, slots=True)
class Instant:
    """Where a state of the register stands among others of the same register."""

    low: int
    high: int


def instant_of(connection: Connection) -> Instant:
    """Return the instant of the state that a transaction sees.

    On SQLite, where writers come one after another, it is how many marks there ever were; on PostgreSQL the oldest
    transaction that still ran and the next that would begin (PostgreSQL, "Transaction ID and Snapshot Information
    Functions").
    """
    if connection.dialect.name == "postgresql":
        snapshot = str(connection.scalar(text("SELECT pg_current_snapshot()::text")))
        low, high, _ = snapshot.split(":")
        return Instant(int(low), int(high))
    marks = JournalMarkRow.__tablename__
    last = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": marks}) or 0
    return Instant(int(last), int(last))


def is_whole(connection: Connection) -> bool:
    """Whether no trigger is missing: an upgrade of the register may have made tables without."""
    there = _there(connection)
    return all(_name(table, act) in there for table in JOURNALED for act in _ACTS)


def install(connection: Connection) -> int:
    """Make the triggers that are missing; return how many tables lacked theirs.

    Raises:
        sqlalchemy.exc.DBAPIError: this user may not; the owner of the tables may.
    """
    there = _there(connection)
    missing = [table for table in JOURNALED if not {_name(table, act) for act in _ACTS} <= there]
    for table in missing:
        if _is_server(connection):
            connection.exec_driver_sql(_function(table))
        for act, row in _ACTS.items():
            if _name(table, act) not in there:
                connection.exec_driver_sql(_trigger(table, act, row, is_server=_is_server(connection)))
    return len(missing)


def remove(connection: Connection) -> None:
    """Drop the triggers, and all marks."""
    there = _there(connection)
    for table in JOURNALED:
        if _is_server(connection):
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {_PREFIX}{table.name}() CASCADE")
            continue
        for act in _ACTS:
            if _name(table, act) in there:
                connection.exec_driver_sql(f"DROP TRIGGER {_name(table, act)}")
    connection.execute(Row.metadata.tables[JournalMarkRow.__tablename__].delete())


def _is_server(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _name(table: Table, act: str) -> str:
    return f"{_PREFIX}{table.name}_{act.lower()}"


def _there(connection: Connection) -> set[str]:
    """The names of the triggers of a journal."""
    if connection.dialect.name == "postgresql":
        query = text(
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND NOT t.tgisinternal"
        )
    else:
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {name for name in connection.scalars(query) if str(name).startswith(_PREFIX)}


def _function(table: Table) -> str:
    """The function of a table's triggers on a server. It runs as its owner: who changes a row may not write marks."""
    keys = {row: _key_of(table, row, is_server=True) for row in ("OLD", "NEW")}
    into = "INSERT INTO journal_marks (source, key) VALUES"
    return (
        f"CREATE OR REPLACE FUNCTION {_PREFIX}{table.name}() RETURNS trigger LANGUAGE plpgsql"
        " SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN"
        f" IF TG_OP = 'DELETE' THEN {into} ('{table.name}', {keys['OLD']});"
        f" ELSE {into} ('{table.name}', {keys['NEW']}); END IF; RETURN NULL; END $$"
    )


def _trigger(table: Table, act: str, row: str, *, is_server: bool) -> str:
    head = f"CREATE TRIGGER {_name(table, act)} AFTER {act} ON {table.name} FOR EACH ROW"
    if is_server:
        return f"{head} EXECUTE FUNCTION {_PREFIX}{table.name}()"
    into = "INSERT INTO journal_marks (source, key) VALUES"
    return f"{head} BEGIN {into} ('{table.name}', {_key_of(table, row, is_server=False)}); END"


def _key_of(table: Table, row: str, *, is_server: bool) -> str:
    """The text of a row's key (``issuer.backup.rows.key_text``), in SQL."""
    in_hex = "encode({}, 'hex')" if is_server else "lower(hex({}))"
    between = " || chr(31) || " if is_server else " || char(31) || "
    return between.join(
        in_hex.format(f'{row}."{column.name}"')
        if isinstance(column.type, LargeBinary)
        else f'CAST({row}."{column.name}" AS text)'
        for column in table.primary_key.columns
    )


def pending(connection: Connection) -> list[tuple[int, str, str]]:
    """Return all marks that a transaction sees: id, table, key."""
    marks = Row.metadata.tables[JournalMarkRow.__tablename__]
    query = select(marks.c.id, marks.c.source, marks.c.key).order_by(marks.c.id)
    return [(each.id, each.source, each.key) for each in connection.execute(query)]


def clear(connection: Connection, ids: Iterable[int]) -> None:
    """Remove marks that are on the journal's disk."""
    marks = Row.metadata.tables[JournalMarkRow.__tablename__]
    for chunk in _chunks(list(ids)):
        connection.execute(marks.delete().where(marks.c.id.in_(chunk)))


def _chunks(values: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(values), 500):
        yield values[start : start + 500]
