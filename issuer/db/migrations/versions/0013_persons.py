"""Operators are persons with keys: whose hand a key is, and by which schemes it signs (FORMAT 11.3).

Operators from before are persons of their own, whose keys sign by JWS for all acts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing

revision = "0013_persons"
down_revision = "0012_roots"
branch_labels = None
depends_on = None


_BY_JWS = '[{"acts": "*", "scheme": "jws"}]'


def upgrade() -> None:
    """Add person and schemes."""
    op.add_column("operators", sa.Column("person", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("operators", sa.Column("schemes", sa.JSON(), nullable=False, server_default=_BY_JWS))
    operators = sa.table("operators", sa.column("id"), sa.column("person"))
    op.execute(sa.update(operators).values(person=operators.c.id))
    if op.get_bind().dialect.name != "sqlite":
        for column in ("person", "schemes"):
            op.alter_column("operators", column, server_default=None)


def downgrade() -> None:
    """Drop the columns, unless two operators are one person or a key signs otherwise than by JWS."""
    require_nothing(revision, "operators", f"person <> id OR CAST(schemes AS VARCHAR) <> '{_BY_JWS}'")
    for column in ("person", "schemes"):
        op.drop_column("operators", column)
