"""What holders ask of the office."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing

revision = "0029_holder_requests"
down_revision = "0028_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "holder_requests",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("delivered", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(answered IS NULL) = (answer IS NULL)", name=op.f("ck_holder_requests_answered")),
        sa.ForeignKeyConstraint(["holder"], ["holders.id"], name=op.f("fk_holder_requests_holder_holders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_requests")),
    )
    op.create_index(op.f("ix_holder_requests_holder"), "holder_requests", ["holder"])
    op.create_index(op.f("ix_holder_requests_due"), "holder_requests", ["due"])


def downgrade() -> None:
    """Drop the table, unless a holder asked something."""
    require_nothing(revision, "holder_requests")
    op.drop_table("holder_requests")
