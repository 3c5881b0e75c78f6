"""The files of a journal: entries that follow each other, encrypted to the recovery key, appended and never changed.

Form: a head as of a backup (``issuer.backup.container``), whose file key only the process has that writes the segment,
and only while it writes. Then records: a length in four bytes, and AES-256-GCM over CBOR, counted from 0. An entry is
one state of the register beside the one before: each row that changed, as it is in that state, and the files of the
home that changed. It takes one record or more, and counts when its last one is whole.

Rules: a record that is cut at the end of a segment is torn: a process was killed, or the disk was full, and the next
segment has that entry again. A record that does not open anywhere else was changed. Entries are numbered through all
segments; where a number is missing the journal ends, and it is said so.

    segment = Segment(folder, head, key); segment.add(entry, parts)
    replayed = replay(folder, manifest, recovery, overlay, deployment="sf-demo")
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from credential.durable import Appending
from credential.recovery import RecoveryPublicKey
from credential.sealed import NONCE_BYTES, TAG_BYTES
from issuer.backup import rows as rowform
from issuer.backup.container import Head, Recovery, head_bytes, new_file_key, read_head
from issuer.backup.frames import MAX_FRAME, FileFrame, Manifest
from issuer.backup.making import is_taken
from issuer.backup.marks import Instant
from issuer.backup.overlay import Overlay
from issuer.errors import InputError, NotFoundError, TamperedError

SEGMENT_SUFFIX: Final = ".titlecert-journal"
KIND: Final = "journal"
PART_BYTES: Final = 4 << 20
"""A record is about this long: an entry of a large list takes several."""
ChangedRow = tuple[str, str, bytes | None]
"""Table, key, and the row; None: it was deleted."""
ChangedFile = tuple[str, int, bytes | None]
"""Path in the home, mode, and content; None: it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A record of an entry."""

    entry: int
    is_last: bool
    at: datetime
    instant: Instant
    rows: tuple[ChangedRow, ...]
    files: tuple[ChangedFile, ...]

    def encode(self) -> bytes:
        """Return the record's plain text."""
        at = rowform.microseconds(self.at)
        place = [self.entry, self.is_last, at, self.instant.low, self.instant.high]
        return cbor2.dumps([*place, list(map(list, self.rows)), list(map(list, self.files))])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a record. Raises ValueError."""
        try:
            entry, is_last, at, low, high, rows, files = cbor2.loads(data)
            return cls(
                entry=entry,
                is_last=is_last,
                at=rowform.instant(at),
                instant=Instant(low, high),
                rows=tuple((source, key, row) for source, key, row in rows),
                files=tuple((path, mode, content) for path, mode, content in files),
            )
        except (TypeError, KeyError, EOFError, OverflowError) as error:
            raise ValueError("a record in another form") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A segment in a folder, by its head."""

    path: Path
    journal: str
    number: int
    first: int
    """The first entry that may be in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a journal had beyond a backup."""

    applied: int
    """How many entries were laid over the backup."""
    last: int
    """The number of the last of them; that of the backup where there was none."""
    until: datetime | None
    """The state that it leads to; None where it has nothing beyond the backup."""
    torn: int
    """Bytes of a record that was cut at the end, or 0: what it was about is lost, at most about a second."""
    missing: int | None
    """The entry that is not there though later ones are; None where none is missing."""
    files: dict[str, FileFrame | None]


class Segment:
    """A segment that this process writes."""

    def __init__(self, folder: Path, head: Head, key: RecoveryPublicKey, number: int) -> None:
        """Make the file with its head. Raises FileExistsError, OSError; then there is no file."""
        self.path = folder / f"{head.deployment}-{head.said['journal']}-{number:06}{SEGMENT_SUFFIX}"
        file_key = new_file_key()
        self._cipher = AESGCM(file_key)
        self._count = 0
        self.size = 0
        self._file = Appending(self.path, mode=0o600)
        try:
            self._add(head_bytes(head, key, file_key))
        except OSError:
            self.close()
            self.path.unlink(missing_ok=True)
            raise

    def add(self, part: Part) -> None:
        """Append a record; it is on disk when this returns. Raises OSError: then nothing more is added."""
        sealed = self._cipher.encrypt(self._count.to_bytes(NONCE_BYTES), part.encode(), None)
        self._count += 1
        self._add(len(sealed).to_bytes(4) + sealed)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _add(self, data: bytes) -> None:
        self._file.add(data)
        self.size += len(data)


def segments_in(folder: Path, deployment: str) -> list[Named]:
    """Return the segments of a deployment's journals in a folder, in their order.

    Raises:
        NotFoundError: ``no_journal``: there is no such folder.
    """
    if not folder.is_dir():
        raise NotFoundError("no_journal", f"there is no folder {folder}", path=str(folder))
    found = []
    for path in folder.glob(f"{deployment}-*{SEGMENT_SUFFIX}"):
        try:
            with path.open("rb") as file:
                head = read_head(file, KIND, str(path)).head
            said = head.said
            named = Named(
                path=path, journal=str(said["journal"]), number=int(said["segment"]), first=int(said["first"])
            )
        except (InputError, KeyError, ValueError):
            continue  # a process was killed before its head was written
        if head.deployment == deployment:
            found.append(named)
    return sorted(found, key=lambda each: (each.journal, each.number))


