"""What a reader remembers of a publication, in memory and on disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from credential import publication
from credential.outcomes import Outcome, Reason
from credential.roots import verify_root
from tests.support.keys import Key
from tests.support.world import NOW, World
from tests.verifier.test_reader import reader_of, reason_of
from verifier.procedure import verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import FileStore, Memory, MemoryStore, StateStore
from verifier.reader.publication import PublicationReader


def test_memory_outlives_the_process(tmp_path: Path) -> None:
    world = World()
    root = verify_root(world.pinned_root, None)
    old = world.publish()
    reader_of(world, FileStore.for_root(root, tmp_path))[0].view(NOW)
    again = PublicationReader(MemoryFetcher(old), world.pinned_root, store=FileStore.for_root(root, tmp_path))
    assert reason_of(lambda: again.view(NOW)) is Reason.ROLLBACK


@pytest.mark.parametrize("on_disk", [False, True])
def test_what_another_reader_saw_meanwhile_is_not_forgotten(on_disk: bool, tmp_path: Path) -> None:
    """A host that shows one process the old snapshot while another sees the new one must not open a way back."""
    world, shared = World(), MemoryStore()
    root = verify_root(world.pinned_root, None)
    old, new = world.publish(), world.publish()

    def store() -> StateStore:
        return FileStore.for_root(root, tmp_path) if on_disk else shared

    class Slow(MemoryFetcher):
        def fetch(self, path: str, max_bytes: int) -> bytes:
            if path == publication.trust_list(1):
                PublicationReader(MemoryFetcher(new), world.pinned_root, store=store()).view(NOW)
            return super().fetch(path, max_bytes)

    PublicationReader(Slow(old), world.pinned_root, store=store()).view(NOW)
    again = PublicationReader(MemoryFetcher(old), world.pinned_root, store=store())
    assert reason_of(lambda: again.view(NOW)) is Reason.ROLLBACK


def test_memory_joins_the_newer_of_each() -> None:
    one = Memory(root_version=2, root=b"r2", trust_version=1, trust_digest=b"a", seq=5, snapshot_digest=b"five")
    other = Memory(root_version=1, root=b"r1", trust_version=3, trust_digest=b"c", seq=5, snapshot_digest=b"FIVE")
    joined = Memory(root_version=2, root=b"r2", trust_version=3, trust_digest=b"c", seq=5, snapshot_digest=b"FIVE")
    assert one.joined(other) == joined
    assert one.joined(None) == one


def test_another_pinned_root_has_another_memory(tmp_path: Path) -> None:
    first = FileStore.for_root(verify_root(World().pinned_root, None), tmp_path)
    second = FileStore.for_root(verify_root(World(root_signers=[Key("other")]).pinned_root, None), tmp_path)
    first.save(
        Memory(root_version=1, root=b"r", trust_version=1, trust_digest=bytes(32), seq=5, snapshot_digest=bytes(32))
    )
    assert first.load() is not None
    assert second.load() is None


def test_kept_files_are_checked_when_they_are_used(tmp_path: Path) -> None:
    world = World()
    store = FileStore.for_root(verify_root(world.pinned_root, None), tmp_path)
    reader_of(world, store)[0].view(NOW)
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name == "files"]
    assert kept
    for path in kept:
        path.write_bytes(b"something else")
    reader, fetcher = reader_of(world, FileStore.for_root(verify_root(world.pinned_root, None), tmp_path))
    reader.view(NOW)
    assert publication.trust_list(1) in fetcher.asked


def test_a_damaged_state_counts_as_none(tmp_path: Path) -> None:
    world = World()
    store = FileStore.for_root(verify_root(world.pinned_root, None), tmp_path)
    reader_of(world, store)[0].view(NOW)
    next(tmp_path.rglob("state.json")).write_text("{}")
    assert store.load() is None


def test_a_full_disk_only_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    store = FileStore.for_root(verify_root(world.pinned_root, None), tmp_path)
    reader_of(world, store)[0].view(NOW)
    before = store.load()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        reader_of(world, store)[0].view(NOW)
    assert before is not None
    assert store.load() == before
    assert list(tmp_path.rglob("*.tmp")) == []


def test_nothing_kept_on_disk_tells_who_was_checked(tmp_path: Path) -> None:
    world = World()
    certificate = world.issue()
    store = FileStore.for_root(verify_root(world.pinned_root, None), tmp_path)
    reader, fetcher = reader_of(world, store)
    assert verify_qr_text(certificate.qr_text, reader, now=NOW).outcome is Outcome.VALID
    kept = {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert kept.isdisjoint({data for path, data in fetcher.files.items() if path.startswith(("shards/", "status/"))})


@pytest.mark.parametrize(
    ("environment", "place"),
    [({"XDG_CACHE_HOME": "/x"}, "/x"), ({}, "/srv/me/.cache"), ({"XDG_CACHE_HOME": "relative"}, "/srv/me/.cache")],
)
def test_the_usual_place(environment: dict[str, str], place: str) -> None:
    assert str(FileStore.usual_place(environment, Path("/srv/me"))) == place
