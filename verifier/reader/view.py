"""One look at one publication: the files that its snapshot names, fetched, checked and kept.

Rules: a check fetches catalogue and filings (kept by digest), the status lists under its prefix (usually one), one
manifest and one shard, and nothing that a credential names. Whoever asks for a shard asks for the others first, each
once, whatever it finds and whatever does not come, so that a host learns one prefix that many share and nothing else
(FORMAT 7). All names come from signed files, all bytes are compared with a signed digest.

    view = PublicationView(Shelf(fetcher, store), root, trust, snapshot)
    view.record(Kind.HISTORY, cti, prefix)
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final, Protocol, TypeVar

from credential import cose, publication, statuslist
from credential.errors import NotTrustedError
from credential.filings import MAX_FILINGS_BYTES, VerifiedFilings, verify_filings
from credential.jose import MAX_CONTAINER_BYTES
from credential.kdf import PREFIX_BITS, Extracted, extract
from credential.roots import VerifiedRoot
from credential.sealed import Kind, Record, RecordKeys, keys_from, locator_from, open_with
from credential.shards import MAX_MANIFEST_BYTES, MAX_SHARD_BYTES, Shard, manifest_bits, parse_manifest, parse_shard
from credential.snapshot import VerifiedSnapshot
from credential.statuslist import VerifiedStatusList, lists_beside
from credential.trustform import MAX_STATUS_LISTS
from credential.trustlist import StatusAssignment, VerifiedTrustList
from verifier.errors import FetchError, NotFoundError, WrongDigestError
from verifier.reader.cache import AtHand, Cache
from verifier.reader.fetchers import Fetcher, NoFetcher
from verifier.reader.memory import StateStore
from verifier.reader.names import Names, read_names

T = TypeVar("T")

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

    @property
    def mixture(self) -> bool:
        """Whether a file that the snapshot names was gone or another: perhaps the publication moved on meanwhile."""

    def names(self) -> Names:
        """Names of the catalogue. Raises FetchError, CredentialError."""

    def filings(self) -> VerifiedFilings:
        """Committees and filings. Raises FetchError, CredentialError."""

    def record(self, kind: Kind, secret: bytes, prefix: int) -> bytes | None:
        """The plaintext of a sealed record, None when its shard has none. Raises FetchError, CredentialError."""

    def beside(self, kind: Kind) -> bytes | None:
        """Another record that the last secret opens, in the shard where it was looked for. Raises CredentialError.

        Nothing is asked for: what a host learns does not depend on it.
        """

    def status_list(self, assignment: StatusAssignment, now: datetime) -> VerifiedStatusList:
        """The status list of an assignment. Raises FetchError, CredentialError."""


class Shelf:
    """What all checks of one reader share: where files come from, and the last few of them."""

    def __init__(self, fetcher: Fetcher, store: StateStore) -> None:
        self._fetcher = fetcher
        self._store = store
        self.files: Cache[bytes] = Cache(4)
        self.names: Cache[Names] = Cache(2)
        self.filings: Cache[VerifiedFilings] = Cache(2)
        self.manifests: Cache[tuple[bytes, ...]] = Cache(1024)
        self.shards: Cache[Shard] = Cache(CACHED_FILES)
        self.status_lists: Cache[VerifiedStatusList] = Cache(CACHED_FILES)
        self.status_files: Cache[bytes] = Cache(MAX_STATUS_LISTS)

    def at_hand(self) -> Shelf:
        """The same shelf for those who must not wait: what it lacks raises NotAtHandError."""
        shelf = Shelf(NoFetcher(), self._store)
        shelf.files, shelf.names, shelf.filings = AtHand(self.files), AtHand(self.names), AtHand(self.filings)
        shelf.manifests, shelf.shards = AtHand(self.manifests), AtHand(self.shards)
        shelf.status_lists, shelf.status_files = AtHand(self.status_lists), AtHand(self.status_files)
        return shelf

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


@dataclass(slots=True)
class _AtHand:
    """What all checks of one snapshot need, once it has come and holds. Nothing here says who was checked."""

    names: Names | None = None
    filings: VerifiedFilings | None = None
    status_list: tuple[int, VerifiedStatusList | None] = (0, None)
    """The id of the last one that was read, and itself: most registers have one."""
    gathered: set[range] = field(default_factory=set)
    """Status lists that are fetched together, of which every file and all else that goes with them has come."""


class PublicationView:
    """A publication at one verified snapshot, for one check: what did not come once is not asked for again."""

    __slots__ = ("_asked", "_at_hand", "_faults", "_looked", "_shelf", "root", "snapshot", "trust")
    online: Final = True

    def __init__(
        self,
        shelf: Shelf,
        root: VerifiedRoot,
        trust: VerifiedTrustList,
        snapshot: VerifiedSnapshot,
        *,
        at_hand: _AtHand | None = None,
    ) -> None:
        self._shelf = shelf
        self._at_hand = at_hand or _AtHand()
        self.root = root
        self.trust = trust
        self.snapshot = snapshot
        self._faults: dict[str, FetchError] | None = None
        self._asked: range | None = None
        self._looked: tuple[Shard, Extracted] | None = None

    def again(self, shelf: Shelf | None = None) -> PublicationView:
        """The same look for another check, which asks anew for what was held back from this one.

        Args:
            shelf: another one to take files from, such as ``Shelf.at_hand``.
        """
        return PublicationView(shelf or self._shelf, self.root, self.trust, self.snapshot, at_hand=self._at_hand)

    @property
    def mixture(self) -> bool:
        """As ``View``. Every file counts, needed or not: to look again only for some would tell who needed it.

        But not the catalogue, without which every verdict can be given.
        """
        if self._faults is None:
            return False
        faults = [fault for path, fault in self._faults.items() if not path.startswith("catalogue/")]
        return any(isinstance(fault, NotFoundError | WrongDigestError) for fault in faults)

    def names(self) -> Names:
        """As ``View``."""
        if self._at_hand.names is None:
            digest = self.trust.content.catalogue_digest
            self._at_hand.names = self._shelf.names.get(digest, lambda: read_names(self._catalogue_file(), self.trust))
        return self._at_hand.names

    def filings(self) -> VerifiedFilings:
        """As ``View``."""
        if self._at_hand.filings is None:
            digest = self.trust.content.filings_digest
            found = self._shelf.filings.get(digest, lambda: verify_filings(self._filings_file(), self.trust))
            self._at_hand.filings = found
        return self._at_hand.filings

    def record(self, kind: Kind, secret: bytes, prefix: int) -> bytes | None:
        """As ``View``; ``prefix`` is the 20-bit number of FORMAT 5.1."""
        extracted = extract(secret)
        keys = keys_from(kind, extracted)
        shard = self._reach(prefix)
        self._looked = shard, extracted
        sealed = shard.find(keys.locator)
        return None if sealed is None else open_with(keys, sealed)

    def sealed(self, keys: RecordKeys, prefix: int) -> Record | None:
        """The record that lies at a locator, still sealed; errors as ``record``."""
        return self._reach(prefix).find(keys.locator)

    def beside(self, kind: Kind) -> bytes | None:
        """As ``View``."""
        if self._looked is None:
            return None
        shard, extracted = self._looked
        sealed = shard.find(locator_from(kind, extracted))
        return None if sealed is None else open_with(keys_from(kind, extracted), sealed)

    def status_list(self, assignment: StatusAssignment, now: datetime) -> VerifiedStatusList:
        """As ``View``."""
        last, verified = self._at_hand.status_list
        if verified is None or last != assignment.id:
            checked_against = (self.snapshot.status_digest(assignment.id), self.trust.digest, assignment.id)
            verified = self._shelf.status_lists.get(checked_against, lambda: self._status_list(assignment, now))
            self._at_hand.status_list = (assignment.id, verified)
        if now >= verified.expires_at:
            raise NotTrustedError("expired", f"status list {assignment.id} expired at {verified.expires_at}")
        return verified

    def _reach(self, prefix: int) -> Shard:
        """The shard of a prefix, behind all else that a check of it may need."""
        self._gather(prefix)
        return self._shard(prefix)

    def _gather(self, prefix: int) -> None:
        """Ask for all that a check of this shard may need; what is wrong with a file is told where it is needed."""
        lists, length = len(self.snapshot.content.status), self.snapshot.content.prefix
        own = prefix >> (PREFIX_BITS - (lists - 1).bit_length())
        beside = lists_beside(own, lists=lists, prefix_length=length)
        if beside == self._asked or beside in self._at_hand.gathered:
            return
        self._asked = beside
        status_files: list[Callable[[], bytes]] = [partial(self._status_file, each) for each in beside]
        for ask in (self._catalogue_file, self._filings_file, *status_files):
            with contextlib.suppress(FetchError):
                ask()
        if self._faults is None:
            self._at_hand.gathered.add(beside)

    def _shard(self, prefix: int) -> Shard:
        length = self.snapshot.content.prefix
        number, wanted = prefix >> (PREFIX_BITS - manifest_bits(length)), prefix >> (PREFIX_BITS - length)
        named = self.snapshot.manifest_digest(number)
        digests = self._shelf.manifests.get((named, length, number), lambda: self._manifest(number, length))
        digest = digests[wanted & ((1 << (length - manifest_bits(length))) - 1)]
        return self._shelf.shards.get(
            (digest, length, wanted),
            lambda: parse_shard(
                self._digested(publication.shard(digest.hex()), digest, MAX_SHARD_BYTES),
                prefix=wanted,
                prefix_length=length,
            ),
        )

    def _manifest(self, number: int, length: int) -> tuple[bytes, ...]:
        digest = self.snapshot.manifest_digest(number)
        data = self._digested(publication.shard(digest.hex()), digest, MAX_MANIFEST_BYTES)
        return parse_manifest(data, number=number, prefix_length=length)

    def _status_list(self, assignment: StatusAssignment, now: datetime) -> VerifiedStatusList:
        data = self._status_file(assignment.id)
        entries = {kid: self.trust.key(kid, use="status") for kid in assignment.kids}
        keys = {bytes(kid): entry.key for kid, entry in entries.items()}
        verified = statuslist.verify_cwt(data, keys, uri=assignment.cwt, now=now)
        signed_by = cose.parse(data, max_bytes=statuslist.MAX_TOKEN, typ=statuslist.CWT_TYP).key_id
        self.trust.key(signed_by, use="status").check_signs_now(verified.issued_at)
        return verified

    def _status_file(self, list_id: int) -> bytes:
        digest = self.snapshot.status_digest(list_id)
        path = publication.status_at(digest.hex())
        return self._shelf.status_files.get(digest, lambda: self._digested(path, digest, statuslist.MAX_TOKEN))

    def _catalogue_file(self) -> bytes:
        content = self.trust.content
        path = publication.catalogue(content.catalogue_version)
        return self._kept(path, content.catalogue_digest, MAX_CONTAINER_BYTES)

    def _filings_file(self) -> bytes:
        digest = self.trust.content.filings_digest
        return self._kept(publication.filings(digest.hex()), digest, MAX_FILINGS_BYTES)

    def _kept(self, path: str, digest: bytes, max_bytes: int) -> bytes:
        get = partial(self._shelf.kept, path, digest, max_bytes)
        return self._shelf.files.get(digest, lambda: self._once(path, get))

    def _digested(self, path: str, digest: bytes, max_bytes: int) -> bytes:
        return self._once(path, partial(self._shelf.digested, path, digest, max_bytes))

    def _once(self, path: str, get: Callable[[], T]) -> T:
        """Ask once in a check: asking again would tell the host that the file was needed."""
        if self._faults is not None and path in self._faults:
            raise self._faults[path]
        try:
            return get()
        except FetchError as fault:
            self._faults = (self._faults or {}) | {path: fault}
            raise
