"""What takes two operators: the first one's statement waits, the second one's lets it happen (FORMAT 11.2).

Rules: the first statement is accepted and kept, and changes nothing. A second person signs a statement of its own over
the digest of the first and over all that it says; what the first one says is done in the transaction that accepts the
second. The one who signed first takes it back, another one refuses it, and after its time it is over. A row of
``orders`` joins two statements and proves nothing; ``prove`` asks for both signatures again.

Any act can be put under this rule. Its room writes three things:

    accepted = statements.accept(session, token, operators, now=now)          # 1. the first statement
    if takes_second(accepted.statement, alone=settings.acts_alone):
        return hold(session, accepted, hours=settings.order_hours, now=now)   #    kept, nothing changed

    answered = answer(session, number, token, ..., only=SECONDING)            # 2. the second: look again whether all
    ...                                                                       #    is as the first saw it, then do it

    prove(session, row, statement, entry, operators, recorded=done_at)        # 3. before anything is signed for it
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import select

from credential.history import Act
from credential.statements import ANSWERED_ACT, ANSWERS, FIRST_DIGEST, MAX_WAIT, WAITING, OperatorRole, Statement
from issuer import audit, statements
from issuer.db.models import OrderRow, OrderState, StatementRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, IssuerError, NotAllowedError, NotFoundError, TamperedError
from issuer.office.operators import OperatorEntry, Operators
from issuer.statements import Accepted, Draft

_STATES: Final[Mapping[Act, OrderState]] = MappingProxyType(
    {Act.SECOND: OrderState.DONE, Act.REFUSE: OrderState.REFUSED, Act.RECALL: OrderState.TAKEN_BACK}
)
_ENTRIES: Final[Mapping[Act, str]] = MappingProxyType(
    {Act.SECOND: "order.approve", Act.REFUSE: "order.refuse", Act.RECALL: "order.take_back"}
)
_ORDERED: Final = "order.sign"
_PROVEN: Final = "proven seconds"
_SECONDS: Final = "seconds"
ENDING: Final = frozenset({Act.REFUSE, Act.RECALL})
"""The answers after which nothing happens."""
SECONDING: Final = frozenset({Act.SECOND})
DECIDING: Final = frozenset({OperatorRole.APPROVER, OperatorRole.ADMIN})
"""The roles that decide on what was issued."""


class Waiting(NamedTuple):
    """An order that was signed and waits."""

    number: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order with the statement that it rests on, which was proven just now."""

    number: int
    state: OrderState
    """As the row says."""
    made: datetime
    until: datetime
    first: str
    """The row of the first statement."""
    digest: str
    """SHA-256 of its evidence, in hex."""
    statement: Statement
    entry: OperatorEntry
    """Who signed it."""
    answer: str | None

    @property
    def subject(self) -> str:
        """What the audit calls it."""
        return f"order-{self.number}"

    def is_over(self, now: datetime) -> bool:
        """Whether its time passed without an answer."""
        return self.state is OrderState.WAITING and now >= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An order and the answer that was accepted in this transaction."""

    order: Order
    accepted: Accepted


def require_decider(entry: OperatorEntry, authority: str | None) -> None:
    """Ask whether an operator decides on what was issued, for this authority.

    Raises:
        NotAllowedError: ``role``, ``other_authority``.
    """
    operator = entry.operator
    if operator.role not in DECIDING:
        message = f"operator {operator.id} is a {operator.role.value}; an approver or administrator changes a status"
        raise NotAllowedError("role", message, operator=operator.id)
    if operator.authority not in {None, authority}:
        message = f"operator {operator.id} acts for {operator.authority}, not for {authority}"
        raise NotAllowedError("other_authority", message, operator=operator.id)


def hold(session: WriteSession, accepted: Accepted, *, hours: int, now: datetime) -> Waiting:
    """Keep an accepted first statement waiting, in its own transaction.

    Args:
        session: the transaction that accepted it.
        accepted: the first statement.
        hours: how long it may wait; never longer than ``MAX_WAIT`` from its draft.
        now: aware instant.
    """
    now = now.replace(microsecond=0)
    until = min(now + timedelta(hours=hours), accepted.statement.issued_at + MAX_WAIT)
    row = OrderRow(first=accepted.id, answer=None, state=OrderState.WAITING, made=now, until=until)
    session.add(row)
    session.flush()
    details = {"act": accepted.statement.act.value, audit.STATEMENT: accepted.digest}
    details |= {name: str(count) for name, count in accepted.statement.counts.items()}
    actor = accepted.entry.operator.id
    audit.append(session, actor=actor, act=_ORDERED, subject=f"order-{row.number}", now=now, details=details)
    return Waiting(number=row.number, until=until)


def find(session: ReadSession, number: int, operators: Operators) -> Order:
    """Return an order.

    Raises:
        NotFoundError: ``no_order``.
        TamperedError: its statement does not verify.
    """
    return _read(session, session.get(OrderRow, number, populate_existing=True), number, operators)


def _read(session: ReadSession, row: OrderRow | None, number: int, operators: Operators) -> Order:
    first = None if row is None else session.get(StatementRow, row.first)
    if row is None or first is None:
        raise NotFoundError("no_order", f"there is no order {number}", number=number)
    statement, entry = statements.proven(first, operators)
    return Order(
        number=row.number,
        state=row.state,
        made=row.made,
        until=row.until,
        first=first.id,
        digest=statements.digest_of(first),
        statement=statement,
        entry=entry,
        answer=row.answer,
    )


def listed(session: ReadSession, operators: Operators, *, all_of_them: bool, limit: int) -> list[Order]:
    """Return the orders that wait, or all, the newest first. Raises as ``find``."""
    query = select(OrderRow.number).order_by(OrderRow.number.desc()).limit(limit)
    if not all_of_them:
        query = query.where(OrderRow.state == OrderState.WAITING)
    return [find(session, number, operators) for number in session.scalars(query).all()]


def draft(
    session: ReadSession,
    number: int,
    act: Act,
    entry: OperatorEntry,
    *,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Draft:
    """Lay out an answer to an order, after asking everything that ``answer`` will ask of who answers.

    Args:
        session: reads.
        number: the order.
        act: second, refuse or recall.
        entry: who is to sign.
        operators: the verified file of operators.
        now: aware instant.
        token_bytes: gives the nonce.

    Raises:
        NotFoundError: ``no_order``.
        ConflictError: ``order_answered``, ``order_over``.
        NotAllowedError: ``role``, ``other_authority``, ``same_person_ordered``, ``not_yours``,
            ``operator_not_in_force``, ``scheme``.
    """
    order = find(session, number, operators)
    operators.acting(entry.operator.key.key_id, now)
    _check(order, act, entry, operators, now)
    said = _answering(order.statement, order.digest)
    return statements.draft(
        act,
        entry,
        object=said.object,
        previous=WAITING,
        counts=said.counts,
        digests=said.digests,
        deployment=operators.deployment,
        now=now,
        token_bytes=token_bytes,
    )


def answer(
    session: WriteSession, number: int, token: str, *, operators: Operators, now: datetime, only: Collection[Act]
) -> Answered:
    """Accept a signed answer to an order. After ``second`` the caller does what the first statement says, or raises.

    Args:
        session: the transaction.
        number: the order.
        token: the signed statement.
        operators: the verified file of operators.
        now: aware instant.
        only: which answers the caller carries out.

    Raises:
        InputError: ``other_act``: the statement gives another answer, or none; ``other_order``: it answers another
            order.
        As ``draft`` and ``issuer.statements.accept``.
    """
    now = now.replace(microsecond=0)
    statement, _ = statements.read(token, operators)
    if statement.act not in ANSWERS or statement.act not in only:
        message = f"a statement to {statement.act.value} is not the answer to an order that is given here"
        raise InputError("other_act", message)
    row = session.get(OrderRow, number, with_for_update=True, populate_existing=True)
    order = _read(session, row, number, operators)
    assert row is not None
    accepted = statements.accept(session, token, operators, now=now)
    _check(order, statement.act, accepted.entry, operators, now)
    if not _answers(statement, order.statement, order.digest):
        raise InputError("other_order", f"the statement answers another order than {number}", number=number)
    row.state, row.answer = _STATES[statement.act], accepted.id
    session.flush()
    actor, act = accepted.entry.operator.id, _ENTRIES[statement.act]
    details = {"act": order.statement.act.value, "first": order.digest, audit.STATEMENT: accepted.digest}
    audit.append(session, actor=actor, act=act, subject=order.subject, now=now, details=details)
    return Answered(order=order, accepted=accepted)


class _Said(NamedTuple):
    object: Mapping[str, str]
    counts: Mapping[str, int]
    digests: Mapping[str, str]


def _answering(first: Statement, digest: str) -> _Said:
    """What an answer to a statement says: all that the statement says, and which one it is."""
    return _Said(
        object={**first.object, ANSWERED_ACT: first.act.value},
        counts=dict(first.counts),
        digests={**first.digests, FIRST_DIGEST: digest},
    )


def _answers(statement: Statement, first: Statement, digest: str) -> bool:
    said = _Said(dict(statement.object), dict(statement.counts), dict(statement.digests))
    return said == _answering(first, digest) and statement.previous == WAITING


def _check(order: Order, act: Act, entry: OperatorEntry, operators: Operators, now: datetime) -> None:
    """Everything that stands against an answer, asked when it is drafted and again when it is accepted."""
    if order.state is not OrderState.WAITING:
        message = f"order {order.number} is {order.state.value} already"
        raise ConflictError("order_answered", message, number=order.number, state=order.state.value)
    if order.is_over(now):
        message = f"order {order.number} waited until {order.until.isoformat()} and is over; nothing was changed"
        raise ConflictError("order_over", message, number=order.number, until=order.until)
    require_decider(entry, order.statement.object.get("authority"))
    _require_person(order, act, entry)
    if act is Act.SECOND:  # who does not act any more orders nothing new
        operators.acting(order.entry.operator.key.key_id, now)


def _require_person(order: Order, act: Act, entry: OperatorEntry) -> None:
    first, second = order.entry.operator, entry.operator
    if act is Act.RECALL and first.person != second.person:
        message = f"order {order.number} was signed by {first.id}; who signed it takes it back, others refuse it"
        raise NotAllowedError("not_yours", message, number=order.number, operator=first.id)
    if act is not Act.RECALL and first.person == second.person:
        message = (
            f"order {order.number} was signed by {first.id}, who is the same person as {second.id}: {first.person}; "
            "another person approves or refuses it"
        )
        fields = {"number": order.number, "person": first.person, "ordered_by": first.id, "approved_by": second.id}
        raise NotAllowedError("same_person_ordered", message, **fields)


def prove(
    session: ReadSession,
    row: StatementRow,
    statement: Statement,
    entry: OperatorEntry,
    operators: Operators,
    *,
    recorded: datetime,
) -> OperatorEntry:
    """Return who signed the second statement for a first one, proven as if the database were somebody else's.

    Args:
        session: reads; what is proven once is remembered in it.
        row, statement, entry: the first statement, as ``issuer.statements.proven`` returned it.
        operators: the verified file of operators.
        recorded: when the register says that it was done.

    Raises:
        TamperedError: ``unseconded``: there is none, or it is about something else, or of another time.
        NotAllowedError: it is the same person's; its operator had not the role or was not in force.
    """
    known: dict[tuple[object, ...], tuple[Operators, OperatorEntry]] = session.info.setdefault(_PROVEN, {})
    asked = (row.id, row.evidence, recorded, id(operators))
    if asked not in known:
        known[asked] = operators, _prove(session, row, statement, entry, operators, recorded)
    return known[asked][1]


def _prove(  # noqa: PLR0917 - the first statement in its three parts
    session: ReadSession,
    row: StatementRow,
    statement: Statement,
    entry: OperatorEntry,
    operators: Operators,
    recorded: datetime,
) -> OperatorEntry:
    stored = second_of(session, row)
    if stored is None:
        raise _unseconded(row, "no second operator's statement stands beside it")
    try:
        second, other = statements.proven_once(session, stored, operators)
    except IssuerError as error:
        raise _unseconded(row, str(error)) from error
    if second.act is not Act.SECOND or not _answers(second, statement, statements.digest_of(row)):
        raise _unseconded(row, "the second statement is about something else")
    if other.operator.person == entry.operator.person:
        raise _unseconded(row, f"both statements are one person's, {entry.operator.person}")
    in_time = statement.issued_at <= second.issued_at and recorded <= statement.issued_at + MAX_WAIT
    if not in_time or not statements.accepted_in_time(second, recorded):
        raise _unseconded(row, "the second statement was not accepted in its time")
    statements.require_in_force(session, stored, other, operators, recorded)
    require_decider(other, statement.object.get("authority"))
    return other


def second_of(session: ReadSession, row: StatementRow) -> StatementRow | None:
    """Return the statement that the register joins to a first one, unproven; None where there is none.

    A session that only reads asks once for each first statement.
    """
    known: dict[str, str | None] = session.info.setdefault(_SECONDS, {})
    if row.id not in known or isinstance(session, WriteSession):
        known[row.id] = session.scalar(select(OrderRow.answer).where(OrderRow.first == row.id))
    found = known[row.id]
    return None if found is None else session.get(StatementRow, found)


def _unseconded(row: StatementRow, why: str) -> TamperedError:
    message = f"the statement {row.id} to {row.act} takes a second operator, and {why}; nothing was signed"
    return TamperedError("unseconded", message, statement=row.id)
