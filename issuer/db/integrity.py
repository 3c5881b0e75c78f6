"""The repository of integrity records (诚信档案): who may not be issued a certificate, and until when.

Rules: a person is named by the blind index alone. A record has a term; an open end means until further notice. Records
are neither changed nor deleted: every later act on one is a row beside it. Each names the statement that opened it.

    add_record(session, IntegrityRecord(blind_index=index, ...))
    records_of(session, [index])[index]
    stated(session)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select

from credential.statements import StatedRecord
from issuer.db.models import (
    ABOUT_INTEGRITY,
    AuditRow,
    IntegrityExportedRow,
    IntegrityExportRow,
    IntegrityPersonRow,
    IntegrityReceiptRow,
    IntegrityRecordRow,
    IntegrityStatedRow,
    StatementRow,
)
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all, table_of
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityRecord:
    """A bar on issuing."""

    blind_index: bytes = field(repr=False)
    authority: str
    """Who decided."""
    certificate: str | None
    """The certificate's row id, when the record opened with its withdrawal."""
    basis: str
    document: str
    term_from: date
    term_until: date | None
    """The last day, included."""
    recorded: datetime
    statement: str | None = None
    """The row of the operator's statement that opened it; None where nothing stands behind it."""
    id: str = field(default="", compare=False)
    """Of its row; empty where it has none."""

    def holds(self, on: date) -> bool:
        """Whether its term holds a day."""
        return self.term_from <= on and (self.term_until is None or on <= self.term_until)


_VALUES: Final = tuple(name for name in IntegrityRecord.__dataclass_fields__ if name != "id")


def add_record(session: WriteSession, record: IntegrityRecord) -> str:
    """Open a record and return its id. Raises InputError when its term ends before it begins."""
    if record.term_until is not None and record.term_until < record.term_from:
        raise InputError("bad_span", f"the term ends on {record.term_until}, before it begins on {record.term_from}")
    row = IntegrityRecordRow(id=record.id or new_id(), **{name: getattr(record, name) for name in _VALUES})
    session.add(row)
    session.flush()
    return row.id


def add_records(session: WriteSession, records: Sequence[IntegrityRecord]) -> None:
    """Open many records at once, each with its id; whether their terms hold was asked before."""
    names = ("id", *_VALUES)
    insert_all(session, IntegrityRecordRow, [{name: getattr(each, name) for name in names} for each in records])


def records_of(session: ReadSession, blind_indexes: Sequence[bytes]) -> dict[bytes, list[IntegrityRecord]]:
    """Return the records of some people, whatever their term, oldest first, by whose they are."""
    query = select(IntegrityRecordRow).where(IntegrityRecordRow.blind_index.in_(blind_indexes))
    found: dict[bytes, list[IntegrityRecord]] = {}
    for row in session.scalars(query.order_by(IntegrityRecordRow.recorded)):
        found.setdefault(row.blind_index, []).append(record_of_row(row))
    return found


def record_of_row(row: IntegrityRecordRow) -> IntegrityRecord:
    """Return what a row says."""
    return IntegrityRecord(**{name: getattr(row, name) for name in (*_VALUES, "id")})


def unbacked(record: IntegrityRecord) -> IntegrityRecord:
    """Return the record as one that no statement opened, whatever it claims."""
    return replace(record, statement=None)


def all_records(session: ReadSession) -> dict[str, IntegrityRecord]:
    """Return every record as its row says it, by id, oldest first."""
    query = select(IntegrityRecordRow).order_by(IntegrityRecordRow.recorded, IntegrityRecordRow.id)
    return {row.id: record_of_row(row) for row in session.scalars(query)}


