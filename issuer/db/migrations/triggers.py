"""Triggers that refuse a change, worded once for both databases: migrations make them with these functions.

Rules: a trigger has the name of its table in front, and on PostgreSQL a function of its own name. What is written here
is part of what the migrations did: it is not changed, a later one replaces the trigger.

    refuse("events_no_delete", "events", "DELETE", "events is appended only")
    append_only("audit")
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from alembic import op

_ALWAYS: Final = "1 = 1"


def refuse(name: str, table: str, act: str, message: str, *, when: str = _ALWAYS) -> None:
    """Refuse an act on the rows of a table.

    Args:
        name: of the trigger.
        table: on which.
        act: UPDATE or DELETE.
        message: what the error says.
        when: a condition on OLD and NEW.
    """
    if _on_sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()")


def append_only(table: str) -> None:
    """Refuse every change of a table's rows."""
    for act in ("UPDATE", "DELETE"):
        refuse(f"{table}_no_{act.lower()}", table, act, f"{table} is appended only")


def changed(columns: Iterable[str]) -> str:
    """Return the condition that one of these columns gets another value."""
    distinct = "IS NOT" if _on_sqlite() else "IS DISTINCT FROM"
    return " OR ".join(f"OLD.{column} {distinct} NEW.{column}" for column in columns)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
