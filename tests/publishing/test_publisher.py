"""The publisher: what readers may still hold stays, cover changes no word, and one state is read from one moment."""

from __future__ import annotations

import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from credential import publication
from credential import snapshot as snapshots
from credential.kdf import PREFIX_BITS, prefix
from credential.sealed import LOCATOR_BYTES, NONCE_BYTES, Kind, record_keys
from issuer.errors import ConflictError, TamperedError
from issuer.publishing.folder import PublicationFolder
from issuer.publishing.previous import read_previous
from issuer.publishing.publisher import Publisher
from tests.support.office import DemoOffice, batch_drafts, drafts
from verifier.procedure import verify_qr_text

pytestmark = pytest.mark.usefixtures("no_documents")


def named(files: dict[str, bytes], demo: DemoOffice) -> set[str]:
    content = snapshots.parse_snapshot(files["snapshot.jwt"]).content
    found = read_previous(demo.office.register, demo.home.publication, [], demo.clock())
    assert found is not None
    names = {publication.shard(each.hex()) for each in (*content.manifests, *found.shards.layout.digests)}
    return names | {publication.status_at(each.cwt.hex()) for each in content.status}


def old(demo: DemoOffice, days: int) -> None:
    """Make every file of the publication look as old as this."""
    stamp = (demo.clock() - timedelta(days=days)).timestamp()
    for path in demo.home.publication.root.rglob("*"):
        os.utime(path, (stamp, stamp))


def renew(demo: DemoOffice, **later: float) -> None:
    demo.clock.move(**later)
    with demo.worker() as worker:
        worker.publish_changes(even_without=True)


def test_what_the_last_snapshot_named_stays_for_a_week(issued: DemoOffice) -> None:
    """However long ago it was written: a reader may have taken that snapshot a moment before."""
    old(issued, 30)
    before = named(issued.files(), issued)
    renew(issued, minutes=1)
    assert before <= issued.files().keys()
    for _ in range(7):
        renew(issued, hours=23)
        assert before <= issued.files().keys()
    renew(issued, hours=24)
    assert not before & issued.files().keys()
    assert named(issued.files(), issued) <= issued.files().keys()
    assert issued.outcomes() == {"valid": 24}


