"""The office: deployment, regions, authorities, grants, committees, filings, operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_office"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "catalogue_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("imported", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_catalogue_versions")),
        sa.UniqueConstraint("digest", name=op.f("uq_catalogue_versions_digest")),
    )
    op.create_table(
        "deployment",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_lists", sa.Integer(), nullable=False),
        sa.Column("operators_version", sa.Integer(), nullable=False),
        sa.Column("administrator_jwk", sa.JSON(), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_deployment_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_deployment")),
    )
    op.create_table(
        "regions",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
        sa.UniqueConstraint("name", name=op.f("uq_regions_name")),
    )
    op.create_table(
        "authorities",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("number_template", sa.String(length=60), nullable=False),
        sa.Column("seal_text", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("active", "ended", name="state", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_authorities_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorities")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_authorities_credit_code")),
    )
    op.create_table(
        "committees",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_committees_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committees")),
        sa.UniqueConstraint("name", name=op.f("uq_committees_name")),
    )
    op.create_index(op.f("ix_committees_authority"), "committees", ["authority"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("series", sa.JSON(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.Column("committee_ways", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("scope_required", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("max_gap_days", sa.Integer(), nullable=False),
        sa.Column("legal_basis", sa.String(length=200), nullable=False),
        sa.Column("acts", sa.JSON(), nullable=False),
        sa.Column(
            "over",
            sa.Enum("own", "all", name="over", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_grants_authority")),
        sa.ForeignKeyConstraint(["region"], ["regions.code"], name=op.f("fk_grants_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_authority"), "grants", ["authority"], unique=False)
    op.create_table(
        "operators",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "role",
            sa.Enum("clerk", "approver", "admin", name="role", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("authority", sa.String(length=16), nullable=True),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_operators_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("key_id", name=op.f("uq_operators_key_id")),
    )
    op.create_table(
        "specialties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_specialties_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specialties")),
        sa.UniqueConstraint(
            "authority", "series", "name", "valid_from", name=op.f("uq_specialties_authority_series_name_valid_from")
        ),
    )
    op.create_table(
        "filings",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("committee", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("series", sa.JSON(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("scope", sa.String(length=6), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_filings_authority")),
        sa.ForeignKeyConstraint(["committee"], ["committees.id"], name=op.f("fk_filings_committee")),
        sa.ForeignKeyConstraint(["region"], ["regions.code"], name=op.f("fk_filings_region")),
        sa.ForeignKeyConstraint(["scope"], ["regions.code"], name=op.f("fk_filings_scope")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_filings")),
    )
    op.create_index(op.f("ix_filings_authority"), "filings", ["authority"], unique=False)
    op.create_index(op.f("ix_filings_committee"), "filings", ["committee"], unique=False)
