"""The reader of one publication: orchestration of fetcher, store and trusted set.

Rules: a look fetches the snapshot, the next root and the trust list, and gives a view of what the snapshot names; what
a check then fetches is the view's rule. Who must not wait for a file asks ``at_hand``, which fetches nothing.

    reader = PublicationReader(fetcher, pinned_root, store=MemoryStore(), max_age=timedelta(seconds=60))
    view = reader.view(now)
    view.record(Kind.HISTORY, cti, prefix)
    reader.at_hand(now)  # None: a look at the snapshot is due
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from credential import publication
from credential.errors import CredentialError
from credential.outcomes import Reason
from credential.roots import MAX_ROOT_BYTES, verify_root
from credential.snapshot import MAX_SNAPSHOT_BYTES, UnverifiedSnapshot, parse_snapshot
from credential.trustform import MAX_TRUST_LIST_BYTES
from verifier.errors import FetchError, NotAtHandError, NotFoundError, OversizeError, TrustError, UsageError
from verifier.reader.fetchers import Fetcher
from verifier.reader.memory import StateStore
from verifier.reader.trusted import TrustedSet
from verifier.reader.view import PublicationView, Shelf, View

MAX_ROOT_STEPS: Final = 256
"""Rotations a reader follows at once; one a year since before computers."""


class Reader(Protocol):
    """Whatever gives views of one publication."""

    def view(self, now: datetime) -> View:
        """Return a view that is fresh at ``now``. Raises TrustError with the verdict's reason."""

    def renewed(self, view: View, now: datetime) -> View | None:
        """Return a newer view than ``view``, or None when the publication has not moved. Raises TrustError."""


@dataclass(frozen=True, slots=True)
class _AtHandReader:
    """One check of what is in memory."""

    _view: PublicationView

    def view(self, now: datetime) -> PublicationView:  # noqa: ARG002 - it is fresh at the instant it was made for
        """As ``Reader``."""
        return self._view

    def renewed(self, view: View, now: datetime) -> PublicationView | None:  # noqa: ARG002 - as Reader
        """Raises NotAtHandError: that takes a look."""
        raise NotAtHandError


class _Look(NamedTuple):
    """The last look at the snapshot."""

    view: PublicationView
    taken: datetime
    until: datetime
    """Until when nobody asks again."""


