"""Backups, the journal, and what a restoration leaves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import drop_triggers, require_nothing
from issuer.db.migrations.triggers import append_only

revision = "0034_recovery"
down_revision = "0033_audit_actor"
branch_labels = None
depends_on = None

_APPENDED = ("backups", "restorations", "found_events")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "backups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("journal", sa.String(length=32), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
    )
    op.create_index(op.f("ix_backups_ended"), "backups", ["ended"])
    op.create_table(
        "journal",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=64), nullable=True),
        sa.CheckConstraint("one = 1", name=op.f("ck_journal_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_journal")),
    )
    op.create_table(
        "journal_marks",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_marks")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "restorations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("backup", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("margin", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
    )
    _found_events()
    for table in _APPENDED:
        append_only(table)


def _found_events() -> None:
    op.create_table(
        "found_events",
        sa.Column("certificate", sa.String(length=32), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate"], ["certificates.id"], name=op.f("fk_found_events_certificate_certificates")
        ),
        sa.PrimaryKeyConstraint("certificate", "ordinal", name=op.f("pk_found_events")),
    )


def downgrade() -> None:
    """Drop the tables, unless the register was restored; that a backup was made is told by the backup itself."""
    for table in ("restorations", "found_events"):
        require_nothing(revision, table)
    for table in _APPENDED:
        drop_triggers(table, f"{table}_no_update", f"{table}_no_delete")
    for table in ("found_events", "restorations", "journal_marks", "journal", "backups"):
        op.drop_table(table)
