"""The worker's side of the desk: a desk that was taken over gets nothing for those who are not signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from issuer import tickets
from issuer.db import certificates, tries
from issuer.db.models import AuditRow
from issuer.desk import jobs, requests, sealing, sessions
from issuer.desk.db.store import DeskStore
from issuer.desk.db.tables import JobState, RequestState
from issuer.desk.db.tables import jobs as jobs_table
from issuer.desk.db.tables import requests as requests_table
from issuer.desk.requests import Asked
from issuer.desk.sessions import Live
from issuer.desk.settings import DeskSettings
from issuer.errors import ConflictError, InputError
from issuer.home.holders import read_settings
from issuer.home.opened import Actor
from issuer.home.ticketkey import ticket_key
from issuer.services import requests as office
from issuer.unlock.running import service_of
from issuer.worker.desk import JOB_REFUSED
from tests.support.office import ACTOR, DemoOffice
from tests.unlock.conftest import Holder, with_codes

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def store(issued: DemoOffice) -> Iterator[DeskStore]:
    """The desk's database where the worker looks for it."""
    issued.home.holders.write_text('[desk]\ndatabase = "sqlite:///desk.sqlite3"\n', "utf-8")
    made = DeskStore.create(issued.home.desk)
    yield made
    made.close()


@pytest.fixture
def holders(issued: DemoOffice) -> list[Holder]:
    return with_codes(issued)[:2]


@pytest.fixture
def live(issued: DemoOffice, store: DeskStore, holders: list[Holder]) -> Live:
    service = service_of(issued.opened, read_settings(issued.home))
    said = holders[0].said
    signed_in = service.entrance.with_code(said["id_type"], said["id_number"], said["code"])
    with store.write() as connection:
        return sessions.begin(connection, signed_in, "", now=issued.clock())


def ask(store: DeskStore, live: Live, number: str, now: datetime, **changes: Any) -> str:
    """Leave a job as the desk does, with what a hostile desk changes about it."""
    with store.write() as connection:
        job = jobs.ask(
            connection, live, changes.pop("kind", jobs.MAKE_DOCUMENT), number=number, handle="h" * 12, now=now
        )
        if changes:
            connection.execute(jobs_table.update().where(jobs_table.c.id == job).values(changes))
    return job


def ended(office: DemoOffice, store: DeskStore, job: str) -> tuple[str, str, str | None]:
    """How the worker ended a job: state, code, and the ticket that is left."""
    with office.worker() as worker:
        worker.serve_desk()
    with store.read() as connection:
        row = connection.execute(select(jobs_table).where(jobs_table.c.id == job)).one()
    return row.state, row.code, row.ticket


def refusals(office: DemoOffice) -> list[dict[str, Any]]:
    with office.opened.register.read() as session:
        found = session.scalars(select(AuditRow).where(AuditRow.act == JOB_REFUSED)).all()
        return [row.details for row in found]


def has_document(office: DemoOffice, number: str) -> bool:
    with office.opened.register.read() as session:
        return certificates.by_number(session, number).document_path is not None


def test_a_job_with_a_ticket_is_done_and_its_ticket_wiped(
    issued: DemoOffice, store: DeskStore, live: Live, holders: list[Holder]
) -> None:
    number = holders[0].slip.number
    job = ask(store, live, number, issued.clock())
    assert ended(issued, store, job) == (JobState.DONE, "", None)
    assert has_document(issued, number)
    assert refusals(issued) == []


def test_a_job_for_another_holders_certificate_is_refused_and_noted(
    issued: DemoOffice, store: DeskStore, live: Live, holders: list[Holder]
) -> None:
    other = holders[1].slip.number
    job = ask(store, live, other, issued.clock())
    assert ended(issued, store, job) == (JobState.REFUSED, "no_certificate", None)
    assert not has_document(issued, other)
    assert refusals(issued) == [{"code": "no_certificate"}]


def forged(office: DemoOffice, live: Live, key: bytes) -> str:
    found = tickets.read(ticket_key(office.home), live.ticket, office.clock())
    return tickets.make(key, found.holder, found.session, found.expires)


TICKETS = {
    "none": lambda *_: None,
    "empty": lambda *_: "",
    "of another key": lambda office, live: forged(office, live, bytes(32)),
    "changed": lambda _, live: live.ticket.replace("v1.", "v1.0", 1),
    "too long": lambda _, live: live.ticket + "A" * 500,
}


