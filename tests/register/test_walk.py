"""Walks along the audit: the first wrong entry is named, and the kept head that it contradicts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from issuer import audit
from issuer.audit import ChainHead
from issuer.auditing.walk import Fault, Keeper, KeptHead, Walked, walk
from issuer.db.models import AuditChainRow
from issuer.sequencer import chain_all
from tests.register.conftest import Office
from tests.support.audits import Entry, cut, head_of, put_between
from tests.support.clock import NOW

pytestmark = pytest.mark.postgres


def kept(office: Office, *lengths: int) -> list[KeptHead]:
    """What a witness wrote down of the chain."""
    with office.register.read() as session:
        query = select(AuditChainRow.ordinal, AuditChainRow.hash).where(AuditChainRow.ordinal.in_(lengths))
        return [
            KeptHead(head=ChainHead(length=n, head=digest), keeper=Keeper.WITNESS, name=f"line {n}")
            for n, digest in session.execute(query)
        ]


def walked(office: Office, heads: list[KeptHead], **given: int) -> Walked:
    with office.register.read() as session:
        return walk(session, heads=heads, **given)


def grow(office: Office, count: int) -> None:
    with office.register.write() as session:
        for number in range(count):
            audit.append(session, actor="a", act="test.act", subject=str(number), now=NOW)
    chain_all(office.register)


def test_a_chain_in_order_agrees_with_every_kept_head(office: Office) -> None:
    steps: list[tuple[int, int]] = []
    heads = kept(office, 2, 5, 8)
    with office.register.read() as session:
        found = walk(session, heads=heads, step=lambda done, of: steps.append((done, of)))
    assert (found.difference, found.compared, found.end) == (None, 3, head_of(office.register))
    assert steps == [(8, 8)]


@pytest.mark.parametrize(
    ("statement", "ordinal", "fault", "contradicted"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE id = 3", 3, Fault.ALTERED, "line 5"),
        ("UPDATE audit_chain SET hash = zeroblob(32) WHERE ordinal = 6", 6, Fault.ALTERED, "line 8"),
        ("DELETE FROM audit_chain WHERE ordinal = 4", 4, Fault.MISSING, "line 5"),
        ("DELETE FROM audit_chain WHERE ordinal BETWEEN 4 AND 6", 4, Fault.MISSING, "line 5"),
        ("DELETE FROM audit_chain WHERE ordinal = 1", 1, Fault.MISSING, "line 2"),
        ("DELETE FROM audit_chain WHERE ordinal > 6", 7, Fault.MISSING, "line 8"),
        ("DELETE FROM audit_chain", 1, Fault.MISSING, "line 2"),
        ("DELETE FROM audit", 1, Fault.MISSING, "line 2"),
        ("DELETE FROM audit WHERE id = 4", 4, Fault.MISSING, "line 5"),
        ("UPDATE audit_chain SET previous = zeroblob(32) WHERE ordinal = 6", 6, Fault.ALTERED, "line 8"),
    ],
)
def test_the_first_wrong_entry_and_its_head_are_named(
    office: Office, statement: str, ordinal: int, fault: Fault, contradicted: str
) -> None:
    heads = kept(office, 2, 5, 8)
    office.raw(statement)
    found = walked(office, heads).difference
    assert found is not None
    assert (found.ordinal, found.fault, found.good) == (ordinal, fault, ordinal - 1)
    assert found.kept is not None
    assert found.kept.name == contradicted
    assert f"audit entry {ordinal} " in found.message
    assert contradicted in found.message


def test_an_entry_put_between_with_every_later_hash_computed_anew_contradicts_the_next_head(office: Office) -> None:
    heads = kept(office, 2, 5, 8)
    put_between(office.register, 4, Entry(actor="clerk1", act="test.act", subject="forged"))
    head_of(office.register)  # in order in itself
    found = walked(office, heads).difference
    assert found is not None
    assert (found.ordinal, found.fault, found.good) == (5, Fault.OTHER_HEAD, 2)
    assert found.kept == heads[1]


def test_a_tail_cut_off_and_grown_again_contradicts_the_head_of_before(office: Office) -> None:
    heads = kept(office, 2, 8)
    cut(office.register, 6)
    grow(office, 6)
    found = walked(office, heads).difference
    assert found is not None
    assert (found.ordinal, found.fault, found.good, found.kept) == (8, Fault.OTHER_HEAD, 2, heads[1])


def test_swapped_entries_do_not_follow(office: Office) -> None:
    heads = kept(office, 8)
    for one, other in ((3, 100), (4, 3), (100, 4)):
        office.raw("UPDATE audit_chain SET ordinal = :other WHERE ordinal = :one", one=one, other=other)
    found = walked(office, heads).difference
    assert found is not None
    assert (found.ordinal, found.fault) == (3, Fault.ALTERED)


def test_a_rewritten_entry_with_its_own_hash_breaks_the_next(office: Office) -> None:
    with office.register.read() as session:
        row = session.execute(audit.entry_rows().where(AuditChainRow.ordinal == 3)).one()
    forged = audit.Entry(**{name: getattr(row, name) for name in audit.Entry._fields})._replace(actor="nobody")
    office.raw("UPDATE audit SET actor = 'nobody' WHERE id = 3")
    office.raw("UPDATE audit_chain SET hash = :hash WHERE ordinal = 3", hash=audit.hash_of(forged))
    found = walked(office, []).difference
    assert found is not None
    assert (found.ordinal, found.fault, found.kept) == (4, Fault.NOT_FOLLOWING, None)


def test_of_two_heads_of_one_length_the_wrong_one_is_named(office: Office) -> None:
    [head] = kept(office, 5)
    other = KeptHead(head=ChainHead(length=5, head=bytes(32)), keeper=Keeper.SNAPSHOT, name="7")
    found = walked(office, [head, other]).difference
    assert found is not None
    assert (found.ordinal, found.fault, found.kept) == (5, Fault.OTHER_HEAD, other)


def test_a_part_begins_at_what_is_stored_and_ends_where_it_was_told(office: Office) -> None:
    grow(office, 6)
    heads = kept(office, 2, 5, 8, 12)
    found = walked(office, heads, after=4, until=9)
    assert (found.difference, found.compared, found.end.length) == (None, 2, 9)
    office.raw("UPDATE audit SET actor = 'nobody' WHERE id = 3")
    assert walked(office, heads, after=4, until=9).difference is None
    office.raw("UPDATE audit_chain SET hash = zeroblob(32) WHERE ordinal = 4")
    found = walked(office, heads, after=4, until=9)
    assert found.difference is not None
    assert (found.difference.ordinal, found.difference.fault) == (5, Fault.NOT_FOLLOWING)
    office.raw("DELETE FROM audit_chain WHERE ordinal = 4")
    found = walked(office, heads, after=4, until=9)
    assert found.difference is not None
    assert (found.difference.ordinal, found.difference.fault) == (4, Fault.MISSING)


def test_an_empty_chain_is_whole_until_somebody_kept_a_head(office: Office) -> None:
    heads = kept(office, 8)
    cut(office.register, 0)
    assert walked(office, []).difference is None
    assert walked(office, heads).difference is not None


@pytest.mark.parametrize("act", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_database_refuses_both(office: Office, act: str) -> None:
    from sqlalchemy.exc import IntegrityError

    with (
        pytest.raises(IntegrityError, match="audit is appended only"),
        office.register.write() as session,
    ):
        session.connection().exec_driver_sql(act)
