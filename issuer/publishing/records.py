"""Sealed records in shards: which files change when some certificates do, and how a register is split.

Pure: a store of files is asked for what is there, and what is to be written is handed to a function. A change costs one
shard and one manifest per prefix touched. When the prefix grows, published records are copied into new shards. All is
done shard by shard, so that memory does not grow with the register's records.

    published = PublishedShards.read(snapshot.prefix, snapshot.manifests, store.read)
    built = update(published, {cti: records}, store.put)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from credential import publication, shards
from credential.kdf import extract, prefix
from credential.sealed import Kind, Record, locator_from, locator_of
from issuer.errors import TamperedError

Key = TypeVar("Key")
Read = Callable[[str], bytes]
Write = Callable[[str, bytes], bool]
_KEPT: Final = 16
"""Parsed shards that are kept: a run looks into the same ones several times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The digests of all shards, in order of prefix."""

    prefix_length: int
    digests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A layout whose files are written."""

    layout: Layout
    manifests: tuple[bytes, ...]
    """Digests of the manifests, for the snapshot."""
    written: int
    """How many files were new."""


class PublishedShards:
    """What is published: every file is compared with its digest. The shards that were read last are kept."""

    def __init__(self, layout: Layout, read: Read) -> None:
        self.layout = layout
        self._read = read
        self._shards: dict[int, shards.Shard] = {}
        self._peeked = (-1, b"")
        self._checked: set[int] = set()

    @classmethod
    def read(cls, prefix_length: int, manifests: Iterable[bytes], read: Read) -> PublishedShards:
        """Read the manifests that a snapshot names.

        Raises:
            IssuerError, CredentialError: one is gone, altered, or no manifest.
        """
        digests: list[bytes] = []
        for number, digest in enumerate(manifests):
            data = _digested(read, digest)
            digests.extend(shards.parse_manifest(data, number=number, prefix_length=prefix_length))
        return cls(Layout(prefix_length=prefix_length, digests=tuple(digests)), read)

    def shard(self, number: int) -> shards.Shard:
        """Return a shard. Raises IssuerError or CredentialError when it is gone, altered, or no shard."""
        if number not in self._shards:
            if len(self._shards) == _KEPT:
                del self._shards[next(iter(self._shards))]
            data = self.bytes_of(number)
            self._shards[number] = shards.parse_shard(data, prefix=number, prefix_length=self.layout.prefix_length)
        return self._shards[number]

    def check(self, number: int) -> None:
        """Compare a shard with its digest, and read it, once. Raises as ``shard``; what was read is not kept."""
        if number not in self._checked:
            shards.parse_shard(self.bytes_of(number), prefix=number, prefix_length=self.layout.prefix_length)
            self._checked.add(number)

    def bytes_of(self, number: int) -> bytes:
        """Return the file of a shard. Raises IssuerError when it is gone or altered."""
        return _digested(self._read, self.layout.digests[number])

    def shard_of(self, cti: bytes) -> shards.Shard:
        """Return the shard in which a certificate's records lie; errors as ``shard``."""
        return self.shard(prefix(cti, self.layout.prefix_length))

    def peek(self, kind: Kind, cti: bytes) -> Record | None:
        """As ``find``, of a record whose secret is ``cti``; the shard is compared with its digest, and not parsed.

        The last shard that was peeked into is kept, so whoever looks at many certificates sorts them by shard.
        """
        number = prefix(cti, self.layout.prefix_length)
        if self._peeked[0] != number:
            self._peeked = (number, self.bytes_of(number))
        return shards.find_unparsed(self._peeked[1], locator_from(kind, extract(cti)))

    def find(self, kind: Kind, secret: bytes, cti: bytes) -> Record | None:
        """Return a published record of a certificate, or None; errors as ``shard``."""
        return self.shard_of(cti).find(locator_from(kind, extract(secret)))


def choose_prefix(certificates: Iterable[bytes], count: int) -> int:
    """Return the longest prefix at which every shard holds at least 64 certificates, or 0.

    Args:
        certificates: the cti of every certificate.
        count: how many there are.
    """
    longest = shards.longest_prefix(count)
    if longest == 0:
        return 0
    crowd = [0] * (1 << longest)
    for cti in certificates:
        crowd[prefix(cti, longest)] += 1
    while longest and min(crowd) < shards.MIN_CERTIFICATES:
        crowd = [crowd[number] + crowd[number + 1] for number in range(0, len(crowd), 2)]
        longest -= 1
    return longest


def group(certificates: Iterable[tuple[Key, bytes]], prefix_length: int) -> list[list[Key]]:
    """Sort certificates into the shards that they belong to.

    Args:
        certificates: by what a certificate is asked for later, and its cti.
        prefix_length: from ``choose_prefix``.
    """
    groups: list[list[Key]] = [[] for _ in range(1 << prefix_length)]
    for key, cti in certificates:
        groups[prefix(cti, prefix_length)].append(key)
    return groups


def build(
    groups: Sequence[Sequence[Key]], records_of: Callable[[Sequence[Key]], Iterable[Record]], write: Write
) -> Built:
    """Lay out everything anew, one shard after the other: no more than one shard's records are held at a time.

    Args:
        groups: from ``group``.
        records_of: gives the sealed records of a group's certificates.
        write: takes each file, and says whether it was new.
    """
    length = (len(groups) - 1).bit_length()
    written = 0
    digests: list[bytes] = []
    for number, keys in enumerate(groups):
        digest, new = _put(records_of(keys), number, length, write)
        digests.append(digest)
        written += new
    return _with_manifests(Layout(prefix_length=length, digests=tuple(digests)), write, written)


