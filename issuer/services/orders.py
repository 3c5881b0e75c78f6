"""What waits for a second operator: listed, shown in full, approved, refused, taken back.

Rules: an order is what a first operator signed; nothing was changed. Another person approves it by a statement of its
own, and then it is done. The one who signed it takes it back, others refuse it, and after its time it is over. What an
order would do is planned again when it is shown, so that who approves sees what there is now.

    orders.listed(opened)
    found = orders.shown(opened, actor, 7)
    orders.approve_here(opened, "chief2", 7)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credential.errors import CodedError
from credential.history import Act
from credential.statements import CERTIFICATE_ACTS, Statement
from issuer.auditing.opened import PLAN, note
from issuer.db.again import again
from issuer.db.models import OrderState
from issuer.db.sessions import ReadSession
from issuer.home.opened import Actor, Opened
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_trust
from issuer.seconding import ENDING, Order, answer, draft, find
from issuer.seconding import listed as all_listed
from issuer.sequencer import chain_soon
from issuer.services.signing import sign_here
from issuer.statements import Draft
from issuer.status import stated
from issuer.status.apply import order_of, plan_as_seen, second_change
from issuer.status.plan import Line, Plan
from issuer.status.ready import make_ready

__all__ = [
    "AnsweredOrder",
    "Line",
    "ListedOrder",
    "ShownOrder",
    "approve",
    "approve_here",
    "draft_answer",
    "end",
    "listed",
    "refuse_here",
    "shown",
    "take_back_here",
]

MAX_ORDERS: Final = 1000
"""More are looked at in the audit."""
OVER: Final = "over"
"""The standing of an order whose time passed without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrder:
    """An order as lists show it: what its first statement says."""

    number: int
    standing: str
    """``waiting``, ``done``, ``refused``, ``taken_back`` or ``over``."""
    statement: Statement
    operator: str
    person: str
    made: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOrder:
    """An order in full."""

    order: ListedOrder
    numbers: tuple[str, ...]
    """Every certificate that it names."""
    plan: Plan | None
    """What it would do now; None where it would do nothing any more."""
    hindrance: CodedError | None
    """Why it would do nothing: a certificate is elsewhere than the first operator saw it, or a right is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredOrder:
    """An order with what came of it."""

    order: ListedOrder
    certificates: tuple[str, ...]
    """The ids of the certificates that were changed; none where it was refused or taken back."""


def listed(opened: Opened, *, all_of_them: bool = False) -> tuple[ListedOrder, ...]:
    """Return the orders that wait for a second operator, or all, the newest first.

    Raises:
        TamperedError: a statement does not verify.
    """
    with opened.register.read() as session:
        operators = read_operators(session, opened)
        found = all_listed(session, operators, all_of_them=all_of_them, limit=MAX_ORDERS)
    now = opened.clock()
    told = tuple(_listed(each, now) for each in found)
    return told if all_of_them else tuple(each for each in told if each.standing == OrderState.WAITING)


def shown(opened: Opened, actor: Actor, number: int) -> ShownOrder:
    """Return an order with all that it names and what it would do now, after the audit noted who looks.

    Raises:
        NotFoundError: ``no_order``.
        ConflictError: ``reading_unrecorded``.
        TamperedError: its statement does not verify.
    """
    with opened.register.read() as session:
        order = find(session, number, read_operators(session, opened))
        numbers = tuple(each.number for each in stated.listed(session, order.first))
        plan, hindrance = None, None
        if order.state is OrderState.WAITING and order.statement.act in CERTIFICATE_ACTS:
            try:
                plan = _plan(opened, session, order)
            except CodedError as error:
                hindrance = error
    note(opened, actor, PLAN, numbers, details={"act": order.statement.act.value})
    return ShownOrder(order=_listed(order, opened.clock()), numbers=numbers, plan=plan, hindrance=hindrance)


def _plan(opened: Opened, session: ReadSession, order: Order) -> Plan:
    """What an order would do now. Raises what stands against it."""
    now = opened.clock()
    trust = published_trust(session, opened.home.publication, now=now)
    seen = stated.listed(session, order.first)
    order_again = order_of(order.statement, seen)
    return plan_as_seen(session, opened.vault, order_again, seen, trust=trust, now=now)


def approve_here(opened: Opened, operator_id: str, number: int) -> AnsweredOrder:
    """Draft the second statement, sign it with the operator's key of this home, accept it, and do what was ordered.

    Raises:
        As ``draft_answer``, ``approve`` and the custody.
    """
    return approve(opened, sign_here(opened, draft_answer(opened, operator_id, number, Act.SECOND)), number)


def refuse_here(opened: Opened, operator_id: str, number: int) -> AnsweredOrder:
    """Refuse an order with a key of this home. Raises as ``draft_answer``, ``end`` and the custody."""
    return end(opened, sign_here(opened, draft_answer(opened, operator_id, number, Act.REFUSE)), number)


def take_back_here(opened: Opened, operator_id: str, number: int) -> AnsweredOrder:
    """Take an order of one's own back. Raises as ``draft_answer``, ``end`` and the custody."""
    return end(opened, sign_here(opened, draft_answer(opened, operator_id, number, Act.RECALL)), number)


def draft_answer(opened: Opened, operator_id: str, number: int, act: Act) -> Draft:
    """Lay out an operator's answer to an order: ``second``, ``refuse`` or ``recall``.

    Raises:
        As ``issuer.seconding.draft``; for ``second`` also what stands against the order now.
    """
    with opened.register.read() as session:
        operators = read_operators(session, opened)
        made = draft(session, number, act, operators.by_id(operator_id), operators=operators, now=opened.clock())
        if act is Act.SECOND:  # what would be refused is refused before it is signed
            _plan(opened, session, find(session, number, operators))
        return made


@again
def approve(opened: Opened, token: str, number: int) -> AnsweredOrder:
    """Accept the second operator's statement, and do what was ordered.

    Raises:
        As ``issuer.status.apply.second_change``.
    """
    vault = opened.vault  # its passphrase is asked for before the transaction begins
    with opened.register.read() as session:
        now = opened.clock()
        operators = read_operators(session, opened)
        trust = published_trust(session, opened.home.publication, now=now)
        ready = make_ready(session, vault, number, operators=operators, trust=trust, now=now)
    with opened.register.write() as session:
        now = opened.clock()
        operators = read_operators(session, opened)
        trust = published_trust(session, opened.home.publication, now=now)
        plan = second_change(session, vault, number, token, operators=operators, trust=trust, now=now, ready=ready)
        order = _listed(find(session, number, operators), now)
    chain_soon(opened.register)
    return AnsweredOrder(order=order, certificates=tuple(line.certificate.id for line in plan.lines))


@again
def end(opened: Opened, token: str, number: int) -> AnsweredOrder:
    """Accept a statement that refuses an order or takes it back. Raises as ``issuer.seconding.answer``."""
    with opened.register.write() as session:
        now = opened.clock()
        operators = read_operators(session, opened)
        answered = answer(session, number, token, operators=operators, now=now, only=ENDING)
        order = _listed(find(session, answered.order.number, operators), now)
    chain_soon(opened.register)
    return AnsweredOrder(order=order, certificates=())


def _listed(order: Order, now: datetime) -> ListedOrder:
    operator = order.entry.operator
    return ListedOrder(
        number=order.number,
        standing=OVER if order.is_over(now) else order.state.value,
        statement=order.statement,
        operator=operator.id,
        person=operator.person,
        made=order.made,
        until=order.until,
    )
