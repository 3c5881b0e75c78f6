"""When a published file may go: a week after the last snapshot that names it, as the register counts it."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from credential import publication
from issuer.publishing.folder import FolderStore
from issuer.publishing.ground import stand
from issuer.publishing.publisher import Publisher
from tests.support.forms import first_quick
from tests.support.office import DemoOffice

STRAY = publication.shard("ab" * 32)


def named(demo: DemoOffice) -> set[str]:
    """What the present snapshot names."""
    found = stand(demo.opened.register, demo.home.publication, now=demo.clock())
    assert found is not None
    names = {publication.shard(each.hex()) for each in (*found.content.manifests, *found.shards.layout.digests)}
    assert found.named == names | {publication.status_at(each.cwt.hex()) for each in found.content.status}
    return found.named


def look(demo: DemoOffice, *, days: int) -> None:
    """Make every file of the publication look as if it had been changed so many days from now."""
    stamp = (demo.clock() + timedelta(days=days)).timestamp()
    for path in demo.home.publication_folder.rglob("*"):
        os.utime(path, (stamp, stamp))


def renew(demo: DemoOffice, **later: float) -> None:
    demo.clock.move(**later)
    with demo.worker() as worker:
        worker.publish_changes(even_without=True)


def rows(demo: DemoOffice) -> dict[str, str]:
    return dict(demo.raw("SELECT path, retired_at FROM retired_files"))


def note(demo: DemoOffice, path: str, *, days_ago: int) -> None:
    """Write a row behind the publisher's back."""
    stamp = (demo.clock() - timedelta(days=days_ago)).strftime("%Y-%m-%d %H:%M:%S.%f")
    demo.raw("INSERT INTO retired_files VALUES (?, ?)", path, stamp)


def assert_gone_after_a_week(demo: DemoOffice, files: set[str]) -> None:
    """They stay for seven days, as long as a snapshot may, and an hour."""
    renew(demo, days=7)
    assert files <= demo.files().keys()
    renew(demo, minutes=61)
    assert not files & demo.files().keys()
    assert not files & rows(demo).keys()
    assert named(demo) <= demo.files().keys()
    assert demo.outcomes() == {"valid": 24}


@pytest.mark.slow
@pytest.mark.parametrize("days", first_quick([0, -30, 30], 1))
def test_what_the_last_snapshot_named_stays_for_a_week(issued: DemoOffice, days: int) -> None:
    """Whatever the times of the files say: a reader may have taken that snapshot a moment before."""
    before = named(issued)
    assert not before & rows(issued).keys()
    renew(issued, minutes=1)
    assert before <= issued.files().keys()
    assert rows(issued).keys() >= before
    look(issued, days=days)
    assert_gone_after_a_week(issued, before)


@pytest.mark.slow
def test_a_kill_before_the_snapshot_loses_no_file_of_the_old_one(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old snapshot stood for days longer: its files' week begins when it is replaced."""
    before = named(issued)
    real = FolderStore.replace

    def replace(self: FolderStore, path: str, data: bytes) -> None:
        if path == publication.SNAPSHOT:
            raise KeyboardInterrupt
        real(self, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            renew(issued, minutes=1)
    assert rows(issued).keys() >= before
    assert issued.outcomes() == {"valid": 24}
    renew(issued, days=6)
    assert_gone_after_a_week(issued, before)


@pytest.mark.slow
@pytest.mark.parametrize("step", first_quick(["_mark", "_prune"], 1))
def test_a_kill_behind_the_snapshot_loses_no_file_of_the_old_one(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = named(issued)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Publisher, step, die)
        with pytest.raises(KeyboardInterrupt):
            renew(issued, minutes=1)
    assert_gone_after_a_week(issued, before)


@pytest.mark.slow
def test_a_file_of_unknown_origin_goes_a_week_after_it_is_seen(issued: DemoOffice) -> None:
    (issued.home.publication_folder / STRAY).write_bytes(b"a stranger's")
    look(issued, days=-400)
    renew(issued, minutes=1)
    assert STRAY in rows(issued)
    assert_gone_after_a_week(issued, {STRAY})


@pytest.mark.slow
@pytest.mark.parametrize("step", first_quick(["_sign_snapshot", "_retire"], 1))
def test_what_a_killed_publisher_wrote_goes_a_week_later(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = issued.files().keys()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Publisher, step, die)
        with pytest.raises(KeyboardInterrupt):
            renew(issued, minutes=1)
    orphans = issued.files().keys() - before
    assert len(orphans) >= 2
    renew(issued, minutes=1)
    assert_gone_after_a_week(issued, set(orphans))


@pytest.mark.slow
def test_a_file_that_is_named_again_loses_its_row(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    shards = {path for path in named(issued) if path.startswith("shards/")}
    for path in shards:
        note(issued, path, days_ago=3)
    with monkeypatch.context() as patch:
        patch.setattr("issuer.publishing.laying.COVER", 0)
        renew(issued, minutes=1)
    assert shards <= named(issued)
    assert not shards & rows(issued).keys()
    renew(issued, minutes=1)
    assert not shards & named(issued)
    assert_gone_after_a_week(issued, shards)


@pytest.mark.slow
def test_a_row_removes_nothing_that_is_named_and_nothing_but_shards_and_status_lists(issued: DemoOffice) -> None:
    """Whoever writes rows behind the publisher's back takes no trust list, no root and no catalogue from readers."""
    kept = {path for path in issued.files() if not path.startswith(("shards/", "status/at/"))}
    for path in (*kept, "../home.json", "shards/../../operators.jwt", STRAY):
        note(issued, path, days_ago=100)
    renew(issued, minutes=1)
    assert kept <= issued.files().keys()
    assert (issued.home.directory / "home.json").exists()
    assert issued.home.operators.exists()
    assert not (kept | {STRAY}) & rows(issued).keys(), "rows that mean nothing go"
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_without_a_previous_snapshot_every_file_begins_its_week_anew(issued: DemoOffice) -> None:
    """Nobody knows which snapshot readers hold."""
    before = named(issued)
    renew(issued, minutes=1)
    renew(issued, days=6)
    (issued.home.publication_folder / publication.SNAPSHOT).unlink()
    with issued.worker() as worker:
        assert worker.lay_out_anew(act=True).published is not None
    assert_gone_after_a_week(issued, before)


@pytest.mark.slow
def test_a_kill_while_files_are_removed_is_finished_by_the_next_run(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = named(issued)
    renew(issued, minutes=1)
    real = FolderStore.remove

    def remove(self: FolderStore, path: str) -> None:
        real(self, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "remove", remove)
        with pytest.raises(KeyboardInterrupt):
            renew(issued, days=8)
    assert len(before - issued.files().keys()) == 1
    assert rows(issued).keys() >= before
    renew(issued, minutes=1)
    assert not before & issued.files().keys()
    assert not before & rows(issued).keys()
