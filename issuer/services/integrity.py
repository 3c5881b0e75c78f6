"""The integrity record (诚信档案) for an office: added to, objected to, corrected, ended, listed, reported.

Rules: nothing is done without an operator's signed statement, and everything that was done stays. A list opens nothing
personal; who opens a record is noted before it is shown. What is reported to the credit platform is noted for each
record. Nothing of it is published.

    planned = integrity.plan_add(opened, [NewRecord(...)], authority="sf-hrss", document="示人社信〔2026〕1号")
    integrity.act_here(opened, "chief1", planned)
    integrity.listed(opened)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from credential.days import day_of
from credential.history import Act
from issuer.auditing.opened import READ_INTEGRITY, note
from issuer.batches.rows import open_row
from issuer.db import integrity as stored
from issuer.db.again import again
from issuer.db.models import CertificateRow
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.home.opened import Actor, Opened
from issuer.home.practice import IntegritySection, read_practice
from issuer.identifiers import ID_TYPE_NAMES, IdType, clean_id, find_id_type
from issuer.integrity import importing, stating
from issuer.integrity.barring import set_aside
from issuer.integrity.importing import Defaults, People, RowFault
from issuer.integrity.reading import read_standings
from issuer.integrity.standing import RecordState, Standing, Standings
from issuer.integrity.stating import Change, NewRecord, Person, Planned
from issuer.integrity.terms import years_after
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.sequencer import chain_soon
from issuer.services.signing import sign_here
from issuer.statements import Draft

__all__ = [
    "Change",
    "ListedRecord",
    "NewRecord",
    "People",
    "Person",
    "Planned",
    "RecordState",
    "RowFault",
    "ShownRecord",
    "ShownStep",
    "accept",
    "act_here",
    "draft",
    "due_to_expire",
    "listed",
    "new_record",
    "plan_act",
    "plan_add",
    "read_list",
    "shown",
    "terms",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRecord:
    """A record as a list shows it: nothing personal."""

    id: str
    state: str
    """The word of a ``RecordState``; ``set_aside`` where the withdrawal that opened it was annulled."""
    authority: str
    certificate: str | None
    """The number of the certificate with whose withdrawal it opened."""
    basis: str
    document: str
    term_from: date
    term_until: date | None
    recorded: datetime
    acts: int
    objections: int
    bars: bool
    """Whether it keeps its person from being issued a certificate today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """One act on a record."""

    act: str
    at: datetime
    operator: str
    authority: str
    under: str
    basis: str
    document: str
    term_from: date
    term_until: date | None
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """A record, opened."""

    record: ListedRecord
    name: str = field(repr=False)
    id_type: str
    id_number: str = field(repr=False)
    steps: tuple[ShownStep, ...]


def terms(opened: Opened) -> IntegritySection:
    """Return the term of this home and its citation. Raises InputError ``practice_file``."""
    return read_practice(opened.home).integrity


def new_record(
    opened: Opened,
    *,
    name: str,
    id_type: str,
    id_number: str,
    document: str,
    basis: str = "",
    term_from: date | None = None,
    term_until: date | None = None,
    note: str = "",
) -> NewRecord:
    """Return a record that is to be added, with the home's basis and term where none is given.

    Raises:
        InputError: ``id_type_unknown``, ``id_…`` of the number, ``practice_file``.
    """
    settings = terms(opened)
    kind = find_id_type(id_type) if id_type else IdType.CITIZEN
    begins = term_from or day_of(opened.clock())
    return NewRecord(
        person=Person(name=name.strip(), id_type=kind, id_number=clean_id(kind, id_number).text),
        basis=basis or settings.basis,
        document=document,
        term_from=begins,
        term_until=term_until or years_after(begins, settings.years),
        note=note,
    )


def read_list(opened: Opened, data: bytes, *, document: str, basis: str = "", term_from: date | None = None) -> People:
    """Read a list of people; what a cell leaves empty is what is given, else the home's. Raises as ``read_people``."""
    settings = terms(opened)
    defaults = Defaults(
        basis=basis or settings.basis,
        document=document,
        term_from=term_from or day_of(opened.clock()),
        years=settings.years,
    )
    return importing.read_people(data, defaults)


def plan_add(opened: Opened, new: Sequence[NewRecord], *, authority: str, document: str) -> Planned:
    """Fix what adding some people would sign. Raises NotFoundError ``no_authority``, and as ``stating.plan_add``."""
    vault = opened.vault
    with opened.register.read() as session:
        lists.authority(session, authority)
        return stating.plan_add(session, vault, new, authority=authority, document=document)


def plan_act(opened: Opened, act: Act, changes: Mapping[str, Change], *, document: str, authority: str = "") -> Planned:
    """Fix what an act on records would sign; who decides is who decided before, where nobody else is named.

    Raises:
        As ``stating.plan_act``.
    """
    with opened.register.read() as session:
        standings = read_standings(session, opened)
        decides = authority or next(iter(stored.by_ids(session, list(changes)).values())).authority
        today = day_of(opened.clock())
        return stating.plan_act(session, standings, act, changes, authority=decides, document=document, today=today)


def due_to_expire(opened: Opened) -> tuple[str, ...]:
    """Return the records whose term is over, and for which nobody has signed that yet."""
    return tuple(each.id for each in listed(opened) if each.state == RecordState.OVER)


