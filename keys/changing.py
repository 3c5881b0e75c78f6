"""Several files that change together: all of them are new, or all are as they were, whenever the process dies.

Rules: the new contents are written beside the keys, whole and on disk, before anything is replaced; they get the name
``changing`` in one step, and from then on the change is made. Whoever opens the keys next finishes what a killed run
left. What was never named is thrown away. One process does this at a time.

    stage(home / "keys", {home / "keys" / "x.key.json": sealed, home / "secrets" / "service.passphrase": text})
    finish(home / "keys")                   # also at the next opening, after a kill
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from credential import durable
from keys import files
from keys.errors import KeyFileError

CHANGING: Final = "changing"
"""The directory of a change that is made and not finished."""
_UNNAMED: Final = ".changing.unfinished"
_DONE: Final = ".changing.done"
_LIST: Final = "files.json"
MAX_CHANGED: Final = 64 << 10
"""The list names a path for each key file of a home; a key file has 700 bytes."""


def stage(directory: Path, contents: Mapping[Path, bytes]) -> None:
    """Write new contents of files, and make the change: ``finish`` puts them in their places.

    Args:
        directory: of the keys, private.
        contents: what each file will hold.

    Raises:
        KeyFileError: ``mode``, ``owner``, ``kind`` of the directory.
    """
    files.check_private_directory(directory)
    with _alone(directory):
        unnamed = directory / _UNNAMED
        shutil.rmtree(unnamed, ignore_errors=True)
        files.make_private_directory(unnamed)
        for number, content in enumerate(contents.values()):
            files.write_new(unnamed / str(number), content)
        listed = [os.path.relpath(path, directory) for path in contents]
        files.write_new(unnamed / _LIST, json.dumps(listed, ensure_ascii=False).encode())
        durable.name_directory(unnamed, directory / CHANGING)


def finish(directory: Path) -> bool:
    """Put the files of a change in their places; return whether there was one.

    Raises:
        KeyFileError: the directory of the change is not in order.
    """
    if not (directory / CHANGING).exists():
        return False
    with _alone(directory):
        made = directory / CHANGING
        if not made.exists():  # another process finished it meanwhile
            return False
        files.check_private_directory(made)
        for number, name in enumerate(_listed(made)):
            files.replace(directory / name, files.read_private(made / str(number), max_bytes=MAX_CHANGED))
        done = directory / _DONE
        shutil.rmtree(done, ignore_errors=True)
        durable.name_directory(made, done)
        shutil.rmtree(done, ignore_errors=True)
    return True


def _listed(made: Path) -> list[str]:
    try:
        found = json.loads(files.read_private(made / _LIST, max_bytes=MAX_CHANGED))
    except (FileNotFoundError, ValueError) as error:
        message = f"{made} does not hold a change of ours; keep it, and restore the keys from a backup"
        raise KeyFileError("form", message, path=str(made)) from error
    return [str(name) for name in found]


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
