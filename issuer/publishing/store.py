"""Where a publication's files stand: what the publisher asks of it, whether it is a folder, memory or an object store.

Rules: paths are those of ``credential.publication``, others are refused. An immutable file is put once; only the files
that move are replaced, the snapshot last. Each act is whole: a kill leaves the old file or the new one, and what an act
returned from is still there after a crash. A file that no snapshot names yet harms nobody, so a killed publisher leaves
the old snapshot and everything that it names. One publisher at a time holds the lock.

    with store.lock():
        store.put(publication.shard(digest), data)
        store.replace(publication.SNAPSHOT, token)
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Final, Protocol

from credential import publication
from issuer.errors import TamperedError

DIRECTORIES: Final = frozenset({"catalogue", "shards", "status/at", "trust/filings", "trust/list", "trust/roots"})
"""Those of immutable files; only they are listed."""


class Readable(Protocol):
    """A publication that is only read."""

    @property
    def where(self) -> str:
        """The store's name in messages: a directory, an address."""

    def read(self, path: str) -> bytes:
        """Return a file as it was last put or replaced.

        Raises:
            NotFoundError: ``not_published``.
        """

    def has(self, path: str) -> bool:
        """Whether a file is there."""

    def list(self, directory: str) -> Iterable[str]:
        """Return the paths of the files in one of ``DIRECTORIES``, in no order, without what is no publication's."""


class PublicationStore(Readable, Protocol):
    """One publication. Each act raises ValueError for a path or a directory that no publication has."""

    def size(self, path: str) -> int | None:
        """Return how many bytes a file has, None when it is not there; nothing of it is read."""

    def put(self, path: str, data: bytes) -> bool:
        """Write an immutable file once; the same bytes again are fine, and a damaged file is repaired.

        Returns:
            Whether anything was written.

        Raises:
            TamperedError: ``immutable_changed``: other bytes are there, and the name is not the digest of these;
                ``write_failed``: the store gave other bytes back than it was given. Nothing was changed.
            ValueError: the file is one that moves.
        """

    def replace(self, path: str, data: bytes) -> None:
        """Put ``data`` in the place of a file that moves, in one step: a reader gets the old bytes or the new ones.

        Raises:
            TamperedError: ``write_failed``, as ``put``.
            ValueError: the file is one that never changes.
        """

    def remove(self, path: str) -> None:
        """Remove a file that no accepted snapshot names any more; it may be gone already."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the publisher's lock, in this process and against every other, until the block ends, however it ends.

        What killed publishers left half-written is removed when the lock is taken.

        Raises:
            ConflictError: ``publisher_running``: somebody else holds it.
        """


def check_known(path: str) -> None:
    """Refuse a path that no publication has. Raises ValueError."""
    if not publication.is_known(path):
        raise ValueError(f"{path!r} is no path of a publication")


def check_moves(path: str) -> None:
    """Refuse a path whose file never changes. Raises ValueError."""
    check_known(path)
    if publication.is_immutable(path):
        raise ValueError(f"{path} never changes")


def check_directory(directory: str) -> None:
    """Refuse a directory that no publication has, or whose files move. Raises ValueError."""
    if directory not in DIRECTORIES:
        raise ValueError(f"{directory!r} is no directory of immutable files")


def is_to_write(path: str, data: bytes, present: bytes | None) -> bool:
    """Decide what putting an immutable file does, the same in every store.

    Args:
        path: of the file.
        data: what is to be there.
        present: what is there, None when nothing is.

    Raises:
        TamperedError: ``immutable_changed``.
        ValueError: the file is one that moves.
    """
    if not publication.is_immutable(path):
        raise ValueError(f"{path} is not an immutable file")
    if present is None or present == data:
        return present is None
    if path.rpartition("/")[2] == sha256(data).hexdigest():
        return True  # the name says which bytes are right: what is there was damaged, and is repaired
    message = f"{path} already holds other bytes; nothing was overwritten, compare it with a backup"
    raise TamperedError("immutable_changed", message, path=path)


def versions(store: Readable, directory: str) -> list[int]:
    """Return the numbers of the files in ``trust/roots``, ``trust/list`` or ``catalogue``, ascending."""
    return sorted(int(path.rpartition("/")[2]) for path in store.list(directory))