@pytest.mark.parametrize("kind", TICKETS)
def test_a_job_without_a_good_ticket_is_refused_and_noted(
    issued: DemoOffice, store: DeskStore, live: Live, holders: list[Holder], kind: str
) -> None:
    number = holders[0].slip.number
    job = ask(store, live, number, issued.clock(), ticket=TICKETS[kind](issued, live))
    assert ended(issued, store, job) == (JobState.REFUSED, "ticket_refused", None)
    assert not has_document(issued, number)
    assert refusals(issued) == [{"code": "ticket_refused"}]


def test_a_ticket_of_another_session_does_not_carry_a_job(
    issued: DemoOffice, store: DeskStore, live: Live, holders: list[Holder]
) -> None:
    job = ask(store, live, holders[0].slip.number, issued.clock(), session="B" * 22)
    assert ended(issued, store, job)[:2] == (JobState.REFUSED, "ticket_refused")


def test_a_ticket_that_is_over_does_not_carry_a_job(
    issued: DemoOffice, store: DeskStore, live: Live, holders: list[Holder]
) -> None:
    job = ask(store, live, holders[0].slip.number, issued.clock())
    issued.clock.now = live.expires
    assert ended(issued, store, job)[:2] == (JobState.REFUSED, "ticket_refused")


def test_a_number_that_is_sealed_under_another_key_or_moved_is_refused(
    issued: DemoOffice, store: DeskStore, live: Live, holders: list[Holder]
) -> None:
    number = holders[0].slip.number.encode()
    for sealed in (
        sealing.seal(bytes(32), number, table=jobs.JOBS_TABLE, column="certificate", row="moved"),
        sealing.seal(live.data_key, number, table=jobs.JOBS_TABLE, column="certificate", row="moved"),
        b"",
    ):
        job = ask(store, live, number.decode(), issued.clock(), certificate=sealed)
        assert ended(issued, store, job)[:2] == (JobState.REFUSED, "sealed_altered")


def test_a_job_of_an_unknown_kind_is_refused(
    issued: DemoOffice, store: DeskStore, live: Live, holders: list[Holder]
) -> None:
    job = ask(store, live, holders[0].slip.number, issued.clock(), kind="withdraw")
    assert ended(issued, store, job)[:2] == (JobState.REFUSED, "job_kind")


def test_a_job_whose_worker_died_is_done_by_the_next(
    issued: DemoOffice, store: DeskStore, live: Live, holders: list[Holder]
) -> None:
    job = ask(store, live, holders[0].slip.number, issued.clock())
    with store.write() as connection:
        assert [each.id for each in jobs.take(connection, limit=5, now=issued.clock())] == [job]
        assert jobs.take(connection, limit=5, now=issued.clock()) == []
    issued.clock.move(minutes=10)
    assert ended(issued, store, job)[0] == JobState.DONE


def send(store: DeskStore, live: Live, office: DemoOffice, **changes: Any) -> str:
    settings = DeskSettings(origin="", verifier="", database=office.home.desk, socket=office.home.desk)
    with store.write() as connection:
        request = requests.send(
            connection, live, Asked(kind="correction", text="应为：环境保护"), settings, now=office.clock()
        )
        if changes:
            connection.execute(requests_table.update().where(requests_table.c.id == request).values(changes))
    return request


def state_of(store: DeskStore, request: str) -> str:
    with store.read() as connection:
        return str(connection.scalar(select(requests_table.c.state).where(requests_table.c.id == request)))


def test_a_request_is_taken_in_once_and_answered_once(issued: DemoOffice, store: DeskStore, live: Live) -> None:
    request = send(store, live, issued)
    with issued.worker() as worker:
        assert worker.serve_desk() == 1
        assert worker.serve_desk() == 0
        [queued] = office.listed(issued.opened)
        assert (queued.id, queued.is_late, state_of(store, request)) == (request, False, RequestState.RECEIVED)
        office.answer(issued.opened, Actor("clerk1"), request, outcome="declined", text="材料不足")
        with pytest.raises(ConflictError) as again:
            office.answer(issued.opened, Actor("clerk2"), request, outcome="done", text="好")
        assert again.value.code == "request_answered"
        assert worker.serve_desk() == 1
    with store.read() as connection:
        found = requests.find(connection, live, request)
    assert found is not None
    assert found.answer is not None
    assert (found.answer.outcome, found.answer.text) == ("declined", "材料不足")
    assert office.listed(issued.opened) == ()
    assert [each.answered_by for each in office.listed(issued.opened, with_answered=True)] == ["clerk1"]