def test_a_kill_before_the_snapshot_loses_no_file_of_the_old_one(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    old(issued, 30)
    before = named(issued.files(), issued)
    real = PublicationFolder.replace

    def replace(self: PublicationFolder, path: str, data: bytes) -> None:
        if path == publication.SNAPSHOT:
            raise KeyboardInterrupt
        real(self, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(PublicationFolder, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            renew(issued, minutes=1)
    assert issued.outcomes() == {"valid": 24}
    renew(issued, minutes=1)
    assert before <= issued.files().keys()
    assert issued.outcomes() == {"valid": 24}


def test_a_kill_behind_the_snapshot_loses_no_file_of_the_old_one(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    old(issued, 30)
    before = named(issued.files(), issued)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Publisher, "_mark", die)
        with pytest.raises(KeyboardInterrupt):
            renew(issued, minutes=1)
    renew(issued, minutes=1)
    assert before <= issued.files().keys()


def test_cover_changes_bytes_and_no_word(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    issued.raw("UPDATE signed_histories SET content = zeroblob(300)")
    before = issued.files()
    renew(issued, minutes=1)
    after = issued.files()
    assert {name for name in before if name.startswith("shards/")} != {
        name for name in after if name.startswith("shards/")
    }
    assert issued.verdict(certificate).outcome == "valid", "what is published stays, whatever the rows say"
    assert issued.outcomes() == {"valid": 24}


def test_a_history_that_changed_is_sealed_under_another_nonce(issued: DemoOffice) -> None:
    """Two plaintexts under one nonce would give both away, and let anybody forge a third (FORMAT 5.2)."""
    certificate = issued.certificates()[0]

    def nonce() -> bytes:
        view = issued.reader().view(issued.clock())
        record = view.sealed(record_keys(Kind.HISTORY, certificate.cti), prefix(certificate.cti, PREFIX_BITS))
        assert record is not None
        return record[LOCATOR_BYTES : LOCATOR_BYTES + NONCE_BYTES]

    before = nonce()
    issued.change(certificate.number)
    assert nonce() != before
    assert len(before) == NONCE_BYTES


def test_an_act_between_two_readings_is_in_the_next_publication_whole(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withdrawn just after the histories were signed: the status list must not know more than the history."""
    first, second = issued.certificates()[:2]
    issued.apply(issued.plan(issued.order(first.number)))
    real = Publisher._lay_out

    def lay_out(self: Publisher, *args: object) -> object:
        issued.apply(issued.plan(issued.order(second.number)))
        return real(self, *args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Publisher, "_lay_out", lay_out)
        issued.publish()
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    issued.publish()
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_a_register_grows_over_the_first_split(founded: DemoOffice) -> None:
    """Three hundred and fifty certificates: one shard, then two, and all are found before and after."""
    template = batch_drafts(founded, founded.store())[0]
    people = drafts(350, template)
    founded.issue(founded.approved_drafts(people[:200]))
    assert snapshots.parse_snapshot(founded.files()["snapshot.jwt"]).content.prefix == 0
    withdrawn = founded.certificates()[7]
    founded.change(withdrawn.number)
    founded.clock.move(minutes=1)
    founded.issue(founded.approved_drafts(people[200:]))
    content = snapshots.parse_snapshot(founded.files()["snapshot.jwt"]).content
    assert (content.prefix, content.records, len(content.manifests)) == (1, 350, 1)
    reader = founded.reader(seconds=60)
    found = [founded.verdict(each, reader).outcome for each in founded.certificates()]
    assert (found.count("valid"), found.count("withdrawn")) == (349, 1)


def test_a_status_nobody_ordered_stops_a_new_layout(issued: DemoOffice) -> None:
    """Two signed histories exchanged for older ones, and everything laid out anew: the difference is seen."""
    number, certificate = issued.certificates()[0].number, issued.certificates()[0].id
    [(content,)] = issued.raw("SELECT content FROM signed_histories WHERE certificate = ?", certificate)
    issued.change(number)
    issued.raw("UPDATE signed_histories SET content = ?, events = 1 WHERE certificate = ?", content, certificate)
    previous = issued.files()["snapshot.jwt"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("credential.shards.longest_prefix", lambda count: 1 if count == 24 else 0)
        patch.setattr("issuer.publishing.records.choose_prefix", lambda *_: 1)
        with issued.worker() as worker, pytest.raises(TamperedError) as caught:
            worker.publish_changes(even_without=True)
    assert caught.value.code == "history_shortened"
    assert issued.files()["snapshot.jwt"] == previous


def test_the_folder_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    folder = PublicationFolder(tmp_path / "publication")
    for path in ("../outside", "shards/x", "status/0.txt", "snapshot.jwt.tmp", ".hidden"):
        for act in (folder.read, folder.has, folder.remove):
            with pytest.raises(ValueError, match="no path of a publication"):
                act(path)
    with pytest.raises(ValueError, match="not an immutable file"):
        folder.put(publication.SNAPSHOT, b"x")
    with pytest.raises(ValueError, match="never changes"):
        folder.replace(publication.trust_list(1), b"x")


def test_an_immutable_file_stays_and_a_damaged_one_is_repaired(tmp_path: Path) -> None:
    folder = PublicationFolder(tmp_path / "publication")
    assert folder.put(publication.trust_list(1), b"one")
    assert not folder.put(publication.trust_list(1), b"one")
    with pytest.raises(TamperedError) as caught:
        folder.put(publication.trust_list(1), b"two")
    assert caught.value.code == "immutable_changed"
    path = publication.shard(sha256(b"abcd").hexdigest())
    folder.put(path, b"abcd")
    (tmp_path / "publication" / path).write_bytes(b"damaged")
    assert folder.put(path, b"abcd")
    assert folder.read(path) == b"abcd"


def test_what_a_kill_left_half_written_is_swept_away(issued: DemoOffice) -> None:
    left = issued.home.publication.root / "shards" / ".abc.012345.tmp"
    left.write_bytes(b"half")
    renew(issued, minutes=1)
    assert not left.exists()


def test_the_lock_is_one_persons(tmp_path: Path) -> None:
    folder = PublicationFolder(tmp_path / "publication")
    with folder.lock(), pytest.raises(ConflictError) as caught, PublicationFolder(tmp_path / "publication").lock():
        pass
    assert caught.value.code == "publisher_running"
    with folder.lock():
        pass


def test_a_reader_that_took_the_old_snapshot_still_gets_an_answer(issued: DemoOffice) -> None:
    """Between its two fetches the publication moved on: the old answer or the new one, never an error."""
    certificate = issued.certificates()[0]
    reader = issued.reader(seconds=3600)
    view = reader.view(issued.clock())
    issued.change(certificate.number)
    assert reader.view(issued.clock()).snapshot is view.snapshot
    assert verify_qr_text(issued.qr_text(certificate), reader, now=issued.clock()).outcome == "valid"
    assert issued.verdict(certificate).outcome == "withdrawn"
