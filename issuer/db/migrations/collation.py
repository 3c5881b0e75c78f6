"""On PostgreSQL every text is compared by its code points, as on SQLite and in Python, whatever the database does else.

A database sorts as the server's language does: lists would come in another order, ranges of numbers would have gaps,
and an update of the system's language data breaks indexes silently. Each upgrade ends with this step, so that no
migration has to think of it.

    by_code_point(connection)
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from sqlalchemy import Connection, text

_OTHERWISE: Final = """
    SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')
    AND collation_name IS DISTINCT FROM 'C' ORDER BY table_name, ordinal_position
"""
_TRIGGERS: Final = """
    SELECT relname, tgname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace ORDER BY relname, tgname
"""


def by_code_point(connection: Connection) -> None:
    """Let all columns of text compare by code points; those that do stay as they are."""
    if connection.dialect.name != "postgresql":
        return
    columns = connection.execute(text(_OTHERWISE)).all()
    if not columns:
        return
    # A trigger whose condition names a column keeps the column's type; it stands again at the end.
    triggers = connection.execute(text(_TRIGGERS)).all()
    for table, name, _ in triggers:
        connection.execute(text(f'DROP TRIGGER "{name}" ON "{table}"'))
    for table, found in groupby(columns, key=lambda column: column.table_name):
        changes = ", ".join(
            f'ALTER COLUMN "{each.column_name}" TYPE {_kind(each.character_maximum_length)} COLLATE "C"'
            for each in found
        )
        connection.execute(text(f'ALTER TABLE "{table}" {changes}'))
    for *_, definition in triggers:
        connection.exec_driver_sql(definition)


def _kind(length: int | None) -> str:
    return "text" if length is None else f"varchar({length})"
