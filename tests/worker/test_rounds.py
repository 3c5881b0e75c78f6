"""What the worker looks at besides its work: old entries that were altered, and the head of each day, written once."""

from __future__ import annotations

import pytest

from issuer import audit
from issuer.auditing import shares
from issuer.auditing.looking import last_look
from issuer.auditing.walk import Keeper
from issuer.services import auditing
from issuer.worker.turns import HeldBack
from tests.support.audits import Entry, put_between
from tests.support.forms import first_quick
from tests.support.office import CLERK, DemoOffice


def published(demo: DemoOffice) -> list[HeldBack]:
    """What a new worker reports with a publication, which is made in any case."""
    with demo.worker() as worker:
        done = worker.publish_changes(even_without=True)
    assert done.published is not None
    return list(done.held_back)


def days_files(demo: DemoOffice) -> list[str]:
    return sorted(each.name for each in demo.home.audit_heads.iterdir())


@pytest.mark.slow
def test_a_home_in_order_is_quiet(issued: DemoOffice) -> None:
    assert published(issued) == []
    with issued.worker() as worker:
        assert worker.look_around() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    first_quick(
        [
            "UPDATE audit SET actor = 'nobody' WHERE id = 9",
            "UPDATE audit_chain SET hash = zeroblob(32) WHERE ordinal = 9",
            "DELETE FROM audit_chain WHERE ordinal = 9",
        ],
        1,
    ),
)
def test_an_old_entry_that_was_altered_is_reported_and_stops_nothing(issued: DemoOffice, statement: str) -> None:
    issued.raw(statement)
    [held] = published(issued)
    assert (held.object, held.code) == ("audit", "audit_altered")
    assert "audit entry 9 " in held.message
    issued.clock.move(minutes=1)
    issued.change(issued.certificates()[0].number)
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_what_was_found_is_reported_until_it_is_right_again(issued: DemoOffice) -> None:
    [(actor,)] = issued.raw("SELECT actor FROM audit WHERE id = 9")
    issued.raw("UPDATE audit SET actor = 'nobody' WHERE id = 9")
    with issued.worker() as worker:
        assert len(worker.publish_changes(even_without=True).held_back) == 1
        assert len(worker.publish_changes(even_without=True).held_back) == 1, "also within the minute"
        issued.clock.move(minutes=2)
        assert len(worker.look_around()) == 1
        issued.clock.move(minutes=2)
        assert worker.look_around() == [], "said before"
        assert len(worker.publish_changes(even_without=True).held_back) == 1
        issued.raw("UPDATE audit SET actor = ? WHERE id = 9", actor)
        issued.clock.move(minutes=2)
        assert worker.publish_changes(even_without=True).held_back == ()


def test_a_running_worker_finds_it_without_publishing(issued: DemoOffice) -> None:
    with issued.worker() as worker:
        assert worker.look_around() == []
        issued.raw("UPDATE audit SET actor = 'nobody' WHERE id = 9")
        assert worker.look_around() == [], "a minute has not passed"
        issued.clock.move(minutes=1)
        assert [each.code for each in worker.look_around()] == ["audit_altered"]
        issued.clock.move(minutes=1)
        assert worker.look_around() == []


