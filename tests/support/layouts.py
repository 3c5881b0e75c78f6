"""Shards laid out in memory, for tests that want all files at hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from credential.sealed import Record
from issuer.publishing import records as layouts
from issuer.publishing.records import Built, Layout, PublishedShards


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A layout with its files."""

    layout: Layout
    manifests: tuple[bytes, ...]
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(slots=True)
class _Files:
    written: dict[str, bytes] = field(default_factory=dict)

    def write(self, path: str, data: bytes) -> bool:
        self.written[path] = data
        return True

    def laid(self, built: Built) -> Laid:
        return Laid(layout=built.layout, manifests=built.manifests, files=self.written)


def build_in_memory(records: Iterable[tuple[bytes, tuple[Record, ...]]], prefix_length: int) -> Laid:
    """Lay out certificates, given by cti with their records; the files come back instead of being written."""
    sealed, files = dict(records), _Files()
    groups = layouts.group(((cti, cti) for cti in sealed), prefix_length)
    return files.laid(
        layouts.build(groups, lambda ctis: (record for cti in ctis for record in sealed[cti]), files.write)
    )


def update_in_memory(
    published: PublishedShards, changes: Mapping[bytes, tuple[Record, ...]], *, gone: Collection[bytes] = frozenset()
) -> Laid:
    """Put records into their shards; the new files come back instead of being written."""
    files = _Files()
    return files.laid(layouts.update(published, changes, files.write, gone=gone))
