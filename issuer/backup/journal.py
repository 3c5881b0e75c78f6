"""The journal: what changes in the register and among the files of the home, on another disk within a second.

Rules: one process at a time writes it, and holds a lock in its folder. What it writes is one state of the register: all
rows that are marked, as they are in that state. Their marks go when the entry is on disk, so whoever is killed in
between writes them once more. A disk that is full or gone is noted in the register and stops nobody; when it is back,
a new segment has everything since. A journal goes on from a backup: where triggers were missing, or the register was
moved, another journal begins, and a backup is needed.

    writer = JournalWriter.open(opened, folder, key)
    writer.write()                         # how many rows; 0 where nothing changed
    settle(opened)                         # before a snapshot is placed
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Connection, Table, func, select, tuple_

from credential.errors import CodedError
from credential.recovery import RecoveryPublicKey
from issuer import audit
from issuer.backup import marks
from issuer.backup import rows as rowform
from issuer.backup.container import Head
from issuer.backup.making import key_of, paths_of
from issuer.backup.segments import KIND, ChangedFile, ChangedRow, Segment, parts_of, segments_in
from issuer.db.digests import TABLES
from issuer.db.locks import Lock
from issuer.db.models import BackupRow, JournalMarkRow, JournalRow
from issuer.db.sessions import chunked
from issuer.errors import ConflictError, MachineError
from issuer.home import machine
from issuer.home.opened import Actor, Opened
from issuer.ids import new_id

SEGMENT_BYTES: Final = 64 << 20
"""A segment that is longer is ended, and another one begun: old ones can go."""
KEPT_BACKUPS: Final = 3
"""Segments stay that one of so many backups needs: the newest may turn out not to be readable."""
SETTLE_SECONDS: Final = 2.0
"""Longer than writing takes; a snapshot waits no longer for a journal."""
_LOOK_SECONDS: Final = 0.05
_WORKER: Final = Actor("worker")
_Sign = tuple[int, int, int]
"""When a file was written, how long it is, and which it is."""
_TABLES: Final = {table.name: table for table in TABLES}


class JournalBusyError(ConflictError):
    """Another process writes the journal."""


@dataclass(slots=True)
class JournalWriter:
    """Writes the journal of one home, and holds its lock until closed."""

    opened: Opened
    folder: Path
    key: RecoveryPublicKey
    began: bool
    """Whether this is a new journal: a backup is needed before it restores anything."""
    _lock: int
    _id: str
    _segment: Segment | None = None
    _files: dict[str, _Sign] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, opened: Opened, folder: Path, key: RecoveryPublicKey, *, actor: Actor) -> Self:
        """Take the lock and see to it that changes are marked.

        Args:
            opened: the home.
            folder: of the journal, on another disk; it is there already, so that a disk that is not mounted is seen.
            key: the public half of the recovery key.
            actor: who begins a journal, where none was.

        Raises:
            JournalBusyError: ``journal_busy``.
            OSError: the folder is not there, or cannot be written.
            sqlalchemy.exc.DBAPIError: this user may not make triggers; the owner of the tables begins the journal.
        """
        folder = folder.absolute()
        lock = _take_lock(folder, opened)
        try:
            began, journal = _begun(opened, folder, actor)
        except BaseException:
            os.close(lock)
            raise
        return cls(opened, folder, key, began, lock, journal)

    def write(self) -> int:
        """Write what changed since the last entry; returns how many rows and files it was.

        Raises:
            OSError: the disk refused; what changed stays marked, and the next try begins a new segment.
        """
        files, there = self._changed_files()
        with self.opened.register.read() as session:
            connection = session.connection()
            found = marks.pending(connection)
            if not (found or files):
                return 0
            row = session.get_one(JournalRow, 1)
            instant, at = marks.instant_of(connection), self.opened.clock()
            entry = row.entry + 1
            changed = _rows_of(connection, found)
            try:
                segment = self._segment_for(entry)
                for part in parts_of(entry, at, instant, changed, files):
                    segment.add(part)
            except OSError:
                self._drop_segment()
                raise
        self._acknowledge(entry, at, [each[0] for each in found])
        self._files = there
        return len({(source, key) for _, source, key in found}) + len(files)

    def tidy(self) -> int:
        """Remove segments that none of the newest backups needs; returns how many."""
        with self.opened.register.read() as session:
            query = select(BackupRow.entry).where(BackupRow.journal == self._id).order_by(BackupRow.ended.desc())
            entries = list(session.scalars(query.limit(KEPT_BACKUPS)))
        ours = [each for each in segments_in(self.folder, self._deployment) if each.journal == self._id]
        if len(entries) < KEPT_BACKUPS:
            return 0
        needed = min(each or 0 for each in entries)
        old = [one for one, after in pairwise(ours) if after.first <= needed + 1]
        for each in old:
            each.path.unlink(missing_ok=True)
        return len(old)

    def close(self) -> None:
        """End the segment and give the lock back."""
        self._drop_segment()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _deployment(self) -> str:
        return self.opened.home.settings.deployment

    def _segment_for(self, entry: int) -> Segment:
        if self._segment is not None and self._segment.size > SEGMENT_BYTES:
            self._drop_segment()
        if self._segment is None:
            self._segment = self._new_segment(entry)
        return self._segment

    def _new_segment(self, entry: int) -> Segment:
        ours = [each.number for each in segments_in(self.folder, self._deployment) if each.journal == self._id]
        number = max(ours, default=0) + 1
        while True:
            said: dict[str, str | int] = {"journal": self._id, "segment": number, "first": entry}
            head = Head(
                kind=KIND, deployment=self._deployment, made=self.opened.clock(), key_id=self.key.key_id, said=said
            )
            try:
                return Segment(self.folder, head, self.key, number)
            except FileExistsError:  # one whose head was cut
                number += 1

    def _drop_segment(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _changed_files(self) -> tuple[tuple[ChangedFile, ...], dict[str, _Sign]]:
        """The files that changed since the last entry, and how each of them looks now. Only those are read."""
        changed: list[ChangedFile] = []
        there: dict[str, _Sign] = {}
        for path in paths_of(self.opened.home):
            place = path.relative_to(self.opened.home.directory).as_posix()
            with suppress(FileNotFoundError):  # it was moved meanwhile
                found = path.stat()
                sign = (found.st_mtime_ns, found.st_size, found.st_ino)
                if self._files.get(place) != sign:
                    changed.append((place, found.st_mode & 0o777, path.read_bytes()))
                there[place] = sign
        changed += [(place, 0, None) for place in self._files.keys() - there.keys()]
        return tuple(changed), there

    def _acknowledge(self, entry: int, at: datetime, ids: Iterable[int]) -> None:
        with self.opened.register.write() as session:
            marks.clear(session.connection(), ids)
            row = session.get_one(JournalRow, 1)
            row.entry, row.written, row.failing_since, row.failure = entry, at, None, None


def note_failure(opened: Opened, error: CodedError) -> None:
    """Note in the register that the journal cannot be written, and since when, as far as it can be noted."""
    with suppress(Exception), opened.register.write() as session:
        row = session.get(JournalRow, 1)
        if row is not None:
            row.failing_since = row.failing_since or opened.clock()
            row.failure = error.code


def settle(opened: Opened, *, seconds: float = SETTLE_SECONDS) -> bool:
    """See to it that everything that is committed is in the journal, before the public sees any of it.

    Where no process writes the journal, this one does. A journal that cannot be written stops nothing.

    Args:
        opened: the home.
        seconds: how long another process is waited for.

    Returns:
        Whether all of it is there; True where no journal is kept.
    """
    with opened.register.read() as session:
        row = session.get(JournalRow, 1)
        last = None if row is None else session.scalar(select(func.max(JournalMarkRow.id)))
    if row is None or last is None:
        return True
    if row.failing_since is not None:
        return False
    try:
        with JournalWriter.open(opened, Path(row.folder), key_of(opened.home), actor=_WORKER) as writer:
            writer.write()
        return True
    except JournalBusyError:
        return _written_until(opened, last, seconds)
    except Exception as error:
        note_failure(opened, machine.coded(error, opened.home))
        return False


def _written_until(opened: Opened, last: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with opened.register.read() as session:
            if session.scalar(select(JournalMarkRow.id).where(JournalMarkRow.id <= last).limit(1)) is None:
                return True
        time.sleep(_LOOK_SECONDS)
    return False


def end(opened: Opened, actor: Actor) -> None:
    """Keep no journal any more. What was written stays where it is."""
    with opened.register.write(Lock.REGISTER) as session:
        row = session.get(JournalRow, 1)
        if row is None:
            return
        marks.remove(session.connection())
        session.delete(row)
        subject = opened.home.settings.deployment
        audit.append(session, actor=actor, act="journal.end", subject=subject, now=opened.clock())


def _take_lock(folder: Path, opened: Opened) -> int:
    place = folder / f".{opened.home.settings.deployment}.lock"
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        message = f"another process writes the journal in {folder} just now"
        raise JournalBusyError("journal_busy", message, path=str(folder)) from error
    return descriptor


def _begun(opened: Opened, folder: Path, actor: Actor) -> tuple[bool, str]:
    """The journal that is kept, or a new one: whether it is new, and its id."""
    place = _place(opened)
    with opened.register.read() as session:
        row = session.get(JournalRow, 1)
        is_ours = row is not None and (row.folder, row.register) == (str(folder), place)
        if row is not None and is_ours and marks.is_whole(session.connection()):
            _require_there(folder, row, opened.home.settings.deployment)
            return False, row.id
    with opened.register.write(Lock.REGISTER) as session:
        marks.install(session.connection())
        row = session.get(JournalRow, 1)
        if row is not None:
            session.delete(row)
            session.flush()
        made, now = new_id(), opened.clock()
        session.add(JournalRow(one=1, id=made, folder=str(folder), register=place, began=now, entry=0))
        subject = opened.home.settings.deployment
        audit.append(session, actor=actor, act="journal.begin", subject=subject, now=now, details={"journal": made})
    return True, made


def _require_there(folder: Path, row: JournalRow, deployment: str) -> None:
    """A folder that is empty is a disk that is not there: what is mounted over it lacks."""
    if row.entry and not any(each.journal == row.id for each in segments_in(folder, deployment)):
        message = f"{folder} does not hold the journal that was written there; its disk is not there, or was emptied"
        raise MachineError("journal_absent", message, path=str(folder))


def _place(opened: Opened) -> str:
    url = opened.register.engine.url
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _rows_of(connection: Connection, found: Iterable[tuple[int, str, str]]) -> Iterator[ChangedRow]:
    """Every marked row as it is in this state, each once, by table."""
    by_table: dict[str, set[str]] = {}
    for _, source, key in found:
        by_table.setdefault(source, set()).add(key)
    for source, keys in by_table.items():
        table = _TABLES.get(source)
        if table is not None:
            yield from _rows_of_table(connection, table, sorted(keys))


def _rows_of_table(connection: Connection, table: Table, keys: list[str]) -> Iterator[ChangedRow]:
    columns = list(table.primary_key.columns)
    for chunk in chunked(keys):
        values = [rowform.key_values(table, each) for each in chunk]
        where = columns[0].in_([each[0] for each in values]) if len(columns) == 1 else tuple_(*columns).in_(values)
        found = connection.execute(select(table).where(where))
        there = {rowform.key_of(table, row): rowform.encode(table, row) for row in found}
        for each in values:
            key = rowform.key_text(each)
            yield table.name, key, there.get(key)