def test_a_request_sent_just_before_signing_out_is_taken_in(issued: DemoOffice, store: DeskStore, live: Live) -> None:
    request = send(store, live, issued)
    with issued.opened.register.write() as session:
        tries.end_session(session, live.session, now=issued.clock(), expires=live.expires)
    with issued.worker() as worker:
        worker.serve_desk()
    assert state_of(store, request) == RequestState.RECEIVED


def test_a_request_without_a_good_ticket_is_not_taken_in(issued: DemoOffice, store: DeskStore, live: Live) -> None:
    refused = [
        send(store, live, issued, ticket=forged(issued, live, bytes(32))),
        send(store, live, issued, ticket=None),
    ]
    stranger = replace(live, data_key=bytes(32))
    refused.append(send(store, stranger, issued))
    with issued.worker() as worker:
        worker.serve_desk()
    assert [state_of(store, each) for each in refused] == [RequestState.REFUSED] * 3
    assert office.listed(issued.opened) == ()
    assert [each["code"] for each in refusals(issued)] == ["ticket_refused", "ticket_refused", "sealed_altered"]


def test_a_request_that_is_late_is_called_that(issued: DemoOffice, store: DeskStore, live: Live) -> None:
    send(store, live, issued)
    with issued.worker() as worker:
        worker.serve_desk()
    [due] = [each.due for each in office.listed(issued.opened)]
    issued.clock.now = due - timedelta(seconds=1)
    assert [each.is_late for each in office.listed(issued.opened)] == [False]
    issued.clock.now = due
    assert [each.is_late for each in office.listed(issued.opened)] == [True]


@pytest.mark.parametrize(
    ("now", "holidays", "year"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), "2026-10-01", None),
        (datetime(2026, 11, 20, tzinfo=UTC), "2027-01-01", 2026),
        (datetime(2026, 12, 22, tzinfo=UTC), "2026-10-01", None),  # seven working days end on 31 December
        (datetime(2026, 12, 23, tzinfo=UTC), "2026-10-01", 2027),
        (datetime(2026, 12, 23, tzinfo=UTC), "2027-02-08", None),
    ],
)
@pytest.mark.sqlite
def test_a_year_whose_holidays_nobody_wrote_down_is_told(
    issued: DemoOffice, now: datetime, holidays: str, year: int | None
) -> None:
    issued.home.holders.write_text(f"[desk]\nholidays = [{holidays}]\n", encoding="utf-8")
    issued.clock.now = now
    assert office.year_without_holidays(issued.opened) == year


def test_who_opens_a_request_is_noted(issued: DemoOffice, store: DeskStore, live: Live) -> None:
    request = send(store, live, issued)
    with issued.worker() as worker:
        worker.serve_desk()
    assert office.shown(issued.opened, ACTOR, request).text == "应为：环境保护"
    with issued.opened.register.read() as session:
        last = session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
        assert last is not None
        assert (last.act, last.actor, last.object) == ("request.open", str(ACTOR), request)
        assert "环境保护" not in str(last.details)


@pytest.mark.parametrize(("given", "code"), [(("maybe", "好"), "request_outcome"), (("done", " "), "answer_text")])
def test_an_answer_has_an_outcome_and_a_text(
    issued: DemoOffice, store: DeskStore, live: Live, given: tuple[str, str], code: str
) -> None:
    request = send(store, live, issued)
    with issued.worker() as worker:
        worker.serve_desk()
    with pytest.raises(InputError) as refused:
        office.answer(issued.opened, ACTOR, request, outcome=given[0], text=given[1])
    assert refused.value.code == code
    assert len(office.listed(issued.opened)) == 1


def test_without_a_desk_the_worker_goes_on(issued: DemoOffice) -> None:
    with issued.worker() as worker:
        assert worker.serve_desk() == 0
    assert not issued.home.desk.exists()
