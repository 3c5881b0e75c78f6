"""Restoring: an empty place becomes a home as a backup, and the journal that goes on from it, say.

Rules: all rows are put in one transaction, each once, as it was last; the digests of the backup are compared before it
counts. What the file holds is believed because the recovery key opens it, chunk by chunk. Nothing is restored over
anything. What was lost is written down with the restoration: numbers that may have been used are skipped, and no
snapshot gets a number that may have been used.

    done = restore(Source(...), place, into, recovery, journal=..., lost=Lost(...))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sqlalchemy import URL, Connection, Table, delete

from credential import durable
from issuer.backup import rows as rowform
from issuer.backup.container import Body, Head, Recovery, damaged
from issuer.backup.frames import DESK, REGISTER, FileFrame, Frame, Manifest, RowFrame, TableFrame, frames
from issuer.backup.making import is_taken
from issuer.backup.marks import JOURNALED
from issuer.backup.overlay import Overlay
from issuer.backup.segments import Replayed, replay
from issuer.db.bulk import insert_many
from issuer.db.digests import Digest, TableDigest, names_of
from issuer.db.engine import open_engine
from issuer.db.migrate import versions
from issuer.db.models import AuditPendingRow
from issuer.db.moving import number_on, require_unused
from issuer.db.sessions import Register
from issuer.desk.db import tables as desk_tables
from issuer.desk.db.store import SCHEMA, DeskStore
from issuer.errors import ConflictError

Step = Callable[[int, int], None]
"""Told of progress: how many tables are done, of how many."""
OVERLAY: Final = ".overlay.sqlite3"
_TABLES: Final[Mapping[str, Mapping[str, Table]]] = {
    REGISTER: {table.name: table for table in JOURNALED},
    DESK: dict(desk_tables.metadata.tables),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is restored."""

    backup: Path
    journal: Path | None
    """The folder of the journal; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of the rows and files; the register is not opened by anybody yet."""

    head: Head
    manifest: Manifest
    digest: bytes
    """SHA-256 of the backup's file."""
    replayed: Replayed | None
    """What the journal had; None where there was none."""

    @property
    def until(self) -> datetime:
        """The state of the register."""
        last = None if self.replayed is None else self.replayed.until
        return self.head.made if last is None else last


def look(source: Source, recovery: Recovery) -> tuple[Head, Manifest]:
    """Read a whole backup without restoring it: head and manifest. Raises as ``restore``."""
    where = str(source.backup)
    with source.backup.open("rb") as file:
        head, body = Body.of(file, "backup", recovery, where)
        return head, _walk(frames(body, where), where)


def _walk(found: Iterator[Frame], where: str) -> Manifest:
    """Go to the end, comparing each table and file with what the manifest says."""
    reading = _Reading(found, where)
    while (each := reading.next_part()) is not None:
        if isinstance(each, TableFrame):
            for _ in reading.rows(each):
                pass
    return reading.end()


def restore(
    source: Source, place: Path, into: Path | URL, recovery: Recovery, *, digest: bytes, step: Step
) -> Restored:
    """Put everything of a backup, and of the journal, into an empty place.

    Args:
        source: the backup, and where the journal is.
        place: the directory that becomes the home.
        into: where the register will be: a file in it, or an empty database on a server.
        recovery: the recovery key.
        digest: SHA-256 of the backup's file.
        step: told of progress.

    Raises:
        InputError: ``not_a_backup``.
        NotAllowedError: ``other_recovery_key``.
        TamperedError: ``backup_damaged``, ``journal_damaged``.
        ConflictError: ``backup_version``: it is of another version of this program; ``target_not_empty``.
    """
    where = str(source.backup)
    with ExitStack() as open_ones:
        file = open_ones.enter_context(source.backup.open("rb"))
        head, body = Body.of(file, "backup", recovery, where)
        overlay = open_ones.enter_context(Overlay(place / OVERLAY))
        # The journal first: what is put over a row has to be known when the row is read.
        replayed = None if source.journal is None else _replay(source, recovery, head, overlay)
        _require_unused(into)
        register = Register.create(into)
        open_ones.callback(register.close)
        _require_version(register, head)
        desk = DeskStore.create(place / "desk.sqlite3" if isinstance(into, Path) else into)
        open_ones.callback(desk.close)
        reading = _Reading(frames(body, where), where)
        with register.write() as session, desk.write() as connection:
            targets = {REGISTER: _ready(session.connection()), DESK: _ready_desk(connection, is_server=desk.is_server)}
            files = _put_all(reading, targets, overlay, step)
            manifest = reading.end()
    files |= {} if replayed is None else replayed.files
    for path, content in files.items():
        if content is not None:
            _write(place, path, content)
    return Restored(head=head, manifest=manifest, digest=digest, replayed=replayed)


