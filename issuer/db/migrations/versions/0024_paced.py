"""A batch can be paused, and issued up to a number of rows. Batches from before go on until their end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024_paced"
down_revision = "0023_refusals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; null stands for no pause and no limit."""
    op.add_column("batches", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("batches", sa.Column("issue_up_to", sa.Integer(), nullable=True))
