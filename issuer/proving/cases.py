"""Cases and the people of integrity records: what is sealed is what an operator signed for.

Rules: every act of a case rests on a statement that names its certificates and the digest of its text, and every such
statement has its act. The person of an added record is the one whose keyed index was signed for. What was erased cannot
be opened, and is no finding.

    for finding in prove_cases(session, opened, operators): ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import select

from credential import jsonform
from credential.errors import CodedError
from credential.history import Act
from issuer.cases import stating
from issuer.cases.proving import unproven
from issuer.db import cases as stored
from issuer.db.cases import StoredCase, StoredStep
from issuer.db.models import IntegrityPersonRow, IntegrityRecordRow, StatementRow
from issuer.db.sessions import ReadSession, chunked
from issuer.home.opened import Opened
from issuer.integrity.stating import PERSONS
from issuer.office.operators import Operators
from issuer.proving.model import Finding
from issuer.vault import Vault

_ACTS: Final = tuple(act.value for act in (Act.CASE_OPEN, Act.CASE_LINK, Act.CASE_DECIDE, Act.CASE_APPEAL))
_MAX_PERSON: Final = 4096
"""Bytes of a sealed name with its ID document; far more than any has."""


def prove_cases(session: ReadSession, opened: Opened, operators: Operators) -> Iterator[Finding]:
    """Yield the acts of cases that nobody signed so, and the signed acts that no case has.

    Args:
        session: reads one state of the register.
        opened: the home.
        operators: the verified file of operators.
    """
    every = stored.cases(session)
    there: set[str] = set()
    for chunk in chunked([each.id for each in every]):
        steps, numbers = stored.steps_of(session, chunk), stored.numbers_of(session, chunk)
        for case in (each for each in every if each.id in steps):
            there.update(step.statement for step in steps[case.id])
            yield from _case(session, opened, operators, case, steps[case.id], numbers[case.id])
    signed = select(StatementRow.id, StatementRow.operator).where(StatementRow.act.in_(_ACTS))
    for statement, operator in session.execute(signed.order_by(StatementRow.id)):
        if statement not in there:
            message = f"operator {operator} signed an act on a case (statement {statement}), and no case has it"
            yield Finding(table="case_steps", object=statement, code="case_missing", message=message)


def _case(  # noqa: PLR0917 - a case with everything that belongs to it
    session: ReadSession,
    opened: Opened,
    operators: Operators,
    case: StoredCase,
    steps: Sequence[StoredStep],
    numbers: Sequence[tuple[int, str]],
) -> Iterator[Finding]:
    if case.wrapped_key is None:
        return
    faulty = unproven(session, operators, case, steps, numbers, _texts(opened.vault, case, steps))
    known = {place for place, _ in enumerate(steps)}
    faulty |= {place for place, _ in numbers if place not in known}
    for place in sorted(faulty) if steps else [0]:
        message = f"act {place + 1} of case {case.id} is not what an operator signed"
        yield Finding(table="cases", object=case.id, code="case_unproven", message=message, fields={"place": place})


def _texts(vault: Vault, case: StoredCase, steps: Sequence[StoredStep]) -> Mapping[int, bytes]:
    """The text of each act that opens."""
    found: dict[int, bytes] = {}
    try:
        key = vault.unwrap(case.wrapped_key, table=stating.CASES, row=case.id)
    except CodedError:
        return found
    for each in steps:
        try:
            found[each.place] = key.open(each.text, row=stating.text_row(case.id, each.place), **stating.TEXT)
        except CodedError:
            continue
    return found


def prove_persons(session: ReadSession, opened: Opened) -> Iterator[Finding]:
    """Yield the added records whose sealed person is not the one that was signed for."""
    query = (
        select(IntegrityPersonRow, IntegrityRecordRow.blind_index)
        .join(IntegrityRecordRow, IntegrityRecordRow.id == IntegrityPersonRow.record)
        .order_by(IntegrityPersonRow.record)
    )
    for row, index in session.execute(query):
        if row.wrapped_key is not None and not _is_person(opened.vault, row, index):
            message = f"integrity record {row.record} names another person than the one that was signed for"
            yield Finding(table="integrity_persons", object=row.record, code="person_altered", message=message)


def _is_person(vault: Vault, row: IntegrityPersonRow, index: bytes) -> bool:
    try:
        key = vault.unwrap(row.wrapped_key, table=PERSONS, row=row.record)
        plain = key.open(row.personal or b"", table=PERSONS, column="personal", row=row.record)
        said = jsonform.decode_object(plain, max_bytes=_MAX_PERSON)
    except CodedError:
        return False
    return vault.blind_index(str(said.get("id_type")), str(said.get("id_number"))) == index
