"""Cases (complaints and reports about certificates), and notices to holders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import drop_triggers, require_nothing
from issuer.db.migrations.triggers import append_only

revision = "0036_cases_and_notices"
down_revision = "0035_integrity"
branch_labels = None
depends_on = None

_APPENDED = ("case_steps", "case_certificates")


def upgrade() -> None:
    """Make the tables."""
    _cases()
    _notices()
    for table in _APPENDED:
        append_only(table)


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["authority"], ["authorities.id"], name=op.f("fk_cases_authority_authorities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_table(
        "case_steps",
        sa.Column("case", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("said", sa.String(length=32), nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("statement", sa.String(length=32), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_case_steps_case_cases")),
        sa.ForeignKeyConstraint(["statement"], ["statements.id"], name=op.f("fk_case_steps_statement_statements")),
        sa.PrimaryKeyConstraint("case", "place", name=op.f("pk_case_steps")),
    )
    op.create_table(
        "case_certificates",
        sa.Column("case", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_case_certificates_case_cases")),
        sa.ForeignKeyConstraint(
            ["number"], ["certificates.number"], name=op.f("fk_case_certificates_number_certificates")
        ),
        sa.PrimaryKeyConstraint("case", "number", name=op.f("pk_case_certificates")),
    )
    op.create_index(op.f("ix_case_certificates_number"), "case_certificates", ["number"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("certificate", sa.String(length=32), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=64), nullable=True),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("printed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["certificate", "ordinal"],
            ["events.certificate", "events.ordinal"],
            name=op.f("fk_notices_certificate_ordinal_events"),
        ),
        sa.ForeignKeyConstraint(["holder"], ["holders.id"], name=op.f("fk_notices_holder_holders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("certificate", "ordinal", name=op.f("uq_notices_certificate_ordinal")),
    )
    for column in ("holder", "made", "next_try"):
        op.create_index(op.f(f"ix_notices_{column}"), "notices", [column])


def downgrade() -> None:
    """Drop the tables, unless a case was opened or a notice was made."""
    for table in ("cases", "notices"):
        require_nothing(revision, table)
    for table in _APPENDED:
        drop_triggers(table, f"{table}_no_update", f"{table}_no_delete")
    for table in ("notices", "case_certificates", "case_steps", "cases"):
        op.drop_table(table)
