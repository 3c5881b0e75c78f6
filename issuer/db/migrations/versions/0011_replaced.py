"""An event may say more: which certificate an issued one replaces, that a withdrawal was set aside, that it was erased.

SQLite keeps no check apart from its table, so there the table is copied, and its triggers are made again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_replaced"
down_revision = "0010_authorities"
branch_labels = None
depends_on = None

_KINDS = ("issued", "suspended", "reinstated", "withdrawn", "cancelled", "superseded", "annotated")
_NEW_KINDS = ("set_aside", "erased")


def upgrade() -> None:
    """Add the columns of the certificate replaced, and two kinds."""
    on_sqlite = op.get_context().dialect.name == "sqlite"
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("replaces", sa.String(length=24), nullable=True))
        events.add_column(sa.Column("counted_from", sa.Date(), nullable=True))
        events.create_foreign_key(op.f("fk_events_replaces"), "certificates", ["replaces"], ["number"])
        events.drop_constraint(op.f("ck_events_kind"), type_="check")
        events.create_check_constraint(op.f("ck_events_kind"), sa.column("kind").in_(_KINDS + _NEW_KINDS))
    if on_sqlite:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_no_{act.lower()} BEFORE {act} ON events FOR EACH ROW WHEN 1 = 1 "
                "BEGIN SELECT RAISE(ABORT, 'events is appended only'); END"
            )
