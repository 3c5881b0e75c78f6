"""The hosts of the simulation: each shows some files, of which only the honest one's are the publisher's of now.

A host holds no key. The thief holds a publisher's key that was declared compromised, the usurper keys of its own.

    Place().show(publisher.latest.files)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from credential import jose, publication
from credential.roots import TYP as ROOT_TYP
from credential.roots import Root, encode_root
from credential.snapshot import TYP, encode_snapshot, parse_snapshot
from tests.simulation.publisher import Published, Publisher
from tests.support.keys import Key
from tests.support.world import World
from verifier.reader.fetchers import MemoryFetcher

Change = tuple[int, str, int]
"""Which file, what is done to it, with which number."""
KINDS = ("flip", "cut", "append", "empty", "exchange", "gone", "unreachable")
MISSING = 7
"""In a mixture: the file is not there."""


class Place(MemoryFetcher):
    """Where a reader looks. What stands there can be exchanged, also in the middle of a check."""

    def __init__(self) -> None:
        super().__init__({})
        self._later: Mapping[str, bytes] = {}
        self._moves_after: int | None = None

    def show(
        self, files: Mapping[str, bytes], *, later: Mapping[str, bytes] | None = None, after: int | None = None
    ) -> None:
        """Show ``files``; ``after`` so many fetches show ``later``."""
        self.files, self.unreachable, self.asked = dict(files), set(), []
        self._later, self._moves_after = later or {}, after

    @property
    def snapshots(self) -> set[bytes]:
        """Every snapshot that may be seen here."""
        return {files[publication.SNAPSHOT] for files in (self.files, self._later) if publication.SNAPSHOT in files}

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """As ``Fetcher``."""
        if self._moves_after is not None and len(self.asked) >= self._moves_after:
            self.files, self._moves_after = dict(self._later), None
        return super().fetch(path, max_bytes)


def mix(states: Sequence[Published], picks: Sequence[int]) -> dict[str, bytes]:
    """Each file from the state so many steps back, or none."""
    files: dict[str, bytes] = {}
    for position, path in enumerate(sorted(states[-1].files)):
        pick = picks[position % len(picks)]
        if pick == MISSING:
            continue
        data = states[max(0, len(states) - 1 - pick)].files.get(path)
        if data is not None:
            files[path] = data
    return files


def tamper(files: Mapping[str, bytes], targets: Sequence[str], changes: Sequence[Change], place: Place) -> None:
    """Show the files with some of ``targets`` altered."""
    altered = dict(files)
    place.show(files)
    for number, kind, value in changes:
        path = targets[number % len(targets)]
        if path not in altered:
            continue
        if kind == "unreachable":
            place.unreachable.add(path)
        elif kind == "gone":
            del altered[path]
        else:
            altered[path] = _alter(altered[path], kind, value, _same_folder(files, path))
    place.files = altered


def _alter(data: bytes, kind: str, value: int, others: Sequence[bytes]) -> bytes:
    if kind == "exchange":
        return others[value % len(others)]
    if not data or kind == "empty":
        return b""
    position, bit = value % len(data), value % 8
    if kind == "cut":
        return data[:position]
    if kind == "append":
        return data + bytes([value % 256])
    return data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]


def _same_folder(files: Mapping[str, bytes], path: str) -> list[bytes]:
    folder = path.rpartition("/")[0]
    return [files[each] for each in sorted(files) if each.rpartition("/")[0] == folder]


def rename(new: Published, old: Published, *, status: bool) -> dict[str, bytes]:
    """The new snapshot, and under the names that it gives the files of an old state."""
    names, contents = (parse_snapshot(each.files[publication.SNAPSHOT]).content for each in (new, old))
    files = dict(new.files)
    for mine, theirs in zip(names.manifests, contents.manifests, strict=True):
        files[publication.shard(mine.hex())] = new.files[publication.shard(theirs.hex())]
    if status:
        for wanted, shown in zip(names.status, contents.status, strict=True):
            files[publication.status_at(wanted.cwt.hex())] = new.files[publication.status_at(shown.cwt.hex())]
    return files


def thief(publisher: Publisher, old: Published, trust: Published) -> dict[str, bytes]:
    """The old state under a new snapshot by a stolen key, beside the trust list of another state."""
    content = parse_snapshot(old.files[publication.SNAPSHOT]).content
    names = parse_snapshot(trust.files[publication.SNAPSHOT]).content
    forged = replace(
        content,
        seq=publisher.latest.number + 1000,
        iat=publisher.now - timedelta(hours=1),
        exp=publisher.now + timedelta(hours=23),
        trust_version=names.trust_version,
        trust_digest=names.trust_digest,
    )
    token = jose.sign(encode_snapshot(forged), publisher.stolen[-1], typ=TYP)
    return dict(publisher.latest.files) | {publication.SNAPSHOT: token.encode()}


def usurper(publisher: Publisher) -> tuple[dict[str, bytes], bytes]:
    """A stranger's whole publication behind the true roots, and a credential that it says is valid."""
    root = Key("usurper's root")
    world = World(
        now=publisher.now,
        root_signers=[root],
        publisher=Key("usurper's publisher"),
        status_key=Key("usurper's status"),
        credential_key=Key("usurper's credential"),
        seq=publisher.latest.number,
    )
    world.change_trust(version=publisher.latest.trust_version + 1, iat=publisher.now)
    forged = world.issue(issued_at=publisher.now - timedelta(hours=1))
    version = publisher.latest.root_version + 1
    payload = encode_root(
        Root(version=version, iat=publisher.now, demonstration=True, keys=(root.public,), threshold=1)
    )
    strangers = {path: data for path, data in world.publish().items() if not path.startswith("trust/roots/")}
    strangers[publication.root(version)] = jose.join([jose.sign(payload, root, typ=ROOT_TYP)])
    return dict(publisher.latest.files) | strangers, forged.credential
