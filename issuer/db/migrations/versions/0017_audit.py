"""Integrity records name the statement that opened them and are appended only; the audit is found by its objects.

A record from before takes the statement of the withdrawal with which it opened.
"""

from __future__ import annotations

from alembic import op

from issuer.db.migrations.back import drop_triggers, require_nothing
from issuer.db.migrations.triggers import append_only

revision = "0017_audit"
down_revision = "0016_confirmed"
branch_labels = None
depends_on = None

_TABLE = "integrity_records"


def upgrade() -> None:
    """Add the column, fill it, and make the triggers and the index."""
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
    append_only(_TABLE)


def downgrade() -> None:
    """Drop the column, unless a record names another statement than that of its withdrawal."""
    worked_out = (
        "(SELECT events.statement FROM events WHERE events.certificate = integrity_records.certificate"
        " AND events.kind = 'withdrawn' AND events.reason = 'fraud')"
    )
    require_nothing(revision, _TABLE, f"statement IS NOT NULL AND statement <> coalesce({worked_out}, '')")
    drop_triggers(_TABLE, f"{_TABLE}_no_update", f"{_TABLE}_no_delete")
    op.drop_index(op.f("ix_audit_object"), "audit")
    op.drop_index(op.f(f"ix_{_TABLE}_certificate"), _TABLE)
    with op.batch_alter_table(_TABLE) as records:
        records.drop_column("statement")
