"""One look at one publication, and the reader that takes it: orchestration of fetcher, store and trusted set.

Rules: a check fetches the snapshot, the next root, trust list, filings and catalogue (kept by digest), one manifest
and one shard, the status lists under the same prefix (usually one), and nothing that a credential names; so a host
learns one prefix that many share. All names but the first three come from signed files, all bytes are compared with a
signed digest.

    reader = PublicationReader(fetcher, pinned_root, store=MemoryStore(), max_age=timedelta(seconds=60))
    view = reader.view(now)
    view.record(Kind.HISTORY, cti, prefix)
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from credential import cose, publication, statuslist
from credential.errors import CredentialError, NotTrustedError
from credential.filings import MAX_FILINGS_BYTES, VerifiedFilings, verify_filings
from credential.kdf import PREFIX_BITS
from credential.roots import MAX_ROOT_BYTES, VerifiedRoot, verify_root
from credential.sealed import Kind, Record, RecordKeys, open_with, record_keys
from credential.shards import MAX_MANIFEST_BYTES, MAX_SHARD_BYTES, Shard, manifest_bits, parse_manifest, parse_shard
from credential.snapshot import MAX_SNAPSHOT_BYTES, UnverifiedSnapshot, VerifiedSnapshot, parse_snapshot
from credential.statuslist import VerifiedStatusList, lists_beside
from credential.trustform import MAX_TRUST_LIST_BYTES
from credential.trustlist import StatusAssignment, VerifiedTrustList
from credential.verdict import Reason
from verifier.errors import FetchError, NotFoundError, OversizeError, TrustError, UsageError, WrongDigestError
from verifier.reader.cache import Cache
from verifier.reader.fetchers import Fetcher
from verifier.reader.memory import StateStore
from verifier.reader.names import MAX_CATALOGUE_BYTES, Names, read_names
from verifier.reader.trusted import TrustedSet

MAX_ROOT_STEPS: Final = 256
"""Rotations a reader follows at once; one a year since before computers."""
CACHED_FILES: Final = 64
"""Parsed shards, manifests and lists kept: at most half a gigabyte of the largest, usually some megabytes."""


class View(Protocol):
    """What the procedure may ask of a publication."""

    @property
    def trust(self) -> VerifiedTrustList:
        """A fresh trust list."""

    @property
    def online(self) -> bool:
        """Whether there is a snapshot to look into; without one, registration and status cannot be checked."""

    def names(self) -> Names:
        """Names of the catalogue. Raises FetchError, CredentialError."""

    def filings(self) -> VerifiedFilings:
        """Committees and filings. Raises FetchError, CredentialError."""

    def record(self, kind: Kind, secret: bytes, prefix: int) -> bytes | None:
        """The plaintext of a sealed record, None when its shard has none. Raises FetchError, CredentialError."""

    def status_list(self, assignment: StatusAssignment, now: datetime) -> VerifiedStatusList:
        """The status list of an assignment. Raises FetchError, CredentialError."""


class Reader(Protocol):
    """Whatever gives views of one publication."""

    def view(self, now: datetime) -> View:
        """Return a view that is fresh at ``now``. Raises TrustError with the verdict's reason."""

    def renewed(self, view: View, now: datetime) -> View | None:
        """Return a newer view than ``view``, or None when the publication has not moved. Raises TrustError."""


