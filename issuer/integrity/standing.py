"""How integrity records stand by what operators signed, and by nothing else that the database says.

Rules: every list of a record's acts is proven whole: its signature, its operator, its root, its length. Acts follow
each other without a gap. Where one is not proven, what comes after it does not count: so nobody is freed by a row, and
a row that is gone is found by the list that it is missing from, or by the entry of the audit. A record that a
withdrawal for fraud opened has that as its first act; it is proven with the withdrawal (``issuer.integrity.checking``).

    standings = standings_of(session, operators)
    standings.require_whole()                      # before anything is signed
    standings.after(blind_index, records)          # as they are after their acts
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import Final

from credential.errors import CodedError
from credential.history import Act
from credential.statements import INTEGRITY_ACTS, StatedRecord, Statement, records_root
from issuer import statements
from issuer.db import integrity as stored
from issuer.db.integrity import IntegrityRecord, Stated
from issuer.db.models import StatementRow
from issuer.db.sessions import ReadSession
from issuer.errors import TamperedError
from issuer.office.operators import Operators
from issuer.seconding import require_decider

RECORD_TAGS: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.INTEGRITY_ADD: "integrity.add",
        Act.INTEGRITY_OBJECT: "integrity.object",
        Act.INTEGRITY_CORRECT: "integrity.correct",
        Act.INTEGRITY_END: "integrity.end",
        Act.INTEGRITY_EXPIRE: "integrity.expire",
    }
)
"""The act of the audit's entry, by the act of the statement."""
_CLOSING: Final = frozenset({Act.INTEGRITY_END, Act.INTEGRITY_EXPIRE})


