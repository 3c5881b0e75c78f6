"""An index for what one person did: a page of it read the whole audit."""

from __future__ import annotations

from alembic import op

revision = "0033_audit_actor"
down_revision = "0032_ends"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_audit_actor", "audit", ["actor", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_audit_actor", table_name="audit")