def _replay(source: Source, recovery: Recovery, head: Head, overlay: Overlay) -> Replayed:
    assert source.journal is not None
    _, manifest = look(source, recovery)
    return replay(source.journal, manifest, recovery, overlay, deployment=head.deployment)


def _require_unused(into: Path | URL) -> None:
    """Ask before any table is made. Raises ConflictError ``target_not_empty``."""
    if isinstance(into, Path):
        return  # a file in a directory that is new
    engine = open_engine(into)
    try:
        with engine.connect() as connection:
            require_unused(connection)
    finally:
        engine.dispose()


def _require_version(register: Register, head: Head) -> None:
    needed, found = versions(register.engine).program, str(head.said.get("version"))
    if found != needed:
        message = f"the backup is of version {found} of the register, this program of {needed}; nothing was restored"
        raise ConflictError("backup_version", message, found=found, needed=needed)


def _ready(connection: Connection) -> Connection:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # rows of a table may refer to later ones
    return connection


def _ready_desk(connection: Connection, *, is_server: bool) -> Connection:
    if is_server:
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
    return connection


def _put_all(
    reading: _Reading, targets: Mapping[str, Connection], overlay: Overlay, step: Step
) -> dict[str, FileFrame | None]:
    files: dict[str, FileFrame | None] = {}
    of = sum(map(len, _TABLES.values()))
    done = 0
    while (each := reading.next_part()) is not None:
        if isinstance(each, FileFrame):
            files[each.path] = each
            continue
        step(done, of)
        done += 1
        table, connection = reading.table_of(each), targets[each.database]
        if table is AuditPendingRow.__table__:
            connection.execute(delete(table))  # a trigger filled it when the entries came
        if table is desk_tables.version:
            connection.execute(delete(table))  # a backup without a desk leaves the number of the new database
        rows = reading.rows(each)
        over = overlay.over(table, rows) if each.database == REGISTER else rows
        insert_many(connection, table, names_of(table), over)
        for _ in rows:  # what nobody asked for is read too, for its digest
            pass
        number_on(connection, table) if each.database == REGISTER else None
    step(of, of)
    return files


class _Reading:
    """The parts of a body one after another, with the digests of what was read."""

    def __init__(self, found: Iterator[Frame], where: str) -> None:
        self._frames = found
        self._where = where
        self._ahead: Frame | None = next(found)
        self._tables: dict[str, list[TableDigest]] = {}
        self._files: list[tuple[str, int]] = []

    def next_part(self) -> TableFrame | FileFrame | None:
        """Return the next table or file; None at the manifest."""
        found = self._ahead
        if isinstance(found, Manifest):
            return None
        if not isinstance(found, TableFrame | FileFrame):
            raise damaged(self._where, "rows stand where a table should begin")
        if isinstance(found, FileFrame):
            if not is_taken(found.path):
                raise damaged(self._where, f"it holds a file {found.path}, which no backup holds")
            self._files.append((found.path, len(found.data)))
        self._ahead = next(self._frames, None)
        return found

    def table_of(self, part: TableFrame) -> Table:
        """Return the table of this program. Raises ConflictError ``backup_version``."""
        table = _TABLES.get(part.database, {}).get(part.table)
        if table is None or names_of(table) != part.columns:
            message = f"table {part.table} of the backup has other columns than this program's; nothing was restored"
            raise ConflictError("backup_version", message, table=part.table)
        return table

    def rows(self, part: TableFrame) -> Iterator[Sequence[Any]]:
        """Yield the rows of a table, and keep their digest."""
        table = self.table_of(part)
        digest = Digest(table)
        while isinstance(self._ahead, RowFrame):
            row = rowform.decode(table, self._ahead.data)
            self._ahead = next(self._frames, None)
            digest.add(row)
            yield row
        self._tables.setdefault(part.database, []).append(digest.end())

    def end(self) -> Manifest:
        """Return the manifest, if it says what was read. Raises TamperedError ``backup_damaged``."""
        made = self._ahead
        if not isinstance(made, Manifest):
            raise damaged(self._where, "it has no end")
        tables = {name: tuple(found) for name, found in self._tables.items()}
        if tables != dict(made.tables) or self._files != [(each.path, each.size) for each in made.files]:
            raise damaged(self._where, "what it holds is not what its manifest says")
        return made


def _write(place: Path, path: str, content: FileFrame) -> None:
    to = place / PurePosixPath(path)
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.replace(to, content.data, mode=content.mode & 0o700 | (content.mode & 0o044))
