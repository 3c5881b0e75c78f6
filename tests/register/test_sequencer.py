"""The sequencer: every committed entry comes into the chain once, and one that is left out is found."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from issuer import audit, sequencer
from issuer.auditing import walk as walking
from issuer.auditing.walk import Difference, Fault, left_out, walk
from issuer.db import engine
from issuer.db.engine import open_engine
from issuer.db.locks import Lock, take
from issuer.db.models import AuditChainRow, AuditRow
from issuer.db.sessions import Register, WriteSession
from issuer.sequencer import chain_all, chain_soon
from tests.register.conftest import Office
from tests.support.audits import head_of
from tests.support.clock import NOW
from tests.support.databases import downgrade, held, made_at, tamper

pytestmark = pytest.mark.postgres


def act(office: Office, *subjects: str) -> None:
    note(office.register, *subjects)


def note(register: Register, *subjects: str) -> None:
    with register.write() as session:
        audit.append_all(session, actor="a", act="test.act", subjects=subjects, now=NOW)


def chain(register: Register) -> list[tuple[int, str]]:
    """Place and object of each entry of the chain."""
    with register.read() as session:
        audit.verify_chain(session)
        query = select(AuditChainRow.ordinal, AuditRow.object).join(AuditRow, AuditRow.id == AuditChainRow.entry)
        return [tuple(each) for each in session.execute(query.order_by(AuditChainRow.ordinal))]


def waiting(office: Office) -> int:
    with office.register.read() as session:
        return audit.waiting(session)


def found(office: Office) -> Difference | None:
    with office.register.read() as session:
        return walk(session).difference


def test_an_entry_waits_until_it_is_chained(office: Office) -> None:
    before = head_of(office.register)
    act(office, "one", "two")
    with office.register.read() as session:
        assert audit.head(session) == before
        assert [(each.ordinal, each.subject) for each in audit.entries(session, limit=3)][:2] == [
            (None, "two"),
            (None, "one"),
        ]
    assert waiting(office) == 2
    after = chain_all(office.register)
    assert (after.length, waiting(office)) == (before.length + 2, 0)
    assert chain(office.register)[-2:] == [(before.length + 1, "one"), (before.length + 2, "two")]
    with office.register.read() as session:
        assert [each.ordinal for each in audit.entries(session, limit=2)] == [after.length, after.length - 1]


def test_a_second_run_finds_nothing_to_do(office: Office) -> None:
    act(office, "one")
    assert chain_all(office.register) == chain_all(office.register) == head_of(office.register)


def test_many_entries_are_chained_piece_by_piece(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is a transaction of its own, so that others come in between."""
    before = head_of(office.register).length
    pieces: list[int] = []
    some = sequencer._chain_some

    def counted(session: WriteSession) -> tuple[audit.ChainHead, int]:
        head, many = some(session)
        pieces.append(many)
        return head, many

    monkeypatch.setattr(sequencer, "PLACED_AT_ONCE", 3)
    monkeypatch.setattr(sequencer, "_chain_some", counted)
    act(office, *(f"{number}" for number in range(8)))
    chain_all(office.register)
    assert pieces == [3, 3, 2]
    assert chain(office.register)[before:] == [(before + 1 + number, f"{number}") for number in range(8)]


def test_the_hash_is_that_of_the_format(office: Office) -> None:
    """FORMAT 11.4, written down once more."""
    act(office, "对象")
    head = chain_all(office.register)
    with office.register.read() as session:
        row = session.execute(audit.entry_rows().where(AuditChainRow.ordinal == head.length)).one()
    members = {
        "act": "test.act",
        "actor": "a",
        "at": int(NOW.timestamp()),
        "details": {},
        "n": head.length,
        "object": "对象",
        "previous": row.previous.hex(),
        "v": 1,
    }
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert hashlib.sha256(text.encode()).digest() == head.head


def test_what_was_rolled_back_does_not_wait(office: Office) -> None:
    def fail() -> None:
        with office.register.write() as session:
            audit.append(session, actor="a", act="test.act", subject="never", now=NOW)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail()
    act(office, "then")
    assert waiting(office) == 1
    chain_all(office.register)
    assert chain(office.register)[-1][1] == "then"
    assert found(office) is None, "a gap among the ids is none in the chain"


def test_an_entry_that_is_put_among_the_waiting_again_keeps_its_place(office: Office) -> None:
    before = head_of(office.register)
    office.raw("INSERT INTO audit_pending (entry) VALUES (3)")
    assert (chain_all(office.register), waiting(office)) == (before, 0)


def test_a_register_that_is_held_leaves_the_act_waiting(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 10)
    act(office, "one")
    again = Register.open(office.place)
    with held(office.place):
        chain_soon(again)
    again.close()
    assert waiting(office) == 1


