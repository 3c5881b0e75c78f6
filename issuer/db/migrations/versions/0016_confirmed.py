"""A snapshot is kept whole before it is placed and confirmed after; an event says with which one it went out.

What was published before counts as confirmed, and what a first publication covered as out.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
_NEVER = "1 = 1"


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
    make = _sqlite if dialect == "sqlite" else _postgresql
    distinct = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    if dialect == "sqlite":
        make("events_no_delete", "events", "DELETE", _NEVER, "events is appended only")
    make("events_no_update", "events", "UPDATE", _changed(_EVENT, distinct), "events is appended only")
    make("events_published", "events", "UPDATE", "OLD.published IS NOT NULL", "an event goes out once")
    make("publications_no_delete", "publications", "DELETE", _NEVER, "a snapshot is never forgotten")
    make("publications_fixed", "publications", "UPDATE", _changed(_SNAPSHOT, distinct), "a snapshot is not changed")


def _changed(columns: tuple[str, ...], distinct: str) -> str:
    return " OR ".join(f"OLD.{column} {distinct} NEW.{column}" for column in columns)


def _sqlite(name: str, table: str, act: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _postgresql(name: str, table: str, act: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()"
    )
