"""When a published file may go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_retired_files"
down_revision = "0007_words"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "retired_files",
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_retired_files")),
    )
    op.create_index(op.f("ix_retired_files_retired_at"), "retired_files", ["retired_at"])
