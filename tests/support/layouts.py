"""Shards laid out in memory, for tests that want all files at hand."""

from __future__ import annotations

from collections.abc import Iterable

from credential.sealed import Record
from issuer.publishing.records import Changed, build, group


def build_in_memory(records: Iterable[tuple[bytes, tuple[Record, ...]]], prefix_length: int) -> Changed:
    """Lay out certificates, given by cti with their records; the files come back instead of being written."""
    sealed, files = dict(records), dict[str, bytes]()

    def write(path: str, data: bytes) -> bool:
        files[path] = data
        return True

    groups = group(((cti, cti) for cti in sealed), prefix_length)
    built = build(groups, lambda ctis: (record for cti in ctis for record in sealed[cti]), write)
    return Changed(layout=built.layout, manifests=built.manifests, files=files)
