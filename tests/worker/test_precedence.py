"""What goes before what: a change of status before rows and documents, the hand-over of a batch, a reader's word."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from credential.kdf import prefix
from issuer.db.certificates import Certificate
from issuer.documents.making import DocumentMaker
from issuer.intake.model import AwardDraft
from issuer.publishing import records as layouts
from issuer.publishing.store import PublicationStore
from issuer.worker.documents import DocumentsJob
from issuer.worker.publishing import PublishingJob
from issuer.worker.worker import Checked, Worker
from tests.support.office import DemoOffice, batch_drafts, drafts

pytestmark = pytest.mark.slow


def one_issued(demo: DemoOffice) -> tuple[Certificate, str]:
    """One certificate, and a batch of 24 others that is approved."""
    batch = demo.store()
    with demo.worker() as worker:
        worker.issue(demo.approved_drafts(drafts(1, batch_drafts(demo, batch)[0])))
    demo.submit(batch)
    demo.approve(batch)
    return demo.certificates()[0], batch


def outcome(demo: DemoOffice, certificate: Certificate) -> str:
    return str(demo.verdict_by_qr(certificate).outcome)


def publications(demo: DemoOffice) -> int:
    [(count,)] = demo.raw("SELECT count(*) FROM publications")
    return int(count)


def test_a_change_of_status_overtakes_documents(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ordered while the first document is made, public before the second one is."""
    batch = founded.approved()
    found: list[str] = []

    def make(_self: DocumentMaker, _certificate_id: str) -> Path:
        chosen = founded.certificates()[0]
        if not found:
            founded.apply(founded.plan(founded.order(chosen.number)))
        found.append(outcome(founded, chosen) if len(found) < 2 else "")
        return Path()

    monkeypatch.setattr(DocumentMaker, "make", make)
    with founded.worker() as worker:
        worker.issue(batch, with_documents=True)
    assert (len(found), found[:2]) == (24, ["valid", "withdrawn"])


