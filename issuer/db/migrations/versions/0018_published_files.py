"""Root sets, trust lists, filings and catalogues are kept in the register, so that the publication can be made again.

What a home published before is taken in by the next run that signs or publishes, after it has been verified.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import drop_triggers, require_nothing
from issuer.db.migrations.triggers import append_only

revision = "0018_published_files"
down_revision = "0017_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the triggers that keep what was published."""
    op.create_table(
        "published_files",
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_published_files")),
    )
    append_only("published_files")


def downgrade() -> None:
    """Drop the table, unless a file is in it."""
    require_nothing(revision, "published_files")
    drop_triggers("published_files", "published_files_no_update", "published_files_no_delete")
    op.drop_table("published_files")
