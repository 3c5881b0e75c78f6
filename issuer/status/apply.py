"""Doing what a plan says, in one transaction: statement, events, integrity record, audit, outbox.

Rules: the operator signs a statement that names every certificate and the state it was seen in by one root, and says
what happens to them; the list goes with the token and is kept beside it. What takes a second operator waits for that
one's statement (``issuer.seconding``), and is done in the transaction that accepts it. The plan is made again in the
transaction, and must be the same. The worker proves each certificate under that root before it signs a history that
holds the event, so a row written into the database by other means changes nothing that the public sees.

    made = draft_change(plan, entry, operators=operators, now=now)
    done = order_change(session, vault, made.signed_by(signer), plan.seen, operators=operators, trust=trust, ...)
    second_change(session, vault, done.waiting.number, token, operators=operators, trust=trust, now=later)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final

from credential import days
from credential.days import day_of
from credential.history import EVENT_OF, Act, EventKind, Reason, may_follow
from credential.statements import CERTIFICATE_ACTS, SeenCertificate, Statement, certificates_root, takes_second
from credential.trustlist import VerifiedTrustList
from issuer import audit, statements
from issuer.db import certificates, outbox
from issuer.db.events import Event, append_events
from issuer.db.integrity import add_record
from issuer.db.models import HolderRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError
from issuer.home.settings import HomeSettings
from issuer.integrity.terms import record_of
from issuer.office.operators import OperatorEntry, Operators
from issuer.seconding import SECONDING, Waiting, answer, hold, require_decider
from issuer.statements import Draft
from issuer.status import stated
from issuer.status.plan import Line, Order, Plan, check_each_once, is_unmoved, plan_change
from issuer.vault import Vault

_REASONS: Final = {reason.word: reason for reason in Reason}


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
        InputError: ``numbers``: a certificate stands in the plan twice.
        NotAllowedError: ``role``, ``other_authority``, ``operator_not_in_force``.
    """
    check_each_once([line.number for line in plan.lines])
    operators.acting(entry.operator.key.key_id, now)
    order = plan.order
    require_decider(entry, order.authority)
    return statements.draft(
        order.act,
        entry,
        object=_object(order),
        previous=",".join(sorted({line.before.word for line in plan.lines})),
        counts={"certificates": len(plan.lines)},
        digests={"certificates_root": certificates_root(plan.seen)},
        deployment=operators.deployment,
        now=now,
        token_bytes=token_bytes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a signed order."""

    plan: Plan
    waiting: Waiting | None
    """What waits for a second operator; None where it was done."""


def _object(order: Order) -> Mapping[str, str]:
    """What a statement says of an order (FORMAT 11.1)."""
    said = {
        "authority": order.authority,
        "basis": order.basis,
        "document": order.document,
        "effective": order.effective.isoformat(),
        "reason": order.reason.word,
    }
    said |= {} if order.review_by is None else {"review_by": order.review_by.isoformat()}
    return said | ({} if order.note is None else {"note": order.note})


def order_change(
    session: WriteSession,
    vault: Vault,
    token: str,
    seen: Sequence[SeenCertificate],
    *,
    operators: Operators,
    trust: VerifiedTrustList,
    settings: HomeSettings,
    now: datetime,
    ready: Plan | None = None,
) -> Done:
    """Accept a signed order; do what it says, or keep it waiting for a second operator.

    The caller's transaction commits it whole or not at all.

    Args:
        session: the transaction.
        vault: opens what the certificates say.
        token: the signed statement.
        seen: the list whose root it names, in the order of the plan that was signed.
        operators: the verified file of operators.
        trust: the published trust list.
        settings: what one operator does alone, and how long an order waits.
        now: aware instant.
        ready: the plan of this very order, made just before by ``issuer.status.ready``: where no certificate has moved
            since, others wait for few statements and not for every credential that is opened.

    Raises:
        NotAllowedError: ``role``, ``other_authority``, ``no_right``.
        ConflictError: ``moved_on``: a certificate is not where the operator saw it.
        InputError: ``other_act``: the statement orders no change of status; ``other_list``: the list is another than
            the one that was signed; ``numbers``: it names a certificate twice.
        As ``issuer.statements.accept``.
    """
    now = now.replace(microsecond=0)
    statement, _ = statements.read(token, operators)
    order = order_of(statement, seen)
    accepted = statements.accept(session, token, operators, now=now)
    require_decider(accepted.entry, order.authority)
    plan = _as_seen(session, vault, order, seen, trust=trust, now=now, ready=ready)
    stated.keep(session, accepted.id, plan.seen)
    if takes_second(statement, alone=settings.acts_alone):
        return Done(plan=plan, waiting=hold(session, accepted, hours=settings.order_hours, now=now))
    by = _By(actor=accepted.entry.operator.id, statement=accepted.id, details={audit.STATEMENT: accepted.digest})
    _do(session, plan, by, now=now)
    return Done(plan=plan, waiting=None)


def second_change(
    session: WriteSession,
    vault: Vault,
    number: int,
    token: str,
    *,
    operators: Operators,
    trust: VerifiedTrustList,
    now: datetime,
    ready: Plan | None = None,
) -> Plan:
    """Accept a second operator's statement, and do what the first one says, in the caller's transaction.

    Args:
        session: the transaction.
        vault: opens what the certificates say.
        number: the order.
        token: the second operator's signed statement.
        operators: the verified file of operators.
        trust: the published trust list.
        now: aware instant.
        ready: the plan of this very order, made just before by ``issuer.status.ready``: where no certificate has moved
            since, others wait for few statements and not for every credential that is opened.

    Raises:
        ConflictError: ``moved_on``: a certificate is not where the first operator saw it.
        NotAllowedError: ``no_right``.
        As ``issuer.seconding.answer``.
    """
    now = now.replace(microsecond=0)
    answered = answer(session, number, token, operators=operators, now=now, only=SECONDING)
    first = answered.order
    seen = stated.listed(session, first.first)
    order = order_of(first.statement, seen)
    plan = _as_seen(session, vault, order, seen, trust=trust, now=now, ready=ready)
    by = _By(
        actor=answered.accepted.entry.operator.id,
        statement=first.first,
        details={
            audit.STATEMENT: answered.accepted.digest,
            "order": first.number,
            "ordered_by": first.entry.operator.id,
        },
    )
    _do(session, plan, by, now=now)
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _By:
    """By whom and by what something is done."""

    actor: str
    statement: str
    """The row of the statement that orders it."""
    details: Mapping[str, str | int]
    """What the audit says of the statements."""


def _as_seen(
    session: WriteSession,
    vault: Vault,
    order: Order,
    seen: Sequence[SeenCertificate],
    *,
    trust: VerifiedTrustList,
    now: datetime,
    ready: Plan | None,
) -> Plan:
    """Make the plan again, over certificates that stay as they are until it is done."""
    certificates.lock(session, order.numbers)
    if ready is not None and ready.order == order and ready.seen == tuple(seen) and is_unmoved(session, ready):
        return ready
    return plan_as_seen(session, vault, order, seen, trust=trust, now=now)


def plan_as_seen(
    session: ReadSession,
    vault: Vault,
    order: Order,
    seen: Sequence[SeenCertificate],
    *,
    trust: VerifiedTrustList,
    now: datetime,
) -> Plan:
    """Make the plan of a signed order again, and compare it with what its operator saw.

    Raises:
        ConflictError: ``moved_on``.
        NotAllowedError: ``no_right``.
    """
    try:
        plan = plan_change(session, vault, order, trust=trust, today=day_of(now))
    except ConflictError as error:
        raise _moved_on() from error  # the operator saw it in a state from which this was possible
    if plan.seen != tuple(seen):
        raise _moved_on()
    return plan


def _do(session: WriteSession, plan: Plan, by: _By, *, now: datetime) -> None:
    event = _change(session, plan, by, now=now)
    if plan.order.act is Act.WITHDRAW and plan.order.reason is Reason.FRAUD:
        for line in plan.lines:
            _open_integrity_record(session, line, event)


def order_of(statement: Statement, seen: Sequence[SeenCertificate]) -> Order:
    """Return the order that a statement states over the list that came with it.

    Raises:
        InputError: ``other_act``, ``other_list``, ``numbers``: it names a certificate twice.
    """
    if statement.act not in CERTIFICATE_ACTS:
        raise InputError("other_act", f"a statement to {statement.act.value} orders no change of status")
    named = (statement.counts["certificates"], statement.digests["certificates_root"])
    if (len(seen), certificates_root(seen)) != named:
        message = f"the list has {len(seen)} certificates and is not the one of {named[0]} that the operator signed"
        raise InputError("other_list", message)
    check_each_once([each.number for each in seen])
    said = statement.object
    return Order(
        act=statement.act,
        numbers=tuple(each.number for each in seen),
        authority=said["authority"],
        reason=_REASONS[said["reason"]],
        basis=said["basis"],
        document=said["document"],
        effective=days.parse_date(said["effective"]),
        before_issue=True,  # the day itself is signed for
        review_by=days.parse_date(said["review_by"]) if "review_by" in said else None,
        note=said.get("note"),
    )


def _moved_on() -> ConflictError:
    return ConflictError("moved_on", "a certificate has changed since the operator looked; nothing was changed")


def _change(session: WriteSession, plan: Plan, by: _By, *, now: datetime) -> Event:
    order = plan.order
    event = Event(
        kind=EVENT_OF[order.act],
        effective=order.effective,
        recorded=now,
        authority=order.authority,
        basis=order.basis,
        document=order.document,
        reason=order.reason,
        note=order.note,
        statement=by.statement,
    )
    ids = [line.certificate.id for line in plan.lines]
    if order.act is Act.ERASE:  # what is in force is cancelled by the same act
        in_force = [line.certificate.id for line in plan.lines if may_follow(line.before, EventKind.CANCELLED)]
        append_events(session, in_force, replace(event, kind=EventKind.CANCELLED))
    append_events(session, ids, event)
    outbox.put_all(session, topic=outbox.Topic.PUBLISH, objects=ids, now=now)
    act = f"certificate.{order.act.value}"
    for before, lines in groupby(plan.lines, key=lambda line: line.before):
        details = {"document": order.document, "reason": order.reason, "from": before.value, **by.details}
        numbers = [line.number for line in lines]
        audit.append_all(session, actor=by.actor, act=act, subjects=numbers, details=details, now=now)
    return event


def _open_integrity_record(session: WriteSession, line: Line, event: Event) -> None:
    # Nothing is reserved for this person meanwhile.
    holder = session.get_one(HolderRow, line.certificate.holder, with_for_update=True, populate_existing=True)
    if holder.blind_index is not None:  # erased: there is nobody left to bar
        add_record(session, record_of(event, blind_index=holder.blind_index, certificate=line.certificate.id))
