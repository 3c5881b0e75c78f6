"""How an authority is reached, who delegated to it, and the key in whose place a key came.

Other tables refer to these two, so SQLite cannot copy them under a running check of foreign keys: both databases take a
column with its reference in one statement.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_authorities"
down_revision = "0009_evidence"
branch_labels = None
depends_on = None

_EMPTY = '{"address": "", "hours": "", "telephone": "", "web": ""}'


def upgrade() -> None:
    """Add the columns; nothing is known of an authority that is there already."""
    sqlite = op.get_context().dialect.name == "sqlite"
    _add_reference("authorities", "parent", "VARCHAR(16)", "id")
    contact = f'{{"en": {_EMPTY}, "zh": {_EMPTY}}}'
    op.add_column("authorities", sa.Column("contact", sa.JSON(), nullable=False, server_default=contact))
    if not sqlite:
        op.alter_column("authorities", "contact", server_default=None)
    _add_reference("trust_keys", "succeeds", "BLOB" if sqlite else "BYTEA", "kid")


def _add_reference(table: str, column: str, kind: str, referred: str) -> None:
    """Add a nullable column that refers to another row of its own table."""
    name = f"fk_{table}_{column}"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT {name} REFERENCES {table} ({referred})")
