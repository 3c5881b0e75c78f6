"""Doing what a plan says, in one transaction: statement, events, integrity record, audit, outbox.

Rules: the operator signs a statement that names every certificate and what happens to it; the worker verifies that
statement before it signs a history that holds the event, so a row written into the database by other means changes
nothing that the public sees. The state that the plan saw must still be the state.

    apply_change(session, plan, signer=signer, operators=operators, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from credential import jose, statements
from credential.days import day_of
from credential.errors import CredentialError
from credential.history import ACT_OF, EVENT_OF, Act, EventKind, Reason
from credential.jsonform import Value
from credential.signing import Signer
from credential.statements import NONCE_LENGTH, OperatorRole, Statement
from credential.text import from_base64url, to_base64url
from credential.trustlist import VerifiedTrustList
from issuer import audit
from issuer.db import certificates, outbox
from issuer.db.certificates import Certificate
from issuer.db.events import Event, append_event, events_of, history_of
from issuer.db.models import HolderRow, IntegrityRecordRow, StatementRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, NotAllowedError, TamperedError
from issuer.ids import new_id
from issuer.issuing.service import TOPIC
from issuer.office.operators import OperatorEntry, Operators
from issuer.status.plan import Line, Plan, claims_of, find_right
from issuer.vault import Vault

_MAY: Final = frozenset({OperatorRole.APPROVER, OperatorRole.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityTerm:
    """How long a holder is barred after a withdrawal for fraud, and by what law (configuration of a jurisdiction)."""

    years: int
    basis: str


NATIONAL_TERM: Final = IntegrityTerm(years=3, basis="职称评审管理暂行规定（人力资源社会保障部令第40号）")


def apply_change(
    session: WriteSession,
    plan: Plan,
    *,
    signer: Signer,
    operators: Operators,
    now: datetime,
    term: IntegrityTerm = NATIONAL_TERM,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Statement:
    """Do what the plan says; the caller's transaction commits it whole or not at all.

    Raises:
        NotAllowedError: role, or another authority's operator.
        ConflictError: ``moved_on``: a certificate changed since the plan was made.
    """
    now = now.replace(microsecond=0)
    entry = operators.acting(signer.key_id, now)
    _require_role(entry, plan.order.authority)
    statement = _statement(plan, entry, operators.deployment, now, to_base64url(token_bytes(NONCE_LENGTH)))
    token = statements.sign(statement, signer)
    statements.verify(token, operators.keys)
    row = StatementRow(
        id=new_id(),
        act=statement.act.value,
        operator=entry.operator.id,
        batch=None,
        object=dict(statement.object),
        nonce=from_base64url(statement.nonce),
        jws=token,
        received=now,
    )
    session.add(row)
    session.flush()
    for line in plan.lines:
        _change(session, plan, line, statement=row.id, actor=entry.operator.id, now=now)
        if plan.order.act is Act.WITHDRAW and plan.order.reason is Reason.FRAUD:
            _open_integrity_record(session, plan, line, term, now=now)
    return statement


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
        if ordinal > signed and event.kind is not EventKind.ANNOTATED:
            claims = claims_of(session, vault, certificate)
            find_right(trust, certificate, claims, event.kind, event.authority, on=day_of(event.recorded))


def _verify_event(
    session: ReadSession, certificate: Certificate, event: Event, operators: Operators, *, fresh: bool
) -> None:
    row = None if event.statement is None else session.get(StatementRow, event.statement)
    if row is None:
        raise _unordered(certificate, event)
    try:
        statement = statements.verify(row.jws, operators.keys)
        key_id = jose.parse(row.jws, typ=statements.TYP, max_bytes=statements.MAX_BYTES).key_id
    except CredentialError as error:
        raise _unordered(certificate, event) from error
    named = statement.object.get("certificates")
    holds = (
        statement.deployment == operators.deployment
        and statement.act is ACT_OF[event.kind]
        and statement.issued_at == event.recorded
        and isinstance(named, list)
        and certificate.number in named
        and _orders(statement, event)
    )
    if not holds:
        raise _unordered(certificate, event)
    entry = operators.acting(key_id, event.recorded) if fresh else _entry_then(operators, key_id, event.recorded)
    if entry is None or entry.operator.id != statement.operator:
        raise _unordered(certificate, event)
    _require_role(entry, event.authority)


def _entry_then(operators: Operators, key_id: bytes, at: datetime) -> OperatorEntry | None:
    """The operator who held a key then, in office still or not."""
    found = (each for each in operators.entries if each.operator.key.key_id == key_id and each.covers(at))
    return next(found, None)


def _orders(statement: Statement, event: Event) -> bool:
    """Whether the statement's object says what the event says."""
    terms = _terms(event)
    said = {name: statement.object.get(name) for name in terms}
    # A statement cannot be signed anew: those of before named the reason by its number in the history (FORMAT 6).
    if type(said["reason"]) is int and said["reason"] == event.reason:
        said["reason"] = event.reason.word
    return said == terms


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


def _statement(plan: Plan, entry: OperatorEntry, deployment: str, now: datetime, nonce: str) -> Statement:
    order = plan.order
    states = sorted({line.before.word for line in plan.lines})
    return Statement(
        act=order.act,
        deployment=deployment,
        operator=entry.operator.id,
        object={
            "certificates": [line.number for line in plan.lines],
            "authority": order.authority,
            "basis": order.basis,
            "document": order.document,
            "effective": order.effective.isoformat(),
            "reason": order.reason.word,
        },
        previous=",".join(states),
        counts={"certificates": len(plan.lines)},
        digests={},
        issued_at=now,
        nonce=nonce,
    )


def _change(session: WriteSession, plan: Plan, line: Line, *, statement: str, actor: str, now: datetime) -> None:
    order = plan.order
    current = certificates.by_number(session, line.number)
    if current.state is not line.before:
        message = f"certificate {line.number} became {current.state.word} meanwhile; look again, nothing was changed"
        raise ConflictError("moved_on", message, number=line.number)
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
    append_event(session, current.id, event)
    outbox.put(session, topic=TOPIC, object=current.id, now=now)
    details = {"document": order.document, "reason": order.reason.word, "from": line.before.word}
    act = f"certificate.{order.act.value}"
    audit.append(session, actor=actor, act=act, subject=line.number, details=details, now=now)


def _open_integrity_record(
    session: WriteSession, plan: Plan, line: Line, term: IntegrityTerm, *, now: datetime
) -> None:
    holder = session.get_one(HolderRow, line.certificate.holder)
    if holder.blind_index is None:
        return  # erased: there is nobody left to bar
    begins = plan.order.effective
    session.add(
        IntegrityRecordRow(
            id=new_id(),
            blind_index=holder.blind_index,
            authority=plan.order.authority,
            certificate=line.certificate.id,
            basis=term.basis,
            document=plan.order.document,
            term_from=begins,
            term_until=_years_after(begins, term.years),
            recorded=now,
        )
    )
    session.flush()


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)
