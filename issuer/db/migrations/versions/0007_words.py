"""An event holds words: its public reason by name instead of by number, and its day under the name the history has.

SQLite keeps no column's type or check apart from its table, so there the table is copied, and the triggers that go with
the old one are made again as 0005 made them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_words"
down_revision = "0006_trust"
branch_labels = None
depends_on = None

_REASONS = (
    "none",
    "fraud",
    "procedure",
    "decision",
    "under_review",
    "error",
    "surrendered",
    "reissued",
    "cleared",
    "other",
)
"""By their numbers, 0 to 9 (FORMAT 6)."""


def upgrade() -> None:
    """Rename the day and translate the reason."""
    on_sqlite = op.get_context().dialect.name == "sqlite"
    named = " ".join(f"WHEN {number} THEN '{word}'" for number, word in enumerate(_REASONS))
    named = f"CASE reason {named} END"
    if on_sqlite:
        op.execute("DROP TRIGGER events_no_update")
        found = sa.table("events", sa.column("reason"))
        op.execute(found.update().values(reason=sa.literal_column(named)))
    with op.batch_alter_table("events") as events:
        events.alter_column("effective_on", new_column_name="effective")
        events.alter_column(
            "reason",
            type_=sa.Enum(*_REASONS, name="reason", native_enum=False, create_constraint=True, length=24),
            existing_type=sa.Integer(),
            existing_nullable=False,
            postgresql_using=named,
        )
    if on_sqlite:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_no_{act.lower()} BEFORE {act} ON events FOR EACH ROW WHEN 1 = 1 "
                "BEGIN SELECT RAISE(ABORT, 'events is appended only'); END"
            )
