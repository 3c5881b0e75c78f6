"""Nothing is published before its act is chained: the head of a snapshot covers whatever was read for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import pytest
from sqlalchemy import event

from credential import publication
from credential.snapshot import Snapshot, parse_snapshot
from issuer import audit
from issuer.intake.model import AwardDraft
from issuer.issuing.issuer import Run
from issuer.publishing.laying import Layer
from issuer.services import batches, operators
from issuer.worker.issuing import IssuingJob
from tests.services.elsewhere import administrator
from tests.support.audits import head_of
from tests.support.office import ACTOR, APPROVER, CLERK, DemoOffice, drafts

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
MOST: Final = 35
"""Statements of the two transactions of a chunk; on SQLite with those that begin them."""


def snapshot(demo: DemoOffice) -> Snapshot:
    return parse_snapshot(demo.home.publication.read(publication.SNAPSHOT)).content


def place_of(demo: DemoOffice, act: str) -> int | None:
    """The place of the newest entry of an act."""
    with demo.opened.register.read() as session:
        return next(each.ordinal for each in audit.entries(session) if each.act == act)


def note(demo: DemoOffice, act: str) -> None:
    """What somebody else does at this very moment."""
    with demo.opened.register.write() as session:
        audit.append(session, actor="a", act=act, subject="x", now=demo.clock())


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts are not chained when they are done: their processes end just then."""
    for service in ("batches", "operators", "orders", "status"):
        monkeypatch.setattr(f"issuer.services.{service}.chain_soon", lambda _: None)


@pytest.mark.usefixtures("later")
def test_an_act_is_chained_before_it_is_published(issued: DemoOffice) -> None:
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)  # it has looked around, and does so once a minute
        issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
        assert place_of(issued, "certificate.withdraw") is None
        worker.run_pending()
    place = place_of(issued, "certificate.withdraw")
    assert place is not None
    assert place <= snapshot(issued).audit_length
    assert issued.outcomes()["withdrawn"] == 1


def test_the_head_is_taken_behind_everything_that_was_read(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    change = Layer.change

    def slowly(self: Layer, *given: Any) -> Any:
        laid = change(self, *given)
        note(issued, "test.meanwhile")
        return laid

    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    monkeypatch.setattr(Layer, "change", slowly)
    issued.publish()
    place = place_of(issued, "test.meanwhile")
    assert place is not None
    assert place <= snapshot(issued).audit_length


def test_an_act_is_chained_as_soon_as_it_is_done(founded: DemoOffice) -> None:
    batch = founded.approved()
    assert place_of(founded, "batch.submit") is not None
    assert place_of(founded, "batch.approve") is not None
    batches.take_back_here(founded.opened, APPROVER, batch)
    assert place_of(founded, "batch.take_back") is not None
    operators.end_here(founded.opened, ACTOR, CLERK)
    assert place_of(founded, "operator.end") is not None


@pytest.mark.usefixtures("later")
def test_who_ends_ends_behind_what_waits(founded: DemoOffice) -> None:
    batch = founded.approved()
    head = operators.end_here(founded.opened, ACTOR, CLERK).audit
    assert head is not None
    place = place_of(founded, "batch.submit")
    assert place is not None
    assert place <= head.length
    assert len(founded.issue(batch).issued) == 24


@pytest.mark.usefixtures("later")
def test_an_act_that_waits_stops_an_end_that_was_drafted_before_it(founded: DemoOffice) -> None:
    """Also where somebody takes it from those that wait."""
    from issuer.errors import ConflictError

    batch = founded.store()
    early = operators.draft_end(founded.opened, CLERK).signed_by(administrator(founded))
    founded.submit(batch)
    for hidden in (False, True):
        if hidden:
            founded.raw("DELETE FROM audit_pending")
        with pytest.raises(ConflictError) as caught:
            operators.accept(founded.opened, ACTOR, early)
        assert caught.value.code == "operator_acted"


@pytest.mark.usefixtures("later")
def test_a_taking_back_that_waits_counts(founded: DemoOffice) -> None:
    from issuer.errors import ConflictError

    batch = founded.approved()
    head_of(founded.opened.register)
    batches.take_back_here(founded.opened, APPROVER, batch, row=4)
    assert place_of(founded, "batch.take_back") is None
    with pytest.raises(ConflictError) as caught:
        batches.take_back_here(founded.opened, CLERK, batch, row=4)
    assert caught.value.code == "taken_back"
    assert len(founded.issue(batch).issued) == 23


def test_a_chunk_takes_as_many_statements_however_many_rows_it_has(
    founded: DemoOffice, senior_engineer: AwardDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[list[int]] = []
    for name in ("reserve", "store"):
        _count(founded, monkeypatch, name, found)
    for begin, many in ((0, 1), (100, 3), (200, 60)):
        people = [
            replace(each, id_number=f"E{begin + at:08d}") for at, each in enumerate(drafts(many, senior_engineer))
        ]
        batch = founded.approved_drafts(people)
        found.append([])
        IssuingJob(founded.opened, members=0).run(batch, between=lambda _: None)
    assert found[0] == found[1] == found[2], found
    assert sum(found[0]) <= MOST, found


def _count(demo: DemoOffice, monkeypatch: pytest.MonkeyPatch, name: str, found: list[list[int]]) -> None:
    """Count the statements of each transaction of a chunk."""
    usual = getattr(Run, name)

    def counting(self: Run, rows: Any) -> Any:
        with counted(demo) as statements:
            done = usual(self, rows)
        found[-1].append(len(statements))
        return done

    monkeypatch.setattr(Run, name, counting)


@contextmanager
def counted(demo: DemoOffice) -> Iterator[list[str]]:
    """Every statement that the register is told."""
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    engine = demo.opened.register.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)
