"""What the register asks of PostgreSQL itself: how it sorts, what it refuses, what one session sees of another."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest
from psycopg import sql
from psycopg.errors import SerializationFailure, UniqueViolation
from sqlalchemy import URL, Table, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from issuer.audit import append
from issuer.batches.rows import open_rows
from issuer.db.digests import digest_of
from issuer.db.engine import open_engine
from issuer.db.models import AuditChainRow, AuditRow, OutboxRow, RegionRow
from issuer.db.sessions import Register, insert_all
from issuer.errors import InputError, MachineError, TamperedError
from issuer.home import machine
from tests.register.conftest import Office, laid
from tests.support import postgresql
from tests.support.clock import NOW
from tests.support.databases import POSTGRESQL, made_at, opened, tamper

pytestmark = [
    pytest.mark.usefixtures("dialect"),
    pytest.mark.parametrize("dialect", [POSTGRESQL], indirect=True, scope="session"),
]

WORDS = ("10", "9", "B", "a-1", "a1", "ä", "丁", "中", "𫖯")
"""In the order of their code points. A server that sorts as people do has another."""
KEPT = (
    "audit",
    "certificates",
    "events",
    "integrity_records",
    "publications",
    "published_files",
    "stated_certificates",
    "statements",
)


def coded(error: BaseException) -> Any:
    found = machine.known(error)
    assert found is not None
    return found


def test_texts_are_ordered_by_code_points_whatever_the_database_does(register: Register) -> None:
    with register.write() as session:
        session.add_all(RegionRow(code=f"{place:06}", name=word) for place, word in enumerate(reversed(WORDS)))
    with register.read() as session:
        assert tuple(session.scalars(select(RegionRow.name).order_by(RegionRow.name))) == WORDS
        behind = select(RegionRow.name).where(RegionRow.name > "a-1").order_by(RegionRow.name)
        assert tuple(session.scalars(behind)) == WORDS[4:]
        usual = text("SELECT w FROM unnest(CAST(:words AS text[])) AS w ORDER BY w")
        assert tuple(session.scalars(usual, {"words": list(WORDS)})) != WORDS, "this server sorts as people do"
        sorted_otherwise = text(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'"
        )
        assert session.execute(sorted_otherwise).all() == []


def test_what_is_kept_is_not_emptied_at_once(office: Office) -> None:
    for table in KEPT:
        with pytest.raises(IntegrityError) as caught, office.register.write() as session:
            session.execute(text(f"TRUNCATE {table} CASCADE"))
        assert coded(caught.value).code == "register_refused"


def test_what_a_trigger_refuses_is_told_by_its_rule(office: Office) -> None:
    with pytest.raises(IntegrityError) as caught, office.register.write() as session:
        session.execute(text("DELETE FROM audit"))
    assert (coded(caught.value).code, coded(caught.value).fields["rule"]) == (
        "register_refused",
        "audit is appended only",
    )


@pytest.mark.slow
def test_a_register_from_before_gets_the_same_refusals(dialect: str, tmp_path: Path) -> None:
    """Its functions raise an error of a program, and nothing stops TRUNCATE."""
    place = made_at(dialect, tmp_path, "0022_photos")
    tamper(
        place,
        "INSERT INTO statements (id, act, operator, nonce, scheme, key_id, evidence, received)"
        " VALUES ('s1', 'submit', 'clerk1', x'01', 'jws', x'02', x'03', '2026-11-21 02:00:00.000000')",
    )
    with opened(place) as connection:  # type: ignore[arg-type]
        connection.execute(
            "CREATE OR REPLACE FUNCTION statements_no_update() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'statements is appended only'; END $$"
        )
        connection.execute("DROP TRIGGER statements_no_delete_all ON statements")
    register = Register.create(place)
    for statement in ("UPDATE statements SET act = 'x'", "TRUNCATE statements CASCADE"):
        with pytest.raises(IntegrityError, match="statements is appended only"), register.write() as session:
            session.execute(text(statement))
    register.close()


def test_a_reader_sees_one_state_and_cannot_write(office: Office) -> None:
    with office.register.read() as session:
        before = len(session.scalars(select(AuditRow)).all())
        with office.register.write() as other:
            append(other, actor="a", act="test.act", subject="s", now=NOW)
        session.expunge_all()
        assert len(session.scalars(select(AuditRow)).all()) == before
        with pytest.raises(DBAPIError) as caught:
            session.execute(text("DELETE FROM outbox"))
    assert isinstance(coded(caught.value), MachineError)
    assert coded(caught.value).code == "not_writable"


def test_a_writer_reads_what_is_committed_whatever_the_server_does_else(office: Office) -> None:
    with office.register.write() as session:
        assert session.scalar(text("SHOW transaction_isolation")) == "read committed"
        assert session.scalar(text("SHOW default_transaction_isolation")) == "serializable"


def test_two_programs_that_do_not_fit_beside_each_other_are_told_so(office: Office) -> None:
    """A program that asks for more than ours do, beside one of ours."""
    assert isinstance(office.place, URL)
    with opened(office.place) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT * FROM regions")
        with office.register.write() as session:
            session.execute(text("UPDATE regions SET name = name || '一'"))
        with pytest.raises(SerializationFailure) as caught:
            other.execute("UPDATE regions SET name = 'x' WHERE code = '990000'")
    assert coded(caught.value).code == "register_busy"


def test_a_database_that_does_not_keep_utf_8_is_refused() -> None:
    server = postgresql.running()
    with server.connect("postgres") as connection:
        connection.autocommit = True
        connection.execute(
            sql.SQL("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'")
        )
    server.made.append(server.address("latin"))
    with pytest.raises(InputError) as caught:
        open_engine(server.address("latin"))
    assert (caught.value.code, caught.value.fields["found"]) == ("database_encoding", "LATIN1")


def test_rows_that_are_copied_are_the_rows_that_were_given(register: Register) -> None:
    words = ("\t", "\\", "\\N", "a\nb", "\r", '"', "'", "赵䶮", "", "\\.", "𫖯")
    given = [
        {
            "id": place,
            "at": NOW,
            "actor": word,
            "act": "test.act",
            "object": word,
            "details": {"word": word, "none": None, "n": [1, True]},
        }
        for place, word in enumerate(words, start=1)
    ]
    with register.write() as session:
        insert_all(session, AuditRow, given)
    placed = [
        {"ordinal": place, "entry": place, "previous": word.encode(), "hash": bytes([0, place, 10, 92])}
        for place, word in enumerate(words, start=1)
    ]
    with register.write() as session:
        insert_all(session, AuditChainRow, placed)
    with register.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
        assert [{name: getattr(row, name) for name in given[0]} for row in rows] == given
        chain = session.scalars(select(AuditChainRow).order_by(AuditChainRow.ordinal)).all()
        assert [{name: getattr(row, name) for name in placed[0]} for row in chain] == placed


def test_rows_that_are_copied_obey_the_rules_and_are_numbered(register: Register) -> None:
    work = {"topic": "issue", "object": "b", "created": NOW, "attempts": 0}
    with register.write() as session:
        insert_all(session, OutboxRow, [work, work])
        session.add(OutboxRow(**work))
        session.flush()
        assert session.scalars(select(OutboxRow.id).order_by(OutboxRow.id)).all() == [1, 2, 3]
    twice = {"code": "990000", "name": "示范省"}
    with pytest.raises(IntegrityError, match="pk_regions") as caught, register.write() as session:
        insert_all(session, RegionRow, [twice, twice])
    assert coded(caught.value).code == "register_refused"
    with register.read() as session:
        assert session.get(RegionRow, "990000") is None


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        ("number", "number_taken"),
        ("cti", "uq_certificates_cti"),
        ("award", "uq_certificates_award"),
        ("check_code_locator", "uq_certificates_check_code_locator"),
        ("status_list, status_index", "uq_certificates_status_list_status_index"),
    ],
)
def test_what_is_unique_of_a_certificate_is_a_finding_when_it_comes_twice(
    office: Office, column: str, rule: str
) -> None:
    """The database says so itself, whatever a program believes, and the error has a code and names the rule."""
    batch = office.store()
    with office.register.write() as session:
        for number, row in enumerate(open_rows(session, office.vault, batch)[:2], start=1):
            code = f"{number}" * 20
            made = laid(row, number, cti=bytes([number]) * 16, to_sign=b"x", check_code=code)
            made.reserve(session, office.vault.unwrap(_wrapped(office, row.holder), table="holders", row=row.holder))
    assert tamper(office.place, "SELECT count(*) FROM certificates") == [(2,)]
    names = [each.strip() for each in column.split(",")]
    taken = ", ".join(f"{each} = (SELECT {each} FROM certificates WHERE id = 'c1')" for each in names)
    with pytest.raises(UniqueViolation) as caught:
        tamper(office.place, f"UPDATE certificates SET {taken} WHERE id = 'c2'")
    found = coded(caught.value)
    if rule == "number_taken":
        assert (type(found), found.code) == (TamperedError, rule)
    else:
        assert (found.code, found.fields["rule"]) == ("register_refused", rule)


def _wrapped(office: Office, holder: str) -> bytes:
    [(wrapped,)] = office.raw("SELECT wrapped_key FROM holders WHERE id = :id", id=holder)
    return bytes(wrapped)


def test_the_digest_of_a_table_is_that_of_a_text_that_anyone_can_write(register: Register) -> None:
    with register.write() as session:
        session.add_all([RegionRow(code="990000", name="示范省"), RegionRow(code="1", name="甲")])
        session.flush()
        found = digest_of(session.connection(), cast("Table", RegionRow.__table__))
    written = '["code","name"]\n["1","甲"]\n["990000","示范省"]\n'.encode()
    assert (found.table, found.rows, found.digest) == ("regions", 2, sha256(written).digest())
