"""The outbox and a worker's turns: work of one topic, taken once, handed on whole, and tried again when it may be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from issuer.db import outbox
from issuer.db.models import CertificateRow, OutboxRow, PublicationRow
from issuer.db.outbox import Topic, Work
from issuer.errors import ConflictError
from issuer.worker import turns as turns_of
from issuer.worker.turns import Turns
from tests.register.conftest import Office
from tests.register.test_certificates import reservations, reserve
from tests.support.clock import NOW
from tests.support.work import pending

pytestmark = pytest.mark.postgres

ISSUE, DOCUMENTS, PUBLISH = Topic.ISSUE, Topic.DOCUMENTS, Topic.PUBLISH


def put(office: Office, *objects: str, topic: Topic = ISSUE) -> None:
    with office.register.write() as session:
        for each in objects:
            outbox.put(session, topic=topic, object=each, now=NOW)


def take(office: Office, topic: Topic | None = None) -> list[str]:
    with office.register.write() as session:
        return [work.object for work in outbox.take(session, worker="w", now=NOW, topic=topic)]


def state_of(office: Office, work: Work) -> tuple[bool, bool, str | None]:
    """Whether it is done, whether it is taken, and its error."""
    with office.register.read() as session:
        row = session.get_one(OutboxRow, work.id)
        return row.done_at is not None, row.taken_at is not None, row.last_error


@pytest.fixture
def turns(office: Office) -> Turns:
    return Turns(office.register, lambda: NOW)


def test_work_is_taken_by_its_topic(office: Office) -> None:
    put(office, "b1")
    put(office, "b1", topic=DOCUMENTS)
    put(office, "c1", topic=PUBLISH)
    assert take(office, PUBLISH) == ["c1"]
    assert take(office, DOCUMENTS) == ["b1"]
    assert take(office) == ["b1"], "what is left, whatever it is"


def test_what_is_pending_on_an_object_is_of_its_topic_and_not_done(office: Office, turns: Turns) -> None:
    put(office, "b1", "b2")

    def pending(topics: Sequence[Topic], *objects: str) -> bool:
        with office.register.read() as session:
            return bool(outbox.waiting_on(session, topics=topics, objects=objects).count)

    assert pending([ISSUE, DOCUMENTS], "b1")
    assert not pending([DOCUMENTS], "b1")
    assert not pending([ISSUE], "b3")
    works = turns.take(ISSUE)
    assert pending([ISSUE], "b1"), "work that is under way is not done"
    turns.acknowledge(works[:1])
    assert not pending([ISSUE], "b1")
    with office.register.read() as session:
        assert outbox.pending_on(session, topic=ISSUE, object="b1") == []
        assert [work.object for work in outbox.pending_on(session, topic=ISSUE, object="b2")] == ["b2"]
        assert outbox.pending_on(session, topic=DOCUMENTS, object="b2") == []


def test_a_change_waits_until_it_is_taken_and_a_batch_does_not_wait_for_itself(office: Office) -> None:
    made, other = reservations(office)[:2]
    for each in (made, other):
        reserve(office, each)

    def waits(*besides: str) -> bool:
        with office.register.read() as session:
            return outbox.changes_wait(session, besides=besides)

    put(office, "sf-rst-0001")
    assert not waits(), "a batch is no change of a certificate"
    put(office, made.id, topic=PUBLISH)
    assert waits()
    assert waits("sf-rst-0002")
    assert not waits("sf-rst-0001")
    assert not waits("sf-rst-0002", "sf-rst-0001")
    with office.register.write() as session:
        session.add(
            PublicationRow(
                sequence=1, trust_version=1, snapshot_digest=b"1", made_at=NOW, expires=NOW, records=1, prefix_length=0
            )
        )
        session.flush()
        assert not outbox.urgent_waits(session)
        session.get_one(CertificateRow, made.id).first_published = 1
    assert waits("sf-rst-0001"), "what is public already has changed"
    with office.register.write() as session:
        assert outbox.urgent_waits(session)
        newest = outbox.newest(session)
        assert outbox.urgent_waits(session, after=newest - 1)
        assert outbox.changes_wait(session, after=newest - 1)
        assert not outbox.urgent_waits(session, after=newest), "what was looked at already is passed over"
        assert not outbox.changes_wait(session, after=newest)
    put(office, other.id, topic=PUBLISH)
    with office.register.write() as session:
        urgent = outbox.take(session, worker="w", now=NOW, topic=PUBLISH, urgent=True)
        assert [work.object for work in urgent] == [made.id]
        assert not outbox.urgent_waits(session)
    take(office, PUBLISH)
    assert not waits()


def test_who_becomes_the_worker_takes_up_what_another_left(office: Office, turns: Turns) -> None:
    put(office, "b1", "b2")
    done, _ = turns.take(ISSUE)
    turns.acknowledge([done])
    assert take(office) == []
    with office.register.write() as session:
        assert outbox.release_all(session) == 1
    assert take(office) == ["b2"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("publisher_running", (False, False, "publisher_running: why")),
        ("rows_altered", (True, True, "rows_altered: why")),
    ],
)
def test_what_is_over_by_itself_is_tried_again_and_nothing_else(
    office: Office, turns: Turns, code: str, expected: tuple[bool, bool, str]
) -> None:
    put(office, "b1")
    [work] = turns.take(ISSUE)
    held = turns.hold_back(work, ConflictError(code, "why"))
    assert (held.object, held.code, held.message) == ("b1", code, "why")
    assert state_of(office, work) == expected


def test_work_with_a_note_is_not_tried_again_at_once(office: Office, turns: Turns) -> None:
    put(office, "c1", topic=PUBLISH)
    [work] = turns.take(PUBLISH)
    turns.note(work, "unordered_event", "why")
    assert state_of(office, work) == (False, True, "unordered_event: why")
    later = Turns(office.register, lambda: NOW + timedelta(seconds=outbox.RETAKE_SECONDS + 1))
    assert turns.take(PUBLISH) == []
    assert [each.attempts for each in later.take(PUBLISH)] == [2]


def test_all_that_failed_together_is_pending_again_at_once(office: Office, turns: Turns) -> None:
    put(office, "c1", "c2", topic=PUBLISH)
    works = turns.take(PUBLISH)
    turns.give_back(works, ConflictError("publisher_running", "why"))
    assert [state_of(office, work) for work in works] == [(False, False, "publisher_running: why")] * 2
    assert [each.object for each in turns.take(PUBLISH)] == ["c1", "c2"]


def test_all_is_taken_however_much_it_is(office: Office, turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_of, "TAKE", 2)
    put(office, *"abcde", topic=PUBLISH)
    works = turns.take(PUBLISH)
    assert [work.object for work in works] == [*"abcde"]
    turns.acknowledge(works)
    with office.register.read() as session:
        assert pending(session) == 0
