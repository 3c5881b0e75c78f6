"""The operator's statement behind one event, believed for what it says itself and not for what the event's row says.

order = order_behind(session, event, SeenCertificate(number=..., state=..., events=...), operators, alone=20)
order.statement.object["reason"]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from credential.history import ACT_OF, STATE_AFTER, Act, EventKind
from credential.statements import CERTIFICATE_ACTS, SeenCertificate, Statement, takes_second
from credential.statuslist import Status
from issuer import statements
from issuer.db.events import Event
from issuer.db.models import StatementRow
from issuer.db.sessions import ReadSession
from issuer.errors import TamperedError
from issuer.office.operators import OperatorEntry, Operators
from issuer.seconding import prove, second_of
from issuer.status import stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A proven statement that names a certificate."""

    row: StatementRow
    statement: Statement
    entry: OperatorEntry
    second: OperatorEntry | None
    """Who signed the second statement; None where none stands beside it."""


def order_behind(
    session: ReadSession, event: Event, seen: SeenCertificate, operators: Operators, *, alone: int | None
) -> Ordered:
    """Return the statement that an event names, proven over the certificate as it was before the event.

    Args:
        session: reads.
        event: names the statement, and when it was recorded; nothing else of it is asked.
        seen: the certificate before the event.
        operators: the verified file of operators.
        alone: on how many certificates one operator acts alone; None: a second statement is proven where there is one,
            and not asked for, because the event may be older than that rule.

    Raises:
        TamperedError: ``unseconded``: it takes a second operator, and none signed; ``unordered_event``: no such
            statement, one that does not verify, or one that does not name the certificate; ``audit_altered``: whether
            it was accepted before its operator ended cannot be known.
        NotAllowedError: the operator was not in force.
    """
    row = None if event.statement is None else session.get(StatementRow, event.statement)
    if row is None:
        raise _unordered(seen, "no statement stands behind its event")
    with _told_of(seen):
        statement, entry = statements.proven_once(session, row, operators)
    if statement.act not in CERTIFICATE_ACTS:
        raise _unordered(seen, f"the statement behind its event is one to {statement.act.value}")
    with _told_of(seen):
        stated.prove(session, row.id, statement, seen)
    second = _second(session, row, statement, entry, operators, recorded=event.recorded, alone=alone)
    if second is None and not statements.accepted_in_time(statement, event.recorded):
        raise _unordered(seen, "the statement behind its event was not accepted in its time")
    statements.require_in_force(session, row, entry, operators, event.recorded)
    return Ordered(row=row, statement=statement, entry=entry, second=second)


def _second(
    session: ReadSession,
    row: StatementRow,
    statement: Statement,
    entry: OperatorEntry,
    operators: Operators,
    *,
    recorded: datetime,
    alone: int | None,
) -> OperatorEntry | None:
    """Who signed the second statement; None where none is asked for and none is there."""
    asked = alone is not None and takes_second(statement, alone=alone)
    if not asked and second_of(session, row) is None:
        return None
    return prove(session, row, statement, entry, operators, recorded=recorded)


def walked(number: str, events: Sequence[Event]) -> Iterator[tuple[int, Event, SeenCertificate]]:
    """Go through the events of a certificate: place from 1, event, and the certificate as whoever ordered it saw it.

    The number of events that the operator saw is signed, so a statement orders one event of a certificate; an erasure
    of one that is in force or suspended orders two, ``cancelled`` and ``erased`` (FORMAT 11.1).
    """
    state = Status.VALID
    before: SeenCertificate | None = None
    for ordinal, event in enumerate(events, start=1):
        seen = SeenCertificate(number=number, state=state, events=ordinal - 1)
        if event.kind is EventKind.ERASED and before is not None and _is_pair(events[ordinal - 2], event):
            seen = before
        yield ordinal, event, seen
        before, state = seen, STATE_AFTER.get(event.kind, state)


def _is_pair(one: Event, other: Event) -> bool:
    return one.kind is EventKind.CANCELLED and one.statement is not None and one.statement == other.statement


def orders(act: Act, kind: EventKind) -> bool:
    """Whether a statement to do this orders an event of this kind: an erasure cancels what is in force."""
    return act is ACT_OF.get(kind) or (act is Act.ERASE and kind is EventKind.CANCELLED)


@contextmanager
def _told_of(seen: SeenCertificate) -> Iterator[None]:
    """What proves nothing orders nothing of the certificate."""
    try:
        yield
    except TamperedError as error:
        raise _unordered(seen, str(error)) from error


def _unordered(seen: SeenCertificate, why: str) -> TamperedError:
    return TamperedError("unordered_event", f"certificate {seen.number}: {why}", number=seen.number)
