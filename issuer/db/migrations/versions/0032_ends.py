"""What ended from a day on, and why; what a status key signed is found by the key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import drop_triggers, require_nothing
from issuer.db.migrations.triggers import append_only

revision = "0032_ends"
down_revision = "0031_deceased"
branch_labels = None
depends_on = None

_KINDS = ("authority", "grant", "committee", "filing", "specialty")


def upgrade() -> None:
    """Make the table and the indexes."""
    kind = sa.Enum(*_KINDS, name="kind", native_enum=False, create_constraint=True, length=24)
    op.create_table(
        "ended_entries",
        sa.Column("kind", kind, nullable=False),
        sa.Column("entry", sa.String(length=200), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "entry", name=op.f("pk_ended_entries")),
    )
    append_only("ended_entries")
    for table in ("signed_histories", "faces"):
        op.create_index(op.f(f"ix_{table}_kid"), table, ["kid"])


def downgrade() -> None:
    """Drop them, unless something ended: the older program would not know why."""
    require_nothing(revision, "ended_entries")
    for table in ("signed_histories", "faces"):
        op.drop_index(op.f(f"ix_{table}_kid"), table_name=table)
    drop_triggers("ended_entries", "ended_entries_no_update", "ended_entries_no_delete")
    op.drop_table("ended_entries")
