"""The publisher: cover changes no word, one state is read from one moment, and an older snapshot still has answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credential import face as faces
from credential import history as histories
from credential import snapshot as snapshots
from credential.kdf import PREFIX_BITS, prefix
from credential.sealed import LOCATOR_BYTES, NONCE_BYTES, Kind, record_keys
from credential.shards import MEAN_CERTIFICATES, MIN_CERTIFICATES
from credential.signing import Signer
from issuer.errors import TamperedError
from issuer.publishing.footing import Footing
from issuer.publishing.laying import Layer
from issuer.worker.issuing import IssuingJob
from tests.support.office import DemoOffice, batch_drafts, drafts
from verifier.procedure import verify_qr_text


def renew(demo: DemoOffice, **later: float) -> None:
    demo.clock.move(**later)
    with demo.worker() as worker:
        worker.publish_changes(even_without=True)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_an_act_between_two_readings_is_in_the_next_publication_whole(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withdrawn just after the histories were signed: the status list must not know more than the history."""
    first, second = issued.certificates()[:2]
    issued.apply(issued.plan(issued.order(first.number)))
    real = Layer.change

    def change(self: Layer, *args: object) -> object:
        issued.apply(issued.plan(issued.order(second.number)))
        return real(self, *args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Layer, "change", change)
        patch.setattr(Footing, "look", lambda _: None)  # else it would go out first
        issued.publish()
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    issued.publish()
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("crowd", "first", "then"),
    [((8, 2), 12, 22), pytest.param((MEAN_CERTIFICATES, MIN_CERTIFICATES), 200, 350, marks=pytest.mark.soak)],
    ids=["small", "as large as it is"],
)
def test_a_register_grows_over_the_first_split(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch, crowd: tuple[int, int], first: int, then: int
) -> None:
    """One shard, then two, and all are found before and after. A crowd: how many share one on average, and at least."""
    monkeypatch.setattr("credential.shards.MEAN_CERTIFICATES", crowd[0])
    monkeypatch.setattr("credential.shards.MIN_CERTIFICATES", crowd[1])
    template = batch_drafts(founded, founded.store())[0]
    people = drafts(then, template)
    founded.issue(founded.approved_drafts(people[:first]))
    assert snapshots.parse_snapshot(founded.files()["snapshot.jwt"]).content.prefix == 0
    withdrawn = founded.certificates()[7]
    founded.change(withdrawn.number)
    founded.clock.move(minutes=1)
    founded.issue(founded.approved_drafts(people[first:]))
    content = snapshots.parse_snapshot(founded.files()["snapshot.jwt"]).content
    assert (content.prefix, content.records, len(content.manifests)) == (1, then, 1)
    reader = founded.reader(seconds=60)
    found = [founded.verdict(each, reader).outcome for each in founded.certificates()]
    assert (found.count("valid"), found.count("withdrawn")) == (then - 1, 1)


@pytest.mark.slow
def test_a_status_nobody_ordered_stops_a_new_layout(issued: DemoOffice) -> None:
    """A signed history exchanged for an older one, and everything laid out anew: the difference is seen."""
    number, certificate = issued.certificates()[0].number, issued.certificates()[0].id
    others = [each.id for each in issued.certificates() if each.id != certificate]
    [(content,)] = issued.raw("SELECT content FROM signed_histories WHERE certificate = ?", certificate)
    issued.change(number)
    issued.raw("UPDATE signed_histories SET content = ?, events = 1 WHERE certificate = ?", content, certificate)
    previous = issued.files()["snapshot.jwt"]
    with issued.worker() as worker, issued.opened.home.publication.lock(), pytest.raises(TamperedError) as caught:
        worker.publishing._publisher.publish(None, others, now=issued.clock())
    assert caught.value.code == "history_shortened"
    assert issued.files()["snapshot.jwt"] == previous


@pytest.mark.slow
def test_a_history_that_says_something_else_is_not_published(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was signed is read again before it goes out: a memory that fails, or a signer that signs something else."""
    certificate = issued.certificates()[0]
    issued.apply(issued.plan(issued.order(certificate.number)))
    sign = histories.sign_payload

    def shorter(payload: bytes, signer: Signer) -> bytes:
        history = histories.decode(payload).read()
        return sign(histories.encode(replace(history, events=history.events[:1])), signer)

    with monkeypatch.context() as patch:
        patch.setattr(histories, "sign_payload", shorter)
        with issued.worker() as worker:
            held = worker.publish_changes().held_back
    assert [(each.object, each.code) for each in held] == [(certificate.id, "history_altered")]
    assert issued.verdict(certificate).outcome == "valid"


@pytest.mark.slow
def test_a_face_whose_signature_does_not_hold_is_not_published(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor anything else of its certificate: the next publication has both."""
    ids = IssuingJob(founded.opened).run(founded.approved(), between=lambda _: None).issued
    sign = faces.sign_payload

    def other(payload: bytes, signer: Signer) -> bytes:
        return sign(payload[:-1] + bytes([payload[-1] ^ 1]), signer)

    with founded.worker() as worker:
        with monkeypatch.context() as patch:
            patch.setattr(faces, "sign_payload", other)
            held = worker.publish_changes().held_back
        assert sorted((each.object, each.code) for each in held) == [(each, "face_altered") for each in sorted(ids)]
        founded.clock.move(minutes=11)
        assert worker.publish_changes().held_back == ()
    assert founded.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_under_a_longer_prefix_a_status_stays_what_was_published(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older history in the register does not come along: what is published is copied."""
    first, second = issued.certificates()[:2]
    [(content,)] = issued.raw("SELECT content FROM signed_histories WHERE certificate = ?", first.id)
    issued.change(first.number)
    issued.raw("UPDATE signed_histories SET content = ?, events = 1 WHERE certificate = ?", content, first.id)
    monkeypatch.setattr("credential.shards.MEAN_CERTIFICATES", 8)
    monkeypatch.setattr("credential.shards.MIN_CERTIFICATES", 2)
    issued.change(second.number)
    assert snapshots.parse_snapshot(issued.files()["snapshot.jwt"]).content.prefix == 1
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


@pytest.mark.slow
def test_a_reader_that_took_the_old_snapshot_still_gets_an_answer(issued: DemoOffice) -> None:
    """Between its two fetches the publication moved on: the old answer or the new one, never an error."""
    certificate = issued.certificates()[0]
    reader = issued.reader(seconds=3600)
    view = reader.view(issued.clock())
    issued.change(certificate.number)
    assert reader.view(issued.clock()).snapshot is view.snapshot
    assert verify_qr_text(issued.qr_text(certificate), reader, now=issued.clock()).outcome == "valid"
    assert issued.verdict(certificate).outcome == "withdrawn"
