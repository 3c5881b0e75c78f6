"""The audit chain: whoever alters, removes or inserts an entry is found."""

from __future__ import annotations

import pytest

from issuer import audit
from issuer.db.models import AuditRow
from issuer.errors import TamperedError
from tests.register.conftest import Office
from tests.support.clock import NOW

pytestmark = pytest.mark.postgres


def head(office: Office) -> audit.ChainHead:
    with office.register.read() as session:
        return audit.verify_chain(session)


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
        assert audit.head(session).length == before.length + 1
    assert head(office).head != before.head


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
        ("UPDATE audit SET actor = 'nobody' WHERE ordinal = 3", 3),
        ("UPDATE audit SET at = '2026-11-20 02:00:00.000000' WHERE ordinal = 3", 3),
        ("UPDATE audit SET details = '{}' WHERE ordinal = 5", 5),
        ("UPDATE audit SET act = 'authority.remove' WHERE ordinal = 4", 4),
        ("UPDATE audit SET object = 'another' WHERE ordinal = 4", 4),
        ("UPDATE audit SET hash = zeroblob(32) WHERE ordinal = 3", 3),
        ("DELETE FROM audit WHERE ordinal = 3", 4),
        ("DELETE FROM audit WHERE ordinal = 1", 2),
        ("UPDATE audit SET ordinal = 100 WHERE ordinal = 8", 100),
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
    with office.register.read() as session:
        row = session.get_one(AuditRow, place)
        session.expunge(row)
    for name, value in change.items():
        setattr(row, name, value)
    parts = {"actor": row.actor, "ordinal": row.ordinal, "hash": audit.hash_of(row), "place": place}
    office.raw("UPDATE audit SET actor = :actor, ordinal = :ordinal, hash = :hash WHERE ordinal = :place", **parts)
    with pytest.raises(TamperedError) as caught:
        head(office)
    assert caught.value.fields["ordinal"] == ordinal


def test_what_an_entry_names_as_the_one_before_is_hashed(office: Office) -> None:
    """An entry rewritten with a hash that fits it, and the next one made to follow it."""
    with office.register.read() as session:
        row = session.get_one(AuditRow, 3)
        session.expunge(row)
    row.actor = "nobody"
    forged = audit.hash_of(row)
    office.raw("UPDATE audit SET actor = 'nobody', hash = :hash WHERE ordinal = 3", hash=forged)
    office.raw("UPDATE audit SET previous = :hash WHERE ordinal = 4", hash=forged)
    with pytest.raises(TamperedError) as caught:
        head(office)
    assert caught.value.fields["ordinal"] == 4


def test_a_chain_goes_on_from_the_head_that_was_published(office: Office) -> None:
    """Whoever owns the database computes every hash anew; the head that is public is not theirs."""
    published = head(office)
    with office.register.write() as session:
        audit.append(session, actor="a", act="test.act", subject="s", now=NOW)
    with office.register.read() as session:
        assert audit.verify_chain(session, after=published).length == published.length + 1
    office.raw("DELETE FROM audit WHERE ordinal >= :length", length=published.length)
    with office.register.write() as session:
        for _ in range(2):
            audit.append(session, actor="b", act="test.act", subject="s", now=NOW)
    assert head(office).length == published.length + 1
    with pytest.raises(TamperedError) as caught, office.register.read() as session:
        audit.verify_chain(session, after=published)
    assert (caught.value.code, caught.value.fields["ordinal"]) == ("audit_altered", published.length)


def test_a_removed_end_shows_against_a_published_head(office: Office) -> None:
    published = head(office)
    office.raw("DELETE FROM audit WHERE ordinal = 8")
    assert head(office).length < published.length


@pytest.mark.parametrize("act", ["Batch.Submit", "batch", "batch submit", "batch.", ".x", "batch.übergabe"])
def test_a_tag_has_one_grammar(office: Office, act: str) -> None:
    with pytest.raises(ValueError, match="audit tag"), office.register.write() as session:
        audit.append(session, actor="a", act=act, subject="s", now=NOW)


def test_an_empty_chain_has_a_head_too(register: object) -> None:
    with register.read() as session:  # type: ignore[attr-defined]
        assert audit.verify_chain(session) == audit.ChainHead(length=0, head=bytes(32))
