"""A folder of small files that one process at a time reads, decides on and writes.

Rules: whoever comes second waits until the first is done, and then sees what that one left. The lock ends with its
process, however that ends.

    with alone(folder):
        found = read(folder); write(folder, found + ours)
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have a folder, which is made where it is missing, to ourselves until the block ends. It cannot be nested."""
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
