"""Files that only their owner may read: mode and owner checked on the open descriptor, written all or not at all.

Rules: directories 0700, files 0600, both owned by the user who runs us, symbolic links not followed. A file that
breaks a rule is refused with the command that repairs it, never repaired silently: its content may already be known.
A new file appears under its name complete and on disk, or not at all.

    make_private_directory(home / "keys")
    write_new(home / "keys" / "x.key.json", data)
    read_private(home / "keys" / "x.key.json", max_bytes=65536)
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from credential import durable
from keys.errors import KeyFileError

_OTHERS: Final = 0o077
_PRIVATE: Final = 0o600


def make_private_directory(directory: Path) -> None:
    """Create ``directory`` (0700) with its parents, or check the one that is there. Raises KeyFileError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_private_directory(directory)


def check_private_directory(directory: Path) -> None:
    """Raise KeyFileError unless ``directory`` is one, is ours and is closed to others."""
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise KeyFileError(
            "kind", f"{directory} is not a directory; name the directory that holds the keys", path=str(directory)
        )
    _check_owner_and_mode(directory, found, "700")


def read_private(path: Path, *, max_bytes: int) -> bytes:
    """Return the content of a private file.

    Raises:
        KeyFileError: code ``mode``, ``owner``, ``kind``, or ``form`` when it is longer than ``max_bytes``.
        FileNotFoundError: there is no such file.
    """
    descriptor = _open_file(path)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise KeyFileError("kind", f"{path} is not a plain file; name the file itself", path=str(path))
        _check_owner_and_mode(path, found, "600")
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise KeyFileError("form", f"{path} is longer than {max_bytes} bytes and so no file of ours", path=str(path))
    return content


def write_new(path: Path, content: bytes) -> None:
    """Write a file that must not exist yet, 0600, on disk when this returns. Raises KeyFileError code ``exists``."""
    try:
        durable.create(path, content, mode=_PRIVATE)
    except FileExistsError as error:
        message = f"{path} exists and is not overwritten; move it away first if it is no longer needed"
        raise KeyFileError("exists", message, path=str(path)) from error


def replace(path: Path, content: bytes) -> None:
    """Replace a file in one step, 0600: a crash leaves the old or the new content, never a part."""
    durable.replace(path, content, mode=_PRIVATE)


def _open_file(path: Path) -> int:
    # O_NONBLOCK: a FIFO put in the place of a key must be refused, not waited for.
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            message = f"{path} is a symbolic link; name the file itself"
            raise KeyFileError("kind", message, path=str(path)) from error
        raise


def _check_owner_and_mode(path: Path, found: os.stat_result, mode: str) -> None:
    if found.st_uid != os.geteuid():
        message = f"{path} belongs to user {found.st_uid}, not to the one running this; run as its owner"
        raise KeyFileError("owner", message, path=str(path))
    if found.st_mode & _OTHERS:
        message = f"{path} is open to others (mode {found.st_mode & 0o777:03o}); close it: chmod {mode} {path}"
        raise KeyFileError("mode", message, path=str(path))
