"""Work that is left for the worker: who asked is written down, and waiting has an end."""

from __future__ import annotations

import pytest

from issuer.db import outbox
from issuer.db.outbox import Topic
from issuer.errors import ConflictError, NotFoundError
from issuer.home.opened import Actor
from issuer.services import work
from issuer.worker.leasing import Leasing
from tests.services.elsewhere import audited, code_of, waiting
from tests.support.office import CLERK, DemoOffice, batch_drafts, drafts

ASKS = Actor("os:night")


@pytest.mark.slow
def test_who_asked_for_an_issue_is_written_down_and_the_work_is_left_once(founded: DemoOffice) -> None:
    batch = founded.approved()
    assert work.request_issue(founded.opened, ASKS, batch).state == "approved"
    work.request_issue(founded.opened, Actor(CLERK), batch)
    assert waiting(founded) == 1
    assert audited(founded, "batch.request_issue") == [(ASKS, batch), (CLERK, batch)]
    assert not work.wait_for_batch(founded.opened, batch, seconds=0)
    founded.publish()
    assert work.wait_for_batch(founded.opened, batch, seconds=0)
    assert waiting(founded) == 0
    assert len(founded.certificates()) == 24


@pytest.mark.slow
def test_a_batch_is_waited_for_until_it_is_public(founded: DemoOffice) -> None:
    """Signed and not published yet is not issued to anybody who checks."""
    batch = founded.approved_drafts(drafts(1, batch_drafts(founded, founded.store())[0]))
    with founded.worker() as worker:
        with founded.home.publication.lock(), pytest.raises(ConflictError):
            worker.issue(batch)
        assert not work.wait_for_batch(founded.opened, batch, seconds=0)
        worker.run_pending()
    assert work.wait_for_batch(founded.opened, batch, seconds=0)


@pytest.mark.slow
def test_documents_that_are_asked_for_with_an_issue_are_waited_for(founded: DemoOffice) -> None:
    batch = founded.approved_drafts(drafts(1, batch_drafts(founded, founded.store())[0]))
    work.request_issue(founded.opened, ASKS, batch, documents=True)
    assert audited(founded, "document.request") == [(ASKS, batch)]
    founded.publish()
    assert work.wait_for_batch(founded.opened, batch, seconds=0)
    assert work.documents_missing(founded.opened, batch) == 0


@pytest.mark.slow
def test_an_issue_and_its_documents_are_asked_for_at_once_or_not(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the two would leave certificates whose documents nobody makes."""
    batch = founded.approved_drafts(drafts(1, batch_drafts(founded, founded.store())[0]))

    def die(*_: object, **given: object) -> None:
        if given["act"] == "document.request":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("issuer.audit.append", die)
        with pytest.raises(KeyboardInterrupt):
            work.request_issue(founded.opened, ASKS, batch, documents=True)
    assert waiting(founded) == 0


def test_a_batch_that_there_is_not_leaves_no_work_and_no_word(founded: DemoOffice) -> None:
    with pytest.raises(NotFoundError) as caught:
        work.request_issue(founded.opened, ASKS, "none")
    assert code_of(caught) == "no_batch"
    assert waiting(founded) == 0
    assert audited(founded, "batch.request_issue") == []


@pytest.mark.slow
def test_a_change_waits_for_its_publication(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    issued.apply(issued.plan(issued.order(certificate.number)))
    assert not work.wait_for_publication(issued.opened, [certificate.id], seconds=0)
    issued.publish()
    assert work.wait_for_publication(issued.opened, [certificate.id], seconds=0)


@pytest.mark.parametrize("begun", [True, False])
def test_only_a_worker_that_does_nothing_is_slow(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    """One that is at something else is waited for as long as it holds on to that; one that took nothing is not."""
    monkeypatch.setattr(work, "LOOK_AGAIN_SECONDS", 0)
    batch = founded.store()
    leasing = Leasing(founded.opened, "another")
    leasing.take_over(Topic.PUBLISH)
    with founded.opened.register.write() as session:
        outbox.put(session, topic=Topic.ISSUE, object=batch, now=founded.clock())
        outbox.put(session, topic=Topic.ISSUE, object="another", now=founded.clock())
        if begun:
            [other] = outbox.pending_on(session, topic=Topic.ISSUE, object="another")
            outbox.mark(session, [other.id], worker="another", now=founded.clock())
    looks = 0

    def look(_: str) -> None:
        nonlocal looks
        looks += 1
        if looks <= 5:
            founded.clock.move(minutes=1)
            leasing.renew()

    assert not work.wait_for_batch(founded.opened, batch, seconds=0, look=look)
    assert looks == (6 if begun else 1)
