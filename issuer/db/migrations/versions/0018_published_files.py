"""Root sets, trust lists, filings and catalogues are kept in the register, so that the publication can be made again.

What a home published before is taken in by the next run that signs or publishes, after it has been verified.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_published_files"
down_revision = "0017_audit"
branch_labels = None
depends_on = None

_MESSAGE = "published_files is appended only"


def upgrade() -> None:
    """Make the table, and the triggers that keep what was published."""
    op.create_table(
        "published_files",
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_published_files")),
    )
    make = _refuse_on_sqlite if op.get_bind().dialect.name == "sqlite" else _refuse_on_postgresql
    for act in ("UPDATE", "DELETE"):
        make(act)


def _refuse_on_sqlite(act: str) -> None:
    op.execute(
        f"CREATE TRIGGER published_files_no_{act.lower()} BEFORE {act} ON published_files FOR EACH ROW "
        f"WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    )


def _refuse_on_postgresql(act: str) -> None:
    name = f"published_files_no_{act.lower()}"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON published_files FOR EACH ROW WHEN (1 = 1) EXECUTE FUNCTION {name}()"
    )
