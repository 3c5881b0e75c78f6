"""Going back to an older version of the tables, for the program of before: nothing is lost, or nothing is done.

Rules: a way back asks first whether the newer tables hold anything that the older ones have no place for; then it
raises, and the transaction leaves everything as it was. What a migration worked out from the rest is no loss, for the
next upgrade works it out again. Before ``0012_roots`` there is no way: the older program knows no statement of today.

    require_nothing("0022_photos", "photos")
    require_nothing("0020_list_findings", "batches", "findings IS NOT NULL")
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from issuer.errors import ConflictError


def require_nothing(revision: str, table: str, where: str = "1 = 1") -> None:
    """Ask whether the way back from a revision would lose rows, or values of some rows.

    Args:
        revision: that is gone back from.
        table: what it made or changed.
        where: the rows that hold something new, in SQL of both databases.

    Raises:
        ConflictError: ``no_way_back``.
    """
    rows = op.get_bind().scalar(text(f"SELECT count(*) FROM {table} WHERE {where}")) or 0  # noqa: S608 - our own words
    if rows:
        message = f"version {revision} keeps something in {rows} rows of {table} that an older version has no place for"
        raise ConflictError("no_way_back", message, revision=revision, table=table, rows=rows)


def refuse_way_back(revision: str) -> None:
    """Refuse to go back from a revision, whatever the tables hold. Raises ConflictError ``no_way_back``."""
    message = f"no program of before version {revision} can go on with this register"
    raise ConflictError("no_way_back", message, revision=revision)


def drop_triggers(table: str, *names: str) -> None:
    """Drop triggers that ``triggers.refuse`` made; on PostgreSQL with their functions, and those on TRUNCATE."""
    for name in names:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {table}_{name.removeprefix(f'{table}_')}() CASCADE")
