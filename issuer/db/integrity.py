"""The repository of integrity records (诚信记录): who may not be issued a certificate, and until when.

Rules: a person is named by the blind index alone. A record has a term; an open end means until further notice. Records
are neither changed nor deleted: the term ends them. Each names the statement that opened it.

    add_record(session, IntegrityRecord(blind_index=index, ...))
    records_of(session, [index])[index]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import select

from issuer.db.models import IntegrityRecordRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import InputError
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

    def holds(self, on: date) -> bool:
        """Whether its term holds a day."""
        return self.term_from <= on and (self.term_until is None or on <= self.term_until)


def add_record(session: WriteSession, record: IntegrityRecord) -> None:
    """Open a record. Raises InputError when its term ends before it begins."""
    if record.term_until is not None and record.term_until < record.term_from:
        raise InputError("bad_span", f"the term ends on {record.term_until}, before it begins on {record.term_from}")
    members = {name: getattr(record, name) for name in IntegrityRecord.__dataclass_fields__}
    session.add(IntegrityRecordRow(id=new_id(), **members))
    session.flush()


def records_of(session: ReadSession, blind_indexes: Sequence[bytes]) -> dict[bytes, list[IntegrityRecord]]:
    """Return the records of some people, whatever their term, oldest first, by whose they are."""
    query = select(IntegrityRecordRow).where(IntegrityRecordRow.blind_index.in_(blind_indexes))
    found: dict[bytes, list[IntegrityRecord]] = {}
    for row in session.scalars(query.order_by(IntegrityRecordRow.recorded)):
        found.setdefault(row.blind_index, []).append(record_of_row(row))
    return found


def record_of_row(row: IntegrityRecordRow) -> IntegrityRecord:
    """Return what a row says."""
    return IntegrityRecord(**{name: getattr(row, name) for name in IntegrityRecord.__dataclass_fields__})


def unbacked(record: IntegrityRecord) -> IntegrityRecord:
    """Return the record as one that no statement opened, whatever it claims."""
    return replace(record, statement=None)
