"""Shards and their manifests (FORMAT 5.3 and 5.4): sealed records in files that many certificates share.

A reader fetches one manifest and one shard, and so tells the host one prefix that at least 64 certificates share.

    shard = encode_shard(records, prefix=0, prefix_length=0)
    record = parse_shard(data, prefix=0, prefix_length=0).find(locator)
"""

from __future__ import annotations

import hashlib
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from credential import cbor
from credential.errors import MalformedError
from credential.kdf import PREFIX_BITS
from credential.sealed import LOCATOR_BYTES, RECORD_SIZES, Record, locator_of

VERSION: Final = 1
MAX_SHARD_BYTES: Final = 8 << 20
MAX_SHARD_RECORDS: Final = 65_536
"""256 expected records (two a certificate) have room for every register that is still one shard."""
MAX_MANIFEST_BYTES: Final = 64 << 10
MIN_CERTIFICATES: Final = 64
"""The smallest crowd that a request may hide in."""
_RECORD_HEAD: Final = 3
_BYTES_OF_TWO: Final = b"\x59"
"""The head of a byte string of 256 to 65,535 bytes (RFC 8949 section 3.1): every record is one."""
MEAN_CERTIFICATES: Final = 128
"""Readers refuse prefixes that leave fewer on average: a host that wants to watch would make them long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The records of one prefix, sorted by locator."""

    prefix_length: int
    prefix: int
    records: tuple[Record, ...]

    def find(self, locator: bytes) -> Record | None:
        """Return the record with this locator, or None when there is none."""
        # A record begins with its locator: sorted as bytes, it stands where the locator alone would.
        position = bisect_left(self.records, locator)
        if position < len(self.records) and locator_of(self.records[position]) == locator:
            return self.records[position]
        return None


