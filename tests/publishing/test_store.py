"""What every store of a publication promises, asked of each of them in the same words."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from credential import durable, publication
from issuer.errors import ConflictError, NotFoundError, TamperedError
from issuer.publishing.folder import FolderStore
from issuer.publishing.memory import MemoryStore
from issuer.publishing.store import DIRECTORIES, PublicationStore, versions

SHARD = publication.shard(sha256(b"abcd").hexdigest())
UNKNOWN = ("../outside", "/etc/passwd", "shards/x", "status/0.txt", "snapshot.jwt.tmp", ".hidden", "")


class Stored:
    """A store, a second hold of the same one, and a way to damage it behind its back."""

    def __init__(
        self, store: PublicationStore, again: PublicationStore, damage: Callable[[str, bytes], object]
    ) -> None:
        self.store = store
        self.again = again
        self.damage = damage


def in_folder(place: Path) -> Stored:
    root = place / "publication"
    return Stored(FolderStore(root), FolderStore(root), lambda path, data: (root / path).write_bytes(data))


def in_memory(_place: Path) -> Stored:
    store = MemoryStore()
    return Stored(store, store, store.files.__setitem__)


@pytest.fixture(params=[in_folder, in_memory], ids=["folder", "memory"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Stored:
    made: Stored = request.param(tmp_path)
    return made


@pytest.fixture
def store(stored: Stored) -> PublicationStore:
    return stored.store


def test_what_is_put_is_read_back(stored: Stored) -> None:
    assert stored.store.put(publication.trust_list(1), b"one")
    for store in (stored.store, stored.again):
        assert store.has(publication.trust_list(1))
        assert store.read(publication.trust_list(1)) == b"one"


def test_an_immutable_file_is_put_once(store: PublicationStore) -> None:
    path = publication.trust_list(1)
    assert store.put(path, b"one")
    assert not store.put(path, b"one"), "the same bytes again are fine"
    with pytest.raises(TamperedError) as caught:
        store.put(path, b"two")
    assert (caught.value.code, caught.value.fields["path"]) == ("immutable_changed", path)
    assert store.read(path) == b"one"


def test_a_damaged_file_under_its_digest_is_repaired(stored: Stored) -> None:
    stored.store.put(SHARD, b"abcd")
    stored.damage(SHARD, b"damaged")
    with pytest.raises(TamperedError):
        stored.store.put(SHARD, b"not the bytes of this name")
    assert stored.store.put(SHARD, b"abcd")
    assert stored.store.read(SHARD) == b"abcd"


def test_only_files_that_move_are_replaced(store: PublicationStore) -> None:
    for path in (publication.SNAPSHOT, publication.status_cwt("0"), publication.status_jwt("0")):
        for data in (b"old", b"new", b"new"):
            store.replace(path, data)
        assert store.read(path) == b"new"
        with pytest.raises(ValueError, match="not an immutable file"):
            store.put(path, b"put")
        assert store.read(path) == b"new"
    for path in (publication.trust_list(1), SHARD, publication.status_at("ab" * 32)):
        with pytest.raises(ValueError, match="never changes"):
            store.replace(path, b"x")
        assert not store.has(path)


@pytest.mark.parametrize("path", UNKNOWN)
def test_paths_that_no_publication_has_are_refused(store: PublicationStore, path: str) -> None:
    acts: list[Callable[[], object]] = [
        lambda: store.read(path),
        lambda: store.has(path),
        lambda: store.remove(path),
        lambda: store.put(path, b"x"),
        lambda: store.replace(path, b"x"),
    ]
    for act in acts:
        with pytest.raises(ValueError, match="no path of a publication"):
            act()


@pytest.mark.parametrize("directory", ["", ".", "..", "status", "shards/", "trust", "elsewhere"])
def test_directories_of_no_immutable_files_are_not_listed(store: PublicationStore, directory: str) -> None:
    with pytest.raises(ValueError, match="no directory of immutable files"):
        list(store.list(directory))


def test_what_is_not_there_is_said(store: PublicationStore) -> None:
    for path in (publication.SNAPSHOT, SHARD):
        assert not store.has(path)
        with pytest.raises(NotFoundError) as caught:
            store.read(path)
        assert (caught.value.code, caught.value.fields["path"]) == ("not_published", path)
        store.remove(path)
    assert [path for directory in DIRECTORIES for path in store.list(directory)] == []


def test_each_directory_is_listed_by_itself(store: PublicationStore) -> None:
    paths = {
        publication.root(1),
        publication.trust_list(2),
        publication.filings("ab" * 32),
        publication.catalogue(1),
        publication.status_at("cd" * 32),
        SHARD,
    }
    for path in paths:
        store.put(path, b"abcd")
    store.replace(publication.SNAPSHOT, b"x")
    store.replace(publication.status_cwt("0"), b"x")
    for path in paths:
        assert list(store.list(path.rpartition("/")[0])) == [path]
    assert len(paths) == len(DIRECTORIES), "every directory is tried"


def test_what_is_removed_is_gone(store: PublicationStore) -> None:
    store.put(SHARD, b"abcd")
    store.remove(SHARD)
    assert not store.has(SHARD)
    assert list(store.list("shards")) == []
    assert store.put(SHARD, b"abcd")


def test_versions_are_numbers_in_order(store: PublicationStore) -> None:
    for number in (9, 100, 10, 1):
        store.put(publication.trust_list(number), b"x")
    assert versions(store, "trust/list") == [1, 9, 10, 100]
    assert versions(store, "trust/roots") == []


def test_one_holds_the_lock(stored: Stored) -> None:
    with stored.store.lock():
        for other in (stored.store, stored.again):
            with pytest.raises(ConflictError) as caught, other.lock():
                pytest.fail("two held it")
            assert caught.value.code == "publisher_running"
        stored.store.put(SHARD, b"abcd")
    with stored.again.lock():
        pass


def test_an_error_lets_go_of_the_lock(stored: Stored) -> None:
    with pytest.raises(ArithmeticError), stored.store.lock():
        raise ArithmeticError
    with stored.again.lock():
        pass


# --- what only a folder has ------------------------------------------------------------------------------------------


def test_a_folder_lists_and_reads_nothing_that_a_publication_has_not(tmp_path: Path) -> None:
    stored = in_folder(tmp_path)
    stored.store.put(SHARD, b"abcd")
    for name in ("x", ".hidden", "shards", f"{'a' * 64}.tmp"):
        stored.damage(f"shards/{name}", b"x")
    assert list(stored.store.list("shards")) == [SHARD]


def test_what_a_kill_left_half_written_goes_when_the_lock_is_taken(tmp_path: Path) -> None:
    stored = in_folder(tmp_path)
    stored.store.put(SHARD, b"abcd")
    left = tmp_path / "publication" / "shards" / ".0123456789abcdef.tmp"
    left.write_bytes(b"half")
    with stored.store.lock():
        assert not left.exists()
        assert stored.store.read(SHARD) == b"abcd"


@pytest.mark.slow
def test_the_lock_of_a_folder_is_against_other_processes_too(tmp_path: Path) -> None:
    with FolderStore(tmp_path / "publication").lock(), multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_try_lock, [tmp_path / "publication"]) == "publisher_running"


def _try_lock(root: Path) -> str:
    try:
        with FolderStore(root).lock():
            return "locked"
    except ConflictError as error:
        return error.code


def test_a_disk_that_gives_other_bytes_back_stops_the_publisher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path / "publication")
    store.replace(publication.SNAPSHOT, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _self: b"something else")
        with pytest.raises(TamperedError) as caught:
            store.replace(publication.SNAPSHOT, b"new")
    assert caught.value.code == "write_failed"
    assert isinstance(caught.value.__cause__, durable.ReadBackError)
    assert store.read(publication.SNAPSHOT) == b"old"
