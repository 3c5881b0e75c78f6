"""The worker's lock: one process at a time is the worker of a home, the one that publishes.

descriptor = take(home)
release(descriptor)        # and when the process dies, the lock is free again
"""

from __future__ import annotations

import fcntl
import os
from typing import Final

from issuer.errors import ConflictError
from issuer.home.paths import Home

LOCK_FILE: Final = "worker.lock"


class WorkerRunningError(ConflictError):
    """Another process is the worker of this home."""


def take(home: Home) -> int:
    """Take the lock and return the descriptor that holds it. Raises WorkerRunningError."""
    descriptor = os.open(home.directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise running(home) from error
    return descriptor


def running(home: Home) -> WorkerRunningError:
    """Return the error that others work on a home, or elsewhere on its register."""
    message = f"another process is the worker of {home.directory}, or of its register on another machine"
    return WorkerRunningError("worker_running", message, home=str(home.directory))


def release(descriptor: int) -> None:
    """Give the lock back."""
    os.close(descriptor)
