"""Writers side by side: none waits without need, none undoes another, and a conflict is told or tried again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import URL, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from issuer import audit
from issuer.batches.store import store_checked
from issuer.db import again as trying
from issuer.db import engine, outbox
from issuer.db.again import PAUSES, again
from issuer.db.certificates import next_serials
from issuer.db.locks import Lock
from issuer.db.models import AuditChainRow, AuditRow
from issuer.db.outbox import Topic
from issuer.db.sessions import Register
from issuer.errors import MachineError
from issuer.home.machine import coded
from issuer.intake.model import AwardDraft, CheckedBatch, ListFile
from issuer.office import adding
from issuer.sequencer import chain_all
from tests.register.conftest import AUTHORITY, GOOD, Office
from tests.support.clock import NOW
from tests.support.databases import POSTGRESQL
from tests.support.sidebyside import codes, meet, together

on_a_server = pytest.mark.parametrize("dialect", [POSTGRESQL], indirect=True, scope="session")
WRITERS = 8


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    return 200 if request.config.getoption("--soak") else 12


# The audit


@pytest.mark.slow
@pytest.mark.postgres
def test_every_entry_comes_into_the_chain_once_while_all_write(office: Office, many: int) -> None:
    before = chain_all(office.register).length
    done = threading.Event()

    def write(writer: int) -> None:
        for number in range(many):
            with office.register.write() as session:
                subjects = [f"{writer} {number} a", f"{writer} {number} b"]
                audit.append_all(session, actor="a", act="test.act", subjects=subjects, now=NOW)

    def chain() -> int:
        runs = 0
        while not done.is_set():
            chain_all(office.register)
            runs += 1
        return runs

    def write_all() -> None:
        found = together(*(lambda writer=writer: write(writer) for writer in range(WRITERS)))
        done.set()
        assert found == [None] * WRITERS

    assert codes(together(write_all, chain, chain)) == [None] * 3
    head = chain_all(office.register)
    assert head.length == before + WRITERS * many * 2
    with office.register.read() as session:
        assert audit.verify_chain(session) == head
        assert audit.waiting(session) == 0
        query = select(AuditRow.object).join(AuditChainRow, AuditChainRow.entry == AuditRow.id)
        placed = session.scalars(query.where(AuditChainRow.ordinal > before).order_by(AuditChainRow.ordinal)).all()
    assert set(Counter(placed).values()) == {1}
    for first, second in ((f"{w} {n} a", f"{w} {n} b") for w in range(WRITERS) for n in range(many)):
        assert placed.index(first) < placed.index(second), "of one act in its order"


@on_a_server
def test_an_entry_that_is_committed_behind_a_later_one_is_not_missed(office: Office) -> None:
    before = chain_all(office.register).length
    with office.register.write() as slow:
        audit.append(slow, actor="a", act="test.act", subject="begun first", now=NOW)
        with office.register.write() as session:
            audit.append(session, actor="a", act="test.act", subject="done first", now=NOW)
        assert chain_all(office.register).length == before + 1
    assert chain_all(office.register).length == before + 2
    with office.register.read() as session:
        assert [each.subject for each in audit.entries(session, limit=2)] == ["begun first", "done first"]


@on_a_server
def test_nobody_waits_for_a_writer_who_does_something_else(office: Office) -> None:
    with office.register.write() as one:
        next_serials(one, 1, authority=AUTHORITY.id, scope="2026")
        audit.append(one, actor="a", act="test.act", subject="one", now=NOW)
        with office.register.write() as other:
            other.execute(text("SET LOCAL lock_timeout = 100"))
            next_serials(other, 1, authority=AUTHORITY.id, scope="2027")
            audit.append(other, actor="a", act="test.act", subject="other", now=NOW)
        chain_all(office.register)


@on_a_server
@pytest.mark.parametrize(("first", "second"), [((), (Lock.REGISTER,)), ((Lock.REGISTER,), ())])
def test_who_has_the_register_alone_waits_for_writers_and_lets_none_in(
    office: Office, monkeypatch: pytest.MonkeyPatch, first: tuple[Lock, ...], second: tuple[Lock, ...]
) -> None:
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 100)
    impatient = Register.open(office.place)
    with (
        office.register.write(*first),
        pytest.raises(OperationalError) as caught,
        impatient.write(*second),
    ):
        pass
    impatient.close()
    assert coded(caught.value).code == "register_busy"


# Lists


@pytest.mark.postgres
def test_two_lists_that_name_the_same_new_people_make_each_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two authorities: those of one wait for each other at the number of the batch."""
    other = replace(
        AUTHORITY,
        id="sf-jyt",
        name="示范省教育厅",
        credit_code="11100000000026668G",
        number_template="J{region}{year}{serial:06}",
    )
    with office.register.write() as session:
        adding.add_authority(session, other, actor="setup", now=NOW)
    meet(monkeypatch, "issuer.batches.store.holders_of", 2)

    @again
    def store(authority: str, rows: tuple[AwardDraft, ...]) -> str:
        with office.register.write() as session:
            return store_checked(
                session,
                office.vault,
                CheckedBatch(good=rows, rejected=(), findings=()),
                file=ListFile(name="a.xlsx", data=authority.encode()),
                authority=authority,
                decision_document="",
                actor="clerk1",
                now=NOW,
            )

    outcomes = together(lambda: store(AUTHORITY.id, GOOD), lambda: store(other.id, GOOD[::-1]))
    assert codes(outcomes) == [None, None]
    assert len(set(outcomes)) == 2
    assert office.raw("SELECT count(*), count(DISTINCT blind_index) FROM holders") == [(len(GOOD), len(GOOD))]
    rows = office.raw("SELECT count(*), count(DISTINCT holder) FROM awards WHERE holder IS NOT NULL")
    assert rows == [(2 * len(GOOD), len(GOOD))]


