"""The publication in memory: for tests, and for a program that carries the whole publication elsewhere.

store = MemoryStore()
store.put(publication.root(1), container)
store.files                                  # path -> bytes
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from issuer.errors import ConflictError, NotFoundError
from issuer.publishing.store import check_directory, check_known, check_moves, is_to_write


class MemoryStore:
    """A ``PublicationStore`` that ends with its process."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @property
    def where(self) -> str:
        """As ``PublicationStore``."""
        return "memory"

    def read(self, path: str) -> bytes:
        """As ``PublicationStore``."""
        check_known(path)
        if path not in self.files:
            raise NotFoundError("not_published", f"the publication has no {path}", path=path)
        return self.files[path]

    def has(self, path: str) -> bool:
        """As ``PublicationStore``."""
        check_known(path)
        return path in self.files

    def size(self, path: str) -> int | None:
        """As ``PublicationStore``."""
        check_known(path)
        return None if path not in self.files else len(self.files[path])

    def put(self, path: str, data: bytes) -> bool:
        """As ``PublicationStore``."""
        check_known(path)
        new = is_to_write(path, data, self.files.get(path))
        if new:
            self.files[path] = data
        return new

    def replace(self, path: str, data: bytes) -> None:
        """As ``PublicationStore``."""
        check_moves(path)
        self.files[path] = data

    def list(self, directory: str) -> Iterable[str]:
        """As ``PublicationStore``."""
        check_directory(directory)
        return tuple(path for path in self.files if path.rpartition("/")[0] == directory)

    def remove(self, path: str) -> None:
        """As ``PublicationStore``."""
        check_known(path)
        self.files.pop(path, None)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """As ``PublicationStore``."""
        if not self._lock.acquire(blocking=False):
            raise ConflictError("publisher_running", "this publication is being written; wait until that is done")
        try:
            yield
        finally:
            self._lock.release()
