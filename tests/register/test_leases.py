"""Leases: a piece of work is one process's at a time, and whoever comes too late writes nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from issuer.db import leases
from issuer.db.leases import LEASE, Lease, LeasedRegister, LeaseLostError
from issuer.db.models import RegionRow
from issuer.db.sessions import Register
from tests.support.clock import NOW

pytestmark = pytest.mark.postgres

BATCH = {"topic": "issue", "object": "b1"}
LATER = NOW + LEASE


@pytest.fixture
def pieces(register: Register) -> Register:
    """A register with a batch of 25 rows in pieces of 10."""
    with register.write() as session:
        leases.lay_out(session, **BATCH, rows=25, size=10)
    return register


def take(register: Register, owner: str = "a", now: object = NOW, request: int = 1) -> Lease | None:
    with register.write() as session:
        return leases.take(session, **BATCH, request=request, owner=owner, now=now)  # type: ignore[arg-type]


def taken(register: Register, owner: str = "a", **changes: object) -> Lease:
    lease = take(register, owner, **changes)  # type: ignore[arg-type]
    assert lease is not None
    return lease


def finish(register: Register, lease: Lease, request: int = 1) -> None:
    with register.write() as session:
        leases.finish(session, lease, request=request)


def written(register: Register, lease: Lease) -> bool:
    """Whether a transaction of a lease's work gets through."""
    before = count(register)
    try:
        with LeasedRegister(register, lease, lambda: NOW).write() as session:
            session.add(RegionRow(code=f"9{before:05}", name="示范"))
    except LeaseLostError as error:
        told = (error.code, error.fields["object"], error.fields["piece"])
    else:
        told = None
    after = count(register)
    assert (told, after - before) in {(None, 1), (("lease_lost", "b1", lease.piece), 0)}
    return told is None


def count(register: Register) -> int:
    with register.read() as session:
        return session.query(RegionRow).count()


def test_pieces_are_taken_one_after_the_other_by_one_each(pieces: Register) -> None:
    found = [taken(pieces, owner) for owner in ("a", "b", "a")]
    assert [(each.piece, each.first, each.last) for each in found] == [(0, 0, 10), (1, 10, 20), (2, 20, 25)]
    assert take(pieces, "c") is None


def test_pieces_are_laid_out_once(pieces: Register) -> None:
    taken(pieces)
    with pieces.write() as session:
        leases.lay_out(session, **BATCH, rows=25, size=5)
        leases.lay_out(session, topic="documents", object="b1", rows=0, size=5)
    with pieces.read() as session:
        assert len(leases.left(session, **BATCH, request=1)) == 3
        assert leases.left(session, topic="documents", object="b1", request=1) == [(0, 0, 0)]
        assert not leases.is_done(session, topic="issue", object="b2", request=1), "it is not laid out"


def test_what_is_laid_out_by_two_at_once_is_laid_out_once(register: Register) -> None:
    """One of them looked before the other was done."""
    with register.write() as session:
        leases.lay_out(session, **BATCH, rows=25, size=10)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(leases, "is_laid_out", lambda *_, **__: False)
            leases.lay_out(session, **BATCH, rows=25, size=5)
    with register.read() as session:
        assert [each.last for each in leases.left(session, **BATCH, request=1)] == [10, 20, 25]


def test_a_lease_is_somebodys_until_its_time_is_over(pieces: Register) -> None:
    first = taken(pieces)
    assert taken(pieces, "b", now=LATER - timedelta(microseconds=1)).piece == 1
    again = taken(pieces, "b", now=LATER)
    assert (again.piece, again.fence) == (first.piece, first.fence + 1)
    assert not written(pieces, first)
    assert written(pieces, again)


def test_who_holds_it_may_write_after_its_time_while_nobody_took_it(pieces: Register) -> None:
    first = taken(pieces, now=NOW - LEASE * 10)
    assert written(pieces, first)
    assert taken(pieces, "b").piece == 1, "that it writes says that it goes on"


def test_who_took_a_piece_again_is_not_who_held_it_before(pieces: Register) -> None:
    first = taken(pieces)
    again = taken(pieces, first.owner, now=LATER)
    assert (again.piece, again.owner) == (first.piece, first.owner)
    assert not written(pieces, first)
    assert written(pieces, again)


