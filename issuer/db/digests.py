"""The digest of a table: the same on every database that holds the same rows.

Rules: a table is a text: a line of canonical JSON (FORMAT 1.4) for the names of its columns in the order of their
alphabet, then one for each row in the order of the primary key, texts by code points. Bytes are hexadecimal, days as
written, instants UTC with microseconds, words of a closed list as they are stored. The digest is the SHA-256 of that
text: anyone can compute it with other tools.

    digest_of(connection, AuditRow.__table__)      # TableDigest(table="audit", rows=120, digest=b"...")
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from credential import jsonform
from issuer.db.models import Row

_IN_MEMORY: Final = 1000
"""Rows in memory together."""
TABLES: Final[tuple[Table, ...]] = tuple(Row.metadata.sorted_tables)
"""All tables of the register, each behind those that it refers to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDigest:
    """What a table holds, in short."""

    table: str
    rows: int
    digest: bytes
    """SHA-256."""


class Digest:
    """The digest of a table whose rows are given one after another."""

    def __init__(self, table: Table) -> None:
        self._table = table.name
        self._names = names_of(table)
        # In the text the columns stand by name: databases keep those that were added later at the end, or not.
        self._order = sorted(range(len(self._names)), key=self._names.__getitem__)
        self._rows = 0
        self._hash = hashlib.sha256()
        self._line(self._names)

    def add(self, row: Sequence[Any]) -> None:
        """Take the next row, its values in the order of ``names_of``."""
        self._rows += 1
        self._line([_plain(value) for value in row])

    def end(self) -> TableDigest:
        """Return the digest of what was given."""
        return TableDigest(table=self._table, rows=self._rows, digest=self._hash.digest())

    def _line(self, values: Sequence[Any]) -> None:
        self._hash.update(jsonform.encode([values[place] for place in self._order]) + b"\n")


def names_of(table: Table) -> tuple[str, ...]:
    """The names of a table's columns, in the order in which ``rows_of`` gives their values."""
    return tuple(column.name for column in table.columns)


def rows_of(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """Yield all rows in the order of the primary key, texts by code points; few of them are in memory together."""
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_IN_MEMORY)
    with connection.execute(query) as rows:
        yield from rows


def digest_of(connection: Connection, table: Table) -> TableDigest:
    """Read a table and return its digest."""
    digest = Digest(table)
    for row in rows_of(connection, table):
        digest.add(row)
    return digest.end()


def _plain(value: Any) -> Any:
    """A value as JSON has it; what a column may hold has one form each."""
    match value:
        case bytes():
            return value.hex()
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case enum.Enum():
            return value.name.lower()
    return value
