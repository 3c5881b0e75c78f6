"""Integrity records by statement: every act on them, whose they are, and what was reported to the credit platform."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import drop_triggers, require_nothing
from issuer.db.migrations.triggers import append_only

revision = "0035_integrity"
down_revision = "0034_recovery"
branch_labels = None
depends_on = None

_ABOUT = sa.text(
    "act IN ('integrity.add', 'integrity.correct', 'integrity.end', 'integrity.expire', 'integrity.object')"
)
_APPENDED = ("integrity_stated", "integrity_exports", "integrity_exported", "integrity_receipts")


def upgrade() -> None:
    """Make the tables."""
    _stated()
    op.create_table(
        "integrity_persons",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(wrapped_key IS NULL) = (personal IS NULL)", name=op.f("ck_integrity_persons_erased")),
        sa.ForeignKeyConstraint(
            ["record"], ["integrity_records.id"], name=op.f("fk_integrity_persons_record_integrity_records")
        ),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_integrity_persons")),
    )
    _reported()
    for table in _APPENDED:
        append_only(table)
    op.create_index("ix_audit_integrity", "audit", ["object", "act"], sqlite_where=_ABOUT, postgresql_where=_ABOUT)


def _stated() -> None:
    op.create_table(
        "integrity_stated",
        sa.Column("statement", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("term_from", sa.Date(), nullable=False),
        sa.Column("term_until", sa.Date(), nullable=True),
        sa.Column("note_digest", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["record"], ["integrity_records.id"], name=op.f("fk_integrity_stated_record_integrity_records")
        ),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.id"], name=op.f("fk_integrity_stated_statement_statements")
        ),
        sa.PrimaryKeyConstraint("statement", "position", name=op.f("pk_integrity_stated")),
    )
    op.create_index(op.f("ix_integrity_stated_record"), "integrity_stated", ["record"])


def _reported() -> None:
    op.create_table(
        "integrity_exports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_exports")),
        sa.UniqueConstraint("place", name=op.f("uq_integrity_exports_place")),
    )
    op.create_table(
        "integrity_exported",
        sa.Column("export", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        *_both("integrity_exported"),
        sa.PrimaryKeyConstraint("export", "record", name=op.f("pk_integrity_exported")),
    )
    op.create_index(op.f("ix_integrity_exported_record"), "integrity_exported", ["record"])
    op.create_table(
        "integrity_receipts",
        sa.Column("export", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        *_both("integrity_receipts"),
        sa.PrimaryKeyConstraint("export", "record", "place", name=op.f("pk_integrity_receipts")),
    )
    op.create_index(op.f("ix_integrity_receipts_record"), "integrity_receipts", ["record"])


def _both(table: str) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(
            ["export"], ["integrity_exports.id"], name=op.f(f"fk_{table}_export_integrity_exports")
        ),
        sa.ForeignKeyConstraint(
            ["record"], ["integrity_records.id"], name=op.f(f"fk_{table}_record_integrity_records")
        ),
    )


def downgrade() -> None:
    """Drop the tables, unless something was signed or reported."""
    for table in ("integrity_stated", "integrity_exports"):
        require_nothing(revision, table)
    op.drop_index("ix_audit_integrity", "audit")
    for table in _APPENDED:
        drop_triggers(table, f"{table}_no_update", f"{table}_no_delete")
    for table in ("integrity_receipts", "integrity_exported", "integrity_exports", "integrity_persons"):
        op.drop_table(table)
    op.drop_table("integrity_stated")
