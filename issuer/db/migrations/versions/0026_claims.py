"""Claim codes, tries, sign-ins and sessions of holders; which two holders are one person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import drop_triggers, require_nothing
from issuer.db.migrations.triggers import append_only

revision = "0026_claims"
down_revision = "0025_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _claims()
    _tries()
    op.create_table(
        "ended_sessions",
        sa.Column("session", sa.String(length=22), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_ended_sessions")),
    )
    op.create_index(op.f("ix_ended_sessions_expires"), "ended_sessions", ["expires"])
    op.create_table(
        "sign_ins",
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_expires"), "sign_ins", ["expires"])
    op.create_table(
        "holder_merges",
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("into_holder", sa.String(length=32), nullable=False),
        sa.Column("statement", sa.String(length=32), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("holder <> into_holder", name=op.f("ck_holder_merges_other")),
        sa.ForeignKeyConstraint(["holder"], ["holders.id"], name=op.f("fk_holder_merges_holder_holders")),
        sa.ForeignKeyConstraint(["into_holder"], ["holders.id"], name=op.f("fk_holder_merges_into_holder_holders")),
        sa.ForeignKeyConstraint(["statement"], ["statements.id"], name=op.f("fk_holder_merges_statement_statements")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_holder_merges")),
    )
    op.create_index(op.f("ix_holder_merges_into_holder"), "holder_merges", ["into_holder"])
    append_only("holder_merges")


def downgrade() -> None:
    """Drop the tables, unless a code was made or holders were merged; tries and sessions are over soon anyway."""
    for table in ("claim_codes", "holder_merges"):
        require_nothing(revision, table)
    drop_triggers("holder_merges", "holder_merges_no_update", "holder_merges_no_delete")
    for table in (
        "claim_collections",
        "claim_deliveries",
        "claim_codes",
        "code_tries",
        "id_tries",
        "ended_sessions",
        "sign_ins",
        "holder_merges",
    ):
        op.drop_table(table)


def _claims() -> None:
    op.create_table(
        "claim_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("certificate", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_claim_codes_digest")),
        sa.ForeignKeyConstraint(["holder"], ["holders.id"], name=op.f("fk_claim_codes_holder_holders")),
        sa.ForeignKeyConstraint(
            ["certificate"], ["certificates.id"], name=op.f("fk_claim_codes_certificate_certificates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_codes")),
    )
    op.create_index(op.f("ix_claim_codes_holder"), "claim_codes", ["holder"])
    op.create_index(op.f("ix_claim_codes_certificate"), "claim_codes", ["certificate"])
    op.create_table(
        "claim_deliveries",
        sa.Column("claim", sa.String(length=32), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["claim"], ["claim_codes.id"], name=op.f("fk_claim_deliveries_claim_claim_codes")),
        sa.PrimaryKeyConstraint("claim", name=op.f("pk_claim_deliveries")),
    )
    op.create_index(op.f("ix_claim_deliveries_next_try"), "claim_deliveries", ["next_try"])
    op.create_table(
        "claim_collections",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claim_codes.id"], name=op.f("fk_claim_collections_claim_claim_codes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_collections")),
    )
    op.create_index(op.f("ix_claim_collections_claim"), "claim_collections", ["claim"])


def _tries() -> None:
    op.create_table(
        "code_tries",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_code_tries")),
    )
    op.create_table(
        "id_tries",
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_id_tries")),
    )
