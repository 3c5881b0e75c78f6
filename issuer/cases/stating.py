"""What is done about a case by an operator's signed statement: opened, linked to certificates, decided, appealed.

Rules: a plan is a value and fixes all that is signed: the case, the certificates, the digest of the text. Every text
and who complained is sealed under the case's own key; a complaint may be anonymous. By when the next act is due is
worked out from the terms of the day of the act. A case says what was found; certificates change by their own orders.

    planned = plan(session, Act.CASE_OPEN, "", authority="sf-hrss", said="complaint", ...)
    made = draft(planned, entry, operators=operators, now=now)
    accept(session, vault, made.signed_by(signer), planned, terms, operators=operators, now=now)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from credential import jsonform
from credential.characters import is_text
from credential.days import day_of
from credential.history import MAX_DOCUMENT, Act
from issuer import audit, statements
from issuer.db import cases as stored
from issuer.db import certificates
from issuer.db.cases import StoredCase, StoredStep
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, NotAllowedError
from issuer.home.practice import CasesSection
from issuer.ids import new_id, new_salt
from issuer.office.operators import OperatorEntry, Operators
from issuer.seconding import require_decider
from issuer.statements import Draft
from issuer.vault import Vault

CASES: Final = "cases"
TEXT: Final = {"table": "case_steps", "column": "text"}
"""Where a text is sealed; the row is the case and the place of the act."""
MAX_SAID: Final = 4000
MAX_WHO: Final = 100
MAX_CERTIFICATES: Final = 5000
CASE_TAGS: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.CASE_OPEN: "case.open",
        Act.CASE_LINK: "case.link",
        Act.CASE_DECIDE: "case.decide",
        Act.CASE_APPEAL: "case.appeal",
    }
)
_DECIDED: Final = frozenset({Act.CASE_DECIDE, Act.CASE_APPEAL})
"""What a clerk does not sign."""


class Kind(StrEnum):
    """What a case is."""

    COMPLAINT = "complaint"
    """Somebody complains (投诉举报)."""
    REPORT = "report"
    """Another office reports (移送)."""


class Outcome(StrEnum):
    """What was found."""

    FOUNDED = "founded"
    PARTLY = "partly"
    UNFOUNDED = "unfounded"
    NO_FINDING = "no_finding"


class Way(StrEnum):
    """How somebody goes on who does not agree."""

    REVIEW = "review"
    """Administrative review (行政复议)."""
    COURT = "court"
    OBJECTION = "objection"
    """To the office that decided."""


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    """Nobody said which certificates it is about."""
    LINKED = "linked"
    DECIDED = "decided"
    APPEALED = "appealed"


_WORDS: Final[Mapping[Act, frozenset[str]]] = MappingProxyType(
    {
        Act.CASE_OPEN: frozenset(Kind),
        Act.CASE_LINK: frozenset({""}),
        Act.CASE_DECIDE: frozenset(Outcome),
        Act.CASE_APPEAL: frozenset(Way),
    }
)
_FROM: Final[Mapping[Act, frozenset[CaseState]]] = MappingProxyType(
    {
        Act.CASE_LINK: frozenset({CaseState.OPEN, CaseState.LINKED, CaseState.APPEALED}),
        Act.CASE_DECIDE: frozenset({CaseState.OPEN, CaseState.LINKED, CaseState.APPEALED}),
        Act.CASE_APPEAL: frozenset({CaseState.DECIDED}),
    }
)
"""From which states an act is possible. A decision needs no certificate: there may be none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Everything that one statement will say and do."""

    act: Act
    case: str
    authority: str
    said: str
    document: str
    steps: int
    """How many acts the case has had."""
    numbers: tuple[str, ...]
    text: bytes = field(repr=False)
    """Canonical JSON; its digest is signed for."""


def plan(
    session: ReadSession,
    act: Act,
    case_id: str,
    *,
    authority: str,
    said: str,
    document: str,
    numbers: Sequence[str] = (),
    text: str = "",
    name: str = "",
    contact: str = "",
) -> Planned:
    """Fix what an act on a case would sign.

    Args:
        session: reads.
        act: open, link, decide or appeal.
        case_id: the case; empty for the one that is opened.
        authority: whose case it is; empty for the authority that opened it.
        said: the kind, the outcome or the way, as the act has one.
        document: under which it is done.
        numbers: of certificates.
        text: what was complained of, found, or appealed.
        name, contact: who complains; empty for somebody who does not say.

    Raises:
        NotFoundError: ``no_case``, ``no_certificate``.
        ConflictError: ``case_state``; ``case_linked``: a certificate is linked already.
        InputError: ``case_word``, ``case_text``, ``numbers``.
    """
    if said not in _WORDS[act]:
        known = ", ".join(sorted(filter(None, _WORDS[act])))
        raise InputError("case_word", f"{said!r} is none of {known}", given=said, known=known)
    if not is_text(document, MAX_DOCUMENT):
        raise InputError("case_text", f"a document has 1 to {MAX_DOCUMENT} characters", field="document")
    for field_name, given, most in (("text", text, MAX_SAID), ("name", name, MAX_WHO), ("contact", contact, MAX_WHO)):
        if len(given) > most:
            raise InputError("case_text", f"{field_name} has at most {most} characters", field=field_name)
    if act is Act.CASE_LINK and not numbers:
        raise InputError("numbers", "name the certificates that the case is about", most=MAX_CERTIFICATES)
    if len(numbers) > MAX_CERTIFICATES or len(set(numbers)) != len(numbers):
        raise InputError("numbers", f"name at most {MAX_CERTIFICATES} certificates, each once", most=MAX_CERTIFICATES)
    for number in numbers:
        certificates.by_number(session, number)
    steps = 0
    if act is not Act.CASE_OPEN:
        authority, steps = _going_on(session, act, case_id, authority, numbers)
    return Planned(
        act=act,
        case=case_id or new_id(),
        authority=authority,
        said=said,
        document=document,
        steps=steps,
        numbers=tuple(numbers),
        text=_text(text, name, contact),
    )


def draft(planned: Planned, entry: OperatorEntry, *, operators: Operators, now: datetime) -> Draft:
    """Lay out an operator's statement about a case.

    Raises:
        NotAllowedError: ``role``: a clerk opens and links, others decide too; ``other_authority``,
            ``operator_not_in_force``, ``scheme``.
    """
    operators.acting(entry.operator.key.key_id, now)
    require_signer(entry, planned.act, planned.authority)
    return statements.draft(
        planned.act,
        entry,
        object=_object(planned),
        previous="",
        counts={"certificates": len(planned.numbers), "steps": planned.steps},
        digests=digests_of(planned.numbers, planned.text),
        deployment=operators.deployment,
        now=now,
    )


def accept(
    session: WriteSession,
    vault: Vault,
    token: str,
    planned: Planned,
    terms: CasesSection,
    *,
    operators: Operators,
    now: datetime,
) -> str:
    """Accept a signed statement and do what it says; return the case.

    Raises:
        InputError: ``other_list``: the statement is about something else than what came with it.
        ConflictError: ``moved_on``, ``case_state``.
        As ``draft`` and ``issuer.statements.accept``.
    """
    now = now.replace(microsecond=0)
    statement, _ = statements.read(token, operators)
    said = (statement.act, dict(statement.object), dict(statement.counts), dict(statement.digests))
    counts = {"certificates": len(planned.numbers), "steps": planned.steps}
    if said != (planned.act, _object(planned), counts, digests_of(planned.numbers, planned.text)):
        raise InputError("other_list", "the statement is about something else than what was given with it")
    accepted = statements.accept(session, token, operators, now=now)
    require_signer(accepted.entry, planned.act, planned.authority)
    key, wrapped = None, None
    if planned.act is Act.CASE_OPEN:
        key, wrapped = vault.new_key(table=CASES, row=planned.case)
        stored.add_case(
            session,
            StoredCase(
                id=planned.case, authority=planned.authority, kind=planned.said, opened=now, wrapped_key=wrapped
            ),
        )
    else:
        found = stored.case(session, planned.case)
        _, steps = _going_on(session, planned.act, planned.case, planned.authority, planned.numbers)
        if steps != planned.steps:
            message = f"case {planned.case} is not what the operator saw any more; look at it again"
            raise ConflictError("moved_on", message, case=planned.case)
        key = vault.unwrap(found.wrapped_key, table=CASES, row=planned.case)
    step = StoredStep(
        case=planned.case,
        place=planned.steps,
        act=planned.act.value,
        said=planned.said,
        document=planned.document,
        statement=accepted.id,
        recorded=now,
        due=due_after(planned.act, bool(planned.numbers), day_of(now), terms),
        text=key.seal(planned.text, row=text_row(planned.case, planned.steps), **TEXT),
    )
    stored.add_step(session, step, planned.numbers)
    actor = accepted.entry.operator.id
    details: dict[str, object] = {"document": planned.document, audit.STATEMENT: accepted.digest}
    details |= {"certificates": len(planned.numbers)} | ({"said": planned.said} if planned.said else {})
    audit.append(session, actor=actor, act=CASE_TAGS[planned.act], subject=planned.case, details=details, now=now)
    return planned.case


def state_of(steps: Sequence[StoredStep], numbers: Sequence[object]) -> CaseState:
    """Return where a case stands after its acts."""
    last = next((each.act for each in reversed(steps) if each.act != Act.CASE_LINK), "")
    if last == Act.CASE_DECIDE:
        return CaseState.DECIDED
    if last == Act.CASE_APPEAL:
        return CaseState.APPEALED
    return CaseState.LINKED if numbers else CaseState.OPEN


def due_after(act: Act, is_linked: bool, today: date, terms: CasesSection) -> date | None:
    """Return by when the next act is due; None after a decision."""
    if act is Act.CASE_DECIDE:
        return None
    if act is Act.CASE_APPEAL:
        return today + timedelta(days=terms.appeal_days)
    days = terms.decide_days if is_linked or act is Act.CASE_LINK else terms.link_days
    return today + timedelta(days=days)


def digests_of(numbers: Sequence[str], text: bytes) -> dict[str, str]:
    """Return what a statement about a case signs of certificates and text (FORMAT 11.2)."""
    return {
        "certificates": sha256(jsonform.encode(sorted(numbers))).hexdigest(),
        "text": sha256(text).hexdigest(),
    }


def text_row(case: str, place: int) -> str:
    """Return the row to which the text of an act is bound."""
    return f"{case}-{place}"


def require_signer(entry: OperatorEntry, act: Act, authority: str) -> None:
    """Ask whether an operator may do this. Raises NotAllowedError ``role``, ``other_authority``."""
    operator = entry.operator
    if act in _DECIDED:
        require_decider(entry, authority)
    if operator.authority not in {None, authority}:
        message = f"operator {operator.id} acts for {operator.authority}, not for {authority}"
        raise NotAllowedError("other_authority", message, operator=operator.id)


def _going_on(session: ReadSession, act: Act, case_id: str, authority: str, numbers: Sequence[str]) -> tuple[str, int]:
    """Whose case it is, and how many acts it has had, where this one may follow."""
    found = stored.case(session, case_id)
    steps, linked = stored.steps_of(session, [case_id])[case_id], stored.numbers_of(session, [case_id])[case_id]
    state = state_of(steps, linked)
    if state not in _FROM[act]:
        message = f"case {case_id} is {state.value}; it is not possible to {act.value} it"
        raise ConflictError("case_state", message, case=case_id, state=state.value)
    for _, number in linked:
        if number in numbers:
            message = f"certificate {number} is linked to case {case_id} already"
            raise ConflictError("case_linked", message, case=case_id, number=number)
    if authority and authority != found.authority:
        message = f"case {case_id} is a case of {found.authority}, not of {authority}; look at it again"
        raise ConflictError("moved_on", message, case=case_id)
    return found.authority, len(steps)


def _object(planned: Planned) -> dict[str, str]:
    return {
        "authority": planned.authority,
        "case": planned.case,
        "document": planned.document,
        "said": planned.said,
    }


def _text(text: str, name: str, contact: str) -> bytes:
    return jsonform.encode(
        {
            "contact": contact.strip(),
            "name": name.strip(),
            "salt": new_salt(),
            "text": text.strip(),
        }
    )