@pytest.mark.postgres
def test_a_file_becomes_one_batch(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    meet(monkeypatch, "issuer.batches.store.require_new", 2)
    outcomes = together(office.store, office.store)
    assert sorted(codes(outcomes), key=str) == [None, "same_file"]
    assert office.raw("SELECT count(*) FROM batches") == [(1,)]


@pytest.mark.postgres
def test_numbers_have_no_gap_though_some_come_to_nothing(office: Office, many: int) -> None:
    taken: list[int] = []

    def take_some(writer: int) -> None:
        for number in range(many):
            try:
                with office.register.write() as session:
                    found = next_serials(session, 2, authority=AUTHORITY.id, scope="2026")
                    if (writer + number) % 3 == 0:
                        raise ArithmeticError
            except ArithmeticError:
                continue
            taken.extend(found)

    found = together(*(lambda writer=writer: again(take_some)(writer) for writer in range(4)))
    assert found == [None] * 4
    assert sorted(taken) == list(range(1, len(taken) + 1))


# Work


@on_a_server
def test_work_that_somebody_relies_on_is_not_taken_before_they_are_done(office: Office) -> None:
    with office.register.write() as session:
        outbox.put(session, topic=Topic.PUBLISH, object="c1", now=NOW)
    with office.register.write() as acting:
        outbox.put(acting, topic=Topic.PUBLISH, object="c1", now=NOW)
        with office.register.write() as working:
            assert outbox.take(working, worker="w", now=NOW) == []
    with office.register.write() as working:
        assert [each.object for each in outbox.take(working, worker="w", now=NOW)] == ["c1"]


@on_a_server
def test_work_that_is_being_taken_is_put_once_more(office: Office) -> None:
    with office.register.write() as session:
        outbox.put(session, topic=Topic.PUBLISH, object="c1", now=NOW)

    def act() -> None:
        with office.register.write() as session:
            outbox.put(session, topic=Topic.PUBLISH, object="c1", now=NOW)

    with office.register.write() as working:
        assert len(outbox.take(working, worker="w", now=NOW)) == 1
        thread = threading.Thread(target=act)
        thread.start()
        time.sleep(0.2)
    thread.join()
    with office.register.write() as working:
        assert [each.object for each in outbox.take(working, worker="w", now=NOW)] == ["c1"]


# Tried again


class Said(Exception):  # noqa: N818 - it stands for what a driver raises
    """What a server said, by its SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def failing(state: str, times: int) -> tuple[list[int], object]:
    """A function that fails so often, and how often it was called."""
    calls: list[int] = []

    @again
    def act() -> str:
        calls.append(len(calls))
        if len(calls) <= times:
            raise DBAPIError.instance("SELECT", None, Said(state), Said)
        return "done"

    return calls, act


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying.time, "sleep", lambda _: None)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("state", ["40001", "40P01", "23505"])
def test_what_met_another_writer_is_tried_again(state: str) -> None:
    calls, act = failing(state, 2)
    assert act() == "done"  # type: ignore[operator]
    assert len(calls) == 3


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_and_told_when_it_meets_one_every_time(state: str) -> None:
    calls, act = failing(state, 99)
    with pytest.raises(MachineError) as caught:
        act()  # type: ignore[operator]
    assert (caught.value.code, caught.value.fields["tries"]) == ("register_contended", len(PAUSES) + 1)
    assert len(calls) == len(PAUSES) + 1


@pytest.mark.usefixtures("at_once")
def test_a_name_that_stays_taken_is_told_by_its_rule() -> None:
    calls, act = failing("23505", 99)
    with pytest.raises(DBAPIError):
        act()  # type: ignore[operator]
    assert len(calls) == len(PAUSES) + 1


@pytest.mark.parametrize("state", ["55P03", "23503", "08006"])
def test_nothing_else_is_tried_again(state: str) -> None:
    calls, act = failing(state, 1)
    with pytest.raises(DBAPIError):
        act()  # type: ignore[operator]
    assert len(calls) == 1


@on_a_server
def test_two_that_lock_the_same_in_two_orders_both_come_through(office: Office) -> None:
    """The server ends one of them; that one is done again."""
    assert isinstance(office.place, URL)
    meeting = threading.Barrier(2)

    @again
    def change(first: str, second: str) -> None:
        with office.register.write() as session:
            session.execute(text("UPDATE regions SET name = name || '一' WHERE code = :code"), {"code": first})
            with suppress(threading.BrokenBarrierError):
                meeting.wait(timeout=1)
            session.execute(text("UPDATE regions SET name = name || '二' WHERE code = :code"), {"code": second})

    codes_of = ("990000", "990101")
    assert together(lambda: change(*codes_of), lambda: change(*codes_of[::-1])) == [None, None]
    for (name,) in office.raw("SELECT name FROM regions"):
        assert sorted(name[-2:]) == ["一", "二"]


@pytest.mark.postgres
def test_on_sqlite_a_rule_that_is_broken_is_told_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(trying.time, "sleep", slept.append)

    @again
    def twice() -> None:
        with office.register.write() as session:
            session.execute(text("INSERT INTO regions (code, name) VALUES ('990000', 'x')"))

    with pytest.raises(IntegrityError):
        twice()
    assert len(slept) == (0 if isinstance(office.place, Path) else len(PAUSES))
