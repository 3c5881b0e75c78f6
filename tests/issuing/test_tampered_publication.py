"""Somebody alters the audit or the publication's folder: nothing is built upon it, and it is told."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from credential import snapshot as snapshots
from issuer.errors import TamperedError
from issuer.publishing.ground import Ground
from issuer.publishing.looking import Difference
from issuer.publishing.publisher import Publisher
from tests.support.forms import first_quick
from tests.support.founding import found_demonstration
from tests.support.office import DemoOffice

# The audit


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE id = (SELECT max(id) FROM audit)",
        "DELETE FROM audit_chain WHERE ordinal = (SELECT max(ordinal) FROM audit_chain) - 1",
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
    issued.raw("DELETE FROM audit_chain WHERE ordinal > 20")
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.run_pending()
    assert caught.value.code == "audit_altered"


# The folder


def refused(demo: DemoOffice) -> TamperedError:
    """What a publication says of a folder that somebody altered; it changes nothing."""
    before = demo.files()
    demo.clock.move(minutes=1)
    with demo.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.publish_changes(even_without=True)
    assert caught.value.code == "publication_altered"
    assert demo.files() == before
    return caught.value


def lay_out_anew(demo: DemoOffice) -> None:
    """First without, then with a yes."""
    before = demo.files()
    with demo.worker() as worker:
        found = worker.lay_out_anew(act=False)
        assert (found.published, found.held_back) == (None, ())
        assert found.difference is not None
        assert demo.files() == before
        assert worker.lay_out_anew(act=True).published is not None
        assert worker.lay_out_anew(act=False).difference is None


@pytest.mark.slow
def test_an_older_snapshot_in_the_folder_is_not_built_upon(issued: DemoOffice) -> None:
    """Built upon, it would bring back a withdrawn certificate."""
    path = issued.home.publication_folder / "snapshot.jwt"
    older = path.read_bytes()
    first, second = (each.number for each in issued.certificates()[:2])
    issued.change(first)
    path.write_bytes(older)
    issued.apply(issued.plan(issued.order(second)))
    error = refused(issued)
    assert error.fields["path"] == "snapshot.jwt"
    assert "number 1, and not number 2" in str(error)
    lay_out_anew(issued)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


@pytest.mark.slow
def test_a_withdrawal_does_not_come_undone_with_its_files(issued: DemoOffice) -> None:
    """Event and signed history deleted, snapshot and shards too: once it was laid out anew without a word."""
    certificate, root = issued.certificates()[0], issued.home.publication_folder
    before = issued.raw("SELECT content FROM signed_histories WHERE certificate = ?", certificate.id)
    issued.change(certificate.number)
    issued.raw("DELETE FROM events WHERE ordinal > 1")
    issued.raw("UPDATE certificates SET state = 'valid'")
    issued.raw(
        "UPDATE signed_histories SET events = 1, content = ? WHERE certificate = ?", before[0][0], certificate.id
    )
    for path in (*(root / "shards").iterdir(), root / "snapshot.jwt"):
        path.unlink()
    assert "snapshot.jwt is gone" in str(refused(issued))
    with issued.worker() as worker:
        found = worker.lay_out_anew(act=True)
    assert found.published is None
    assert [each.code for each in found.held_back] == ["no_event"]
    assert "to withdraw 1 certificates" in found.held_back[0].message
    issued.raw("DELETE FROM statements WHERE act = 'withdraw'")
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.lay_out_anew(act=True)
    assert caught.value.code == "history_shortened", "the register keeps the status lists that were published last"


@pytest.mark.slow
def test_a_hidden_withdrawal_is_published_all_the_same(issued: DemoOffice) -> None:
    """The outbox says that it was done."""
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    issued.raw("UPDATE outbox SET done_at = created")
    issued.publish()
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
@pytest.mark.parametrize("walking", first_quick([False, True], 1))
def test_a_withdrawal_that_is_said_to_be_out_is_found(
    issued: DemoOffice, walking: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the sample of the next publication, and by the walk that passes everything within a day."""
    certificate = issued.certificates()[0]
    issued.apply(issued.plan(issued.order(certificate.number)))
    issued.raw("UPDATE outbox SET done_at = created")
    issued.raw("UPDATE events SET published = 1")
    if walking:
        monkeypatch.setattr("issuer.worker.publishing.AT_RANDOM", 0)
        with issued.worker() as worker:
            assert worker.run_pending().published is None
            outcome = worker.walk()
    else:
        with issued.worker() as worker:
            outcome = worker.publish_changes(even_without=True)
    assert [(each.object, each.code) for each in outcome.held_back] == [(certificate.id, "hidden_change")]
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    with issued.worker() as worker:
        assert worker.publish_changes(even_without=True).held_back == ()