def test_what_is_done_is_not_taken_again_for_the_same_request(pieces: Register) -> None:
    for _ in range(3):
        with pieces.read() as session:
            assert not leases.is_done(session, **BATCH, request=1)
        finish(pieces, taken(pieces))
    assert take(pieces) is None
    with pieces.read() as session:
        assert leases.is_done(session, **BATCH, request=1)
        assert not leases.is_free(session, **BATCH, request=1, now=NOW)
        assert not leases.is_done(session, **BATCH, request=2)
        assert leases.is_free(session, **BATCH, request=2, now=NOW)
    assert taken(pieces, request=2).piece == 0


def test_what_is_lost_is_not_finished(pieces: Register) -> None:
    first = taken(pieces)
    again = taken(pieces, "b", now=LATER)
    with pytest.raises(LeaseLostError):
        finish(pieces, first)
    finish(pieces, again)
    assert not written(pieces, again), "it was let go"


def test_what_is_given_back_is_free_and_its_owner_writes_no_more(pieces: Register) -> None:
    first, other = taken(pieces), taken(pieces, "b")
    with pieces.write() as session:
        leases.give_back(session, [first])
    assert not written(pieces, first)
    assert taken(pieces, "c").piece == first.piece
    with pieces.write() as session:
        leases.give_back(session, [first])
    assert taken(pieces, "d").piece == 2
    assert written(pieces, other)


def test_what_somebody_had_who_has_ended_is_free_at_once(pieces: Register) -> None:
    first, other = taken(pieces, "ended"), taken(pieces, "b")
    with pieces.write() as session:
        assert leases.free(session, ["ended", "nobody"]) == 1
    assert not written(pieces, first)
    assert written(pieces, other)
    assert taken(pieces, "b").piece == first.piece


def test_only_what_nobody_has_is_passed_over(pieces: Register) -> None:
    held = taken(pieces)
    with pieces.write() as session:
        leases.pass_over(session, **BATCH, pieces=[0, 2], request=1)
    with pieces.read() as session:
        assert [each.piece for each in leases.left(session, **BATCH, request=1)] == [0, 1]
    finish(pieces, held, request=3)
    with pieces.write() as session:
        leases.pass_over(session, **BATCH, pieces=[0], request=2)
    with pieces.read() as session:
        assert leases.is_done(session, topic="issue", object="b1", request=1) is False
        assert 0 not in [each.piece for each in leases.left(session, **BATCH, request=3)]


def test_who_knows_by_a_lock_that_nobody_else_works_takes_over(register: Register) -> None:
    with register.write() as session:
        first = leases.take_over(session, topic="publish", owner="a", now=NOW)
    with register.write() as session:
        again = leases.take_over(session, topic="publish", owner="b", now=NOW)
    assert (first.object, again.fence) == (leases.ONE_PIECE, first.fence + 1)
    with pytest.raises(LeaseLostError), register.write() as session:
        leases.keep(session, first, now=NOW)


def test_who_has_what_is_listed(pieces: Register) -> None:
    first, second = taken(pieces), taken(pieces, "b", now=NOW + timedelta(seconds=5))
    finish(pieces, first)
    with pieces.read() as session:
        assert leases.listed(session) == [second]


def test_alone_is_taken_only_while_no_other_has_a_piece(pieces: Register) -> None:
    """Of a batch of which only so many rows are wanted, one process at a time begins some."""

    def alone(owner: str) -> Lease | None:
        with pieces.write() as session:
            return leases.take(session, **BATCH, request=1, owner=owner, now=NOW, alone=True)

    first = alone("a")
    assert first is not None
    assert alone("b") is None
    assert alone("a") is not None, "what it has itself is in nobody's way"
    with pieces.write() as session:
        leases.free(session, ["a"])
    assert alone("b") is not None


@pytest.mark.slow
def test_many_take_at_once_and_none_gets_what_another_has(pieces: Register) -> None:
    with pieces.write() as session:
        leases.lay_out(session, topic="issue", object="many", rows=60, size=1)
    got: list[int] = []

    def work(owner: str) -> None:
        while True:
            with pieces.write() as session:
                lease = leases.take(session, topic="issue", object="many", request=1, owner=owner, now=NOW)
            if lease is None:
                return
            got.append(lease.piece)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(60))
