"""Cases for an office: complaints and reports, what each is about, what was decided, what is overdue.

Rules: nothing is done without an operator's signed statement. A list opens nothing personal; who opens a case is noted
before it is shown. What happened to the certificates of a case since is told from their own histories.

    planned = cases.plan_open(opened, authority="sf-hrss", kind="complaint", document="示人社访〔2026〕1号", text="…")
    cases.act_here(opened, "clerk1", planned)
    cases.listed(opened, overdue=True)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from credential.days import day_of
from credential.history import Act, EventKind
from issuer.auditing.opened import READ_CASE, note
from issuer.cases import stating
from issuer.cases.proving import unproven
from issuer.cases.stating import CaseState, Kind, Outcome, Planned, Way
from issuer.db import cases as stored
from issuer.db import certificates, events
from issuer.db.again import again
from issuer.db.cases import StoredCase, StoredStep
from issuer.db.sessions import ReadSession
from issuer.home.opened import Actor, Opened
from issuer.home.practice import read_practice
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.sequencer import chain_soon
from issuer.services.signing import sign_here
from issuer.statements import Draft

__all__ = [
    "CaseState",
    "Happened",
    "Kind",
    "ListedCase",
    "Outcome",
    "Planned",
    "ShownCase",
    "ShownStep",
    "Way",
    "accept",
    "act_here",
    "draft",
    "listed",
    "plan",
    "plan_open",
    "shown",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """A case as a list shows it: nothing personal."""

    id: str
    kind: str
    authority: str
    state: CaseState
    opened: datetime
    certificates: int
    outcome: str
    """Of the newest decision; empty before one."""
    due: date | None
    """By when the next act is due."""
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """One act on a case, opened."""

    act: str
    said: str
    document: str
    operator: str
    at: datetime
    text: str = field(repr=False)
    is_proven: bool
    """Whether an operator's statement says just this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What became of a certificate of a case since it was opened."""

    number: str
    state: str
    """Today's."""
    events: tuple[tuple[str, date, str], ...]
    """Kind, effective day and document of each event since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCase:
    """A case, opened."""

    case: ListedCase
    name: str = field(repr=False)
    """Who complained; empty for somebody who did not say."""
    contact: str = field(repr=False)
    steps: tuple[ShownStep, ...]
    certificates: tuple[Happened, ...]


def plan_open(
    opened: Opened,
    *,
    authority: str,
    kind: str,
    document: str,
    text: str,
    numbers: Sequence[str] = (),
    name: str = "",
    contact: str = "",
) -> Planned:
    """Fix what taking in a complaint or a report would sign. Raises NotFoundError ``no_authority``; as ``plan``."""
    with opened.register.read() as session:
        lists.authority(session, authority)
        return stating.plan(
            session,
            Act.CASE_OPEN,
            "",
            authority=authority,
            said=kind,
            document=document,
            numbers=numbers,
            text=text,
            name=name,
            contact=contact,
        )


def plan(
    opened: Opened,
    act: Act,
    case: str,
    *,
    document: str,
    said: str = "",
    numbers: Sequence[str] = (),
    text: str = "",
) -> Planned:
    """Fix what an act on a case would sign. Raises as ``stating.plan``."""
    with opened.register.read() as session:
        return stating.plan(session, act, case, authority="", said=said, document=document, numbers=numbers, text=text)


def draft(opened: Opened, operator_id: str, planned: Planned) -> Draft:
    """Lay out an operator's statement over a plan. Raises as ``stating.draft``."""
    with opened.register.read() as session:
        operators = read_operators(session, opened)
    return stating.draft(planned, operators.by_id(operator_id), operators=operators, now=opened.clock())


@again
def accept(opened: Opened, token: str, planned: Planned) -> str:
    """Accept a signed statement and do it; return the case.

    Raises:
        InputError: ``practice_file``.
        As ``stating.accept``.
    """
    vault, terms = opened.vault, read_practice(opened.home).cases
    with opened.register.write() as session:
        operators = read_operators(session, opened)
        done = stating.accept(session, vault, token, planned, terms, operators=operators, now=opened.clock())
    chain_soon(opened.register)
    return done


def act_here(opened: Opened, operator_id: str, planned: Planned) -> str:
    """Draft, sign with the operator's key of this home, and accept. Raises as ``draft``, ``accept`` and the custody."""
    return accept(opened, sign_here(opened, draft(opened, operator_id, planned)), planned)


def listed(opened: Opened, *, overdue: bool = False, number: str = "") -> tuple[ListedCase, ...]:
    """Return cases, what is due first in front; ``overdue``: only those whose day has passed; of one certificate."""
    today = day_of(opened.clock())
    with opened.register.read() as session:
        found = stored.cases(session)
        ids = [each.id for each in found]
        steps, numbers = stored.steps_of(session, ids), stored.numbers_of(session, ids)
    every = [
        _listed(each, steps[each.id], numbers[each.id], today)
        for each in found
        if not number or number in {named for _, named in numbers[each.id]}
    ]
    every.sort(key=lambda each: (each.due or date.max, each.opened))
    return tuple(each for each in every if each.is_overdue or not overdue)


def shown(opened: Opened, actor: Actor, case: str) -> ShownCase:
    """Return one case, opened, with what is proven of it and what became of its certificates.

    Raises:
        NotFoundError: ``no_case``.
        NotAllowedError: ``erased``.
        ConflictError: ``reading_unrecorded``.
    """
    with opened.register.read() as session:
        found = stored.case(session, case)
    note(opened, actor, READ_CASE, [case])
    key = opened.vault.unwrap(found.wrapped_key, table=stating.CASES, row=case)
    with opened.register.read() as session:
        steps, numbers = stored.steps_of(session, [case])[case], stored.numbers_of(session, [case])[case]
        texts = {
            each.place: key.open(each.text, row=stating.text_row(case, each.place), **stating.TEXT) for each in steps
        }
        operators = read_operators(session, opened)
        faulty = unproven(session, operators, found, steps, numbers, texts)
        happened = tuple(_happened(session, named, found.opened) for _, named in numbers)
        who = stored.operators_of(session, [each.statement for each in steps])
    first = json.loads(texts[0])
    return ShownCase(
        case=_listed(found, steps, numbers, day_of(opened.clock())),
        name=str(first["name"]),
        contact=str(first["contact"]),
        steps=tuple(
            ShownStep(
                act=each.act,
                said=each.said,
                document=each.document,
                operator=who[each.statement],
                at=each.recorded,
                text=str(json.loads(texts[each.place])["text"]),
                is_proven=place not in faulty,
            )
            for place, each in enumerate(steps)
        ),
        certificates=happened,
    )


def _happened(session: ReadSession, number: str, since: datetime) -> Happened:
    found = certificates.by_number(session, number)
    return Happened(
        number=number,
        state=found.state.word,
        events=tuple(
            (each.kind.word, each.effective, each.document)
            for each in events.events_of(session, found.id)
            if each.recorded >= since and each.kind is not EventKind.ISSUED
        ),
    )


def _listed(
    case: StoredCase, steps: Sequence[StoredStep], numbers: Sequence[tuple[int, str]], today: date
) -> ListedCase:
    due = steps[-1].due if steps else None
    decided = [each.said for each in steps if each.act == Act.CASE_DECIDE]
    return ListedCase(
        id=case.id,
        kind=case.kind,
        authority=case.authority,
        state=stating.state_of(steps, numbers),
        opened=case.opened,
        certificates=len(numbers),
        outcome=decided[-1] if decided else "",
        due=due,
        is_overdue=due is not None and today > due,
    )
