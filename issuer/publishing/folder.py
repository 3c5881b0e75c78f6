"""The publication as a folder: immutable files by name, a few replaced in place, the snapshot last.

Crash order: a file is written beside its place, synced, read back and compared, then given its name. Immutable files
nobody names yet harm nobody, so a killed publisher leaves the old snapshot and everything that it names. One publisher
at a time holds the lock.

    folder = PublicationFolder(home / "publication")
    with folder.lock():
        folder.put(publication.shard(digest), data)
        folder.replace(publication.SNAPSHOT, token)
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from credential import publication
from issuer.errors import ConflictError, NotFoundError, TamperedError

MAX_READ: Final = 16 << 20
"""Larger than any file of a publication."""


class PublicationFolder:
    """One publication. Paths are those of ``credential.publication``; others are refused."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the publisher's lock.

        Raises:
            ConflictError: ``publisher_running``: somebody else is publishing into this folder.
        """
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(self.root.parent / f".{self.root.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = f"another process publishes into {self.root}; wait until it is done, or stop it"
                raise ConflictError("publisher_running", message) from error
            yield
        finally:
            os.close(descriptor)

    def read(self, path: str) -> bytes:
        """Return a file. Raises NotFoundError ``not_published``."""
        try:
            with self._place(path).open("rb") as file:
                return file.read(MAX_READ + 1)
        except FileNotFoundError as error:
            raise NotFoundError("not_published", f"the publication has no {path}", path=path) from error

    def has(self, path: str) -> bool:
        """Whether a file is there."""
        return self._place(path).is_file()

    def put(self, path: str, data: bytes) -> bool:
        """Write an immutable file; the same bytes again are fine.

        Returns:
            Whether the file was new.

        Raises:
            TamperedError: ``immutable_changed``: other bytes lie there already, and the name is no digest.
        """
        if not publication.is_immutable(path):
            raise ValueError(f"{path} is not an immutable file")
        if self.has(path):
            if self.read(path) != data:
                if path.rpartition("/")[2] == sha256(data).hexdigest():
                    # The name says which bytes are right: what lies there was damaged, and is repaired.
                    self._write(path, data)
                    return True
                message = f"{path} already holds other bytes; nothing was overwritten, compare it with a backup"
                raise TamperedError("immutable_changed", message, path=path)
            return False
        self._write(path, data)
        return True

    def replace(self, path: str, data: bytes) -> None:
        """Replace one of the files that move, in one step."""
        if publication.is_immutable(path):
            raise ValueError(f"{path} never changes")
        self._write(path, data)

    def versions(self, directory: str) -> list[int]:
        """Return the numbers of the files in ``trust/roots``, ``trust/list`` or ``catalogue``, ascending."""
        place = self.root / directory
        return sorted(int(entry.name) for entry in place.iterdir() if entry.name.isdecimal()) if place.is_dir() else []

    def remove(self, path: str) -> None:
        """Remove a file that no accepted snapshot names any more."""
        self._place(path).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what killed publishers left half-written; the caller holds the lock."""
        for each in self.root.rglob(".*.tmp"):
            each.unlink(missing_ok=True)

    def mark(self, path: str, now: datetime) -> None:
        """Note on an immutable file when the last snapshot that names it was replaced: its time of last change."""
        if self.has(path):
            os.utime(self._place(path), (now.timestamp(), now.timestamp()))

    def files(self, directory: str) -> Iterator[tuple[str, float]]:
        """Yield path and time of last change (Unix seconds) of each file in a directory of the publication."""
        place = self.root / directory
        for entry in place.iterdir() if place.is_dir() else ():
            path = f"{directory}/{entry.name}"
            if publication.is_known(path):
                yield path, entry.stat().st_mtime

    def _place(self, path: str) -> Path:
        if not publication.is_known(path):
            raise ValueError(f"{path!r} is no path of a publication")
        return self.root / path

    def _write(self, path: str, data: bytes) -> None:
        place = self._place(path)
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        temporary = place.with_name(f".{place.name}.{secrets.token_hex(6)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            if temporary.read_bytes() != data:
                raise TamperedError("write_failed", f"{path} reads back differently; check the disk", path=path)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
        _sync(place.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
