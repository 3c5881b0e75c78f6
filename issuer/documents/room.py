"""Whether the disk has room for documents, asked before many are made: bytes, and places for files.

Rules: what is asked for is refused as a whole, before the first document, with what it needs and what there is. Nothing
is reserved: a disk that others fill meanwhile is reported when it is full.

    require_room(home.documents, 370_000)    # raises MachineError: 55 GB
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from issuer.errors import MachineError

DOCUMENT_BYTES: Final = 160 << 10
"""A page of 108 kB, a seal of 8, a photo of up to 40, and what the file system rounds up."""
SPARE_BYTES: Final = 64 << 20
"""The register and the publication go on being written beside them."""
FOLDERS: Final = 256 + 4096
"""Of two levels; they are files to the file system."""


def require_room(directory: Path, count: int) -> None:
    """Ask the file system of a directory for room for so many documents.

    Raises:
        MachineError: ``documents_space``, ``documents_files``.
    """
    disk = os.statvfs(directory)
    free, needed = disk.f_bavail * disk.f_frsize, count * DOCUMENT_BYTES + SPARE_BYTES
    fields = {"count": count, "path": str(directory)}
    if free < needed:
        message = f"{count} documents need {_size(needed)}, and {directory} has {_size(free)} left"
        raise MachineError("documents_space", message, **fields, needed=_size(needed), free=_size(free))
    files = count + min(2 * count, FOLDERS)
    if disk.f_files and disk.f_favail < files:  # some file systems have no fixed number, and say 0
        message = f"{count} documents need {files} files, and the file system of {directory} has {disk.f_favail} left"
        raise MachineError("documents_files", message, **fields, needed=files, free=disk.f_favail)


def _size(count: int) -> str:
    """A number of bytes as people read it, in decimal units."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count // 1000} kB"