def longest_prefix(certificates: int) -> int:
    """Return the longest prefix length that readers accept for a register of this size."""
    return min(PREFIX_BITS, max(0, (certificates // MEAN_CERTIFICATES).bit_length() - 1))


def manifest_bits(prefix_length: int) -> int:
    """Return how many leading bits of the prefix choose the manifest."""
    return prefix_length // 2


def encode_shard(records: Iterable[Record], *, prefix: int, prefix_length: int) -> bytes:
    """Return the bytes of the shard with these records.

    Raises:
        MalformedError: two records have one locator, or there are too many.
    """
    ordered = sorted(records)
    parts = [_head(prefix, prefix_length), cbor.encode_head(cbor.ARRAY, len(ordered)), *map(cbor.encode_bytes, ordered)]
    data = b"".join(parts)
    parse_shard(data, prefix=prefix, prefix_length=prefix_length)
    return data


def parse_shard(data: bytes, *, prefix: int, prefix_length: int) -> Shard:
    """Read the shard that is expected at this prefix.

    Raises:
        MalformedError: ``too_large``, ``not_canonical`` or ``wrong_shard``.
    """
    usual = _records_of(data, _head(prefix, prefix_length)) if len(data) <= MAX_SHARD_BYTES else None
    if usual is not None:
        return Shard(prefix_length=prefix_length, prefix=prefix, records=tuple(usual))
    match cbor.decode(data, max_bytes=MAX_SHARD_BYTES, max_items=MAX_SHARD_RECORDS + 8):
        case [version, length, number, [*records]] if _are(version, length, number):
            pass
        case _:
            raise MalformedError("not_recognised", "shard: not [1, prefix_length, prefix, records]")
    if (length, number) != (prefix_length, prefix):
        raise MalformedError("wrong_shard", f"shard: of prefix {number}/{length}, expected {prefix}/{prefix_length}")
    sealed = tuple(Record(_record(item)) for item in records)
    locators = [locator_of(record) for record in sealed]
    if any(first >= second for first, second in itertools.pairwise(locators)):
        raise MalformedError("not_canonical", "shard: records are sorted by locator and none is there twice")
    return Shard(prefix_length=prefix_length, prefix=prefix, records=sealed)


def _head(prefix: int, prefix_length: int) -> bytes:
    """How the shard of a prefix begins, in front of its records."""
    inside = map(cbor.encode, (VERSION, prefix_length, prefix))
    return cbor.encode_head(cbor.ARRAY, 4) + b"".join(inside)


def _records_of(data: bytes, head: bytes) -> list[Record] | None:
    """The records of a shard in its only form; None for anything else: then the general reader says what is wrong.

    A shard has some hundred records, all of them byte strings with a head of three bytes.
    """
    place = len(head)
    read = cbor.read_head(data, place) if data.startswith(head) else None
    if read is None or read[0] != cbor.ARRAY or read[1] > MAX_SHARD_RECORDS:
        return None
    _, count, place = read
    found: list[Record] = []
    last = b""
    for _ in range(count):
        start = place + _RECORD_HEAD
        place = start + int.from_bytes(data[place + 1 : start])
        record = data[start:place]
        if data[start - _RECORD_HEAD : start - 2] != _BYTES_OF_TWO or len(record) not in RECORD_SIZES:
            return None
        if place - start != len(record) or locator_of(record) <= last:
            return None
        last = locator_of(record)
        found.append(Record(record))
    return found if place == len(data) else None


def find_unparsed(data: bytes, locator: bytes) -> Record | None:
    """Return the record with this locator out of a shard that is known to be one, by its digest.

    A writer looks into many of its own shards for one record each; parsing all their records would take most of that.
    A locator is 16 bytes of a hash, so nothing else in the file is equal to it.
    """
    at = data.find(locator)
    size = int.from_bytes(data[at - 2 : at])
    head = data[at - _RECORD_HEAD : at - 2]
    is_record = at >= _RECORD_HEAD and head == _BYTES_OF_TWO and size in RECORD_SIZES
    return Record(data[at : at + size]) if is_record else None


def encode_manifest(digests: Sequence[bytes], *, number: int, prefix_length: int) -> bytes:
    """Return the bytes of manifest ``number`` with the digests of its shards in order of prefix."""
    data = cbor.encode([VERSION, prefix_length, number, list(digests)])
    parse_manifest(data, number=number, prefix_length=prefix_length)
    return data


def parse_manifest(data: bytes, *, number: int, prefix_length: int) -> tuple[bytes, ...]:
    """Return the shard digests of the manifest that is expected here.

    Raises:
        MalformedError: ``too_large``, ``not_canonical``, ``not_recognised`` or ``wrong_shard``.
    """
    match cbor.decode(data, max_bytes=MAX_MANIFEST_BYTES):
        case [version, length, found, [*digests]] if _are(version, length, found):
            pass
        case _:
            raise MalformedError("not_recognised", "manifest: not [1, prefix_length, number, digests]")
    if (length, found) != (prefix_length, number):
        raise MalformedError("wrong_shard", f"manifest: {found} of {length} bits, expected {number}/{prefix_length}")
    expected = 1 << (prefix_length - manifest_bits(prefix_length))
    checked = tuple(digest for digest in digests if isinstance(digest, bytes) and len(digest) == 32)
    if len(digests) != expected or len(checked) != expected:
        raise MalformedError("not_recognised", f"manifest: {expected} digests of 32 bytes belong here")
    return checked


def _are(version: object, *numbers: object) -> bool:
    """Whether this is our version and these are numbers; ``case 1`` would take true for 1."""
    return type(version) is int and version == VERSION and all(type(number) is int for number in numbers)


def digest(data: bytes) -> bytes:
    """SHA-256 of a shard or manifest: its name and what the level above holds."""
    return hashlib.sha256(data).digest()


def _record(item: cbor.Item) -> bytes:
    if not isinstance(item, bytes) or len(item) not in RECORD_SIZES or len(item) < LOCATOR_BYTES:
        raise MalformedError("not_canonical", "shard: an entry has no size of a sealed record")
    return item
