"""Statements name lists by Merkle roots: each row and each certificate on a list is kept with its hashes.

A batch that was stored before has no root and no hashes: no operator's statement is about it any more, and it is
checked and stored anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import refuse_way_back

revision = "0012_roots"
down_revision = "0011_replaced"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add roots and hashes to batches, and make the table of the certificates that statements name."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("batches", sa.Column("rows_root", sa.LargeBinary(), nullable=False, server_default=""))
    op.drop_column("batches", "rows_digest")
    op.add_column("awards", sa.Column("position", sa.Integer(), nullable=True))
    op.add_column("awards", sa.Column("hashes", sa.LargeBinary(), nullable=True))
    op.create_index("ix_awards_position", "awards", ["batch", "position"], unique=True)
    op.create_index(op.f("ix_events_successor"), "events", ["successor"], unique=False)
    op.create_table(
        "stated_certificates",
        sa.Column("statement", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "valid",
                "withdrawn",
                "suspended",
                "superseded",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["statement"], ["statements.id"], name=op.f("fk_stated_certificates_statement")),
        sa.PrimaryKeyConstraint("statement", "position", name=op.f("pk_stated_certificates")),
        sa.UniqueConstraint("statement", "number", name=op.f("uq_stated_certificates_statement_number")),
    )
    for act in ("UPDATE", "DELETE"):
        (_refuse_on_sqlite if sqlite else _refuse_on_postgresql)(act)
    if not sqlite:
        op.alter_column("batches", "rows_root", server_default=None)


_MESSAGE = "stated_certificates is appended only"


def _refuse_on_sqlite(act: str) -> None:
    op.execute(
        f"CREATE TRIGGER stated_certificates_no_{act.lower()} BEFORE {act} ON stated_certificates FOR EACH ROW "
        f"WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    )


def _refuse_on_postgresql(act: str) -> None:
    name = f"stated_certificates_no_{act.lower()}"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON stated_certificates FOR EACH ROW WHEN (1 = 1) EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    """Refuse: what operators signed since names lists by roots."""
    refuse_way_back(revision)
