"""What the root signed, kept in the register: root sets, trust lists, filings and catalogues.

Rules: a file is kept in the register before it is written into the publication, so a crash between the two is finished
by the next run. One path has one content for ever: there are never two trust lists of one version. The publication may
lack a file, which is then written again. It may not hold another one, and it may not know more than the register does.

    with register.write() as session:
        keep(session, publication.trust_list(2), container, now=now)
    lay_out(register, store)
    newest_trust(Kept(register.read, store), now=now)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from hashlib import sha256
from typing import Final, Self

from sqlalchemy import select

from credential import publication
from issuer.db.models import PublishedFileRow
from issuer.db.sessions import ReadSession, Register, WriteSession
from issuer.errors import ConflictError, NotFoundError, TamperedError
from issuer.publishing.store import PublicationStore, Readable, check_known

NUMBERED: Final = ("trust/roots", "catalogue", "trust/list")
"""Directories whose files are named by their version; a file may need those of the directories before it."""
KEPT_IN: Final = frozenset({*NUMBERED, "trust/filings"})
"""Where the files stand that are kept; all others are made from the register's rows."""


def is_kept(path: str) -> bool:
    """Whether a file at this path of a publication is one that the register keeps."""
    return publication.is_known(path) and path.rpartition("/")[0] in KEPT_IN


def keep(session: WriteSession, path: str, data: bytes, *, now: datetime) -> bool:
    """Keep a file in the register, before it is written into the publication.

    Args:
        session: of the register.
        path: of the publication, in one of ``KEPT_IN``.
        data: what stands there for ever.
        now: aware UTC.

    Returns:
        Whether it is new; the same bytes again are fine.

    Raises:
        ConflictError: ``kept_differs``: another file is kept under this path.
        ValueError: a file at this path is not kept.
    """
    if not is_kept(path):
        raise ValueError(f"{path!r} is not kept in the register")
    digest = sha256(data).digest()
    row = session.get(PublishedFileRow, path)
    if row is None:
        session.add(PublishedFileRow(path=path, content=data, digest=digest, stored_at=now))
        session.flush()
        return True
    if row.content != data:
        message = f"{path} was signed with another content already; nothing was changed, make the next version instead"
        raise ConflictError("kept_differs", message, path=path)
    return False


def digests(session: ReadSession) -> dict[str, bytes]:
    """Return the SHA-256 of every kept file by its path; empty where a home has not been taken in yet."""
    rows = session.execute(select(PublishedFileRow.path, PublishedFileRow.digest))
    return {row.path: row.digest for row in rows}


def content(session: ReadSession, path: str) -> bytes | None:
    """Return a kept file, or None. Raises TamperedError ``publication_altered``: it is not what was kept."""
    row = session.get(PublishedFileRow, path)
    if row is not None and sha256(row.content).digest() != row.digest:
        message = f"{path} does not have its digest in the register; compare the register with a backup"
        raise TamperedError("publication_altered", message, path=path)
    return None if row is None else row.content


def check(register: Register, store: Readable) -> None:
    """Compare every kept file with the publication.

    Raises:
        TamperedError: ``publication_altered``: one is gone or another; ``register_behind``.
    """
    with register.read() as session:
        wanted = digests(session)
    check_not_behind(wanted, store)
    for path in sorted(wanted, key=_order):
        if not _stands(store, path, wanted[path]):
            message = f"{path} in {store.where}, which the register keeps, is gone or damaged"
            raise TamperedError("publication_altered", message, path=path)


def lay_out(register: Register, store: PublicationStore, *, compare_all: bool = True, anew: bool = False) -> int:
    """Write the kept files that the publication lacks, and compare the others byte for byte.

    The caller holds the store's lock.

    Args:
        register: what it keeps counts.
        store: the publication.
        compare_all: also the older versions, of which there are more each year; otherwise the newest of each kind.
        anew: a person asked for it: another file makes way for the one that is kept, instead of stopping everything.

    Returns:
        How many files were written.

    Raises:
        TamperedError: ``publication_altered``: the publication holds another file; ``register_behind``: it holds one
            that the register does not know. Nothing was written.
    """
    with register.read() as session:
        wanted = digests(session)
    check_not_behind(wanted, store)
    compared = wanted.keys() if compare_all else _newest(wanted)
    there = {path for directory in KEPT_IN for path in store.list(directory)} - set(compared)
    stands = _makes_way if anew else _stands
    missing = [path for path, digest in wanted.items() if path not in there and not stands(store, path, digest)]
    for path in sorted(missing, key=_order):
        with register.read() as session:
            data = content(session, path)
        if data is not None:
            store.remove(path) if anew else None
            store.put(path, data)
    return len(missing)