def by_ids(session: ReadSession, ids: Collection[str]) -> dict[str, IntegrityRecord]:
    """Return these records, in the order in which they are named. Raises NotFoundError ``no_integrity_record``."""
    found: dict[str, IntegrityRecord] = {}
    for chunk in chunked(ids):
        query = select(IntegrityRecordRow).where(IntegrityRecordRow.id.in_(chunk))
        found |= {row.id: record_of_row(row) for row in session.scalars(query)}
    for each in ids:
        if each not in found:
            raise NotFoundError("no_integrity_record", f"there is no integrity record {each}", record=each)
    return {each: found[each] for each in ids}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A record as it stands on the list of a statement."""

    statement: str
    position: int
    said: StatedRecord
    note: bytes | None = field(repr=False)
    """Sealed."""


def add_stated(
    session: WriteSession, statement: str, listed: Sequence[StatedRecord], notes: Mapping[str, bytes | None]
) -> None:
    """Store the list of an accepted statement, with the sealed texts by record."""
    rows = [
        {
            "statement": statement,
            "position": place,
            "record": each.record,
            "acts": each.acts,
            "person": each.person,
            "basis": each.basis,
            "document": each.document,
            "term_from": each.term_from,
            "term_until": each.term_until,
            "note_digest": each.note,
            "note": notes.get(each.record),
        }
        for place, each in enumerate(listed)
    ]
    insert_all(session, IntegrityStatedRow, rows)


_STATED: Final = (
    "statement", "position", "note",
    "record", "acts", "person", "basis", "document", "term_from", "term_until", "note_digest",
)  # fmt: skip
_SAID: Final = ("record", "acts", "person", "basis", "document", "term_from", "term_until", "note")


def stated(session: ReadSession) -> list[Stated]:
    """Return all that was stated, in the order of lists. Rows of the table: there are many, and all are hashed."""
    table = table_of(IntegrityStatedRow)
    query = select(*(table.c[name] for name in _STATED)).order_by(table.c.statement, table.c.position)
    found = []
    for statement, position, sealed, *said in session.execute(query):
        record = StatedRecord(**dict(zip(_SAID, said, strict=True)))
        found.append(Stated(statement=statement, position=position, said=record, note=sealed))
    return found


def acts_of(session: ReadSession, records: Collection[str]) -> dict[str, int]:
    """Return how many acts were stated of each of these records; those that had none are not there."""
    found: dict[str, int] = {}
    for chunk in chunked(records):
        query = select(IntegrityStatedRow.record, func.count()).where(IntegrityStatedRow.record.in_(chunk))
        found |= dict(session.execute(query.group_by(IntegrityStatedRow.record)).all())
    return found


def statements_of(session: ReadSession, acts: Collection[str]) -> list[StatementRow]:
    """Return the evidence of these acts, oldest first."""
    query = select(StatementRow).where(StatementRow.act.in_(acts))
    return list(session.scalars(query.order_by(StatementRow.received, StatementRow.id)))


def opening_acts(session: ReadSession, statements: Collection[str]) -> dict[str, str]:
    """Return the act of each of these statements, by the id of its evidence."""
    found: dict[str, str] = {}
    for chunk in chunked(statements):
        query = select(StatementRow.id, StatementRow.act).where(StatementRow.id.in_(chunk))
        found |= dict(session.execute(query).all())
    return found


def audited(session: ReadSession) -> list[tuple[str, str]]:
    """Return record and act of every entry of the audit on a signed act on a record."""
    query = select(AuditRow.object, AuditRow.act).where(ABOUT_INTEGRITY)
    return [(record, act) for record, act in session.execute(query)]


# Whose records they are


def add_persons(session: WriteSession, persons: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Store whose records they are: by record the wrapped key and what is sealed under it."""
    rows = [{"record": each, "wrapped_key": key, "personal": sealed} for each, (key, sealed) in persons.items()]
    insert_all(session, IntegrityPersonRow, rows)


def person_of(session: ReadSession, record: str) -> tuple[bytes | None, bytes | None] | None:
    """Return wrapped key and sealed data of a record's person; None where a certificate says whose it is."""
    row = session.get(IntegrityPersonRow, record)
    return None if row is None else (row.wrapped_key, row.personal)


# What was reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the credit platform answered to a record of a file."""

    export: str
    record: str
    outcome: str
    reason: str
    received: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A record in a file, after so many acts, and the newest answer to it."""

    export: str
    made: datetime
    record: str
    acts: int
    answer: Receipt | None


def add_export(
    session: WriteSession, export: str, acts: Mapping[str, int], *, made_by: str, digest: bytes, now: datetime
) -> None:
    """Note that a file was made: which records are in it, and after how many acts."""
    place = session.scalar(select(func.count()).select_from(IntegrityExportRow)) or 0
    made = {"id": export, "place": place, "made": now.replace(microsecond=0), "made_by": made_by, "digest": digest}
    insert_all(session, IntegrityExportRow, [made])
    rows = [{"export": export, "record": record, "acts": many} for record, many in acts.items()]
    insert_all(session, IntegrityExportedRow, rows)


def sent(session: ReadSession) -> list[Sent]:
    """Return every record of every file with the newest answer, oldest file first."""
    answers: dict[tuple[str, str], Receipt] = {}
    receipts = select(IntegrityReceiptRow).order_by(IntegrityReceiptRow.place)
    for row in session.scalars(receipts):
        answers[row.export, row.record] = Receipt(
            export=row.export, record=row.record, outcome=row.outcome, reason=row.reason, received=row.received
        )
    query = (
        select(IntegrityExportedRow, IntegrityExportRow.made)
        .join(IntegrityExportRow, IntegrityExportRow.id == IntegrityExportedRow.export)
        .order_by(IntegrityExportRow.place, IntegrityExportedRow.record)
    )
    return [
        Sent(
            export=row.export,
            made=made,
            record=row.record,
            acts=row.acts,
            answer=answers.get((row.export, row.record)),
        )
        for row, made in session.execute(query)
    ]


def add_receipts(session: WriteSession, receipts: Sequence[Receipt]) -> None:
    """Store answers, each behind those that came before. Raises ConflictError ``not_sent``."""
    there = {(each.export, each.record) for each in sent(session)}
    counted = select(IntegrityReceiptRow.export, IntegrityReceiptRow.record, func.count())
    grouped = counted.group_by(IntegrityReceiptRow.export, IntegrityReceiptRow.record)
    places = {(export, record): many for export, record, many in session.execute(grouped)}
    rows = []
    for each in receipts:
        key = each.export, each.record
        if key not in there:
            message = f"record {each.record} was not in file {each.export}; the answer belongs to another file"
            raise ConflictError("not_sent", message, record=each.record, export=each.export)
        rows.append(
            {
                "export": each.export,
                "record": each.record,
                "place": places.get(key, 0),
                "outcome": each.outcome,
                "reason": each.reason,
                "received": each.received,
            }
        )
        places[key] = places.get(key, 0) + 1
    insert_all(session, IntegrityReceiptRow, rows)
