"""Photos that came with a list, sealed under their holders' keys. Awards that were stored before have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing

revision = "0022_photos"
down_revision = "0021_no_stage_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "photos",
        sa.Column("award", sa.String(length=32), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["award"], ["awards.id"], name=op.f("fk_photos_award_awards")),
        sa.PrimaryKeyConstraint("award", name=op.f("pk_photos")),
    )


def downgrade() -> None:
    """Drop the table, unless a photo is in it."""
    require_nothing(revision, "photos")
    op.drop_table("photos")
