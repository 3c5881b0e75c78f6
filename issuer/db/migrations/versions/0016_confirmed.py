"""A snapshot is kept whole before it is placed and confirmed after; an event says with which one it went out.

What was published before counts as confirmed, and what a first publication covered as out.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.db.migrations.back import drop_triggers, require_nothing
from issuer.db.migrations.triggers import append_only, changed, refuse

revision = "0016_confirmed"
down_revision = "0014_faces"
branch_labels = None
depends_on = None

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
_SNAPSHOT = (
    "sequence",
    "trust_version",
    "snapshot_digest",
    "made_at",
    "expires",
    "records",
    "prefix_length",
    "token",
    "is_anew",
)


def upgrade() -> None:
    """Add the columns, fill them, and let the triggers know what still changes."""
    dialect = op.get_bind().dialect.name
    if dialect != "sqlite":
        op.execute("DROP TRIGGER events_no_update ON events")
        op.execute("DROP FUNCTION events_no_update()")
    for column in ("token", "lists", "sizes"):
        op.add_column("publications", sa.Column(column, sa.LargeBinary(), nullable=True))
    op.add_column("publications", sa.Column("is_anew", sa.Boolean(), nullable=True))
    op.add_column("publications", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("walked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE publications SET confirmed_at = made_at")
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("published", sa.Integer(), nullable=True))
        events.create_foreign_key(op.f("fk_events_published_publications"), "publications", ["published"], ["sequence"])
    op.execute(
        "UPDATE events SET published = (SELECT max(sequence) FROM publications) WHERE certificate IN ("
        "SELECT certificates.id FROM certificates JOIN signed_histories h ON h.certificate = certificates.id"
        " WHERE certificates.first_published IS NOT NULL AND events.ordinal <= h.events)"
    )
    waits = sa.text("published IS NULL")
    op.create_index("ix_events_unpublished", "events", ["certificate"], sqlite_where=waits, postgresql_where=waits)
    if dialect == "sqlite":  # the table was copied, and its triggers went with the old one
        refuse("events_no_delete", "events", "DELETE", "events is appended only")
    refuse("events_no_update", "events", "UPDATE", "events is appended only", when=changed(_EVENT))
    refuse("events_published", "events", "UPDATE", "an event goes out once", when="OLD.published IS NOT NULL")
    refuse("publications_no_delete", "publications", "DELETE", "a snapshot is never forgotten")
    refuse("publications_fixed", "publications", "UPDATE", "a snapshot is not changed", when=changed(_SNAPSHOT))


def downgrade() -> None:
    """Drop the columns, unless a snapshot is kept whole: the older program could not finish it."""
    require_nothing(revision, "publications", "token IS NOT NULL OR walked_at IS NOT NULL OR is_anew IS NOT NULL")
    drop_triggers("publications", "publications_no_delete", "publications_fixed")
    drop_triggers("events", "events_no_update", "events_no_delete", "events_published")
    op.drop_index("ix_events_unpublished", table_name="events")
    with op.batch_alter_table("events") as events:
        events.drop_constraint(op.f("fk_events_published_publications"), type_="foreignkey")
        events.drop_column("published")
    for column in ("token", "lists", "sizes", "is_anew", "confirmed_at", "walked_at"):
        op.drop_column("publications", column)
    append_only("events")