@pytest.mark.slow
@pytest.mark.postgres
def test_a_walk_passes_everything_once_a_day(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = Publisher.look

    def look(self: Publisher, ground: Ground, ids: Sequence[str]) -> list[Difference]:
        seen.extend(ids)
        return real(self, ground, ids)

    monkeypatch.setattr(Publisher, "look", look)
    with issued.worker() as worker:
        worker.walk()
        assert sorted(seen) == sorted(each.id for each in issued.certificates()), "it has never walked"
        seen.clear()
        worker.walk()
        assert seen == [], "a minute has not passed"
        for hours in (11, 11, 2):  # the second one passes midnight
            issued.clock.move(hours=hours)
            worker.walk()
    assert sorted(seen) == sorted(each.id for each in issued.certificates())


@pytest.mark.slow
@pytest.mark.parametrize("change", first_quick(["removed", "older", "truncated", "emptied"], 2))
def test_a_damaged_shard_stops_publishing(issued: DemoOffice, change: str) -> None:
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
    issued.apply(issued.plan(issued.order(issued.certificates()[1].number)))
    assert str(refused(issued).fields["path"]).startswith("shards/")
    lay_out_anew(issued)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


@pytest.mark.slow
def test_a_changed_byte_in_a_shard_that_nothing_touches_is_seen(issued: DemoOffice) -> None:
    """Of the same size: only its digest tells."""
    path = max((issued.home.publication_folder / "shards").iterdir(), key=lambda each: each.stat().st_size)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert "has other bytes" in str(refused(issued))
    lay_out_anew(issued)
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
@pytest.mark.parametrize(
    "pattern", first_quick(["shards/*", "snapshot.jwt", "status/at/*", "status/*.cwt", "status/*.jwt"], 1)
)
def test_any_other_file_that_is_altered_or_gone_stops_publishing(issued: DemoOffice, pattern: str) -> None:
    root = issued.home.publication_folder
    path = min(root.glob(pattern), key=lambda each: each.stat().st_size)
    data = path.read_bytes()
    name = str(path.relative_to(root))
    for change in (data[:-2] + b"xx", data + b"x", None):
        if change is None:
            path.unlink()
        else:
            path.write_bytes(change)
        error = refused(issued)
        assert error.fields["path"] == name
        assert ("is gone" in str(error)) is (change is None)
    lay_out_anew(issued)
    assert issued.outcomes() == {"valid": 24}


def test_a_file_of_another_size_is_seen_without_being_read(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A province has thousands of shards: each is looked at each time, and few are read."""
    path = max((issued.home.publication_folder / "shards").iterdir(), key=lambda each: each.stat().st_size)
    path.write_bytes(path.read_bytes() + b"x")
    monkeypatch.setattr("issuer.worker.publishing.AT_RANDOM", 0)
    monkeypatch.setattr("issuer.publishing.laying.COVER", 0)
    assert "bytes instead of" in str(refused(issued))


@pytest.mark.slow
def test_a_list_of_before_does_not_come_back(issued: DemoOffice) -> None:
    """The list at its stable address is what a stranger's reader asks for."""
    place = issued.home.publication_folder / "status" / "0.jwt"
    older = place.read_bytes()
    issued.change(issued.certificates()[0].number)
    place.write_bytes(older)
    assert refused(issued).fields["path"] == "status/0.jwt"
    lay_out_anew(issued)
    assert place.read_bytes() != older


@pytest.mark.slow
def test_what_the_register_keeps_of_a_snapshot_is_not_believed_either(issued: DemoOffice) -> None:
    """An older snapshot in the folder and, under the last number, in the register."""
    root = issued.home.publication_folder
    before = {path: (root / path).read_bytes() for path in ("snapshot.jwt", "status/0.jwt", "status/0.cwt")}
    issued.change(issued.certificates()[0].number)
    issued.raw(
        "UPDATE publications SET (token, snapshot_digest, lists, sizes) ="
        " (SELECT token, zeroblob(32), ?, CAST(NULL AS BLOB) FROM publications WHERE sequence = 1)"
        " WHERE sequence = 2",
        before["status/0.jwt"],
    )
    issued.raw("UPDATE publications SET snapshot_digest = zeroblob(31) WHERE sequence = 1")
    issued.raw(
        "UPDATE publications SET snapshot_digest = ? WHERE sequence = 2", sha256(before["snapshot.jwt"]).digest()
    )
    for path, data in before.items():
        (root / path).write_bytes(data)
    for confirmed in ("'2026-11-21 02:01:00.000000'", "NULL"):
        issued.raw(f"UPDATE publications SET confirmed_at = {confirmed} WHERE sequence = 2")
        assert "is number 1; the register calls it 2" in str(refused(issued))


def test_a_snapshot_that_nobody_signed_is_not_placed(issued: DemoOffice) -> None:
    """A row that looks like the work of a killed run."""
    token = issued.files()["snapshot.jwt"]
    columns = "made_at, expires, records, prefix_length, trust_version, lists, sizes"
    issued.raw(
        f"INSERT INTO publications (sequence, snapshot_digest, token, {columns})"
        f" SELECT 2, ?, ?, {columns} FROM publications WHERE sequence = 1",
        sha256(token[:-4] + b"AAAA").digest(),
        token[:-4] + b"AAAA",
    )
    assert "does not verify" in str(refused(issued))


def test_a_register_that_lost_certificates_publishes_nothing(issued: DemoOffice) -> None:
    issued.raw("DELETE FROM signed_histories WHERE certificate = (SELECT min(certificate) FROM signed_histories)")
    before = issued.files()
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.publish_changes(even_without=True)
    assert caught.value.code == "certificates_gone"
    assert issued.files() == before


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_strangers_trust_list_stops_publishing(issued: DemoOffice, tmp_path: Path) -> None:
    found_demonstration(tmp_path / "stranger")
    place = issued.home.publication_folder / "trust" / "list" / "1"
    place.write_bytes((tmp_path / "stranger" / "publication" / "trust" / "list" / "1").read_bytes())
    snapshot = issued.files()["snapshot.jwt"]
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.publish_changes(even_without=True)
    assert caught.value.code == "publication_altered"
    assert issued.files()["snapshot.jwt"] == snapshot


@pytest.mark.slow
@pytest.mark.postgres
def test_a_register_restored_from_an_older_copy_publishes_nothing(issued: DemoOffice, tmp_path: Path) -> None:
    """It does not know the withdrawal that the public knows."""
    before_it = issued.keep_register(tmp_path)
    issued.change(issued.certificates()[0].number)
    issued.restore_register(before_it)
    before = issued.files()
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.publish_changes(even_without=True)
    assert caught.value.code == "register_behind"
    assert issued.files() == before
    assert snapshots.parse_snapshot(before["snapshot.jwt"]).content.seq == 2
