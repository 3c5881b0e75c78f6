"""What a journal says of rows, put over the rows of a backup: each row once, as it was last written.

Rules: entries are laid one over the other in their order, so the last one counts; a row that was deleted is gone. The
overlay is a file of its own beside the register that is being made, because a journal may be longer than memory; its
rows are sealed as they are in the register.

    overlay.put_all[("audit", "[1]", data)]
    for row in overlay.over(table, rows): ...
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import Table

from issuer.backup import rows as rowform

_FETCHED: Final = 1000


class Overlay:
    """Rows of a journal by table and key. Close it, or use it in a ``with`` block; then its file is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        for each in ("PRAGMA journal_mode=MEMORY", "PRAGMA synchronous=OFF", "PRAGMA secure_delete=ON"):
            self._connection.execute(each)
        self._connection.execute(
            "CREATE TABLE rows (source TEXT, key TEXT, row BLOB, used INT DEFAULT 0, PRIMARY KEY (source, key))"
        )
        path.chmod(0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._path.unlink(missing_ok=True)

    def begin(self) -> None:
        """Begin an entry: its rows count when ``commit`` says that it is whole."""
        self._connection.execute("BEGIN")

    def put_all(self, rows: Iterable[tuple[str, str, bytes | None]]) -> None:
        """Lay rows over what there is: table, key, and the row; None: it was deleted."""
        self._connection.executemany("INSERT OR REPLACE INTO rows (source, key, row) VALUES (?, ?, ?)", rows)

    def commit(self) -> None:
        """Take the entry."""
        self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        """Forget an entry that is not whole."""
        self._connection.execute("ROLLBACK")

    def forget(self) -> None:
        """Forget everything."""
        self._connection.execute("DELETE FROM rows")

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return self._connection.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is None

    def over(self, table: Table, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Yield the rows of a table as they were last: those of the backup, changed ones in their place, new ones."""
        if self.is_empty:
            yield from rows
            return
        for row in rows:
            found = self._take(table.name, rowform.key_of(table, row))
            if found is None:
                yield row
            elif found[0] is not None:
                yield rowform.decode(table, found[0])
        for row in self._rest(table.name):
            yield rowform.decode(table, row)

    def _take(self, source: str, key: str) -> tuple[bytes | None] | None:
        where = "WHERE source = ? AND key = ?"
        found: tuple[bytes | None] | None
        found = self._connection.execute(f"SELECT row FROM rows {where}", (source, key)).fetchone()  # noqa: S608
        if found is not None:
            self._connection.execute(f"UPDATE rows SET used = 1 {where}", (source, key))  # noqa: S608
        return found

    def _rest(self, source: str) -> Iterator[bytes]:
        query = "SELECT row FROM rows WHERE source = ? AND used = 0 AND row IS NOT NULL ORDER BY rowid"
        cursor = self._connection.execute(query, (source,))
        while some := cursor.fetchmany(_FETCHED):
            yield from (row for (row,) in some)
