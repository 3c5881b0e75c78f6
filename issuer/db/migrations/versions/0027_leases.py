"""Who does which piece of work, and until when. Before, one process at a time did everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027_leases"
down_revision = "0026_claims"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "leases",
        sa.Column("topic", sa.String(length=24), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=False),
        sa.Column("piece", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=96), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("done_for", sa.Integer(), nullable=False),
        sa.CheckConstraint("(owner IS NULL) = (until IS NULL)", name=op.f("ck_leases_held")),
        sa.PrimaryKeyConstraint("topic", "object", "piece", name=op.f("pk_leases")),
    )
    op.create_index(op.f("ix_leases_owner"), "leases", ["owner"])


def downgrade() -> None:
    """Drop the table: a lease that is held is over by itself, and its work is taken again."""
    op.drop_table("leases")
