"""What the register calls things: names of one vocabulary, also in a register of before that is brought up to date."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from credential.contacts import NO_CONTACTS
from credential.history import EventKind, Reason
from credential.statuslist import Status
from issuer.db.engine import for_writing, open_engine
from issuer.db.events import events_of
from issuer.db.migrate import _config
from issuer.db.models import CertificateRow, EventRow, Row
from issuer.db.sessions import Register
from issuer.office import lists

KINDS = ("issued", "suspended", "reinstated", "suspended", "cancelled", "withdrawn", "annotated")
BEFORE = (
    "INSERT INTO regions VALUES ('990000', '示范省')",
    "INSERT INTO authorities VALUES ('sf', '厅', 'D', '11100000000013338W', '990000', '{serial:06}', '章',"
    " '2020-01-01', NULL, 'active')",
    "INSERT INTO holders VALUES ('h1', NULL, x'01', NULL, '2026-11-21 02:00:00', NULL)",
    "INSERT INTO batches VALUES ('b1', 'sf', x'01', x'01', x'01', '文', 'issued', x'01', 1, 0, 0, 0, 1,"
    " '2026-11-21 02:00:00')",
    "INSERT INTO awards VALUES ('a1', 'b1', 1, 4, 'h1', x'01', NULL, 'issued')",
    "INSERT INTO certificates (id, number, cti, authority, holder, award, stage, state, awarded_on, basis_reference,"
    " status_list, status_index, reserved_at, signer_kid) VALUES ('c1', '99000020262000001',"
    " x'01010101010101010101010101010101', 'sf', 'h1', 'a1', 'reserved', 'withdrawn', '2026-10-30', 'F', 0, 7,"
    " '2026-11-21 02:00:00', x'01')",
)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register as the program of before left it, with an event for each reason, to copy."""
    path = tmp_path_factory.mktemp("before") / "r.sqlite3"
    engine = open_engine(path)
    with for_writing(engine).begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0006_trust")
        for statement in BEFORE:
            connection.exec_driver_sql(statement)
        for number in range(10):
            kind = KINDS[number] if number < len(KINDS) else "annotated"
            connection.exec_driver_sql(
                "INSERT INTO events (certificate, ordinal, kind, effective_on, recorded, authority, basis, document,"
                " reason, note) VALUES ('c1', ?, ?, ?, '2026-11-21 02:00:00', 'sf', '依据', '文号', ?, ?)",
                (number + 1, kind, f"2026-11-{number + 1:02}", number, "注" if kind == "annotated" else None),
            )
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def brought_up(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same brought up to date, to copy."""
    path = shutil.copy(before, tmp_path_factory.mktemp("after") / "r.sqlite3")
    Register.create(path).close()
    return path


@pytest.fixture
def after(brought_up: Path, tmp_path: Path) -> Iterator[Register]:
    """A register of before that is brought up to date, with an event for each reason."""
    register = Register.open(shutil.copy(brought_up, tmp_path / "r.sqlite3"))
    yield register
    register.close()


@pytest.mark.slow
def test_events_of_before_come_back_with_their_names(after: Register) -> None:
    with after.read() as session:
        events = events_of(session, "c1")
        assert [event.reason for event in events] == list(Reason)[:10], "those that there were"
        assert [event.effective.day for event in events] == list(range(1, 11))
        assert [event.kind.word for event in events] == [*KINDS, "annotated", "annotated", "annotated"]
        assert {(event.authority, event.basis, event.document) for event in events} == {("sf", "依据", "文号")}
        assert session.scalar(select(CertificateRow.state)) is Status.WITHDRAWN
        stored = session.execute(text("SELECT kind, reason FROM events WHERE ordinal = 5")).one()
        assert tuple(stored) == ("cancelled", "under_review")


@pytest.mark.slow
@pytest.mark.parametrize("statement", ["UPDATE events SET basis = ''", "DELETE FROM events"])
def test_events_are_appended_only_still(after: Register, statement: str) -> None:
    with pytest.raises(DBAPIError, match="events is appended only"), after.write() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("kind", "reason"), [("issued", "imaginary"), ("issued", "1"), ("imaginary", "none"), ("ISSUED", "none")]
)
def test_a_word_that_is_none_of_ours_is_not_stored(after: Register, kind: str, reason: str) -> None:
    insert = text(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason)"
        " VALUES ('c1', 11, :kind, '2026-11-21', '2026-11-21 02:00:00', 'sf', '', '', :reason)"
    )
    for known in ("withdrawn", "set_aside", "erased"):
        with after.write() as session:
            session.execute(insert, {"kind": known, "reason": "none"})
            session.rollback()
    with pytest.raises(DBAPIError, match="CHECK"), after.write() as session:
        session.execute(insert, {"kind": kind, "reason": reason})


def test_of_an_authority_of_before_no_parent_and_no_contact_is_known(after: Register) -> None:
    with after.read() as session:
        [authority] = lists.authorities(session)
        assert (authority.id, authority.parent, authority.contact) == ("sf", None, NO_CONTACTS)
    with pytest.raises(DBAPIError, match="FOREIGN KEY"), after.write() as session:
        session.execute(text("UPDATE authorities SET parent = 'nobody'"))


def test_the_columns_take_every_word_and_no_more() -> None:
    columns = EventRow.__table__.columns
    assert columns["kind"].type.enums == [kind.word for kind in EventKind]  # type: ignore[attr-defined]
    assert columns["reason"].type.enums == [reason.word for reason in Reason]  # type: ignore[attr-defined]
    assert CertificateRow.__table__.columns["state"].type.enums == [status.word for status in Status]  # type: ignore[attr-defined]


def test_the_migrations_can_be_written_for_postgresql() -> None:
    out = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": out, "target_metadata": Row.metadata}
    )
    with Operations.context(context):
        import_module("issuer.db.migrations.versions.0007_words").upgrade()
        import_module("issuer.db.migrations.versions.0010_authorities").upgrade()
        import_module("issuer.db.migrations.versions.0011_replaced").upgrade()
    written = out.getvalue()
    assert "ALTER TABLE events DROP CONSTRAINT ck_events_kind" in written
    assert "ADD CONSTRAINT ck_events_kind CHECK (kind IN ('issued', 'suspended'" in written
    assert "'annotated', 'set_aside', 'erased'))" in written
    key = "succeeds BYTEA CONSTRAINT fk_trust_keys_succeeds REFERENCES trust_keys (kid)"
    assert f"ALTER TABLE trust_keys ADD COLUMN {key}" in written
    assert "ALTER TABLE authorities ALTER COLUMN contact DROP DEFAULT" in written
    assert "ALTER TABLE events RENAME effective_on TO effective" in written
    assert "ALTER COLUMN reason TYPE VARCHAR(24) USING CASE reason WHEN 0 THEN 'none'" in written
    assert "ADD CONSTRAINT ck_events_reason CHECK (reason IN ('none', 'fraud'" in written
    assert "TRIGGER" not in written, "a rewritten column fires none, and the table stays"
