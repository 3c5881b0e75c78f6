"""The repository of cases: opened, what was done about each, which certificates each is about.

Rules: acts are appended, each at the place behind the last one; two at once meet at the key of the table.

    add_case(session, StoredCase(...))
    add_step(session, StoredStep(...), numbers)
    cases(session), steps_of(session, [case_id])
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from issuer.db.models import CaseCertificateRow, CaseRow, CaseStepRow, StatementRow
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all
from issuer.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """A complaint or a report."""

    id: str
    authority: str
    kind: str
    opened: datetime
    wrapped_key: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStep:
    """One act on a case."""

    case: str
    place: int
    act: str
    said: str
    document: str
    statement: str
    recorded: datetime
    due: date | None
    text: bytes = field(repr=False)
    """Sealed."""


def add_case(session: WriteSession, case: StoredCase) -> None:
    """Store a case that is opened."""
    row = {name: getattr(case, name) for name in StoredCase.__dataclass_fields__}
    insert_all(session, CaseRow, [row])


def add_step(session: WriteSession, step: StoredStep, numbers: Sequence[str]) -> None:
    """Store an act, and the certificates that it names."""
    insert_all(session, CaseStepRow, [{name: getattr(step, name) for name in StoredStep.__dataclass_fields__}])
    rows = [{"case": step.case, "number": number, "place": step.place} for number in numbers]
    insert_all(session, CaseCertificateRow, rows)


def case(session: ReadSession, case_id: str) -> StoredCase:
    """Return one case. Raises NotFoundError ``no_case``."""
    row = session.get(CaseRow, case_id, with_for_update=isinstance(session, WriteSession) or None)
    if row is None:
        raise NotFoundError("no_case", f"there is no case {case_id}", case=case_id)
    return _case(row)


def cases(session: ReadSession) -> list[StoredCase]:
    """Return all cases, oldest first."""
    return [_case(row) for row in session.scalars(select(CaseRow).order_by(CaseRow.opened, CaseRow.id))]


def steps_of(session: ReadSession, case_ids: Collection[str]) -> dict[str, list[StoredStep]]:
    """Return what was done about these cases, in order, by case."""
    found: dict[str, list[StoredStep]] = {each: [] for each in case_ids}
    for chunk in chunked(case_ids):
        query = select(CaseStepRow).where(CaseStepRow.case.in_(chunk)).order_by(CaseStepRow.case, CaseStepRow.place)
        for row in session.scalars(query.execution_options(populate_existing=True)):
            step = StoredStep(**{name: getattr(row, name) for name in StoredStep.__dataclass_fields__})
            found[row.case].append(step)
    return found


def numbers_of(session: ReadSession, case_ids: Collection[str]) -> dict[str, list[tuple[int, str]]]:
    """Return the certificates of cases, by case: the place of the act that named each, and its number."""
    found: dict[str, list[tuple[int, str]]] = {each: [] for each in case_ids}
    for chunk in chunked(case_ids):
        table = CaseCertificateRow
        query = select(table.case, table.place, table.number).where(table.case.in_(chunk))
        for name, place, number in session.execute(query.order_by(table.case, table.place, table.number)):
            found[name].append((place, number))
    return found


def operators_of(session: ReadSession, statements: Collection[str]) -> dict[str, str]:
    """Return who signed, by the id of the evidence, as the register says it."""
    query = select(StatementRow.id, StatementRow.operator).where(StatementRow.id.in_(statements))
    return dict(session.execute(query).all())


def _case(row: CaseRow) -> StoredCase:
    return StoredCase(**{name: getattr(row, name) for name in StoredCase.__dataclass_fields__})
