"""What is done to integrity records by an operator's signed statement: planned, drafted, accepted.

Rules: a plan is a value and fixes everything that is signed: the ids, whose record it is, basis, decision, term, and
the digest of a text. Accepting compares each record with what the plan saw. Nothing is overwritten: an objection and a
correction stand beside what was before. Whose record it is, and every text, is stored sealed.

    planned = plan_add(session, vault, [NewRecord(...)], authority="sf-hrss", document="示人社信〔2026〕1号")
    made = draft(planned, entry, operators=operators, now=now)
    accept(session, vault, made.signed_by(signer), planned, operators=operators, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from credential import jsonform
from credential.characters import is_text
from credential.claims import MAX_NAME
from credential.history import MAX_BASIS, MAX_DOCUMENT, Act
from credential.statements import StatedRecord, records_root
from issuer import audit, statements
from issuer.db import integrity as stored
from issuer.db.integrity import IntegrityRecord
from issuer.db.models import CertificateRow, HolderRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError
from issuer.identifiers import IdType, clean_id
from issuer.ids import new_id, new_salt
from issuer.integrity.standing import RECORD_TAGS, RecordState, Standing, Standings
from issuer.office.operators import OperatorEntry, Operators
from issuer.seconding import require_decider
from issuer.statements import Draft
from issuer.vault import DataKey, Vault

PERSONS: Final = "integrity_persons"
NOTE: Final = {"table": "integrity_stated", "column": "note"}
"""Where a text is sealed; the row is the record and how many acts it had had."""
MAX_NOTE: Final = 2000
MAX_AT_ONCE: Final = 20_000
"""Records of one statement: as many as rows of a list."""
_OPEN: Final = frozenset({RecordState.AHEAD, RecordState.RUNNING, RecordState.OVER})
_FROM: Final[Mapping[Act, frozenset[RecordState]]] = MappingProxyType(
    {
        Act.INTEGRITY_OBJECT: _OPEN,
        Act.INTEGRITY_CORRECT: _OPEN,
        Act.INTEGRITY_END: _OPEN,
        Act.INTEGRITY_EXPIRE: frozenset({RecordState.OVER}),
    }
)
"""From which states an act is possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose record it is."""

    name: str = field(repr=False)
    id_type: IdType
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """A record that is to be added."""

    person: Person
    basis: str
    document: str
    term_from: date
    term_until: date | None
    """The last day, included; None until further notice."""
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an act says of one record; None leaves what is."""

    basis: str | None = None
    document: str | None = None
    term_from: date | None = None
    term_until: date | None = None
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Everything that one statement will say and do."""

    act: Act
    authority: str
    document: str
    """Under which it is done."""
    listed: tuple[StatedRecord, ...]
    notes: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """By record: the canonical JSON whose digest is signed for."""
    persons: Mapping[str, Person] = field(default_factory=dict, repr=False)
    """By record, of those that are added."""
    known: tuple[str, ...] = ()
    """Records that are there already, for the same person by the same decision: they are not added again."""


def plan_add(session: ReadSession, vault: Vault, new: Sequence[NewRecord], *, authority: str, document: str) -> Planned:
    """Fix what adding some people would sign. What is on record already is left out, and named.

    Raises:
        InputError: ``integrity_field``: the field ``field`` of person ``place`` (from 1) is not acceptable;
            ``integrity_none``: nobody, or too many; ``bad_span``.
    """
    if not 1 <= len(new) <= MAX_AT_ONCE:
        raise InputError("integrity_none", f"name 1 to {MAX_AT_ONCE} people at a time", most=MAX_AT_ONCE)
    _require_text("document", document, MAX_DOCUMENT, 0)
    indexes = [_index(vault, each.person, place) for place, each in enumerate(new, start=1)]
    there: dict[tuple[bytes, str], str] = {
        (index, record.document): record.id
        for index, records in stored.records_of(session, indexes).items()
        for record in records
    }
    listed, notes, persons, known = [], {}, {}, []
    for place, (each, index) in enumerate(zip(new, indexes, strict=True), start=1):
        _check(each, place)
        if (index, each.document) in there:
            known.append(there[index, each.document])
            continue
        record = there[index, each.document] = new_id()
        text = _note(each.note)
        listed.append(_stated(record, index, each, text))
        persons[record] = each.person
        if text is not None:
            notes[record] = text
    return Planned(
        act=Act.INTEGRITY_ADD,
        authority=authority,
        document=document,
        listed=tuple(listed),
        notes=notes,
        persons=persons,
        known=tuple(dict.fromkeys(known)),
    )


def plan_act(
    session: ReadSession,
    standings: Standings,
    act: Act,
    changes: Mapping[str, Change],
    *,
    authority: str,
    document: str,
    today: date,
) -> Planned:
    """Fix what an act on records would sign.

    Args:
        session: reads.
        standings: how all records stand by what was signed.
        act: object, correct, end or expire.
        changes: by record.
        authority: who decides.
        document: under which it is done.
        today: civil day.

    Raises:
        NotFoundError: ``no_integrity_record``.
        ConflictError: ``integrity_state``: from this state the act is not possible.
        InputError: ``integrity_field``, ``integrity_none``, ``bad_span``, ``nothing_corrected``.
    """
    if not 1 <= len(changes) <= MAX_AT_ONCE:
        raise InputError("integrity_none", f"name 1 to {MAX_AT_ONCE} records at a time", most=MAX_AT_ONCE)
    _require_text("document", document, MAX_DOCUMENT, 0)
    records = stored.by_ids(session, list(changes))
    listed, notes = [], {}
    for name, change in changes.items():
        standing = standings.records.get(name) or Standing(record=records[name], steps=())
        state = standing.state(today)
        if state not in _FROM[act]:
            message = f"integrity record {name} is {state.value}; it is not possible to {act.value} it"
            raise ConflictError("integrity_state", message, record=name, state=state.value)
        text = _note(change.note)
        listed.append(_changed(act, standing, change, text))
        if text is not None:
            notes[name] = text
    return Planned(act=act, authority=authority, document=document, listed=tuple(listed), notes=notes)


def draft(
    planned: Planned,
    entry: OperatorEntry,
    *,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Draft:
    """Lay out an operator's statement over the list of a plan.

    Raises:
        NotAllowedError: ``role``, ``other_authority``, ``operator_not_in_force``, ``scheme``.
        ConflictError: ``integrity_known``: everybody is on record already.
    """
    if not planned.listed:
        raise ConflictError("integrity_known", "everybody is on record already by this decision; nothing is to be done")
    operators.acting(entry.operator.key.key_id, now)
    require_decider(entry, planned.authority)
    return statements.draft(
        planned.act,
        entry,
        object={"authority": planned.authority, "document": planned.document},
        previous="",
        counts={"records": len(planned.listed)},
        digests={"records_root": records_root(planned.listed)},
        deployment=operators.deployment,
        now=now,
        token_bytes=token_bytes,
    )


def accept(
    session: WriteSession, vault: Vault, token: str, planned: Planned, *, operators: Operators, now: datetime
) -> tuple[str, ...]:
    """Accept a signed statement over the list that came with it, and do what it says; return the records.

    Raises:
        InputError: ``other_act``, ``other_list``.
        ConflictError: ``moved_on``: somebody acted on one of the records meanwhile.
        As ``draft`` and ``issuer.statements.accept``.
    """
    now = now.replace(microsecond=0)
    statement, _ = statements.read(token, operators)
    said = (statement.act, dict(statement.object), statement.counts.get("records"))
    wanted = (planned.act, {"authority": planned.authority, "document": planned.document}, len(planned.listed))
    if said != wanted or statement.digests["records_root"] != records_root(planned.listed):
        raise InputError("other_list", "the statement is over another list of integrity records than the one given")
    accepted = statements.accept(session, token, operators, now=now)
    require_decider(accepted.entry, planned.authority)
    if planned.act is Act.INTEGRITY_ADD:
        _add(session, vault, planned, accepted.id, now)
    else:
        _require_unmoved(session, planned)
    sealed = {
        each.record: _sealed(session, vault, each, planned.notes[each.record])
        for each in planned.listed
        if each.record in planned.notes
    }
    stored.add_stated(session, accepted.id, planned.listed, sealed)
    names = [each.record for each in planned.listed]
    details = {"document": planned.document, audit.STATEMENT: accepted.digest}
    actor = accepted.entry.operator.id
    audit.append_all(session, actor=actor, act=RECORD_TAGS[planned.act], subjects=names, details=details, now=now)
    return tuple(names)


def key_of(session: ReadSession, vault: Vault, record: str) -> DataKey:
    """Return the data key under which texts on a record are sealed: its own, or that of the certificate's holder.

    Raises:
        NotAllowedError: ``erased``.
        NotFoundError: ``no_integrity_record``.
    """
    own = stored.person_of(session, record)
    if own is not None:
        return vault.unwrap(own[0], table=PERSONS, row=record)
    certificate = stored.by_ids(session, [record])[record].certificate
    holder = session.get_one(HolderRow, session.get_one(CertificateRow, certificate).holder)
    return vault.unwrap(holder.wrapped_key, table="holders", row=holder.id)


def note_row(each: StatedRecord) -> str:
    """Return the row to which the text of an act on a record is bound."""
    return f"{each.record}-{each.acts}"


def _add(session: WriteSession, vault: Vault, planned: Planned, statement: str, now: datetime) -> None:
    persons: dict[str, tuple[bytes, bytes]] = {}
    records: list[IntegrityRecord] = []
    there = stored.records_of(session, [each.person for each in planned.listed])
    for each in planned.listed:
        if any(record.document == each.document for record in there.get(each.person, ())):
            raise _moved_on(each.record)
        records.append(
            IntegrityRecord(
                id=each.record,
                blind_index=each.person,
                authority=planned.authority,
                certificate=None,
                basis=each.basis,
                document=each.document,
                term_from=each.term_from,
                term_until=each.term_until,
                recorded=now,
                statement=statement,
            )
        )
        person = planned.persons[each.record]
        key, wrapped = vault.new_key(table=PERSONS, row=each.record)
        plain = {"id_number": person.id_number, "id_type": person.id_type.word, "name": person.name}
        persons[each.record] = (
            wrapped,
            key.seal(jsonform.encode(plain), table=PERSONS, column="personal", row=each.record),
        )
    stored.add_records(session, records)
    stored.add_persons(session, persons)


def _require_unmoved(session: WriteSession, planned: Planned) -> None:
    names = [each.record for each in planned.listed]
    records, acts = stored.by_ids(session, names), stored.acts_of(session, names)
    for each in planned.listed:
        record = records[each.record]
        done = acts.get(each.record, 0) + (record.certificate is not None)
        if (done, record.blind_index) != (each.acts, each.person):
            raise _moved_on(each.record)


def _moved_on(record: str) -> ConflictError:
    message = f"integrity record {record} is not what the operator saw any more; look at it again"
    return ConflictError("moved_on", message, record=record)


def _sealed(session: ReadSession, vault: Vault, each: StatedRecord, text: bytes) -> bytes:
    return key_of(session, vault, each.record).seal(text, **NOTE, row=note_row(each))


def _stated(record: str, index: bytes, new: NewRecord, text: bytes | None) -> StatedRecord:
    return StatedRecord(
        record=record,
        acts=0,
        person=index,
        basis=new.basis,
        document=new.document,
        term_from=new.term_from,
        term_until=new.term_until,
        note=None if text is None else sha256(text).digest(),
    )


def _changed(act: Act, standing: Standing, change: Change, text: bytes | None) -> StatedRecord:
    record = standing.record
    given = (change.basis, change.document, change.term_from, change.term_until)
    if act is Act.INTEGRITY_CORRECT and all(each is None for each in given):
        raise InputError("nothing_corrected", f"integrity record {record.id}: say what is corrected", record=record.id)
    if act is Act.INTEGRITY_OBJECT and text is None:
        raise InputError("integrity_field", "an objection says what is objected to", place=1, field="note")
    said = StatedRecord(
        record=record.id,
        acts=standing.acts,
        person=record.blind_index,
        basis=record.basis if change.basis is None else change.basis,
        document=record.document if change.document is None else change.document,
        term_from=change.term_from or record.term_from,
        term_until=change.term_until or record.term_until,
        note=None if text is None else sha256(text).digest(),
    )
    _check_terms(said.basis, said.document, said.term_from, said.term_until, 1)
    return said


def _index(vault: Vault, person: Person, place: int) -> bytes:
    if not is_text(person.name, MAX_NAME):
        raise _wrong(place, "name")
    try:
        number = clean_id(person.id_type, person.id_number).text
    except InputError as error:
        raise _wrong(place, "id_number", error.code) from error
    if number != person.id_number:
        raise _wrong(place, "id_number")
    return vault.blind_index(person.id_type.word, number)


def _check(new: NewRecord, place: int) -> None:
    _check_terms(new.basis, new.document, new.term_from, new.term_until, place)
    if len(new.note) > MAX_NOTE:
        raise _wrong(place, "note")


def _check_terms(basis: str, document: str, term_from: date, term_until: date | None, place: int) -> None:
    _require_text("basis", basis, MAX_BASIS, place)
    _require_text("document", document, MAX_DOCUMENT, place)
    if term_until is not None and term_until < term_from:
        raise InputError("bad_span", f"the term ends on {term_until}, before it begins on {term_from}", place=place)


def _require_text(name: str, text: str, most: int, place: int) -> None:
    if not is_text(text, most):
        raise _wrong(place, name)


def _wrong(place: int, name: str, why: str = "") -> InputError:
    message = f"person {place}: {name} is empty, too long, or holds what cannot be printed {why}".rstrip()
    return InputError("integrity_field", message, place=place, field=name, why=why)


def _note(text: str) -> bytes | None:
    plain = text.strip()
    if not plain:
        return None
    if len(plain) > MAX_NOTE:
        raise InputError("integrity_field", f"a text has at most {MAX_NOTE} characters", place=1, field="note")
    return jsonform.encode({"salt": new_salt(), "text": plain})
