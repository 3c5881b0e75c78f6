"""The publication as a folder: a file is written beside its place, synced, read back and compared, then gets its name.

store = FolderStore(home / "publication")
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from credential import durable, publication
from issuer.errors import ConflictError, NotFoundError, TamperedError
from issuer.publishing.store import check_directory, check_known, check_moves, is_to_write

MAX_READ: Final = 16 << 20
"""Larger than any file of a publication."""


class FolderStore:
    """A ``PublicationStore`` in a directory, which is made when it is needed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._prefix = f"{root}{os.sep}"

    @property
    def where(self) -> str:
        """As ``PublicationStore``."""
        return str(self.root)

    def read(self, path: str) -> bytes:
        """As ``PublicationStore``."""
        found = self._find(path)
        if found is None:
            raise NotFoundError("not_published", f"the publication has no {path}", path=path)
        return found

    def has(self, path: str) -> bool:
        """As ``PublicationStore``."""
        return self._place(path).is_file()

    def size(self, path: str) -> int | None:
        """As ``PublicationStore``."""
        check_known(path)
        try:
            # Thousands of files each time: a path as text costs a third of a Path.
            return os.stat(f"{self._prefix}{path}").st_size  # noqa: PTH116
        except FileNotFoundError:
            return None

    def put(self, path: str, data: bytes) -> bool:
        """As ``PublicationStore``."""
        new = is_to_write(path, data, self._find(path))
        if new:
            self._write(path, data)
        return new

    def replace(self, path: str, data: bytes) -> None:
        """As ``PublicationStore``."""
        check_moves(path)
        self._write(path, data)

    def list(self, directory: str) -> Iterator[str]:
        """As ``PublicationStore``."""
        check_directory(directory)
        place = self.root / directory
        for entry in place.iterdir() if place.is_dir() else ():
            path = f"{directory}/{entry.name}"
            if publication.is_known(path):
                yield path

    def remove(self, path: str) -> None:
        """As ``PublicationStore``."""
        self._place(path).unlink(missing_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """As ``PublicationStore``. The lock is a file beside the folder; the system lets go of it with the process."""
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(self.root.parent / f".{self.root.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = f"another process publishes into {self.root}; wait until it is done, or stop it"
                raise ConflictError("publisher_running", message) from error
            durable.sweep(self.root)
            yield
        finally:
            os.close(descriptor)

    def _find(self, path: str) -> bytes | None:
        try:
            with self._place(path).open("rb", buffering=0) as file:
                return file.read(min(os.fstat(file.fileno()).st_size, MAX_READ) + 1)
        except FileNotFoundError:
            return None

    def _place(self, path: str) -> Path:
        check_known(path)
        return self.root / path

    def _write(self, path: str, data: bytes) -> None:
        place = self._place(path)
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        try:
            durable.replace(place, data, mode=0o644, read_back=True)
        except durable.ReadBackError as error:
            raise TamperedError("write_failed", f"{path} reads back differently; check the disk", path=path) from error
