"""Integrity records name the statement that opened them and are appended only; the audit is found by its objects.

A record from before takes the statement of the withdrawal with which it opened.
"""

from __future__ import annotations

from alembic import op

revision = "0017_audit"
down_revision = "0016_confirmed"
branch_labels = None
depends_on = None

_TABLE = "integrity_records"
_MESSAGE = "integrity_records is appended only"


def upgrade() -> None:
    """Add the column, fill it, and make the triggers and the index."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    # SQLite cannot copy a table under a running check of foreign keys: a column with its reference in one statement.
    op.execute(
        f"ALTER TABLE {_TABLE} ADD COLUMN statement VARCHAR(32) "
        f"CONSTRAINT fk_{_TABLE}_statement REFERENCES statements (id)"
    )
    op.execute(
        "UPDATE integrity_records SET statement = (SELECT events.statement FROM events WHERE events.certificate = "
        "integrity_records.certificate AND events.kind = 'withdrawn' AND events.reason = 'fraud')"
    )
    op.create_index(op.f(f"ix_{_TABLE}_certificate"), _TABLE, ["certificate"])
    op.create_index(op.f("ix_audit_object"), "audit", ["object"])
    for act in ("UPDATE", "DELETE"):
        (_refuse_on_sqlite if sqlite else _refuse_on_postgresql)(act)


def _refuse_on_sqlite(act: str) -> None:
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_{act.lower()} BEFORE {act} ON {_TABLE} FOR EACH ROW "
        f"WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    )


def _refuse_on_postgresql(act: str) -> None:
    name = f"{_TABLE}_no_{act.lower()}"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {_TABLE} FOR EACH ROW WHEN (1 = 1) EXECUTE FUNCTION {name}()")
