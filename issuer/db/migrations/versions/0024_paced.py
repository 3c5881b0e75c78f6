"""A batch can be paused, and issued up to a number of rows. Batches from before go on until their end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing

revision = "0024_paced"
down_revision = "0023_refusals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; null stands for no pause and no limit."""
    op.add_column("batches", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("batches", sa.Column("issue_up_to", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop the columns, unless a batch is paused or has a limit that is not reached."""
    paced = "paused_at IS NOT NULL OR (issue_up_to > rows_issued AND rows_waiting + rows_reserved > 0)"
    require_nothing(revision, "batches", paced)
    for column in ("paused_at", "issue_up_to"):
        op.drop_column("batches", column)
