"""What stands in the body of a backup: tables with their rows, files of the home, and at the end what there was.

Rules: a frame is a letter, a length in four bytes, and CBOR. Rows follow the table that they are of. The last frame is
the manifest: every table and file with its digest, and where the journal goes on. A body without it is not whole.

    writer = Writer(body)
    writer.table("register", table, rows); writer.file("operators.jwt", 0o600, data); writer.end(...)
    for each in frames(body, where): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Protocol

import cbor2
from sqlalchemy import Table

from issuer.backup import rows as rowform
from issuer.backup.container import Body, damaged
from issuer.db.digests import Digest, TableDigest, names_of

MAX_FRAME: Final = 64 << 20
"""Larger than any row (a batch's photo has 50 KB) and any file that is taken."""
REGISTER: Final = "register"
DESK: Final = "desk"
_TABLE, _ROW, _FILE, _END = b"T", b"R", b"F", b"E"


class Sink(Protocol):
    """Where a body is written."""

    def write(self, data: bytes) -> None:
        """Add to it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """A file of the home that a backup holds."""

    path: str
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds, as its last frame says."""

    tables: Mapping[str, tuple[TableDigest, ...]]
    """By database: ``register``, and ``desk`` where there was one."""
    files: tuple[FileDigest, ...]
    journal: str | None
    """The journal that goes on from here."""
    entry: int
    """The last entry of it that is contained."""
    high: int
    """The instant of the state that it holds (``issuer.backup.marks``)."""
    said: Mapping[str, int | str]
    """How many certificates, the newest snapshot, the length of the audit."""

    @property
    def rows(self) -> int:
        """In all tables together."""
        return sum(each.rows for tables in self.tables.values() for each in tables)


@dataclass(frozen=True, slots=True)
class TableFrame:
    """From here on rows of this table."""

    database: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowFrame:
    """A row as ``issuer.backup.rows`` writes it."""

    data: bytes


@dataclass(frozen=True, slots=True)
class FileFrame:
    """A file of the home."""

    path: str
    mode: int
    data: bytes


Frame = TableFrame | RowFrame | FileFrame | Manifest


class Writer:
    """Writes frames, and keeps what the manifest says of them."""

    def __init__(self, body: Sink) -> None:
        self._body = body
        self._tables: dict[str, list[TableDigest]] = {}
        self._files: list[FileDigest] = []

    def table(self, database: str, table: Table, rows: Iterable[Sequence[Any]]) -> TableDigest:
        """Write a table with all its rows, in the order of the primary key."""
        digest = Digest(table)
        self._put(_TABLE, cbor2.dumps([database, table.name, list(names_of(table))]))
        for row in rows:
            digest.add(row)
            self._put(_ROW, rowform.encode(table, row))
        found = digest.end()
        self._tables.setdefault(database, []).append(found)
        return found

    def file(self, path: str, mode: int, data: bytes) -> None:
        """Write a file of the home."""
        self._put(_FILE, cbor2.dumps([path, mode, data]))
        self._files.append(FileDigest(path=path, size=len(data), digest=sha256(data).digest()))

    def end(self, *, journal: str | None, entry: int, high: int, said: Mapping[str, int | str]) -> Manifest:
        """Write the manifest and return it."""
        made = Manifest(
            tables={name: tuple(found) for name, found in self._tables.items()},
            files=tuple(self._files),
            journal=journal,
            entry=entry,
            high=high,
            said=said,
        )
        self._put(_END, cbor2.dumps(_manifest_plain(made)))
        return made

    def _put(self, kind: bytes, data: bytes) -> None:
        if len(data) > MAX_FRAME:
            raise ValueError(f"a frame of {len(data)} bytes; at most {MAX_FRAME} are read again")
        self._body.write(kind + len(data).to_bytes(4) + data)


def frames(body: Body, where: str) -> Iterator[Frame]:
    """Yield what a body holds, to its end. Raises TamperedError ``backup_damaged``."""
    while True:
        kind, length = body.read_exactly(1), int.from_bytes(body.read_exactly(4))
        if length > MAX_FRAME or kind not in _READ:
            raise damaged(where, "what it holds is in no form that this program knows")
        data = body.read_exactly(length)
        try:
            found = _READ[kind](data)
        except (ValueError, TypeError, KeyError, EOFError) as error:
            raise damaged(where, "what it holds is in no form that this program knows") from error
        yield found
        if isinstance(found, Manifest):
            body.require_end()
            return


def _read_table(data: bytes) -> TableFrame:
    database, table, columns = cbor2.loads(data)
    return TableFrame(str(database), str(table), tuple(map(str, columns)))


def _read_file(data: bytes) -> FileFrame:
    path, mode, content = cbor2.loads(data)
    return FileFrame(str(path), int(mode), bytes(content))


def _manifest_plain(made: Manifest) -> dict[str, Any]:
    return {
        "tables": {name: [[t.table, t.rows, t.digest] for t in found] for name, found in made.tables.items()},
        "files": [[f.path, f.size, f.digest] for f in made.files],
        "journal": made.journal,
        "entry": made.entry,
        "high": made.high,
        "said": dict(made.said),
    }


def _read_manifest(data: bytes) -> Manifest:
    found = cbor2.loads(data)
    return Manifest(
        tables={
            name: tuple(TableDigest(table=t, rows=r, digest=d) for t, r, d in tables)
            for name, tables in found["tables"].items()
        },
        files=tuple(FileDigest(path=p, size=s, digest=d) for p, s, d in found["files"]),
        journal=found["journal"],
        entry=found["entry"],
        high=found["high"],
        said=found["said"],
    )


_READ: Final[Mapping[bytes, Callable[[bytes], Frame]]] = {
    _TABLE: _read_table,
    _ROW: RowFrame,
    _FILE: _read_file,
    _END: _read_manifest,
}
