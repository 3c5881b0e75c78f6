"""A statement is stored as evidence: scheme, key id and bytes, so that other ways of signing can follow.

What the statement is about stands in the evidence alone; a second copy in a column could only differ from it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_evidence"
down_revision = "0008_retired_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep each token as bytes, with its scheme and the operator's key."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    drop = "DROP TRIGGER statements_no_update" + ("" if sqlite else " ON statements")
    op.execute(drop)
    op.add_column("statements", sa.Column("scheme", sa.String(length=16), nullable=False, server_default="jws"))
    op.add_column("statements", sa.Column("key_id", sa.LargeBinary(), nullable=False, server_default=""))
    op.add_column("statements", sa.Column("evidence", sa.LargeBinary(), nullable=False, server_default=""))
    token = sa.func.convert_to(sa.column("jws"), "UTF8") if not sqlite else sa.cast(sa.column("jws"), sa.LargeBinary())
    statements = sa.table("statements", sa.column("evidence"), sa.column("key_id"), sa.column("operator"))
    operators = sa.table("operators", sa.column("id"), sa.column("key_id"))
    key_id = sa.select(operators.c.key_id).where(operators.c.id == statements.c.operator).scalar_subquery()
    op.execute(sa.update(statements).values(evidence=token, key_id=key_id))
    op.drop_column("statements", "jws")
    op.drop_column("statements", "object")
    if sqlite:
        op.execute(
            "CREATE TRIGGER statements_no_update BEFORE UPDATE ON statements FOR EACH ROW WHEN 1 = 1 "
            "BEGIN SELECT RAISE(ABORT, 'statements is appended only'); END"
        )
        return
    for column in ("scheme", "key_id", "evidence"):
        op.alter_column("statements", column, server_default=None)
    op.execute(
        "CREATE TRIGGER statements_no_update BEFORE UPDATE ON statements FOR EACH ROW WHEN (1 = 1) "
        "EXECUTE FUNCTION statements_no_update()"
    )
