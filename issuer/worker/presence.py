"""Which processes work on a home: each holds a file of its own locked as long as it lives.

Rules: a process is named once and for all. Its file has that name and gets it when it is locked already, so that a file
that nobody holds is one whose process has ended, however it ended. What such a process had taken is free at once.
Of a process on another machine, with another home, nothing is known here: its leases end by time. Who works holds the
folder of these files too, so that a home can be kept still.

    present = Presence.take(home)
    for owner in ended(home): ...              # and present.owner is not among them
    present.release()
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from credential import durable
from issuer.home.paths import Home
from issuer.worker import lock

FOLDER: Final = "working"
"""The directory in a home for the files of those who work on it."""
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9-]")
_LONGEST_HOST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """The file of a process that works."""

    owner: str
    """Machine, process and a word drawn at random: unique."""
    descriptors: tuple[int, int]
    """Of the folder and of the file."""

    @classmethod
    def take(cls, home: Home) -> Self:
        """Say that this process works on a home, until it releases that or ends.

        Raises:
            WorkerRunningError: somebody keeps the home still just now.
        """
        shared = still(home, fcntl.LOCK_SH)
        owner = new_name()
        folder = home.directory / FOLDER
        unnamed = folder / f".{owner}.tmp"
        try:
            descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            durable.move(unnamed, folder / owner)
        except BaseException:
            os.close(shared)
            raise
        return cls(owner=owner, descriptors=(shared, descriptor))

    def release(self) -> None:
        """Say that this process works no more; what it had taken is free."""
        for descriptor in self.descriptors:
            os.close(descriptor)


def still(home: Home, how: int = fcntl.LOCK_EX) -> int:
    """Return a descriptor that keeps a home still as long as it is open: nobody works, and nobody begins to.

    Raises:
        WorkerRunningError: somebody works.
    """
    folder = home.directory / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise lock.running(home) from error
    return descriptor


def new_name() -> str:
    """Return a name for this process, another one each time."""
    host = _NOT_IN_A_NAME.sub("-", socket.gethostname())[:_LONGEST_HOST] or "-"
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


def ended(home: Home, free: Callable[[Sequence[str]], object]) -> None:
    """Free what processes had taken that have ended, and throw their files away.

    Args:
        home: the home.
        free: called with their names, when there are some; a file goes after that.
    """
    folder = home.directory / FOLDER
    files = [path for path in folder.glob("*") if not path.name.startswith(".") and _is_free(path)]
    if files:
        free([path.name for path in files])
    for path in files:
        path.unlink(missing_ok=True)


def _is_free(path: Path) -> bool:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True
    return False