def replay(folder: Path, manifest: Manifest, recovery: Recovery, overlay: Overlay, *, deployment: str) -> Replayed:
    """Lay what a journal has beyond a backup into an overlay.

    Args:
        folder: of the journal.
        manifest: of the backup.
        recovery: the recovery key.
        overlay: an empty one.
        deployment: whose journal.

    Raises:
        NotFoundError: ``no_journal``: there is none that goes on from this backup.
        NotAllowedError: ``other_recovery_key``.
        TamperedError: ``journal_damaged``: a segment was changed.
    """
    ours = [each for each in segments_in(folder, deployment) if each.journal == manifest.journal]
    if manifest.journal is None or not ours:
        message = f"{folder} has no journal that goes on from this backup"
        raise NotFoundError("no_journal", message, path=str(folder))
    run = _Replay(manifest, overlay)
    for each in ours:
        run.take(each, recovery)
        if run.missing is not None:
            break
    return run.end()


class _Replay:
    """One run through the segments of a journal."""

    def __init__(self, manifest: Manifest, overlay: Overlay) -> None:
        self._overlay = overlay
        self._high = manifest.high
        self._from = manifest.entry
        self._whole = manifest.entry
        """The last entry that is whole."""
        self._last: Part | None = None
        self._begun: list[Part] = []
        self._files: dict[str, FileFrame | None] = {}
        self._torn = 0
        self.missing: int | None = None

    def take(self, segment: Named, recovery: Recovery) -> None:
        """Take the entries of a segment, up to its end or to a gap."""
        self._drop()
        self._torn = 0
        with segment.path.open("rb") as file:
            found = read_head(file, KIND, str(segment.path))
            key = found.open(recovery, str(segment.path))
            for part in records(file, key, str(segment.path)):
                if isinstance(part, int):
                    self._torn = part
                    return
                self._take(part)
                if self.missing is not None:
                    return

    def end(self) -> Replayed:
        """Return what there was. A journal that ends before the backup changes nothing."""
        self._drop()
        last = self._last
        is_older = last is None or last.instant.low < self._high
        if is_older:
            self._overlay.forget()
        return Replayed(
            applied=0 if is_older else self._whole - self._from,
            last=self._from if is_older else self._whole,
            until=None if last is None or is_older else last.at,
            torn=self._torn,
            missing=self.missing,
            files={} if is_older else self._files,
        )

    def _take(self, part: Part) -> None:
        if part.entry <= self._from:
            return
        if part.entry not in {self._whole, self._whole + 1}:
            self.missing = self._whole + 1
            return
        if not self._begun:
            self._overlay.begin()
        self._begun.append(part)
        self._overlay.put_all(part.rows)
        if part.is_last:
            self._overlay.commit()
            for each in self._begun:
                self._take_files(each)
            self._begun.clear()
            self._whole, self._last = part.entry, part

    def _take_files(self, part: Part) -> None:
        for path, mode, content in part.files:
            if is_taken(path):
                self._files[path] = None if content is None else FileFrame(path, mode, content)

    def _drop(self) -> None:
        """An entry whose last record is missing does not count: the next segment has it again."""
        if self._begun:
            self._overlay.roll_back()
            self._begun.clear()


def records(file: BinaryIO, file_key: bytes, where: str) -> Iterator[Part | int]:
    """Yield the records of a segment; at the end, where the last one was cut, how many bytes of it there are.

    Raises:
        TamperedError: ``journal_damaged``.
    """
    cipher, count = AESGCM(file_key), 0
    size = os.fstat(file.fileno()).st_size
    while True:
        start = file.tell()
        length = int.from_bytes(prefix := file.read(4))
        if not prefix:
            return
        data = file.read(length) if length <= MAX_FRAME + TAG_BYTES else b""
        if len(prefix) < 4 or start + 4 + length > size or _is_blank(file, length, data):
            yield size - start
            return
        try:
            plain = cipher.decrypt(count.to_bytes(NONCE_BYTES), data, None)
            part = Part.decode(plain)
        except (InvalidTag, ValueError) as error:
            if file.tell() == size and isinstance(error, InvalidTag):
                yield size - start
                return
            message = f"record {count} of {where} is not as it was written; take another copy of it"
            raise TamperedError("journal_damaged", message, path=where, record=count) from error
        count += 1
        yield part


def _is_blank(file: BinaryIO, length: int, data: bytes) -> bool:
    """Whether nothing but zeros follows: a file system had the length of the file on disk, and not its bytes."""
    if length:
        return False
    rest: Any = file.read(MAX_FRAME)
    return not any(data) and not any(rest)


def parts_of(
    entry: int,
    at: datetime,
    instant: Instant,
    rows: Iterable[ChangedRow],
    files: tuple[ChangedFile, ...],
) -> Iterator[Part]:
    """Yield the records of an entry."""
    waiting: list[ChangedRow] = []
    size = 0
    for row in rows:
        if size > PART_BYTES:
            yield Part(entry=entry, is_last=False, at=at, instant=instant, rows=tuple(waiting), files=())
            waiting, size = [], 0
        waiting.append(row)
        size += len(row[2] or b"") + len(row[1]) + 32
    yield Part(entry=entry, is_last=True, at=at, instant=instant, rows=tuple(waiting), files=files)