def _newest(paths: Iterable[str]) -> set[str]:
    """The paths of the newest version in each directory of numbered files."""
    numbered = sorted((path for path in paths if path.rpartition("/")[0] in NUMBERED), key=_order)
    return set({path.rpartition("/")[0]: path for path in numbered}.values())


def check_not_behind(kept: Iterable[str], store: Readable) -> None:
    """Ask whether the register knows every numbered file of the publication, if it keeps any.

    Raises:
        TamperedError: ``register_behind``.
    """
    known = set(kept)
    if not known:
        return
    for directory in NUMBERED:
        unknown = sorted(set(store.list(directory)) - known, key=_order)
        if unknown:
            message = (
                f"{store.where} holds {unknown[-1]}, which the register does not know: "
                "the register is an older copy; restore a newer one, or acts are lost"
            )
            raise TamperedError("register_behind", message, path=unknown[-1])


class Kept:
    """The publication as the register keeps it: what is kept counts, wherever the folder lacks it.

    It satisfies ``issuer.publishing.store.Readable``. Where nothing is kept yet, it is the store itself.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[ReadSession]],
        store: PublicationStore,
        *,
        compare: bool = True,
    ) -> None:
        """
        Args:
            reading: opens a session of the register.
            store: the publication.
            compare: refuse what the publication holds otherwise; without it what is kept counts, whatever stands there.
        """
        self._reading = reading
        self._store = store
        self._compare = compare

    @classmethod
    def within(cls, session: ReadSession, store: PublicationStore, *, compare: bool = True) -> Self:
        """Return the publication as one session sees it."""
        return cls(lambda: nullcontext(session), store, compare=compare)

    @property
    def where(self) -> str:
        """As ``PublicationStore``."""
        return self._store.where

    def read(self, path: str) -> bytes:
        """Return a file. Raises NotFoundError ``not_published``, TamperedError ``publication_altered``."""
        check_known(path)
        with self._reading() as session:
            kept = content(session, path)
        if kept is None:
            return self._store.read(path)
        if self._compare:
            _stands(self._store, path, sha256(kept).digest())
        return kept

    def has(self, path: str) -> bool:
        """Whether a file is kept, or there."""
        check_known(path)
        with self._reading() as session:
            kept = session.get(PublishedFileRow, path) is not None
        return kept or self._store.has(path)

    def list(self, directory: str) -> Iterable[str]:
        """As ``PublicationStore``. Raises TamperedError ``register_behind``."""
        with self._reading() as session:
            kept = digests(session)
        check_not_behind(kept, self._store)
        here = {path for path in kept if path.rpartition("/")[0] == directory}
        return here | set(self._store.list(directory))


class KeptStore(Kept):
    """A publication into which nothing is put that the register does not keep first.

    It satisfies ``issuer.publishing.store.PublicationStore``: for what is signed elsewhere and taken back
    (``issuer.trust.ceremony``, ``issuer.trust.roots``).
    """

    def __init__(self, register: Register, store: PublicationStore, clock: Callable[[], datetime]) -> None:
        super().__init__(register.read, store)
        self._register = register
        self._clock = clock

    def size(self, path: str) -> int | None:
        """As ``PublicationStore``."""
        return self._store.size(path)

    def put(self, path: str, data: bytes) -> bool:
        """As ``PublicationStore``. Raises ConflictError ``kept_differs``: another file was signed under this path."""
        if is_kept(path):
            with self._register.write() as session:
                keep(session, path, data, now=self._clock())
        return self._store.put(path, data)

    def replace(self, path: str, data: bytes) -> None:
        """As ``PublicationStore``."""
        self._store.replace(path, data)

    def remove(self, path: str) -> None:
        """As ``PublicationStore``."""
        self._store.remove(path)

    def lock(self) -> AbstractContextManager[None]:
        """As ``PublicationStore``."""
        return self._store.lock()


def _stands(store: Readable, path: str, digest: bytes) -> bool:
    """Whether the publication has a kept file. Raises TamperedError ``publication_altered`` where it has another.

    A file that is named by its digest and does not have it was damaged, and is written again.
    """
    try:
        found = store.read(path)
    except NotFoundError:
        return False
    if sha256(found).digest() != digest:
        if path.endswith(digest.hex()):
            return False
        message = (
            f"{path} in {store.where} is not the file that the register keeps; "
            "keep a copy for whoever looks into this, and have the publication laid out anew"
        )
        raise TamperedError("publication_altered", message, path=path)
    return True


def _makes_way(store: Readable, path: str, digest: bytes) -> bool:
    """Whether the publication has a kept file; another one counts as none."""
    try:
        return _stands(store, path, digest)
    except TamperedError:
        return False


def _order(path: str) -> tuple[int, int, str]:
    """Files that others name come first; versions ascend."""
    directory, _, name = path.rpartition("/")
    if directory not in NUMBERED:
        return (-1, 0, name)
    return (NUMBERED.index(directory), int(name), "")
