"""Somebody alters the audit or the publication's folder: nothing is built upon it; it is reported, or repaired."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from credential import snapshot as snapshots
from issuer.errors import TamperedError
from tests.support.founding import found_demonstration
from tests.support.office import DemoOffice

pytestmark = pytest.mark.usefixtures("no_documents")


# The audit


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE ordinal = (SELECT max(ordinal) FROM audit)",
        "DELETE FROM audit WHERE ordinal = (SELECT max(ordinal) FROM audit) - 1",
    ],
)
def test_an_altered_audit_entry_stops_publishing(issued: DemoOffice, statement: str) -> None:
    first, second = (each.number for each in issued.certificates()[:2])
    issued.apply(issued.plan(issued.order(first)))
    issued.apply(issued.plan(issued.order(second)))
    before = issued.files()
    issued.raw(statement)
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.run_pending()
    assert caught.value.code == "audit_altered"
    assert issued.files() == before


def test_a_chain_that_was_rewritten_shows(issued: DemoOffice) -> None:
    """Whoever owns the database computes every hash anew; what was published of the chain stays."""
    issued.raw("DELETE FROM audit WHERE ordinal > 20")
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.run_pending()
    assert caught.value.code == "audit_altered"


# The folder


def test_an_older_snapshot_in_the_folder_is_not_built_upon(issued: DemoOffice) -> None:
    """Built upon, it would bring back a withdrawn certificate."""
    path = issued.home.publication_folder / "snapshot.jwt"
    older = path.read_bytes()
    first, second = (each.number for each in issued.certificates()[:2])
    issued.change(first)
    path.write_bytes(older)
    issued.clock.move(minutes=1)
    issued.change(second)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_an_older_snapshot_is_replaced_without_being_asked(issued: DemoOffice) -> None:
    path = issued.home.publication_folder / "snapshot.jwt"
    older = path.read_bytes()
    issued.change(issued.certificates()[0].number)
    path.write_bytes(older)
    with issued.worker() as worker:
        assert worker.renew_if_needed() is not None
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
@pytest.mark.parametrize("change", ["removed", "truncated", "emptied", "older"])
def test_a_damaged_shard_is_laid_out_anew(issued: DemoOffice, change: str) -> None:
    root = issued.home.publication_folder
    before = {path.name: path.read_bytes() for path in (root / "shards").iterdir()}
    issued.change(issued.certificates()[0].number)
    for path in (root / "shards").iterdir():
        if path.name not in before and path.stat().st_size > 1000:
            data = path.read_bytes()
            older = max(before.values(), key=len)
            path.write_bytes({"truncated": data[:-1], "emptied": b"", "older": older, "removed": b""}[change])
            if change == "removed":
                path.unlink()
    issued.clock.move(minutes=1)
    issued.change(issued.certificates()[1].number)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_a_damaged_manifest_is_laid_out_anew(issued: DemoOffice) -> None:
    for path in (issued.home.publication_folder / "shards").iterdir():
        if path.stat().st_size < 100:
            path.write_bytes(b"x")
    issued.change(issued.certificates()[1].number)
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_a_replaced_status_list_is_laid_out_anew(issued: DemoOffice) -> None:
    root = issued.home.publication_folder
    [older] = [path.read_bytes() for path in (root / "status" / "at").iterdir()]
    issued.change(issued.certificates()[0].number)
    for path in (root / "status" / "at").iterdir():
        path.write_bytes(older)
    issued.clock.move(minutes=1)
    issued.change(issued.certificates()[1].number)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_a_trust_list_that_was_taken_back_is_written_again(issued: DemoOffice) -> None:
    """The register keeps what the root signed, so a folder that lost it stops nothing."""
    issued.clock.move(minutes=1)
    assert issued.publish_trust() == 2
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    before = issued.files()
    (issued.home.publication_folder / "trust" / "list" / "2").unlink()
    assert issued.trust().content.version == 2
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    assert issued.files()["trust/list/2"] == before["trust/list/2"]
    assert issued.outcomes() == {"valid": 24}


def test_a_strangers_trust_list_stops_publishing(issued: DemoOffice, tmp_path: Path) -> None:
    found_demonstration(tmp_path / "stranger")
    place = issued.home.publication_folder / "trust" / "list" / "1"
    place.write_bytes((tmp_path / "stranger" / "publication" / "trust" / "list" / "1").read_bytes())
    snapshot = issued.files()["snapshot.jwt"]
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.publish_changes(even_without=True)
    assert caught.value.code == "publication_altered"
    assert issued.files()["snapshot.jwt"] == snapshot


def test_a_register_restored_from_an_older_copy_publishes_nothing(issued: DemoOffice, tmp_path: Path) -> None:
    """It does not know the withdrawal that the public knows."""
    copy = tmp_path / "copy.sqlite3"
    with closing(sqlite3.connect(issued.home.register)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    issued.change(issued.certificates()[0].number)
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(issued.home.register)) as target:
        source.backup(target)
    before = issued.files()
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.publish_changes(even_without=True)
    assert caught.value.code == "register_behind"
    assert issued.files() == before
    assert snapshots.parse_snapshot(before["snapshot.jwt"]).content.seq == 2
