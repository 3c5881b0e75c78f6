"""Writing a file so that a crash leaves what was there before or all of the new bytes, on disk when the call returns.

The one module of ``credential`` that touches files, because every package of ours may import ``credential``; no other
module of ``credential`` imports it (ADR 0016). Steps, in this order: a temporary beside the place, made new and never
through a symbolic link; the bytes; fsync; where asked, read back and compared; the name, in one step; fsync of the
folder, without which a power cut may take the name back. A failure removes the temporary. A kill leaves it: ``sweep``.

    replace(home / "home.json", data, mode=0o644)
    create(home / "keys" / "x.key.json", data, mode=0o600)     # raises FileExistsError
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from credential.errors import CredentialError


def _flag(name: str) -> int:
    """A flag of ``os.open`` where the system has it: a reader runs where it has not."""
    return int(getattr(os, name, 0))


_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _flag("O_NOFOLLOW") | _flag("O_BINARY")
_DIRECTORY: Final = _flag("O_DIRECTORY")
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems answer that know no hard links."""


class ReadBackError(CredentialError):
    """The disk gave other bytes than were written; nothing got its name."""


def replace(path: Path, data: bytes, *, mode: int, read_back: bool = False) -> None:
    """Put ``data`` in the place of what stands at ``path``, if anything does.

    Args:
        path: a place in a directory that exists.
        data: the whole content.
        mode: permissions of the file; the process's umask takes away from them.
        read_back: compare the bytes with what the file system gives back, before the file gets its name.

    Raises:
        ReadBackError: they differ.
        OSError: the system refused; ``path`` is as it was, unless only the folder could not be synced.
    """
    with _temporary(path, data, mode, read_back=read_back) as temporary:
        temporary.replace(path)
    _sync_directory(path.parent)


def create(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that must not exist yet; arguments as ``replace``.

    Raises:
        FileExistsError: something stands at ``path``, be it a broken symbolic link; it is as it was.
        OSError: as ``replace``.
    """
    with _temporary(path, data, mode) as temporary:
        _give_name(temporary, path)
    _sync_directory(path.parent)


@contextmanager
def written(path: Path, *, mode: int) -> Iterator[BinaryIO]:
    """Yield a file that gets its name at the end of the block, on disk, where nothing may stand yet.

    What is too large for memory is written so. An error in the block leaves nothing.

    Raises:
        FileExistsError: something stands at ``path``.
        OSError: as ``replace``.
    """
    temporary = path.with_name(f".{os.urandom(8).hex()}.tmp")
    descriptor = os.open(temporary, _NEW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        _give_name(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(path.parent)


class Appending:
    """A file that only grows: what ``add`` returned from is on disk. Its name is on disk before the first byte."""

    def __init__(self, path: Path, *, mode: int) -> None:
        """Make the file. Raises FileExistsError, OSError."""
        self._descriptor = os.open(path, _NEW | os.O_APPEND, mode)
        _sync_directory(path.parent)

    def add(self, data: bytes) -> None:
        """Write behind what is there. An OSError leaves a part of it, or all; then nothing more is added."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def name_directory(made: Path, path: Path) -> None:
    """Give a finished directory its name; its files were written by this module or synced by who wrote them.

    Raises:
        OSError: something stands at ``path`` that is no empty directory; nothing was changed.
    """
    _sync_directory(made)
    made.rename(path)
    _sync_directory(path.parent)


def move(path: Path, to: Path) -> None:
    """Give a file another place on the same disk, where nothing stands yet.

    Raises:
        FileExistsError: something stands at ``to``.
    """
    _give_name(path, to)
    path.unlink(missing_ok=True)
    _sync_directory(to.parent)
    _sync_directory(path.parent)


def sweep(directory: Path) -> None:
    """Remove what killed writers left below a directory; the caller knows that nobody writes there now."""
    for each in directory.rglob(".*.tmp"):
        each.unlink(missing_ok=True)


@contextmanager
def _temporary(path: Path, data: bytes, mode: int, *, read_back: bool = False) -> Iterator[Path]:
    """Yield a file beside ``path`` with these bytes on disk; it is gone afterwards, unless it got a name."""
    temporary = path.with_name(f".{os.urandom(8).hex()}.tmp")
    descriptor = os.open(temporary, _NEW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if read_back and temporary.read_bytes() != data:
            message = f"what was written to {path} reads back differently; check the disk"
            raise ReadBackError("read_back", message, path=str(path))
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _give_name(temporary: Path, path: Path) -> None:
    """Fail if the name is taken: a link gives a name and fails in one step, a rename would replace."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "exists already", str(path)) from error
        temporary.replace(path)


def _sync_directory(directory: Path) -> None:
    if not _DIRECTORY:  # a system on which a directory cannot be opened keeps names by itself or not at all
        return
    descriptor = os.open(directory, os.O_RDONLY | _DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
