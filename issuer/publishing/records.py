"""Sealed records in shards: which files change when some certificates do, and how a register is split.

Pure: a store of files is asked for what is there, and what is to be written comes back or is handed to a function. A
change costs one shard and one manifest per prefix touched; only when the prefix grows is everything laid out anew, and
then shard by shard, so that memory does not grow with the register's records.

    published = PublishedShards.read(snapshot.prefix, snapshot.manifests, store.read)
    changed = update(published, {cti: records})
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from credential import publication, shards
from credential.kdf import prefix
from credential.sealed import Kind, Record, locator_of, record_keys
from issuer.errors import TamperedError

Key = TypeVar("Key")
Read = Callable[[str], bytes]
Write = Callable[[str, bytes], bool]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A new layout with the files that it needs and that may be missing."""

    layout: Layout
    manifests: tuple[bytes, ...]
    """Digests of the manifests, for the snapshot."""
    files: Mapping[str, bytes] = field(repr=False)

    def put(self, write: Write) -> Built:
        """Write the files."""
        written = sum(write(path, data) for path, data in self.files.items())
        return Built(layout=self.layout, manifests=self.manifests, written=written)


class PublishedShards:
    """What is published: every file is compared with its digest, and read once."""

    def __init__(self, layout: Layout, read: Read) -> None:
        self.layout = layout
        self._read = read
        self._shards: dict[int, shards.Shard] = {}
        self._peeked = (-1, b"")

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
            data = _digested(self._read, self.layout.digests[number])
            self._shards[number] = shards.parse_shard(data, prefix=number, prefix_length=self.layout.prefix_length)
        return self._shards[number]

    def shard_of(self, cti: bytes) -> shards.Shard:
        """Return the shard in which a certificate's records lie; errors as ``shard``."""
        return self.shard(prefix(cti, self.layout.prefix_length))

    def peek(self, kind: Kind, cti: bytes) -> Record | None:
        """As ``find``, of a record whose secret is ``cti``; the shard is compared with its digest, and not parsed.

        The last shard that was peeked into is kept, so whoever looks at many certificates sorts them by shard.
        """
        number = prefix(cti, self.layout.prefix_length)
        if self._peeked[0] != number:
            self._peeked = (number, _digested(self._read, self.layout.digests[number]))
        return shards.find_unparsed(self._peeked[1], record_keys(kind, cti).locator)

    def find(self, kind: Kind, secret: bytes, cti: bytes) -> Record | None:
        """Return a published record of a certificate, or None; errors as ``shard``."""
        return self.shard_of(cti).find(record_keys(kind, secret).locator)


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
        data = shards.encode_shard(records_of(keys), prefix=number, prefix_length=length)
        digests.append(shards.digest(data))
        written += write(publication.shard(digests[-1].hex()), data)
    made = _with_manifests(Layout(prefix_length=length, digests=tuple(digests)), {}).put(write)
    return replace(made, written=made.written + written)


def update(
    published: PublishedShards, changes: Mapping[bytes, tuple[Record, ...]], *, gone: Collection[bytes] = frozenset()
) -> Changed:
    """Put new or changed records into the shards that they belong to.

    Args:
        published: what is published now.
        changes: cti to sealed records; they replace those with the same locator.
        gone: locators of records that are in these certificates' shards, perhaps, and are not to be any more.

    Raises:
        IssuerError, CredentialError: a published file is gone or altered.
    """
    length = published.layout.prefix_length
    touched: dict[int, dict[bytes, Record]] = {}
    for cti, sealed in changes.items():
        bucket = touched.setdefault(prefix(cti, length), {})
        bucket.update({locator_of(record): record for record in sealed})
    files: dict[str, bytes] = {}
    digests = list(published.layout.digests)
    for number, bucket in sorted(touched.items()):
        merged = {locator_of(record): record for record in published.shard(number).records} | bucket
        kept = [record for locator, record in merged.items() if locator not in gone]
        digests[number] = _put_shard(files, kept, number, length)
    return _with_manifests(Layout(prefix_length=length, digests=tuple(digests)), files)


def _digested(read: Read, digest: bytes) -> bytes:
    path = publication.shard(digest.hex())
    data = read(path)
    if shards.digest(data) != digest:
        raise TamperedError("file_altered", f"{path} does not have the digest that it is named by", path=path)
    return data


def _put_shard(files: dict[str, bytes], records: Iterable[Record], number: int, prefix_length: int) -> bytes:
    data = shards.encode_shard(records, prefix=number, prefix_length=prefix_length)
    digest = shards.digest(data)
    files[publication.shard(digest.hex())] = data
    return digest


def _with_manifests(layout: Layout, files: dict[str, bytes]) -> Changed:
    width = 1 << (layout.prefix_length - shards.manifest_bits(layout.prefix_length))
    manifests: list[bytes] = []
    for number, start in enumerate(range(0, len(layout.digests), width)):
        data = shards.encode_manifest(
            layout.digests[start : start + width], number=number, prefix_length=layout.prefix_length
        )
        manifests.append(shards.digest(data))
        files[publication.shard(manifests[-1].hex())] = data
    return Changed(layout=layout, manifests=tuple(manifests), files=files)
