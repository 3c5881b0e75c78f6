"""Shards and manifests that honest digests name and no honest writer makes (FORMAT 5)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from credential import cbor, publication
from tests.vectors.model import Book
from tests.vectors.served import (
    Change,
    ask,
    payload_of,
    resigned,
)

Item = Callable[[Any], Any]


def cases(book: Book) -> None:
    """Each has a publication of its own, which differs in one file or two from the one in order."""
    _shards(book)


def _shards(book: Book) -> None:
    """Shards and manifests that honest digests name and no honest writer makes (FORMAT 5)."""
    untrusted = "indeterminate/history_untrusted"
    for name, why, section, change in SHARDS:
        ask(book, f"{name}_fail", untrusted, why, section, tamper=_reshaped(change, manifest=False))
    for name, why, section, change in MANIFESTS:
        ask(book, f"{name}_fail", untrusted, why, section, tamper=_reshaped(change, manifest=True))


def _reshaped(change: Item, *, manifest: bool) -> Change:
    """Change shard or manifest and every digest above it."""

    def tamper(files: dict[str, bytes]) -> None:
        payload = payload_of(files, publication.SNAPSHOT)
        manifest_bytes = files[publication.shard(payload["manifests"][0])]
        item: Any = cbor.decode(manifest_bytes, max_bytes=1 << 20)
        if not manifest:
            shard = _encoded(change(cbor.decode(files[publication.shard(item[3][0].hex())], max_bytes=1 << 20)))
            files[publication.shard(sha256(shard).hexdigest())] = shard
            manifest_bytes = cbor.encode([*item[:3], [sha256(shard).digest()]])
        else:
            manifest_bytes = _encoded(change(item))
        files[publication.shard(sha256(manifest_bytes).hexdigest())] = manifest_bytes
        manifests = [sha256(manifest_bytes).hexdigest()]
        resigned(lambda snapshot: {**snapshot, "manifests": manifests})(files)

    return tamper


def _encoded(item: Any) -> bytes:
    return item if isinstance(item, bytes) else cbor.encode(item)


SHARDS: Final[tuple[tuple[str, str, str, Item], ...]] = (
    ("shard_of_another_version", "Version 1.", "5.3", lambda s: [2, *s[1:]]),
    ("shard_of_another_prefix_length", "The snapshot's prefix length.", "5.3", lambda s: [1, 1, *s[2:]]),
    ("shard_of_another_prefix", "The prefix that was asked for.", "5.3", lambda s: [1, 0, 1, s[3]]),
    ("shard_unsorted", "Records are sorted by locator.", "5.3", lambda s: [*s[:3], s[3][::-1]]),
    ("shard_with_a_record_twice", "No locator twice.", "5.3", lambda s: [*s[:3], [s[3][0], *s[3]]]),
    (
        "shard_with_a_record_of_another_size",
        "Records have few sizes.",
        "5.2",
        lambda s: [*s[:3], [*s[3][:-1], s[3][-1] + b"\x00"]],
    ),
    ("shard_with_a_short_record", "Records have few sizes.", "5.2", lambda s: [*s[:3], [b"\x00" * 10, *s[3]]]),
    ("shard_with_a_text", "Records are byte strings.", "5.3", lambda s: [*s[:3], [*s[3], "record"]]),
    ("shard_with_a_fifth_member", "Four members.", "5.3", lambda s: [*s, 0]),
    ("shard_as_map", "An array.", "5.3", lambda s: {1: s[3]}),
    ("shard_nested_deep", "At most 8 levels.", "1.3", lambda _: b"\x81" * 3000 + b"\x00"),
    ("shard_cut_short", "No CBOR item.", "1.3", lambda s: cbor.encode(s)[:-1]),
    ("shard_not_canonical", "A second form.", "1.3", lambda s: b"\x98\x04" + cbor.encode(s)[1:]),
    ("shard_with_a_byte_behind", "No byte behind the item.", "1.3", lambda s: cbor.encode(s) + b"\x00"),
)


MANIFESTS: Final[tuple[tuple[str, str, str, Item], ...]] = (
    ("manifest_of_another_version", "Version 1.", "5.4", lambda m: [2, *m[1:]]),
    ("manifest_of_another_prefix_length", "The snapshot's prefix length.", "5.4", lambda m: [1, 1, *m[2:]]),
    ("manifest_of_another_number", "The manifest that was asked for.", "5.4", lambda m: [1, 0, 1, m[3]]),
    ("manifest_without_shards", "2^(p-m) digests.", "5.4", lambda m: [*m[:3], []]),
    ("manifest_with_a_shard_too_many", "2^(p-m) digests.", "5.4", lambda m: [*m[:3], m[3] * 2]),
    ("manifest_with_a_short_digest", "32 bytes each.", "5.4", lambda m: [*m[:3], [m[3][0][:31]]]),
    ("manifest_with_a_text", "Digests are byte strings.", "5.4", lambda m: [*m[:3], [m[3][0].hex()]]),
    ("manifest_not_canonical", "A second form.", "1.3", lambda m: b"\x98\x04" + cbor.encode(m)[1:]),
)