class PublicationView:
    """A publication at one verified snapshot."""

    online: Final = True

    def __init__(
        self,
        reader: PublicationReader,
        root: VerifiedRoot,
        trust: VerifiedTrustList,
        snapshot: VerifiedSnapshot,
        *,
        before: PublicationView | None,
    ) -> None:
        """Take what was verified, and from the view ``before`` the status lists that have not changed."""
        self._reader = reader
        self.root = root
        self.trust = trust
        self.snapshot = snapshot
        self._names: Names | None = None
        self._filings: VerifiedFilings | None = None
        self._gathered: set[int] = set()
        self._status_files: dict[bytes, bytes]
        named = {each.cwt for each in snapshot.content.status}
        kept = {} if before is None else dict(before._status_files)
        self._status_files = {digest: data for digest, data in kept.items() if digest in named}

    def names(self) -> Names:
        """As ``View``."""
        if self._names is None:
            content = self.trust.content
            path = publication.catalogue(content.catalogue_version)
            self._names = self._reader.names.get(
                content.catalogue_digest,
                lambda: read_names(self._reader.kept(path, content.catalogue_digest, MAX_CATALOGUE_BYTES), self.trust),
            )
        return self._names

    def filings(self) -> VerifiedFilings:
        """As ``View``."""
        if self._filings is None:
            digest = self.trust.content.filings_digest
            path = publication.filings(digest.hex())
            self._filings = self._reader.filings.get(
                digest, lambda: verify_filings(self._reader.kept(path, digest, MAX_FILINGS_BYTES), self.trust)
            )
        return self._filings

    def record(self, kind: Kind, secret: bytes, prefix: int) -> bytes | None:
        """As ``View``; ``prefix`` is the 20-bit number of FORMAT 5.1."""
        keys = record_keys(kind, secret)
        sealed = self.sealed(keys, prefix)
        return None if sealed is None else open_with(keys, sealed)

    def sealed(self, keys: RecordKeys, prefix: int) -> Record | None:
        """The record that lies at a locator, still sealed; errors as ``record``."""
        return self._shard(prefix).find(keys.locator)

    def _shard(self, prefix: int) -> Shard:
        length = self.snapshot.content.prefix
        number, wanted = prefix >> (PREFIX_BITS - manifest_bits(length)), prefix >> (PREFIX_BITS - length)
        digest = self._reader.manifests.get(
            self.snapshot.manifest_digest(number), lambda: self._manifest(number, length)
        )[wanted & ((1 << (length - manifest_bits(length))) - 1)]
        return self._reader.shards.get(
            digest,
            lambda: parse_shard(
                self._reader.digested(publication.shard(digest.hex()), digest, MAX_SHARD_BYTES),
                prefix=wanted,
                prefix_length=length,
            ),
        )

    def _manifest(self, number: int, length: int) -> tuple[bytes, ...]:
        digest = self.snapshot.manifest_digest(number)
        data = self._reader.digested(publication.shard(digest.hex()), digest, MAX_MANIFEST_BYTES)
        return parse_manifest(data, number=number, prefix_length=length)

    def status_list(self, assignment: StatusAssignment, now: datetime) -> VerifiedStatusList:
        """As ``View``."""
        if assignment.id not in self._gathered:
            self._gather(assignment.id)
        digest = self.snapshot.status_digest(assignment.id)
        verified = self._reader.status_lists.get(digest, lambda: self._status_list(assignment, now))
        if now >= verified.expires_at:
            raise NotTrustedError("expired", f"status list {assignment.id} expired at {verified.expires_at}")
        return verified

    def _status_list(self, assignment: StatusAssignment, now: datetime) -> VerifiedStatusList:
        data = self._status_file(assignment.id)
        entries = {kid: self.trust.key(kid, use="status") for kid in assignment.kids}
        keys = {bytes(kid): entry.key for kid, entry in entries.items()}
        verified = statuslist.verify_cwt(data, keys, uri=assignment.cwt, now=now)
        signed_by = cose.parse(data, max_bytes=statuslist.MAX_TOKEN, typ=statuslist.CWT_TYP).key_id
        self.trust.key(signed_by, use="status").check_signs_now(verified.issued_at)
        return verified

    def _gather(self, wanted: int) -> None:
        """Ask for every list that shares the shard's bits, whichever is wanted; only then say what is wrong with it.

        What a host holds back is asked for again by every check, so that nobody sees which check needed it.
        """
        content, faults = self.snapshot.content, {}
        beside = lists_beside(wanted, lists=len(content.status), prefix_length=content.prefix)
        for each in beside:
            try:
                self._status_file(each)
            except FetchError as error:
                faults[each] = error
        if wanted in faults:
            raise faults[wanted]
        if not faults:
            self._gathered.update(beside)

    def _status_file(self, list_id: int) -> bytes:
        digest = self.snapshot.status_digest(list_id)
        if digest not in self._status_files:
            path = publication.status_at(digest.hex())
            self._status_files[digest] = self._reader.digested(path, digest, statuslist.MAX_TOKEN)
        return self._status_files[digest]


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
        self.names: Cache[Names] = Cache(2)
        self.filings: Cache[VerifiedFilings] = Cache(2)
        self.manifests: Cache[tuple[bytes, ...]] = Cache(1024)
        self.shards: Cache[Shard] = Cache(CACHED_FILES)
        self.status_lists: Cache[VerifiedStatusList] = Cache(CACHED_FILES)

    @property
    def demonstration(self) -> bool:
        """Whether the pinned root is a demonstration's."""
        return self._pinned.root.demonstration

    def view(self, now: datetime) -> PublicationView:
        """As ``Reader``."""
        return self._recent(now) or self._looked(now)

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
        before = None if self._current is None else self._current.view
        return PublicationView(self, trusted.root, trusted.trust, trusted.snapshot, before=before)

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

    def digested(self, path: str, digest: bytes, max_bytes: int) -> bytes:
        """Fetch a file whose digest is known. Raises FetchError."""
        data = self._fetcher.fetch(path, max_bytes)
        if sha256(data).digest() != digest:
            raise WrongDigestError(path)
        return data

    def kept(self, path: str, digest: bytes, max_bytes: int) -> bytes:
        """As ``digested``, for files that say nothing about who was checked: they stay in the store."""
        data = self._store.file(digest)
        if data is None:
            data = self.digested(path, digest, max_bytes)
            self._store.keep(data)
        return data


def _parse(token: bytes) -> UnverifiedSnapshot:
    try:
        return parse_snapshot(token)
    except CredentialError as error:
        raise TrustError(Reason.PUBLICATION_UNTRUSTED, str(error)) from error