class PublicationReader:
    """Reads one publication for one pinned root; safe to share between threads."""

    def __init__(
        self, fetcher: Fetcher, pinned_root: bytes, *, store: StateStore, max_age: timedelta = timedelta(0)
    ) -> None:
        """Take the trust anchor.

        Args:
            fetcher: where the files are.
            pinned_root: a root container that the operator vouches for.
            store: memory against rollback, and kept files.
            max_age: how long one look at the snapshot is used again without asking.

        Raises:
            UsageError: ``trust_root``: the pinned file is no root container.
        """
        try:
            self._pinned = verify_root(pinned_root, None)
        except (CredentialError, ValueError) as error:
            raise UsageError("trust_root", f"the pinned trust root cannot be used: {error}") from error
        self._fetcher = fetcher
        self._store = store
        self._max_age = max_age
        self._lock = threading.Lock()
        self._current: _Look | None = None
        self._shelf = Shelf(fetcher, store)
        self._shelf_at_hand = self._shelf.at_hand()

    @property
    def demonstration(self) -> bool:
        """Whether the pinned root is a demonstration's."""
        return self._pinned.root.demonstration

    def view(self, now: datetime) -> PublicationView:
        """As ``Reader``."""
        return (self._recent(now) or self._looked(now)).again()

    def at_hand(self, now: datetime) -> Reader | None:
        """Return a reader for one check at ``now`` that fetches nothing and takes the time of no file.

        It gives the same verdict as this one, or the check raises NotAtHandError and is to be asked here again. None
        when a look at the snapshot is due.
        """
        recent = self._recent(now)
        return None if recent is None else _AtHandReader(recent.again(self._shelf_at_hand))

    def _recent(self, now: datetime) -> PublicationView | None:
        current = self._current
        return current.view if current is not None and current.taken <= now < current.until else None

    def _looked(self, now: datetime) -> PublicationView:
        with self._lock:
            # Somebody else may have looked while this thread waited for the lock.
            return self._recent(now) or self._load(now)

    def renewed(self, view: View, now: datetime) -> PublicationView | None:
        """As ``Reader``: for when a file that the view names is gone, because the publication moved on meanwhile."""
        with self._lock:
            newer = self._load(now)
        return None if isinstance(view, PublicationView) and newer.snapshot.digest == view.snapshot.digest else newer

    def _load(self, now: datetime) -> PublicationView:
        """Walk roots, trust list, snapshot. Whatever fails has the reason of a verdict."""
        try:
            view = self._walk(now)
        except FetchError as error:
            lies = isinstance(error, OversizeError)
            reason = Reason.PUBLICATION_UNTRUSTED if lies else Reason.PUBLICATION_UNREACHABLE
            raise TrustError(reason, str(error)) from error
        until = min(now + self._max_age, view.snapshot.content.exp, view.trust.content.exp)
        self._current = _Look(view, now, until)
        return view

    def _walk(self, now: datetime) -> PublicationView:
        trusted = TrustedSet(self._pinned, self._store.load())
        try:
            self._update_roots(trusted)
            token = self._fetcher.fetch(publication.SNAPSHOT, MAX_SNAPSHOT_BYTES)
            unmoved = self._unmoved(trusted, token, now)
            if unmoved is not None:
                return unmoved
            unverified = _parse(token)
            data = self._trust_list(unverified)
            trusted.update_trust_list(data, unverified, now=now)
            trusted.update_snapshot(unverified, now=now)
        finally:
            self._remember(trusted)
        if trusted.trust is None or trusted.snapshot is None:
            raise RuntimeError("a trusted set that refused nothing holds everything")
        self._store.keep(data) if self._store.file(trusted.trust.digest) is None else None
        self._shelf.status_files.keep_only({each.cwt for each in trusted.snapshot.content.status})
        return PublicationView(self._shelf, trusted.root, trusted.trust, trusted.snapshot)

    def _remember(self, trusted: TrustedSet) -> None:
        memory = trusted.memory
        if memory is not None and memory != self._store.load():
            self._store.save(memory)

    def _update_roots(self, trusted: TrustedSet) -> None:
        for _ in range(MAX_ROOT_STEPS):
            path = publication.root(trusted.root.root.version + 1)
            try:
                data = self._fetcher.fetch(path, MAX_ROOT_BYTES)
            except NotFoundError:
                return
            trusted.update_root(data)
        raise TrustError(Reason.PUBLICATION_UNTRUSTED, f"more than {MAX_ROOT_STEPS} root sets behind the pinned one")

    def _unmoved(self, trusted: TrustedSet, token: bytes, now: datetime) -> PublicationView | None:
        """The last view, when nothing moved and nothing ended since: it was verified from these very bytes.

        The store is asked as well, because another process that shares it may have seen something newer.
        """
        if self._current is None or trusted.memory is None:
            return None
        view, taken = self._current.view, self._current.taken
        newest = trusted.memory.snapshot_digest == view.snapshot.digest
        same = newest and view.snapshot.token == token and view.root.container == trusted.root.container
        return view if same and taken <= now < min(view.snapshot.content.exp, view.trust.content.exp) else None

    def _trust_list(self, unverified: UnverifiedSnapshot) -> bytes:
        """The list's version is a number from an unchecked file; what it leads to is checked by the root."""
        kept = self._store.file(unverified.content.trust_digest)
        path = publication.trust_list(unverified.content.trust_version)
        return self._fetcher.fetch(path, MAX_TRUST_LIST_BYTES) if kept is None else kept


def _parse(token: bytes) -> UnverifiedSnapshot:
    try:
        return parse_snapshot(token)
    except CredentialError as error:
        raise TrustError(Reason.PUBLICATION_UNTRUSTED, str(error)) from error
