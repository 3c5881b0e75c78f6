"""An event may have one more public reason: the holder died.

SQLite keeps no check apart from its table, so there the table is copied, and its triggers are made again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing
from issuer.db.migrations.triggers import changed, refuse

revision = "0031_deceased"
down_revision = "0030_orders"
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
_EVENT = (
    "certificate",
    "ordinal",
    "kind",
    "effective",
    "recorded",
    "authority",
    "basis",
    "document",
    "reason",
    "successor",
    "replaces",
    "counted_from",
    "note",
    "statement",
)


def upgrade() -> None:
    """Let the check take the reason."""
    _check((*_REASONS, "deceased"))


def downgrade() -> None:
    """Take it away, unless an event has it."""
    require_nothing(revision, "events", "reason = 'deceased'")
    _check(_REASONS)


def _check(reasons: tuple[str, ...]) -> None:
    with op.batch_alter_table("events") as events:
        events.drop_constraint(op.f("ck_events_reason"), type_="check")
        events.create_check_constraint(op.f("ck_events_reason"), sa.column("reason").in_(reasons))
    if op.get_bind().dialect.name == "sqlite":
        refuse("events_no_delete", "events", "DELETE", "events is appended only")
        refuse("events_no_update", "events", "UPDATE", "events is appended only", when=changed(_EVENT))
        refuse("events_published", "events", "UPDATE", "an event goes out once", when="OLD.published IS NOT NULL")
