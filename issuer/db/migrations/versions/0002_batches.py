"""People, batches, awards, statements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_batches"
down_revision = "0001_office"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "holders",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("blind_index", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(wrapped_key IS NULL) = (erased IS NOT NULL)", name=op.f("ck_holders_erased")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holders")),
        sa.UniqueConstraint("blind_index", name=op.f("uq_holders_blind_index")),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=False),
        sa.Column("rows_digest", sa.LargeBinary(), nullable=False),
        sa.Column("decision_document", sa.String(length=100), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "checked",
                "submitted",
                "approved",
                "issuing",
                "issued",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_waiting", sa.Integer(), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), nullable=False),
        sa.Column("rows_reserved", sa.Integer(), nullable=False),
        sa.Column("rows_issued", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "rows_total = rows_waiting + rows_rejected + rows_reserved + rows_issued", name=op.f("ck_batches_counts")
        ),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_batches_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_authority"), "batches", ["authority"], unique=False)
    op.create_index(op.f("ix_batches_state"), "batches", ["state"], unique=False)
    op.create_table(
        "awards",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sheet_row", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("findings", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "rejected",
                "reserved",
                "issued",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state = 'rejected' OR (holder IS NOT NULL AND payload IS NOT NULL)", name=op.f("ck_awards_holder")
        ),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name=op.f("fk_awards_batch")),
        sa.ForeignKeyConstraint(["holder"], ["holders.id"], name=op.f("fk_awards_holder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("batch", "seq", name=op.f("uq_awards_batch_seq")),
    )
    op.create_index(op.f("ix_awards_holder"), "awards", ["holder"], unique=False)
    op.create_index(op.f("ix_awards_state"), "awards", ["state"], unique=False)
    op.create_table(
        "statements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=True),
        sa.Column("object", sa.JSON(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name=op.f("fk_statements_batch")),
        sa.ForeignKeyConstraint(["operator"], ["operators.id"], name=op.f("fk_statements_operator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("nonce", name=op.f("uq_statements_nonce")),
    )
    op.create_index(op.f("ix_statements_batch"), "statements", ["batch"], unique=False)
    op.create_index(op.f("ix_statements_operator"), "statements", ["operator"], unique=False)
