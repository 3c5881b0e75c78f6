"""What the check found in a list as a whole is kept with its batch, so that whoever approves sees it.

Batches that were stored before have nothing there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing

revision = "0020_list_findings"
down_revision = "0019_contacts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what stands in a batch's other columns stays."""
    op.add_column("batches", sa.Column("findings", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Drop the column, unless something was found in a list."""
    require_nothing(revision, "batches", "findings IS NOT NULL")
    op.drop_column("batches", "findings")
