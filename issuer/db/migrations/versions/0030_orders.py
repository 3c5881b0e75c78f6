"""What waits for a second operator.

A change of status that was accepted before and is not published yet has no second statement and would be held back for
ever: it is published first, by the program of before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import require_nothing
from issuer.errors import ConflictError

revision = "0030_orders"
down_revision = "0029_holder_requests"
branch_labels = None
depends_on = None

_STATES = ("waiting", "done", "refused", "taken_back")
_UNPUBLISHED = """
    SELECT count(*) FROM events
    JOIN statements ON statements.id = events.statement
    LEFT JOIN signed_histories ON signed_histories.certificate = events.certificate
    WHERE statements.act IN ('suspend', 'reinstate', 'withdraw', 'cancel')
    AND events.ordinal > coalesce(signed_histories.events, 0)
"""


def upgrade() -> None:
    """Make the table, unless a change of status waits to be published."""
    waiting = op.get_bind().scalar(sa.text(_UNPUBLISHED)) or 0
    if waiting:
        message = (
            f"{waiting} changes of status are accepted and not published; publish them with the program that accepted "
            "them, then upgrade: from now on a second operator's statement is asked for"
        )
        raise ConflictError("publish_first", message, waiting=waiting)
    op.create_table(
        "orders",
        sa.Column("number", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("first", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.String(length=32), nullable=True),
        sa.Column(
            "state",
            sa.Enum(*_STATES, name="state", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (answer IS NULL)", name=op.f("ck_orders_answered")),
        sa.ForeignKeyConstraint(["first"], ["statements.id"], name=op.f("fk_orders_first_statements")),
        sa.ForeignKeyConstraint(["answer"], ["statements.id"], name=op.f("fk_orders_answer_statements")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_orders")),
        sa.UniqueConstraint("first", name=op.f("uq_orders_first")),
        sa.UniqueConstraint("answer", name=op.f("uq_orders_answer")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_orders_state"), "orders", ["state"])


def downgrade() -> None:
    """Drop the table, unless something was ordered."""
    require_nothing(revision, "orders")
    op.drop_table("orders")