def test_two_sequencers_wait_for_each_other(office: Office) -> None:
    act(office, *(f"{number}" for number in range(50)))
    before = len(chain(office.register))
    other = threading.Thread(target=chain_all, args=[office.register])
    with office.register.write() as session:
        take(session, Lock.AUDIT)
        other.start()
        sequencer._chain_some(session)
    other.join()
    assert [each for each, _ in chain(office.register)] == list(range(1, before + 51))


# What is left out


@pytest.mark.parametrize(
    ("statements", "fault", "entry"),
    [
        (["DELETE FROM audit_pending WHERE entry = 9"], Fault.UNCHAINED, 9),
        (["UPDATE audit_pending SET entry = 99 WHERE entry = 9"], Fault.UNCHAINED, 9),
        (["DELETE FROM audit WHERE id = 9"], Fault.REMOVED, 9),
        (["INSERT INTO audit_pending (entry) VALUES (77)"], Fault.REMOVED, 77),
    ],
)
def test_an_entry_that_never_comes_into_the_chain_is_found(
    office: Office, statements: list[str], fault: Fault, entry: int
) -> None:
    act(office, "one", "two")
    for statement in statements:
        office.raw(statement)
    chain_all(office.register)
    difference = found(office)
    assert difference is not None
    assert (difference.fault, difference.ordinal) == (fault, entry)
    assert f"the audit entry with the id {entry} " in difference.message


def test_a_place_that_is_taken_away_at_the_end_leaves_its_entry(office: Office) -> None:
    """Nobody kept a head of it, and the chain is in order."""
    office.raw("DELETE FROM audit_chain WHERE ordinal = 8")
    difference = found(office)
    assert difference is not None
    assert (difference.fault, difference.ordinal) == (Fault.UNCHAINED, 8)


def test_a_place_without_its_entry_is_one_that_is_gone(office: Office) -> None:
    office.raw("DELETE FROM audit WHERE id = 8")
    difference = found(office)
    assert difference is not None
    assert (difference.fault, difference.ordinal) == (Fault.MISSING, 8)


def test_an_entry_that_waits_is_not_left_out(office: Office) -> None:
    act(office, "one")
    assert found(office) is None


def test_a_part_finds_what_is_left_out_of_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_OUT_OF_ORDER", 0)
    act(office, *(f"{number}" for number in range(20)))
    office.raw("DELETE FROM audit_pending WHERE entry = 15")
    chain_all(office.register)
    asked = {(0, 10): None, (10, 20): 15, (20, None): None, (10, None): 15, (0, None): 15}
    with office.register.read() as session:
        for (after, until), entry in asked.items():
            difference = left_out(session, after=after, until=until)
            assert (None if difference is None else difference.ordinal) == entry


# The tables of before


@pytest.mark.slow
def test_the_tables_of_before_become_these_and_these_become_those(dialect: str, tmp_path: Path) -> None:
    """No hash changes either way, and what waits is chained on the way back."""
    place = made_at(dialect, tmp_path, "0025_chain")
    register = Register(open_engine(place))
    note(register, "zero", "one", "二")
    before = chain_all(register)
    note(register, "three")
    register.close()
    downgrade(place, "0024_paced")
    old = tamper(place, "SELECT ordinal, object, previous, hash FROM audit ORDER BY ordinal")
    assert [each[:2] for each in old] == [(1, "zero"), (2, "one"), (3, "二"), (4, "three")]
    assert [bytes(old[2][3]), bytes(old[3][2])] == [before.head, before.head]
    register = Register.create(place)
    assert chain(register) == [each[:2] for each in old]
    with register.read() as session:
        assert audit.head(session).head == bytes(old[-1][3])
    note(register, "four")
    assert chain_all(register).length == before.length + 2
    register.close()
    assert tamper(place, "SELECT id, entry FROM audit JOIN audit_chain ON id = entry WHERE id <> ordinal") == []


@pytest.mark.slow
def test_a_register_without_entries_goes_both_ways(dialect: str, tmp_path: Path) -> None:
    place = made_at(dialect, tmp_path, "0025_chain")
    downgrade(place, "0024_paced")
    register = Register.create(place)
    note(register, "first")
    assert chain_all(register).length == 1
    register.close()


def test_what_is_chained_is_not_altered(office: Office) -> None:
    for statement in ("UPDATE audit_chain SET entry = 1", "DELETE FROM audit_chain WHERE ordinal = 8"):
        with pytest.raises(IntegrityError, match="audit_chain is appended only"), office.register.write() as session:
            session.execute(text(statement))
