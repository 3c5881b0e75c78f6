"""What the trust list is made of, and sealed records as published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_trust"
down_revision = "0005_append_only"
branch_labels = None
depends_on = None


def _state(name: str) -> sa.Enum:
    return sa.Enum("active", "ended", "compromised", name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "trust_keys",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("use", sa.String(length=12), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=True),
        sa.Column("jwk", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", _state("key_state"), nullable=False),
        sa.Column("compromised_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'compromised') = (compromised_since IS NOT NULL)", name=op.f("ck_trust_keys_compromised")
        ),
        sa.CheckConstraint("length(kid) = 8", name=op.f("ck_trust_keys_kid")),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_trust_keys_authority")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_trust_keys")),
    )
    op.create_index(op.f("ix_trust_keys_authority"), "trust_keys", ["authority"])
    op.create_table(
        "document_certificates",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", _state("certificate_state"), nullable=False),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_document_certificates_authority")),
        sa.ForeignKeyConstraint(["kid"], ["trust_keys.kid"], name=op.f("fk_document_certificates_kid")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_document_certificates")),
    )
    op.create_index(op.f("ix_document_certificates_authority"), "document_certificates", ["authority"])
    op.create_table(
        "sealed_certificates",
        sa.Column("certificate", sa.String(length=32), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["certificate"], ["certificates.id"], name=op.f("fk_sealed_certificates_certificate")),
        sa.PrimaryKeyConstraint("certificate", name=op.f("pk_sealed_certificates")),
    )