def test_a_change_of_status_overtakes_the_rows_of_a_batch(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the rows that are signed just now are published once, together."""
    certificate, batch = one_issued(founded)
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)
    found: list[str] = []

    def progress(_done: int, _total: int) -> None:
        if not found:
            founded.apply(founded.plan(founded.order(certificate.number)))
        found.append(outcome(founded, certificate))

    with founded.worker() as worker:
        worker.issue(batch, progress)
    assert found == ["valid", "withdrawn", "withdrawn", "withdrawn", "withdrawn"]


def records(demo: DemoOffice) -> list[int]:
    return [count for (count,) in demo.raw("SELECT records FROM publications ORDER BY sequence")]


def test_a_change_of_status_overtakes_new_certificates_that_are_being_published(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ordered while some of them are proven, public in a snapshot of its own before the others are."""
    certificate, batch = one_issued(founded)
    monkeypatch.setattr("issuer.worker.urgent.BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr("issuer.db.sessions._CHUNK", 5)
    found: list[str] = []

    def step(_done: int, _total: int) -> None:
        if not found:
            found.append(outcome(founded, certificate))
            founded.apply(founded.plan(founded.order(certificate.number)))
        found.append(outcome(founded, certificate))

    with founded.worker() as worker:
        worker.show_publishing(step)
        worker.issue(batch)
    assert found[:2] == ["valid", "valid"]
    assert set(found[3:]) == {"withdrawn"}
    assert records(founded) == [1, 1, 25]
    assert founded.outcomes() == {"valid": 24, "withdrawn": 1}


def test_what_went_out_between_two_shards_is_taken_back_by_none(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ordered when the first shard of new certificates is laid: that one is laid again, upon what is public since."""
    monkeypatch.setattr("credential.shards.MEAN_CERTIFICATES", 8)
    monkeypatch.setattr("credential.shards.MIN_CERTIFICATES", 1)
    monkeypatch.setattr("issuer.worker.urgent.BETWEEN_LOOKS", 0.0)
    people = drafts(30, batch_drafts(founded, founded.store())[0])
    founded.issue(founded.approved_drafts(people[:24]))
    chosen = next(each for each in founded.certificates() if prefix(each.cti, 1) == 0)
    merge, asked = layouts.merge, []

    def merged(*given: Any, **named: Any) -> object:
        done = merge(*given, **named)
        asked.append(given[1])
        if len(asked) == 1:
            founded.apply(founded.plan(founded.order(chosen.number)))
        return done

    batch = founded.approved_drafts(people[24:])
    monkeypatch.setattr(layouts, "merge", merged)
    founded.issue(batch)
    assert asked.count(0) == 3, "for the new ones, for the change, and again for the new ones"
    assert records(founded) == [24, 24, 30]
    assert founded.outcomes() == {"valid": 29, "withdrawn": 1}


def test_a_batch_is_published_once_however_many_chunks_it_has(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 5)
    with founded.worker() as worker:
        worker.issue(founded.approved())
    assert publications(founded) == 1


def test_a_long_batch_is_published_in_pieces_while_it_is_issued(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece grows with the register: each costs what the register does."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 4)
    monkeypatch.setattr("issuer.worker.publishing.PIECE", 4)
    monkeypatch.setattr("issuer.worker.publishing._PIECES", 1)
    found: list[tuple[int, int]] = []

    def progress(done: int, _total: int) -> None:
        found.append((done, founded.raw("SELECT coalesce(max(records), 0) FROM publications")[0][0]))

    with founded.worker() as worker:
        worker.issue(founded.approved(), progress)
    assert found == [(4, 0), (8, 4), (12, 8), (16, 8), (20, 16), (24, 16)]
    assert publications(founded) == 4
    assert founded.outcomes() == {"valid": 24}


def test_no_document_is_made_of_a_batch_before_it_is_published(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where nothing changed meanwhile, nothing is published between two documents."""
    found: list[int] = []

    def make(_self: DocumentMaker, _certificate_id: str) -> Path:
        found.append(publications(founded))
        return Path()

    monkeypatch.setattr(DocumentMaker, "make", make)
    with founded.worker() as worker:
        worker.issue(founded.approved(), with_documents=True)
    assert found == [1] * 24


def test_the_next_worker_makes_the_documents_of_a_batch_that_is_signed(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody names the batch again: what was asked for stands in the outbox until it is made."""
    batch = founded.approved()
    asked: list[str] = []

    def die(_self: DocumentsJob, *_: object, **__: object) -> int:
        raise KeyboardInterrupt

    run = DocumentsJob.run

    def made(self: DocumentsJob, batch_id: str, *given: Any, **named: Any) -> int:
        asked.append(batch_id)
        return run(self, batch_id, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(DocumentsJob, "run", die)
        with pytest.raises(KeyboardInterrupt), founded.worker() as worker:
            worker.issue(batch, with_documents=True)
    monkeypatch.setattr(DocumentsJob, "run", made)
    with founded.worker() as worker:
        worker.run_pending()
        worker.run_pending()
    assert asked == [batch]
    assert founded.raw("SELECT count(*) FROM outbox WHERE done_at IS NULL") == [(0,)]


@pytest.mark.parametrize(("found", "disputed"), [("valid", False), ("suspended", False), ("not_authentic", True)])
def test_what_a_reader_finds_of_a_new_certificate_is_looked_at(founded: DemoOffice, found: str, disputed: bool) -> None:
    """Issued is what a stranger takes for issued; anything else is told, loudly."""
    asked: list[bytes] = []

    def check(credential: bytes, publication: PublicationStore, *, trust_root: bytes, now: datetime) -> Checked:
        assert publication.has("snapshot.jwt"), "looked at after it is published"
        assert (trust_root, now) == (founded.home.trust_root.read_bytes(), founded.clock())
        asked.append(credential)
        return Checked(outcome=found, reason="because", facts={})

    first, second = (founded.approved_drafts(each) for each in two_batches(founded, founded.store()))
    with Worker.open(founded.opened, check) as worker:
        assert worker.issue(first).is_disputed is disputed
        founded.raw(
            "INSERT INTO outbox (topic, object, created, attempts) VALUES ('issue', ?, '2026-11-21 02:00:00', 0)",
            second,
        )
        held = worker.run_pending().held_back
    assert [(each.object, each.code) for each in held] == ([(second, "reader_disagrees")] if disputed else [])
    assert asked == [founded.credential(each) for each in founded.certificates()]


def test_a_batch_that_fails_holds_up_no_other(founded: DemoOffice) -> None:
    """It is told once, its error is kept, and it is issued when somebody asks again."""
    unapproved = founded.store()
    approved = founded.approved_drafts(two_batches(founded, unapproved)[0])
    for batch in (unapproved, approved):
        founded.raw(
            "INSERT INTO outbox (topic, object, created, attempts) VALUES ('issue', ?, '2026-11-21 02:00:00', 0)", batch
        )
    with founded.worker() as worker:
        done = worker.run_pending()
        assert [(each.object, each.code) for each in done.held_back] == [(unapproved, "wrong_state")]
        assert [report.batch for report in done.issued] == [approved]
        assert worker.run_pending().held_back == ()
    [(error, pending)] = founded.raw(
        "SELECT last_error, done_at IS NULL FROM outbox WHERE topic = 'issue' AND object = ?", unapproved
    )
    assert ("approved" in error, pending) == (True, 0)


def two_batches(demo: DemoOffice, batch: str) -> tuple[list[AwardDraft], list[AwardDraft]]:
    """Two awards made from the first of a batch, each for a batch of its own."""
    made = drafts(2, batch_drafts(demo, batch)[0])
    return made[:1], made[1:]


def test_a_worker_that_cannot_open_its_keys_gives_the_lock_back(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def die(*_: object) -> PublishingJob:
            raise KeyboardInterrupt

        patch.setattr(PublishingJob, "open", die)
        with pytest.raises(KeyboardInterrupt):
            founded.worker()
    with founded.worker():
        pass


def test_work_that_another_worker_left_is_done_at_once(founded: DemoOffice) -> None:
    """It had been taken; the lock says that nobody is at it any more."""
    batch = founded.approved()
    founded.raw(
        "INSERT INTO outbox (topic, object, created, attempts, taken_at, taken_by)"
        " VALUES ('issue', ?, '2026-11-21 02:00:00', 1, '2026-11-21 02:00:00', '1')",
        batch,
    )
    with founded.worker() as worker:
        assert [report.batch for report in worker.run_pending().issued] == [batch]
