"""A holder's mobile number and e-mail address are kept, sealed; a batch knows which sheet of its file it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing

revision = "0019_contacts"
down_revision = "0018_published_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was stored before has neither."""
    op.add_column("holders", sa.Column("contact", sa.LargeBinary(), nullable=True))
    op.add_column("batches", sa.Column("sheet_digest", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Drop the columns, unless they hold something."""
    require_nothing(revision, "holders", "contact IS NOT NULL")
    require_nothing(revision, "batches", "sheet_digest IS NOT NULL")
    op.drop_column("holders", "contact")
    op.drop_column("batches", "sheet_digest")
