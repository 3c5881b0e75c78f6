"""Faces: what a document prints beyond its credential. Certificates that were issued before have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing

revision = "0014_faces"
down_revision = "0013_persons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "faces",
        sa.Column("certificate", sa.String(length=32), nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("kid", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(record IS NULL) = (kid IS NULL)", name=op.f("ck_faces_signed")),
        sa.ForeignKeyConstraint(["certificate"], ["certificates.id"], name=op.f("fk_faces_certificate_certificates")),
        sa.PrimaryKeyConstraint("certificate", name=op.f("pk_faces")),
    )


def downgrade() -> None:
    """Drop the table, unless a face is in it."""
    require_nothing(revision, "faces")
    op.drop_table("faces")
