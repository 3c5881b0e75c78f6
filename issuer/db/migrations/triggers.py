"""Triggers that refuse a change, worded once for both databases: migrations make them with these functions.

Rules: a trigger has the name of its table in front, and on PostgreSQL a function of its own name. What is written here
is part of what the migrations did: it is not changed, a later one replaces the trigger. Both databases report what a
trigger refuses as a broken constraint, and name the message as the rule that would have been broken.

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
        act: INSERT, UPDATE or DELETE.
        message: what the error says.
        when: a condition on OLD and NEW.
    """
    if _on_sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    refusing(name, message)
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()")
    if (act, when) == ("DELETE", _ALWAYS):
        refuse_truncate(name, table)


def refuse_truncate(name: str, table: str) -> None:
    """On PostgreSQL, which empties a table without asking the triggers of its rows, refuse that too.

    Args:
        name: of the function, and in front of the trigger's name: that of the trigger on DELETE.
        table: on which.
    """
    op.execute(
        f"CREATE OR REPLACE TRIGGER {name}_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def refusing(name: str, message: str) -> None:
    """Make, or make anew, the function of a trigger on PostgreSQL."""
    how = f"ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{message}'"
    body = f"BEGIN RAISE EXCEPTION '{message}' USING {how}; END"
    op.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")


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
