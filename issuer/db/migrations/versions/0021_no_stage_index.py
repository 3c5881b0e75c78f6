"""No index by stage: nearly all certificates are signed, and a planner without statistics read them all by it.

Dropping it loses nothing: no query looks for the few that are reserved by their stage alone.
"""

from __future__ import annotations

from alembic import op

revision = "0021_no_stage_index"
down_revision = "0020_list_findings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the index."""
    op.drop_index(op.f("ix_certificates_stage"), table_name="certificates")


def downgrade() -> None:
    """Make the index again."""
    op.create_index(op.f("ix_certificates_stage"), "certificates", ["stage"])
