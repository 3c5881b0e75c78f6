"""What was written once stays: audit, events and statements are appended only, a certificate's identity is fixed.

The database refuses such changes also when a program of ours is wrong. It does not stop whoever owns the database file:
against that stand the operators' signatures, the audit chain and its head in every snapshot.
"""

from __future__ import annotations

from alembic import op

revision = "0005_append_only"
down_revision = "0004_certificates"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("audit", "events", "statements")
_FIXED = ("number", "cti", "authority", "award", "holder", "status_list", "status_index")
_ONCE = ("credential", "to_sign", "check_code")
"""Written once; erasure may set them to null."""


def upgrade() -> None:
    """Make the triggers."""
    dialect = op.get_bind().dialect.name
    make = _sqlite if dialect == "sqlite" else _postgresql
    for table in _APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            make(f"{table}_no_{act.lower()}", table, act, "1 = 1", f"{table} is appended only")
    make("certificates_no_delete", "certificates", "DELETE", "1 = 1", "a certificate is never deleted")
    distinct = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    changed = " OR ".join(f"OLD.{column} {distinct} NEW.{column}" for column in _FIXED)
    make("certificates_fixed", "certificates", "UPDATE", changed, "a reserved identity is not changed")
    rewritten = " OR ".join(
        f"(OLD.{column} IS NOT NULL AND NEW.{column} IS NOT NULL AND OLD.{column} <> NEW.{column})" for column in _ONCE
    )
    make("certificates_once", "certificates", "UPDATE", rewritten, "what was signed or reserved is not rewritten")


def _sqlite(name: str, table: str, act: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _postgresql(name: str, table: str, act: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()"
    )
