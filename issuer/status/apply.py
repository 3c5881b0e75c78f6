"""Doing what a plan says, in one transaction: statement, events, integrity record, audit, outbox.

Rules: the operator signs a statement that names every certificate, the state it was seen in and what happens to it; the
worker verifies that statement before it signs a history that holds the event, so a row written into the database by
other means changes nothing that the public sees. The plan is made again in the transaction, and must be the same.

    made = draft_change(plan, entry, operators=operators, now=now)
    apply_change(session, vault, made.signed_by(signer), operators=operators, trust=trust, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from credential import days, jsonform
from credential.days import day_of
from credential.history import ACT_OF, EVENT_OF, RIGHT_OF, Act, EventKind, Reason
from credential.jsonform import Value
from credential.statements import OperatorRole, Statement
from credential.trustlist import VerifiedTrustList
from issuer import audit, statements
from issuer.db import outbox
from issuer.db.certificates import Certificate
from issuer.db.events import Event, append_event, events_of, history_of
from issuer.db.integrity import IntegrityRecord, add_record
from issuer.db.models import HolderRow, StatementRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, NotAllowedError, TamperedError
from issuer.office.operators import OperatorEntry, Operators
from issuer.statements import Draft
from issuer.status.plan import CHANGES, Line, Order, Plan, claims_of, find_right, plan_change
from issuer.vault import Vault

_REASONS: Final = {reason.word: reason for reason in Reason}
_MAY: Final = frozenset({OperatorRole.APPROVER, OperatorRole.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityTerm:
    """How long a holder is barred after a withdrawal for fraud, and by what law (configuration of a jurisdiction)."""

    years: int
    basis: str


NATIONAL_TERM: Final = IntegrityTerm(years=3, basis="职称评审管理暂行规定（人力资源社会保障部令第40号）")


def draft_change(
    plan: Plan,
    entry: OperatorEntry,
    *,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Draft:
    """Lay out an operator's statement that orders what a plan says, for the very states that the plan saw.

    Args:
        plan: from ``plan_change``.
        entry: who is to sign.
        operators: the verified file of operators.
        now: aware instant.
        token_bytes: gives the nonce.

    Raises:
        NotAllowedError: ``role``, ``other_authority``, ``operator_not_in_force``.
    """
    operators.acting(entry.operator.key.key_id, now)
    order = plan.order
    _require_role(entry, order.authority)
    return statements.draft(
        order.act,
        entry,
        object={
            "certificates": [line.number for line in plan.lines],
            "authority": order.authority,
            "basis": order.basis,
            "document": order.document,
            "effective": order.effective.isoformat(),
            "reason": order.reason.word,
        },
        previous=",".join(sorted({line.before.word for line in plan.lines})),
        counts={"certificates": len(plan.lines)},
        digests={"states": _states_digest(plan)},
        deployment=operators.deployment,
        now=now,
        token_bytes=token_bytes,
    )


def apply_change(
    session: WriteSession,
    vault: Vault,
    token: str,
    *,
    operators: Operators,
    trust: VerifiedTrustList,
    now: datetime,
    term: IntegrityTerm = NATIONAL_TERM,
) -> Plan:
    """Accept a signed order and do what it says; the caller's transaction commits it whole or not at all.

    Raises:
        NotAllowedError: ``role``, ``other_authority``, ``no_right``.
        ConflictError: ``moved_on``: a certificate is not where the operator saw it.
        InputError: ``other_act``: the statement orders no change of status.
        As ``issuer.statements.accept``.
    """
    now = now.replace(microsecond=0)
    statement, _ = statements.read(token, operators)
    order = order_of(statement)
    accepted = statements.accept(session, token, operators, now=now)
    _require_role(accepted.entry, order.authority)
    plan = _plan_again(session, vault, order, trust=trust, now=now)
    same = [line.number for line in plan.lines] == list(order.numbers)
    if not same or statement.digests.get("states") != _states_digest(plan):
        raise _moved_on()
    for line in plan.lines:
        _change(session, plan, line, statement=accepted.id, actor=accepted.entry.operator.id, now=now)
        if order.act is Act.WITHDRAW and order.reason is Reason.FRAUD:
            _open_integrity_record(session, plan, line, term, now=now)
    return plan


def order_of(statement: Statement) -> Order:
    """Return the order that a statement states. Raises InputError ``other_act``."""
    said = statement.object
    numbers = said.get("certificates")
    texts = [said.get(name) for name in ("authority", "basis", "document", "effective", "reason")]
    if statement.act not in CHANGES or not isinstance(numbers, list):
        raise InputError("other_act", f"a statement to {statement.act.value} orders no change of status")
    if not all(isinstance(each, str) for each in (*texts, *numbers)):
        raise InputError("other_act", "the statement names no certificates, authority, basis, document, day and reason")
    authority, basis, document, effective, reason = map(str, texts)
    if reason not in _REASONS:
        raise InputError("other_act", f"the statement names a reason that there is not: {reason}")
    return Order(
        act=statement.act,
        numbers=tuple(map(str, numbers)),
        authority=authority,
        reason=_REASONS[reason],
        basis=basis,
        document=document,
        effective=days.parse_date(effective),
    )


def _plan_again(session: ReadSession, vault: Vault, order: Order, *, trust: VerifiedTrustList, now: datetime) -> Plan:
    try:
        return plan_change(session, vault, order, trust=trust, today=day_of(now))
    except ConflictError as error:
        # The operator saw it in a state from which this was possible.
        raise _moved_on() from error


def _moved_on() -> ConflictError:
    return ConflictError("moved_on", "a certificate has changed since the operator looked; nothing was changed")


def _states_digest(plan: Plan) -> str:
    """What the operator sees of each certificate: its state and how many events brought it there."""
    seen: list[Value] = [[line.number, line.before.word, line.events] for line in plan.lines]
    return sha256(jsonform.encode(seen)).hexdigest()


def verify_events(
    session: ReadSession, vault: Vault, certificate: Certificate, operators: Operators, trust: VerifiedTrustList
) -> None:
    """Check that an operator ordered every event but ``issued``; the worker asks before it signs a history.

    An event that is not in a signed history yet is asked everything: whether the operator acts, and whether the
    deciding authority has the right. What was signed once stays ordered when its operator has left since.

    Raises:
        TamperedError: ``unordered_event``: no statement, one that does not verify, or one about something else.
        NotAllowedError: the operator had not the role, or the authority not the right.
    """
    stored = history_of(session, certificate.id)
    signed = 0 if stored is None else stored.events
    used: set[str | None] = set()
    for ordinal, event in enumerate(events_of(session, certificate.id), start=1):
        if ordinal == 1 and event.kind is EventKind.ISSUED:
            continue
        if event.statement in used:
            raise _unordered(certificate, event)
        used.add(event.statement)
        _verify_event(session, certificate, event, operators, fresh=ordinal > signed)
        if ordinal > signed and event.kind in RIGHT_OF:
            claims = claims_of(session, vault, certificate)
            find_right(trust, certificate, claims, event.kind, event.authority, on=day_of(event.recorded))


def _verify_event(
    session: ReadSession, certificate: Certificate, event: Event, operators: Operators, *, fresh: bool
) -> None:
    row = None if event.statement is None else session.get(StatementRow, event.statement)
    if row is None:
        raise _unordered(certificate, event)
    try:
        statement, entry = statements.proven(row, operators)
    except TamperedError as error:
        raise _unordered(certificate, event) from error
    named, terms = statement.object.get("certificates"), _terms(event)
    holds = (
        statement.act is ACT_OF.get(event.kind)
        and statements.accepted_in_time(statement, event.recorded)
        and isinstance(named, list)
        and certificate.number in named
        and {name: statement.object.get(name) for name in terms} == terms
    )
    if not holds:
        raise _unordered(certificate, event)
    if fresh:
        operators.acting(entry.operator.key.key_id, event.recorded)
    elif not entry.covers(event.recorded):
        raise _unordered(certificate, event)
    _require_role(entry, event.authority)


def _terms(event: Event) -> Mapping[str, Value]:
    terms: dict[str, Value] = {
        "authority": event.authority,
        "basis": event.basis,
        "document": event.document,
        "effective": event.effective.isoformat(),
        "reason": event.reason.word,
    }
    if event.successor is not None:
        terms["successor"] = event.successor
    if event.note is not None:
        terms["note"] = event.note
    return terms


def _unordered(certificate: Certificate, event: Event) -> TamperedError:
    message = f"certificate {certificate.number}: no operator ordered its event {event.kind.word}; nothing was signed"
    return TamperedError("unordered_event", message, number=certificate.number)


def _require_role(entry: OperatorEntry, authority: str) -> None:
    operator = entry.operator
    if operator.role not in _MAY:
        message = f"operator {operator.id} is a {operator.role.value}; an approver or administrator changes a status"
        raise NotAllowedError("role", message, operator=operator.id)
    if operator.authority not in {None, authority}:
        message = f"operator {operator.id} acts for {operator.authority}, not for {authority}"
        raise NotAllowedError("other_authority", message, operator=operator.id)


def _change(session: WriteSession, plan: Plan, line: Line, *, statement: str, actor: str, now: datetime) -> None:
    order = plan.order
    event = Event(
        kind=EVENT_OF[order.act],
        effective=order.effective,
        recorded=now,
        authority=order.authority,
        basis=order.basis,
        document=order.document,
        reason=order.reason,
        statement=statement,
    )
    append_event(session, line.certificate.id, event)
    outbox.put(session, topic=outbox.Topic.PUBLISH, object=line.certificate.id, now=now)
    details = {"document": order.document, "reason": order.reason, "from": line.before.value}
    act = f"certificate.{order.act.value}"
    audit.append(session, actor=actor, act=act, subject=line.number, details=details, now=now)


def _open_integrity_record(
    session: WriteSession, plan: Plan, line: Line, term: IntegrityTerm, *, now: datetime
) -> None:
    holder = session.get_one(HolderRow, line.certificate.holder)
    if holder.blind_index is None:
        return  # erased: there is nobody left to bar
    begins = plan.order.effective
    record = IntegrityRecord(
        blind_index=holder.blind_index,
        authority=plan.order.authority,
        certificate=line.certificate.id,
        basis=term.basis,
        document=plan.order.document,
        term_from=begins,
        term_until=_years_after(begins, term.years),
        recorded=now,
    )
    add_record(session, record)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)