@pytest.mark.slow
def test_of_a_long_chain_every_part_is_looked_at_within_a_day(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "AT_ONCE", 1)
    published(issued)
    with issued.opened.register.read() as session:
        length = audit.head(session).length
    issued.raw("UPDATE audit SET actor = 'nobody' WHERE id = ?", length // 4)
    found = []
    for _ in range(13):
        issued.clock.move(hours=2)
        found.append([each.code for each in published(issued)])
    assert found.count([]) >= 10, "it is looked at in the part where it lies"
    assert ["audit_altered"] in found


def test_a_part_follows_the_signed_snapshot_not_the_register(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody moves the instants in the register so that the next part begins behind what was altered."""
    monkeypatch.setattr(shares, "AT_ONCE", 1)
    with issued.opened.register.read() as session:
        length = audit.head(session).length
    issued.raw("UPDATE audit SET actor = 'nobody' WHERE id = ?", length // 4)
    issued.raw("UPDATE publications SET made_at = '2026-11-21 13:59:00.000000'")
    issued.clock.move(hours=12)
    assert [each.code for each in published(issued)] == ["audit_altered"]


@pytest.mark.slow
def test_of_a_long_chain_what_was_found_stays_known(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The part in which it lies is passed once a day; it is reported until then all the same."""
    monkeypatch.setattr(shares, "AT_ONCE", 1)
    with issued.opened.register.read() as session:
        length = audit.head(session).length
    issued.raw("UPDATE audit SET actor = 'nobody' WHERE id = ?", length // 4)
    issued.clock.move(hours=12)
    with issued.worker() as worker:
        for _ in range(3):
            assert [each.code for each in worker.publish_changes(even_without=True).held_back] == ["audit_altered"]
            issued.clock.move(hours=1)


def test_the_last_look_is_that_of_the_newest_snapshot_and_no_other(issued: DemoOffice) -> None:
    def last() -> shares.Mark | None:
        with issued.opened.register.read() as session:
            return last_look(session, issued.opened, issued.clock())

    snapshot = issued.home.publication_folder / "snapshot.jwt"
    older = snapshot.read_bytes()
    issued.clock.move(hours=1)
    published(issued)
    newest = snapshot.read_bytes()
    found = last()
    assert found is not None
    assert found.at == issued.clock()
    for data in (older, newest[:-8], b""):
        snapshot.write_bytes(data)
        assert last() is None, "all is due"
    snapshot.unlink()
    assert last() is None


@pytest.mark.slow
def test_a_rewritten_chain_contradicts_a_snapshot_that_the_register_keeps(issued: DemoOffice) -> None:
    """The folder is gone, and the day's file: what was signed is in the register still."""
    published(issued)
    put_between(issued.opened.register, 9, Entry(actor=CLERK, act="test.act", subject="forged"))
    (issued.home.publication_folder / "snapshot.jwt").unlink()
    for name in days_files(issued):
        (issued.home.audit_heads / name).unlink()
    with issued.worker() as worker:
        found = worker.look_around()
    assert [each.code for each in found if "snapshot 1" in each.message] == ["audit_altered"]


@pytest.mark.slow
def test_a_rewritten_chain_contradicts_a_day_that_was_written_down(issued: DemoOffice) -> None:
    published(issued)
    [name] = days_files(issued)
    put_between(issued.opened.register, 9, Entry(actor=CLERK, act="test.act", subject="forged"))
    (issued.home.publication_folder / "snapshot.jwt").unlink()
    issued.raw("UPDATE publications SET token = NULL")
    with issued.worker() as worker:
        found = worker.look_around()
    assert {each.code for each in found} == {"audit_altered"}
    assert any(name in each.message for each in found)


# The head of each day


@pytest.mark.slow
def test_every_day_has_its_file_and_none_is_written_over(issued: DemoOffice) -> None:
    published(issued)
    assert days_files(issued) == ["2026-11-21.jws"]
    first = (issued.home.audit_heads / "2026-11-21.jws").read_bytes()
    assert (issued.home.audit_heads / "2026-11-21.jws").stat().st_mode & 0o777 == 0o600
    issued.clock.move(hours=5)
    issued.change(issued.certificates()[0].number)
    assert (issued.home.audit_heads / "2026-11-21.jws").read_bytes() == first
    issued.clock.move(hours=9)  # 00:01 in Shanghai
    with issued.worker() as worker:
        assert worker.look_around() == []
    assert days_files(issued) == ["2026-11-21.jws", "2026-11-22.jws"]
    found = auditing.verify(issued.opened)
    assert (found.is_intact, found.compared[Keeper.FILE]) == (True, 2)


@pytest.mark.slow
def test_a_head_that_cannot_be_written_is_reported_and_stops_nothing(issued: DemoOffice) -> None:
    published(issued)
    for path in issued.home.audit_heads.iterdir():
        path.unlink()
    issued.home.audit_heads.rmdir()
    issued.home.audit_heads.write_bytes(b"")
    assert [each.code for each in published(issued)] == ["head_not_written"]


@pytest.mark.slow
def test_a_file_that_proves_nothing_is_reported(issued: DemoOffice) -> None:
    published(issued)
    (issued.home.audit_heads / "2026-11-21.jws").write_bytes(b"x")
    assert [each.code for each in published(issued)] == ["head_unproven"]


@pytest.mark.slow
def test_a_file_of_operators_that_is_gone_stops_no_renewal(issued: DemoOffice) -> None:
    issued.home.operators.unlink()
    assert [each.code for each in published(issued)] == ["operators_lost"]
    with issued.worker() as worker:
        assert [each.code for each in worker.look_around()] == ["operators_lost"]
        assert worker.look_around() == []
        issued.clock.move(minutes=1)
        assert worker.look_around() == [], "said before"


@pytest.mark.slow
def test_an_entry_that_is_left_out_of_the_chain_is_reported_within_a_day(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody adds an entry and takes it from those that wait; nothing is wrong with the chain."""
    monkeypatch.setattr(shares, "AT_ONCE", 1)
    with issued.opened.register.write() as session:
        audit.append(session, actor="a", act="test.act", subject="left out", now=issued.clock())
    issued.raw("DELETE FROM audit_pending")
    [(entry,)] = issued.raw("SELECT id FROM audit WHERE object = 'left out'")
    found = []
    for _ in range(6):
        issued.clock.move(hours=4)
        found += [each.message for each in published(issued)]
    assert {f"with the id {entry} " in each for each in found} == {True}


@pytest.mark.slow
def test_a_running_worker_chains_what_waits(issued: DemoOffice) -> None:
    with issued.worker() as worker:
        with issued.opened.register.write() as session:
            audit.append(session, actor="a", act="test.act", subject="x", now=issued.clock())
        issued.clock.move(minutes=1)
        assert worker.look_around() == []
        with issued.opened.register.read() as session:
            assert audit.waiting(session) == 0
