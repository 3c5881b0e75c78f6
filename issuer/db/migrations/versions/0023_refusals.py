"""On PostgreSQL, what a trigger refuses is a broken constraint, as on SQLite, and no such table is emptied at once.

Before, the server's own code for an error of a program was all that a caller got, and TRUNCATE asked no trigger.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.triggers import refuse_truncate, refusing

revision = "0023_refusals"
down_revision = "0022_photos"
branch_labels = None
depends_on = None

_FUNCTIONS = (
    "SELECT proname, prosrc FROM pg_proc WHERE prorettype = 'trigger'::regtype"
    " AND pronamespace = current_schema()::regnamespace ORDER BY proname"
)
_BEFORE = re.compile(r" BEGIN RAISE EXCEPTION '([^']*)'; END ")
_KEPT = (
    "audit",
    "certificates",
    "events",
    "integrity_records",
    "publications",
    "published_files",
    "stated_certificates",
    "statements",
)
"""The tables from which no row is deleted."""


def upgrade() -> None:
    """Make the functions of the triggers anew, and the triggers on TRUNCATE."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for name, source in op.get_bind().execute(sa.text(_FUNCTIONS)).all():
        found = _BEFORE.fullmatch(source)
        if found is not None:
            refusing(name, found[1])
    for table in _KEPT:
        refuse_truncate(f"{table}_no_delete", table)


def downgrade() -> None:
    """Nothing to do: what refuses goes on refusing, and the next upgrade makes the functions anew."""