class RecordState(StrEnum):
    """Where a record stands on a day."""

    AHEAD = "ahead"
    """Its term has not begun."""
    RUNNING = "running"
    OVER = "over"
    """Its term is over, and nobody has signed for it yet: it bars nobody."""
    EXPIRED = "expired"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act on a record, proven."""

    act: Act
    at: datetime
    """When it was accepted."""
    operator: str
    authority: str
    under: str
    """The document under which it was done."""
    statement: str
    """The row of the evidence."""
    said: StatedRecord
    note: bytes | None = field(repr=False)
    """Sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A record as it is after its acts."""

    record: IntegrityRecord
    steps: tuple[Step, ...]

    @property
    def is_closed(self) -> bool:
        """Whether somebody signed that it ended or expired."""
        return bool(self.steps) and self.steps[-1].act in _CLOSING

    @property
    def acts(self) -> int:
        """How many acts it has had, the withdrawal that opened it included."""
        return len(self.steps) + (self.record.certificate is not None)

    def state(self, on: date) -> RecordState:
        """Return where it stands on a day."""
        if self.is_closed:
            return RecordState.ENDED if self.steps[-1].act is Act.INTEGRITY_END else RecordState.EXPIRED
        if on < self.record.term_from:
            return RecordState.AHEAD
        return RecordState.RUNNING if self.record.holds(on) else RecordState.OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with what was signed of records."""

    name: str
    """The record, or the statement."""
    code: str
    """``integrity_unproven`` or ``integrity_missing``."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """All records on which operators acted, by what they signed."""

    records: Mapping[str, Standing]
    """By id: those that were added, and those of withdrawals on which somebody acted since."""
    faults: tuple[Fault, ...] = ()
    _of_person: Mapping[bytes, Sequence[Standing]] = field(init=False, repr=False, compare=False)
    _of_certificate: Mapping[str, Standing] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        people: dict[bytes, list[Standing]] = {}
        for each in self.records.values():
            people.setdefault(each.record.blind_index, []).append(each)
        withdrawn = {
            each.record.certificate: each for each in self.records.values() if each.record.certificate is not None
        }
        object.__setattr__(self, "_of_person", people)
        object.__setattr__(self, "_of_certificate", withdrawn)

    def require_whole(self) -> None:
        """Ask whether all that was signed is there, and nothing else.

        Raises:
            TamperedError: ``integrity_missing``, ``integrity_unproven``.
        """
        for each in self.faults:
            if each.code == "integrity_missing":
                raise TamperedError("integrity_missing", each.message, record=each.name)
            raise TamperedError("integrity_unproven", each.message, record=each.name)

    def after(self, person: bytes, records: Iterable[IntegrityRecord]) -> list[IntegrityRecord]:
        """Return the records of a person as they are after their acts, without those that were closed.

        Args:
            person: the blind index.
            records: as the register's rows and withdrawals tell them.
        """
        found: list[IntegrityRecord] = []
        seen: set[str] = set()
        for each in records:
            standing = self.records.get(each.id) or self._of_certificate.get(each.certificate or "")
            if standing is None or standing.record.blind_index != person:
                found.append(each)
                continue
            if standing.record.id not in seen:
                found += [] if standing.is_closed else [standing.record]
            seen.add(standing.record.id)
        for standing in self._of_person.get(person, ()):
            if standing.record.id not in seen and not standing.is_closed:
                found.append(standing.record)
        return found


NOTHING_PROVEN: Final = Standings(records=MappingProxyType({}))
"""Nothing was proven: what opens a record counts, and nothing that ends one."""


def standings_of(session: ReadSession, operators: Operators) -> Standings:
    """Prove all that was signed of integrity records, and return how they stand.

    It reads every record and every list: what it costs grows with them, and not with the register.

    Args:
        session: reads.
        operators: the verified file of operators.
    """
    faults: list[Fault] = []
    listed = {name: list(rows) for name, rows in groupby(stored.stated(session), key=lambda each: each.statement)}
    steps: dict[str, list[Step]] = {}
    for row in stored.statements_of(session, INTEGRITY_ACTS):
        rows = listed.pop(row.id, [])
        try:
            statement = _proven(session, row, rows, operators)
        except CodedError as error:
            code = "integrity_missing" if error.code == "integrity_missing" else "integrity_unproven"
            faults.append(_fault(row.id, code, str(error)))
            continue
        for each in rows:
            steps.setdefault(each.said.record, []).append(_step(row, statement, each))
    faults += [_fault(name, "integrity_unproven", "no such statement was accepted") for name in listed]
    rows_of_records = stored.all_records(session)
    found: dict[str, Standing] = {}
    for record, theirs in steps.items():
        standing = _folded(rows_of_records.get(record), theirs, faults)
        if standing is not None:
            found[record] = standing
    faults += _unaudited(session, steps)
    return Standings(records=found, faults=tuple(faults))


def _proven(session: ReadSession, row: StatementRow, rows: Sequence[Stated], operators: Operators) -> Statement:
    statement, entry = statements.proven_once(session, row, operators)
    if not statements.accepted_in_time(statement, row.received):
        raise TamperedError("bad_statement", f"statement {row.id} was not accepted in its time", statement=row.id)
    statements.require_in_force(session, row, entry, operators, row.received)
    require_decider(entry, statement.object["authority"])
    signed = (statement.counts["records"], statement.digests["records_root"])
    if not rows or (len(rows), records_root(each.said for each in rows)) != signed:
        message = f"statement {row.id} names {signed[0]} records; the register holds {len(rows)} or others"
        raise TamperedError("integrity_missing", message, statement=row.id)
    return statement


def _step(row: StatementRow, statement: Statement, each: Stated) -> Step:
    return Step(
        act=statement.act,
        at=row.received,
        operator=statement.operator,
        authority=statement.object["authority"],
        under=statement.object["document"],
        statement=row.id,
        said=each.said,
        note=each.note,
    )


def _folded(row: IntegrityRecord | None, steps: list[Step], faults: list[Fault]) -> Standing | None:
    """A record after those of its acts that follow each other without a gap."""
    steps.sort(key=lambda each: each.said.acts)
    name = steps[0].said.record
    begins = 1 if row is not None and row.certificate is not None else 0
    good: list[Step] = []
    for place, step in enumerate(steps, start=begins):
        follows = step.said.acts == place and (step.act is Act.INTEGRITY_ADD) is (place == 0)
        closed = bool(good) and good[-1].act in _CLOSING
        if not follows or closed or step.said.person != (row.blind_index if begins and row else steps[0].said.person):
            faults.append(_fault(name, "integrity_unproven", f"act {place} on it does not follow what was before"))
            break
        good.append(step)
    if not good:
        return None
    first = _opened(good[0])
    if not begins and (row is None or replace(row, recorded=first.recorded) != first):
        faults.append(_fault(name, "integrity_missing", "its row is gone or was changed"))
    return Standing(record=_after(row if begins and row else first, good), steps=tuple(good))


def _opened(step: Step) -> IntegrityRecord:
    """The record as it was added."""
    said = step.said
    return IntegrityRecord(
        id=said.record,
        blind_index=said.person,
        authority=step.authority,
        certificate=None,
        basis=said.basis,
        document=said.document,
        term_from=said.term_from,
        term_until=said.term_until,
        recorded=step.at,
        statement=step.statement,
    )


def _after(record: IntegrityRecord, steps: Sequence[Step]) -> IntegrityRecord:
    said = steps[-1].said
    return replace(
        record,
        basis=said.basis,
        document=said.document,
        term_from=said.term_from,
        term_until=said.term_until,
    )


def _unaudited(session: ReadSession, steps: Mapping[str, Sequence[Step]]) -> list[Fault]:
    """What the audit says was done, and no list that is there says."""
    there = Counter((record, RECORD_TAGS[step.act]) for record, theirs in steps.items() for step in theirs)
    gone = Counter(stored.audited(session)) - there
    return [
        _fault(record, "integrity_missing", f"the audit says {act}, and the register holds no statement of it")
        for record, act in sorted(gone)
    ]


def _fault(name: str, code: str, why: str) -> Fault:
    message = f"integrity record {name}: {why}; compare the register with a backup"
    return Fault(name=name, code=code, message=message)
