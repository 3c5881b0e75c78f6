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

from credential.days import day_of
from credential.history import Act
from issuer.auditing.opened import READ_INTEGRITY, note
from issuer.db import integrity as stored
from issuer.db.again import again
from issuer.errors import NotFoundError
from issuer.home.opened import Actor, Opened
from issuer.home.practice import IntegritySection, read_practice
from issuer.identifiers import ID_TYPE_NAMES, IdType, clean_id, find_id_type
from issuer.integrity import importing, stating
from issuer.integrity.importing import Defaults, People, RowFault
from issuer.integrity.reading import every, person_of, read_standings, standing_of, state_of
from issuer.integrity.standing import RecordState, Standing
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


def _terms(opened: Opened) -> IntegritySection:
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
    settings = _terms(opened)
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
    settings = _terms(opened)
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
        found = [_listed(each, today, numbers, gone) for each, numbers, gone in every(session, opened)]
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


def _listed(standing: Standing, today: date, numbers: Mapping[str, str], gone: set[str]) -> ListedRecord:
    record = standing.record
    is_set_aside = record.certificate in gone
    state = standing.state(today)
    return ListedRecord(
        id=record.id,
        state=state_of(standing, today, gone),
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
