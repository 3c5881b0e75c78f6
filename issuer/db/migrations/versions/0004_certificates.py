"""Certificates, events, histories, numbers, integrity records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_certificates"
down_revision = "0003_publishing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "number_counters",
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last > 0", name=op.f("ck_number_counters_last")),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_number_counters_authority")),
        sa.PrimaryKeyConstraint("authority", "scope", name=op.f("pk_number_counters")),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("cti", sa.LargeBinary(), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("award", sa.String(length=32), nullable=False),
        sa.Column(
            "stage",
            sa.Enum("reserved", "signed", "void", name="stage", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "valid",
                "suspended",
                "withdrawn",
                "cancelled",
                "superseded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("basis_reference", sa.String(length=60), nullable=False),
        sa.Column("status_list", sa.Integer(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signer_kid", sa.LargeBinary(), nullable=False),
        sa.Column("to_sign", sa.LargeBinary(), nullable=True),
        sa.Column("credential", sa.LargeBinary(), nullable=True),
        sa.Column("credential_digest", sa.LargeBinary(), nullable=True),
        sa.Column("credential_kid", sa.LargeBinary(), nullable=True),
        sa.Column("check_code", sa.LargeBinary(), nullable=True),
        sa.Column("check_code_locator", sa.LargeBinary(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("document_path", sa.String(length=200), nullable=True),
        sa.Column("document_digest", sa.LargeBinary(), nullable=True),
        sa.Column("document_design", sa.String(length=60), nullable=True),
        sa.Column("first_published", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "stage <> 'signed' OR (credential_digest IS NOT NULL AND credential_kid IS NOT NULL"
            " AND issued_on IS NOT NULL AND issued_at IS NOT NULL)",
            name=op.f("ck_certificates_signed"),
        ),
        sa.CheckConstraint("stage <> 'void' OR void_reason IS NOT NULL", name=op.f("ck_certificates_void")),
        sa.CheckConstraint("length(cti) = 16", name=op.f("ck_certificates_cti")),
        sa.CheckConstraint("status_index BETWEEN 0 AND 1048575", name=op.f("ck_certificates_status_index")),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_certificates_authority")),
        sa.ForeignKeyConstraint(["award"], ["awards.id"], name=op.f("fk_certificates_award")),
        sa.ForeignKeyConstraint(
            ["first_published"], ["publications.sequence"], name=op.f("fk_certificates_first_published")
        ),
        sa.ForeignKeyConstraint(["holder"], ["holders.id"], name=op.f("fk_certificates_holder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("award", name=op.f("uq_certificates_award")),
        sa.UniqueConstraint("check_code_locator", name=op.f("uq_certificates_check_code_locator")),
        sa.UniqueConstraint("credential_digest", name=op.f("uq_certificates_credential_digest")),
        sa.UniqueConstraint("cti", name=op.f("uq_certificates_cti")),
        sa.UniqueConstraint("number", name=op.f("uq_certificates_number")),
        sa.UniqueConstraint("status_list", "status_index", name=op.f("uq_certificates_status_list_status_index")),
    )
    op.create_index(op.f("ix_certificates_authority"), "certificates", ["authority"], unique=False)
    op.create_index("ix_certificates_basis", "certificates", ["basis_reference", "awarded_on"], unique=False)
    op.create_index(op.f("ix_certificates_holder"), "certificates", ["holder"], unique=False)
    op.create_index(op.f("ix_certificates_stage"), "certificates", ["stage"], unique=False)
    op.create_index(op.f("ix_certificates_state"), "certificates", ["state"], unique=False)
    op.create_table(
        "events",
        sa.Column("certificate", sa.String(length=32), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "issued",
                "suspended",
                "reinstated",
                "withdrawn",
                "cancelled",
                "superseded",
                "annotated",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("successor", sa.String(length=24), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("statement", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_events_authority")),
        sa.ForeignKeyConstraint(["certificate"], ["certificates.id"], name=op.f("fk_events_certificate")),
        sa.ForeignKeyConstraint(["statement"], ["statements.id"], name=op.f("fk_events_statement")),
        sa.ForeignKeyConstraint(["successor"], ["certificates.number"], name=op.f("fk_events_successor")),
        sa.PrimaryKeyConstraint("certificate", "ordinal", name=op.f("pk_events")),
    )
    op.create_table(
        "integrity_records",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("blind_index", sa.LargeBinary(), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("certificate", sa.String(length=32), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("term_from", sa.Date(), nullable=False),
        sa.Column("term_until", sa.Date(), nullable=True),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_integrity_records_authority")),
        sa.ForeignKeyConstraint(["certificate"], ["certificates.id"], name=op.f("fk_integrity_records_certificate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_records")),
    )
    op.create_index(op.f("ix_integrity_records_blind_index"), "integrity_records", ["blind_index"], unique=False)
    op.create_table(
        "signed_histories",
        sa.Column("certificate", sa.String(length=32), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["certificate"], ["certificates.id"], name=op.f("fk_signed_histories_certificate")),
        sa.PrimaryKeyConstraint("certificate", name=op.f("pk_signed_histories")),
    )
