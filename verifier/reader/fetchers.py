"""Where the files of a publication come from: a folder, memory; over the network see ``verifier.reader.http``.

A fetcher is not trusted: whatever it returns is checked against a signature or a digest. It knows paths of a
publication and nothing about certificates.

    data = FolderFetcher(Path("publication")).fetch("snapshot.jwt", 1 << 20)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from credential.publication import is_known
from verifier.errors import NotAtHandError, NotFoundError, OversizeError, UnreachableError


class Fetcher(Protocol):
    """Whatever has the files of one publication."""

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """Return the whole file at ``path`` (relative to the publication's root).

        Raises:
            NotFoundError: there is no such file.
            UnreachableError: nobody can say.
            OversizeError: it has more than ``max_bytes``.
        """


class MemoryFetcher:
    """A publication in a mapping; remembers what was asked, for tests of what a host could learn."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.unreachable: set[str] = set()
        self.asked: list[str] = []

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """As ``Fetcher``."""
        self.asked.append(path)
        if path in self.unreachable:
            raise UnreachableError(path)
        if path not in self.files:
            raise NotFoundError(path)
        if len(self.files[path]) > max_bytes:
            raise OversizeError(path)
        return self.files[path]


class NoFetcher:
    """For those who must not wait."""

    def fetch(self, path: str, max_bytes: int) -> bytes:  # noqa: ARG002 - as Fetcher
        """Raises NotAtHandError, always."""
        raise NotAtHandError


class FolderFetcher:
    """A publication in a folder. Symbolic links below it are not followed: a file outside is no part of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """As ``Fetcher``."""
        if not is_known(path):
            raise NotFoundError(path)
        try:
            return self._read(path, max_bytes)
        except (FileNotFoundError, NotADirectoryError) as error:
            if not self._folder.is_dir():
                raise UnreachableError(path, f"there is no folder {self._folder}") from error
            raise NotFoundError(path) from error
        except OSError as error:
            raise UnreachableError(path, error.strerror or "") from error

    def _read(self, path: str, max_bytes: int) -> bytes:
        """Open every step of the path relative to the last one, none of them through a link."""
        *folders, name = path.split("/")
        place = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                deeper = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
                os.close(place)
                place = deeper
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=place)
        finally:
            os.close(place)
        with os.fdopen(file, "rb") as stream:
            data = stream.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise OversizeError(path)
        return data
