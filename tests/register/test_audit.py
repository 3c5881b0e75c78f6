"""The audit chain: whoever alters, removes or inserts an entry is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import event

from credential import jsonform
from issuer import audit
from issuer.db.models import AuditChainRow
from issuer.errors import TamperedError
from issuer.sequencer import chain_all
from tests.register.conftest import Office
from tests.support.audits import cut, head_of
from tests.support.clock import NOW

pytestmark = pytest.mark.postgres


def head(office: Office) -> audit.ChainHead:
    return head_of(office.register)


def entry(office: Office, place: int, **changes: object) -> audit.Entry:
    """The entry at a place, as somebody forges it."""
    with office.register.read() as session:
        row = session.execute(audit.entry_rows().where(AuditChainRow.ordinal == place)).one()
    return audit.Entry(**{name: getattr(row, name) for name in audit.Entry._fields})._replace(**changes)


@pytest.mark.slow
def test_every_addition_to_the_office_left_its_entry(office: Office) -> None:
    with office.register.read() as session:
        acts = [entry.act for entry in audit.entries(session)]
        newest = audit.entries(session, subject="clerk2")
    assert acts == [
        *["operator.add"] * 3,
        "grant.add",
        "authority.add",
        *["region.add"] * 2,
        "deployment.found",
    ]
    assert [(entry.actor, entry.act, entry.at) for entry in newest] == [("setup", "operator.add", NOW)]
    assert head(office).length == 8


@pytest.mark.slow
def test_the_head_is_the_newest_hash_and_grows(office: Office) -> None:
    before = head(office)
    with office.register.write() as session:
        audit.append(session, actor="a", act="test.act", subject="s", now=NOW, details={"n": 1})
        assert audit.head(session) == before, "it waits for its place"
    after = head(office)
    assert (after.length, after.head != before.head) == (before.length + 1, True)


@pytest.mark.slow
def test_an_entry_goes_with_its_transaction(office: Office) -> None:
    before = head(office)

    def act_and_fail() -> None:
        with office.register.write() as session:
            audit.append(session, actor="a", act="test.act", subject="s", now=NOW)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        act_and_fail()
    assert head(office) == before


@pytest.mark.parametrize(
    ("statement", "ordinal"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE id = 3", 3),
        ("UPDATE audit SET at = '2026-11-20 02:00:00.000000' WHERE id = 3", 3),
        ("UPDATE audit SET details = '{}' WHERE id = 5", 5),
        ("UPDATE audit SET act = 'authority.remove' WHERE id = 4", 4),
        ("UPDATE audit SET object = 'another' WHERE id = 4", 4),
        ("UPDATE audit_chain SET hash = zeroblob(32) WHERE ordinal = 3", 3),
        ("DELETE FROM audit_chain WHERE ordinal = 3", 4),
        ("DELETE FROM audit_chain WHERE ordinal = 1", 2),
        ("UPDATE audit_chain SET ordinal = 100 WHERE ordinal = 8", 100),
        ("UPDATE audit_chain SET previous = zeroblob(32) WHERE ordinal = 5", 5),
        ("UPDATE audit_chain SET entry = 100 WHERE ordinal = 5", 6),
        ("DELETE FROM audit WHERE id = 3", 4),
        ("DELETE FROM audit WHERE id = 8", 8),
    ],
)
def test_tampering_is_found_at_the_first_entry_that_does_not_follow(
    office: Office, statement: str, ordinal: int
) -> None:
    office.raw(statement)
    with pytest.raises(TamperedError) as caught:
        head(office)
    assert (caught.value.code, caught.value.fields["ordinal"]) == ("audit_altered", ordinal)


@pytest.mark.parametrize(("change", "ordinal"), [({"actor": "nobody"}, 4), ({"ordinal": 100}, 100)])
def test_an_entry_rewritten_with_a_hash_that_fits_it_breaks_the_chain(
    office: Office, change: dict[str, object], ordinal: int
) -> None:
    place = 3 if ordinal == 4 else 8
    forged = entry(office, place, **change)
    parts = {"ordinal": forged.ordinal, "hash": audit.hash_of(forged), "place": place}
    office.raw("UPDATE audit SET actor = :actor WHERE id = :place", actor=forged.actor, place=place)
    office.raw("UPDATE audit_chain SET ordinal = :ordinal, hash = :hash WHERE ordinal = :place", **parts)
    with pytest.raises(TamperedError) as caught:
        head(office)
    assert caught.value.fields["ordinal"] == ordinal


def test_what_an_entry_names_as_the_one_before_is_hashed(office: Office) -> None:
    """An entry rewritten with a hash that fits it, and the next one made to follow it."""
    forged = audit.hash_of(entry(office, 3, actor="nobody"))
    office.raw("UPDATE audit SET actor = 'nobody' WHERE id = 3")
    office.raw("UPDATE audit_chain SET hash = :hash WHERE ordinal = 3", hash=forged)
    office.raw("UPDATE audit_chain SET previous = :hash WHERE ordinal = 4", hash=forged)
    with pytest.raises(TamperedError) as caught:
        head(office)
    assert caught.value.fields["ordinal"] == 4


def test_a_chain_goes_on_from_the_head_that_was_published(office: Office) -> None:
    """Whoever owns the database computes every hash anew; the head that is public is not theirs."""
    published = head(office)
    with office.register.write() as session:
        audit.append(session, actor="a", act="test.act", subject="s", now=NOW)
    chain_all(office.register)
    with office.register.read() as session:
        assert audit.verify_chain(session, after=published).length == published.length + 1
    cut(office.register, published.length - 1)
    with office.register.write() as session:
        for _ in range(2):
            audit.append(session, actor="b", act="test.act", subject="s", now=NOW)
    assert head(office).length == published.length + 1
    with pytest.raises(TamperedError) as caught, office.register.read() as session:
        audit.verify_chain(session, after=published)
    assert (caught.value.code, caught.value.fields["ordinal"]) == ("audit_altered", published.length)


def test_a_removed_end_shows_against_a_published_head(office: Office) -> None:
    published = head(office)
    cut(office.register, 7)
    assert head(office).length < published.length


@pytest.mark.parametrize("act", ["Batch.Submit", "batch", "batch submit", "batch.", ".x", "batch.übergabe"])
def test_a_tag_has_one_grammar(office: Office, act: str) -> None:
    with pytest.raises(ValueError, match="audit tag"), office.register.write() as session:
        audit.append(session, actor="a", act=act, subject="s", now=NOW)


def test_an_empty_chain_has_a_head_too(register: object) -> None:
    with register.read() as session:  # type: ignore[attr-defined]
        assert audit.verify_chain(session) == audit.ChainHead(length=0, head=bytes(32))


def many_acts(office: Office) -> None:
    with office.register.write() as session:
        for number in range(10):
            for actor, subject in (("a", f"s{number % 2}"), ("b", "a")):
                audit.append(session, actor=actor, act="test.act", subject=subject, now=NOW, details={"n": number})
    chain_all(office.register)


@pytest.mark.slow
def test_pages_follow_each_other_and_have_each_entry_once(office: Office) -> None:
    many_acts(office)
    with office.register.read() as session:
        every = audit.entries(session, limit=1000)
        for of in (None, "a", "s1", "b", "nobody"):
            wanted = [each for each in every if of in {None, each.subject, each.actor}]
            found, before = list[audit.AuditEntry](), None
            while page := audit.entries(session, of=of, before=before, limit=3):
                assert len(page) <= 3
                found += page
                before = page[-1].ordinal
            assert found == wanted
        assert audit.entries(session, before=10_000) == []


@pytest.mark.sqlite
@pytest.mark.slow
def test_a_page_reads_no_more_than_itself(office: Office) -> None:
    """Of an object or an actor too: each is found by its index, newest first."""
    many_acts(office)
    with office.register.read() as session, counted_statements(office) as asked:
        audit.entries(session, of="a", before=20, limit=3)
        [(statement, values)] = asked
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    steps = [step for *_, step in plan]
    assert not [step for step in steps if step.startswith("SCAN audit")], steps
    assert [step for step in steps if "ix_audit_actor" in step]
    assert [step for step in steps if "ix_audit_object" in step]


@contextmanager
def counted_statements(office: Office) -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, _context: object, _many: bool) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    engine = office.register.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("details", [{}, {"n": 1, "a": ["职称", None, True]}], ids=["none", "some"])
@pytest.mark.parametrize("text", ["sf-hrss-0001", '职"称\\\n\u2028', ""])
def test_an_entry_is_hashed_in_its_canonical_form(text: str, details: dict[str, Any]) -> None:
    """FORMAT 11.4, as the encoder of canonical JSON writes it."""
    entry = audit.Entry(7, NOW, text, "test.act", f"x{text}", details, bytes(range(32)))
    said = {"act": "test.act", "actor": text, "at": int(NOW.timestamp()), "details": details, "n": 7}
    said |= {"object": f"x{text}", "previous": bytes(range(32)).hex(), "v": 1}
    assert audit.hash_of(entry) == sha256(jsonform.encode(said)).digest()
