"""A snapshot that was kept and not placed: whoever comes next places it, and nothing is made twice meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credential import publication
from credential import snapshot as snapshots
from issuer.errors import TamperedError
from issuer.publishing.folder import FolderStore
from issuer.publishing.publisher import Publisher
from tests.support.forms import first_quick
from tests.support.office import DemoOffice


class StoppedError(OSError):
    """The folder cannot be written, or the process is gone."""


def stopping(monkeypatch: pytest.MonkeyPatch, at: str) -> Callable[[], None]:
    """Let nothing be put in the place of files from this path on; returns what ends it."""
    real = FolderStore.replace

    def replace(self: FolderStore, path: str, data: bytes) -> None:
        if path == at:
            raise StoppedError
        real(self, path, data)

    monkeypatch.setattr(FolderStore, "replace", replace)
    return lambda: monkeypatch.setattr(FolderStore, "replace", real)


def sequence(demo: DemoOffice) -> int:
    return snapshots.parse_snapshot(demo.files()[publication.SNAPSHOT]).content.seq


def withdraw(demo: DemoOffice, place: int = 0) -> None:
    demo.apply(demo.plan(demo.order(demo.certificates()[place].number)))


PLACES = (publication.status_cwt("0"), publication.status_jwt("0"), publication.SNAPSHOT)


@pytest.mark.slow
@pytest.mark.parametrize("at", first_quick(reversed(PLACES), 1))
def test_a_folder_that_cannot_be_written_gets_one_snapshot_and_no_more(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """A minute of failing once left hundreds of snapshots and files."""
    withdraw(issued)
    again = stopping(monkeypatch, at)
    counts = []
    for _ in range(5):
        with issued.worker() as worker, pytest.raises(StoppedError):
            worker.publish_changes()
        with issued.worker() as worker, pytest.raises(StoppedError):
            worker.renew_if_needed()
        counts.append((len(issued.files()), issued.raw("SELECT count(*) FROM publications")[0][0]))
    assert counts == [counts[0]] * 5
    assert issued.outcomes() == {"valid": 24}, "readers have the old state"
    again()
    issued.publish()
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    assert issued.raw("SELECT count(*) FROM publications WHERE confirmed_at IS NULL") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("at", first_quick(reversed(PLACES), 1))
def test_what_a_killed_run_kept_is_placed_by_the_next(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    withdraw(issued)
    again = stopping(monkeypatch, at)
    with issued.worker() as worker, pytest.raises(StoppedError):
        worker.publish_changes()
    [(digest,)] = issued.raw("SELECT snapshot_digest FROM publications WHERE confirmed_at IS NULL")
    again()
    placed: list[str] = []
    real = Publisher._place

    def place(self: Publisher, *args: object) -> None:
        placed.append(digest.hex())
        real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Publisher, "_place", place)
    issued.publish()
    assert len(placed) == 2, "the one that waited, and the one with what it did not mark"
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_one_that_is_over_is_followed_at_once(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    withdraw(issued)
    again = stopping(monkeypatch, publication.SNAPSHOT)
    with issued.worker() as worker, pytest.raises(StoppedError):
        worker.publish_changes()
    again()
    issued.clock.move(hours=30)
    with issued.worker() as worker:
        worker.run_pending()
    assert sequence(issued) == 3
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_a_kill_before_the_confirmation_needs_no_hand(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    withdraw(issued)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Publisher, "_mark", die)
        with issued.worker() as worker, pytest.raises(KeyboardInterrupt):
            worker.publish_changes()
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    issued.publish()
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    assert issued.raw("SELECT count(*) FROM events WHERE published IS NULL") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("at", PLACES)
def test_a_folder_that_was_altered_meanwhile_is_not_finished(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    withdraw(issued)
    with monkeypatch.context() as patch:
        stopping(patch, at)
        with issued.worker() as worker, pytest.raises(StoppedError):
            worker.publish_changes()
    [(token,)] = issued.raw("SELECT token FROM publications WHERE confirmed_at IS NULL")
    manifest = publication.shard(snapshots.parse_snapshot(token).content.manifests[0].hex())
    for path in (*PLACES, manifest):
        place = issued.home.publication_folder / path
        before = place.read_bytes()
        for change in (before[:-1] + bytes([before[-1] ^ 1]), None):
            place.unlink()
            if change is not None:
                place.write_bytes(change)
            state = issued.files()
            with issued.worker() as worker, pytest.raises(TamperedError) as caught:
                worker.publish_changes()
            assert caught.value.code == "publication_altered"
            assert issued.files() == state
        place.write_bytes(before)
    issued.publish()
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