def draft(opened: Opened, operator_id: str, planned: Planned) -> Draft:
    """Lay out an operator's statement over a plan. Raises as ``stating.draft``."""
    with opened.register.read() as session:
        operators = read_operators(session, opened)
    return stating.draft(planned, operators.by_id(operator_id), operators=operators, now=opened.clock())


@again
def accept(opened: Opened, token: str, planned: Planned) -> tuple[str, ...]:
    """Accept a signed statement and do it; return the records. Raises as ``stating.accept``."""
    vault = opened.vault
    with opened.register.write() as session:
        operators = read_operators(session, opened)
        done = stating.accept(session, vault, token, planned, operators=operators, now=opened.clock())
    chain_soon(opened.register)
    return done


def act_here(opened: Opened, operator_id: str, planned: Planned) -> tuple[str, ...]:
    """Draft, sign with the operator's key of this home, and accept. Raises as ``draft``, ``accept`` and the custody."""
    return accept(opened, sign_here(opened, draft(opened, operator_id, planned)), planned)


def listed(opened: Opened, *, state: str = "") -> tuple[ListedRecord, ...]:
    """Return all records, newest first; of one state where it is named."""
    today = day_of(opened.clock())
    with opened.register.read() as session:
        found = [listed_record(each, today, numbers, gone) for each, numbers, gone in every(session, opened)]
    return tuple(each for each in reversed(found) if not state or each.state == state)


def shown(opened: Opened, actor: Actor, record: str) -> ShownRecord:
    """Return one record, opened, with its history.

    Raises:
        NotFoundError: ``no_integrity_record``.
        NotAllowedError: ``erased``.
        ConflictError: ``reading_unrecorded``.
    """
    found = _find(opened, record)
    note(opened, actor, READ_INTEGRITY, [record])
    with opened.register.read() as session:
        standing = standing_of(session, read_standings(session, opened), record)
        person = person_of(session, opened, standing)
        key = stating.key_of(session, opened.vault, record)
        steps = []
        for step in standing.steps:
            text = ""
            if step.note is not None:
                plain = key.open(step.note, **stating.NOTE, row=stating.note_row(step.said))
                text = str(json.loads(plain)["text"])
            steps.append(
                ShownStep(
                    act=step.act.value,
                    at=step.at,
                    operator=step.operator,
                    authority=step.authority,
                    under=step.under,
                    basis=step.said.basis,
                    document=step.said.document,
                    term_from=step.said.term_from,
                    term_until=step.said.term_until,
                    note=text,
                )
            )
    return ShownRecord(
        record=found,
        name=person.name,
        id_type=ID_TYPE_NAMES[person.id_type][0],
        id_number=person.id_number,
        steps=tuple(steps),
    )


def _find(opened: Opened, record: str) -> ListedRecord:
    for each in listed(opened):
        if each.id == record:
            return each
    raise NotFoundError("no_integrity_record", f"there is no integrity record {record}", record=record)


def every(session: ReadSession, opened: Opened) -> list[tuple[Standing, Mapping[str, str], set[str]]]:
    """Return all records as they stand, oldest first, with numbers of certificates, and which were set aside."""
    standings = read_standings(session, opened)
    records = stored.all_records(session)
    every = dict.fromkeys([*records, *standings.records])
    certificates = {each.certificate for each in records.values() if each.certificate is not None}
    query = select(CertificateRow.id, CertificateRow.number).where(CertificateRow.id.in_(certificates))
    numbers = dict(session.execute(query).all())
    gone = set_aside(session, certificates)
    return [(standing_of(session, standings, each), numbers, gone) for each in every]


def standing_of(session: ReadSession, standings: Standings, record: str) -> Standing:
    known = standings.records.get(record)
    return known or Standing(record=stored.by_ids(session, [record])[record], steps=())


def listed_record(standing: Standing, today: date, numbers: Mapping[str, str], gone: set[str]) -> ListedRecord:
    record = standing.record
    is_set_aside = record.certificate in gone
    state = standing.state(today)
    return ListedRecord(
        id=record.id,
        state="set_aside" if is_set_aside and not standing.is_closed else state.value,
        authority=record.authority,
        certificate=None if record.certificate is None else numbers.get(record.certificate),
        basis=record.basis,
        document=record.document,
        term_from=record.term_from,
        term_until=record.term_until,
        recorded=record.recorded,
        acts=standing.acts,
        objections=sum(each.act is Act.INTEGRITY_OBJECT for each in standing.steps),
        bars=state is RecordState.RUNNING and not is_set_aside,
    )


def person_of(session: ReadSession, opened: Opened, standing: Standing) -> Person:
    """Whose record it is: as it was added, or as the row of the certificate's list says."""
    record, vault = standing.record, opened.vault
    own = stored.person_of(session, record.id)
    if own is None:
        award = session.get_one(CertificateRow, record.certificate).award
        draft = open_row(session, vault, award).draft
        return Person(name=draft.name, id_type=draft.id_type, id_number=draft.id_number)
    wrapped, sealed = own
    key = vault.unwrap(wrapped, table=stating.PERSONS, row=record.id)
    assert sealed is not None
    plain = json.loads(key.open(sealed, table=stating.PERSONS, column="personal", row=record.id))
    kind = next(each for each in IdType if each.word == plain["id_type"])
    return Person(name=plain["name"], id_type=kind, id_number=plain["id_number"])