def update(
    published: PublishedShards,
    changes: Mapping[bytes, tuple[Record, ...]],
    write: Write,
    *,
    gone: Collection[bytes] = frozenset(),
) -> Built:
    """Put new or changed records into the shards that they belong to.

    Args:
        published: what is published now.
        changes: cti to sealed records; they replace those with the same locator.
        write: takes each file, and says whether it was new.
        gone: locators of records that are in these certificates' shards, perhaps, and are not to be any more.

    Raises:
        IssuerError, CredentialError: a published file is gone or altered.
    """
    digests: dict[int, bytes] = {}
    written = 0
    for number, inside in enumerate(group(((cti, cti) for cti in changes), published.layout.prefix_length)):
        if inside:
            own = {cti: changes[cti] for cti in inside}
            digests[number], new = merge(published, number, own, write, gone=gone)
            written += new
    return replace(published, digests, write, written)


def merge(
    published: PublishedShards,
    number: int,
    changes: Mapping[bytes, Sequence[Record]],
    write: Write,
    *,
    gone: Collection[bytes] = frozenset(),
) -> tuple[bytes, bool]:
    """Put new or changed records into one shard; returns its digest and whether its file was new.

    Args:
        published: what is published now.
        number: of the shard.
        changes: of certificates that belong to it, as ``update`` takes them.
        write: takes the file, and says whether it was new.
        gone: as ``update`` takes it.

    Raises:
        IssuerError, CredentialError: the published file is gone or altered.
    """
    bucket = {locator_of(record): record for sealed in changes.values() for record in sealed}
    return _put(_merged(published.shard(number), bucket, gone), number, published.layout.prefix_length, write)


def replace(published: PublishedShards, digests: Mapping[int, bytes], write: Write, written: int) -> Built:
    """Return what is published with other files for some shards.

    Args:
        published: what is published now.
        digests: by the number of the shard, of a file that is written.
        write: takes each manifest, and says whether it was new.
        written: how many files were new already.
    """
    newest = list(published.layout.digests)
    for number, digest in digests.items():
        newest[number] = digest
    return _with_manifests(Layout(prefix_length=published.layout.prefix_length, digests=tuple(newest)), write, written)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose records they are: what tells the new shard of what is published."""

    cti: bytes
    locator: bytes | None
    """Of the credential's record; None where it was erased, and then such a record is left out."""


def lengthen(
    published: PublishedShards,
    length: int,
    owners: Iterable[Owner],
    changes: Mapping[bytes, tuple[Record, ...]],
    write: Write,
    *,
    gone: Collection[bytes] = frozenset(),
) -> Built:
    """Put new or changed records, and all that is published, into shards of a longer prefix.

    Published records are copied as they are.

    Args:
        published: what is published now.
        length: of the new prefix, from ``choose_prefix``.
        owners: every certificate that is published or is in ``changes``.
        changes: as ``update`` takes them.
        write: takes each file, and says whether it was new.
        gone: as ``update`` takes it.

    Raises:
        IssuerError, CredentialError: a published file is gone or altered.
    """
    old = published.layout.prefix_length
    by_shard: list[list[Owner]] = [[] for _ in range(1 << old)]
    for owner in owners:
        by_shard[prefix(owner.cti, old)].append(owner)
    touched, digests, written = _by_shard(changes, old), [], 0
    for number, inside in enumerate(by_shard):
        merged = {locator_of(each): each for each in _merged(published.shard(number), touched.get(number, {}), gone)}
        parts: list[list[Record]] = [[] for _ in range(1 << (length - old))]
        first = number << (length - old)
        for owner in inside:
            extracted = extract(owner.cti)
            locators = (owner.locator, *(locator_from(kind, extracted) for kind in (Kind.HISTORY, Kind.FACE)))
            parts[prefix(owner.cti, length) - first] += [
                merged[each] for each in locators if each is not None and each in merged
            ]
        for at, records in enumerate(parts, start=first):
            digest, new = _put(records, at, length, write)
            digests.append(digest)
            written += new
    return _with_manifests(Layout(prefix_length=length, digests=tuple(digests)), write, written)


def _by_shard(changes: Mapping[bytes, tuple[Record, ...]], length: int) -> dict[int, dict[bytes, Record]]:
    touched: dict[int, dict[bytes, Record]] = {}
    for cti, sealed in changes.items():
        bucket = touched.setdefault(prefix(cti, length), {})
        bucket.update({locator_of(record): record for record in sealed})
    return touched


def _merged(shard: shards.Shard, changes: dict[bytes, Record], gone: Collection[bytes]) -> list[Record]:
    merged = {locator_of(record): record for record in shard.records} | changes
    return [record for locator, record in merged.items() if locator not in gone]


def _digested(read: Read, digest: bytes) -> bytes:
    path = publication.shard(digest.hex())
    data = read(path)
    if shards.digest(data) != digest:
        raise TamperedError("file_altered", f"{path} does not have the digest that it is named by", path=path)
    return data


def _put(records: Iterable[Record], number: int, prefix_length: int, write: Write) -> tuple[bytes, bool]:
    data = shards.encode_shard(records, prefix=number, prefix_length=prefix_length)
    digest = shards.digest(data)
    return digest, write(publication.shard(digest.hex()), data)


def _with_manifests(layout: Layout, write: Write, written: int) -> Built:
    width = 1 << (layout.prefix_length - shards.manifest_bits(layout.prefix_length))
    manifests: list[bytes] = []
    for number, start in enumerate(range(0, len(layout.digests), width)):
        data = shards.encode_manifest(
            layout.digests[start : start + width], number=number, prefix_length=layout.prefix_length
        )
        manifests.append(shards.digest(data))
        written += write(publication.shard(manifests[-1].hex()), data)
    return Built(layout=layout, manifests=tuple(manifests), written=written)
