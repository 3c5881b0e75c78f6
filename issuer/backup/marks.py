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

OWN: Final = frozenset({JournalRow.__tablename__, JournalMarkRow.__tablename__})
"""Tables that no journal holds."""
JOURNALED: Final[tuple[Table, ...]] = tuple(table for table in TABLES if table.name not in OWN)
_ACTS: Final = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
_PREFIX: Final = "journal_"


@dataclass(frozen=True, slots=True)
class Instant:
    """Where a state of the register stands among others of the same register."""

    low: int
    high: int

    def holds_all_of(self, other: Instant) -> bool:
        """Whether a state at this instant holds everything of a state at the other."""
        return self.low >= other.high


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
    if missing and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_SERVER_FUNCTION)
    for table in missing:
        for act, row in _ACTS.items():
            if _name(table, act) not in there:
                connection.exec_driver_sql(_trigger(connection, table, act, row))
    return len(missing)


def remove(connection: Connection) -> None:
    """Drop the triggers, and all marks."""
    there = _there(connection)
    for table in JOURNALED:
        for act in _ACTS:
            if _name(table, act) in there:
                on = f" ON {table.name}" if connection.dialect.name == "postgresql" else ""
                connection.exec_driver_sql(f"DROP TRIGGER {_name(table, act)}{on}")
    connection.execute(Row.metadata.tables[JournalMarkRow.__tablename__].delete())


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


_SERVER_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION journal_mark() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
  keys text[] := ARRAY[]::text[];
  name text;
BEGIN
  FOREACH name IN ARRAY TG_ARGV LOOP
    keys := keys || regexp_replace(found ->> name, '^\\\\x', '');
  END LOOP;
  INSERT INTO journal_marks (source, key) VALUES (TG_TABLE_NAME, array_to_string(keys, chr(31)));
  RETURN NULL;
END $$
"""
"""``to_jsonb`` writes bytes as ``\\x`` and hexadecimal digits. No key of ours is a text that begins so."""


def _trigger(connection: Connection, table: Table, act: str, row: str) -> str:
    keys = list(table.primary_key.columns)
    head = f"CREATE TRIGGER {_name(table, act)} AFTER {act} ON {table.name} FOR EACH ROW"
    if connection.dialect.name == "postgresql":
        names = ", ".join(f"'{column.name}'" for column in keys)
        return f"{head} EXECUTE FUNCTION journal_mark({names})"
    values = " || char(31) || ".join(
        f"lower(hex({row}.{column.name}))" if isinstance(column.type, LargeBinary) else f"{row}.{column.name}"
        for column in keys
    )
    into = "INSERT INTO journal_marks (source, key) VALUES"
    return f"{head} BEGIN {into} ('{table.name}', {values}); END"


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
