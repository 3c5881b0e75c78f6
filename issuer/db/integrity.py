"""The repository of integrity records (诚信记录): who may not be issued a certificate, and until when.

Rules: a person is named by the blind index alone. A record has a term; an open end means until further notice. Records
are not deleted when a term ends: the term says so.

    add_record(session, IntegrityRecord(blind_index=index, ...))
    bars(session, index, on=date(2026, 11, 21))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import or_, select

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


def add_record(session: WriteSession, record: IntegrityRecord) -> None:
    """Open a record. Raises InputError when its term ends before it begins."""
    if record.term_until is not None and record.term_until < record.term_from:
        raise InputError("bad_span", f"the term ends on {record.term_until}, before it begins on {record.term_from}")
    members = {name: getattr(record, name) for name in IntegrityRecord.__dataclass_fields__}
    session.add(IntegrityRecordRow(id=new_id(), **members))
    session.flush()


def bars(session: ReadSession, blind_index: bytes, *, on: date) -> list[IntegrityRecord]:
    """Return the records of a person whose term holds the day ``on``, oldest first."""
    query = select(IntegrityRecordRow).where(
        IntegrityRecordRow.blind_index == blind_index,
        IntegrityRecordRow.term_from <= on,
        or_(IntegrityRecordRow.term_until.is_(None), IntegrityRecordRow.term_until >= on),
    )
    names = tuple(IntegrityRecord.__dataclass_fields__)
    found = session.scalars(query.order_by(IntegrityRecordRow.recorded))
    return [IntegrityRecord(**{name: getattr(row, name) for name in names}) for row in found]
