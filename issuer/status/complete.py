"""Whether every change of status that an operator stated is there: an event that somebody deleted leaves its statement.

for each in statements_without_events(session, operators): print(each)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from credential.history import Act
from credential.statements import CERTIFICATE_ACTS, FIRST_DIGEST
from issuer import statements
from issuer.db.models import EventRow, OrderRow, OrderState, StatementRow
from issuer.db.sessions import ReadSession
from issuer.errors import IssuerError
from issuer.office.operators import Operators


def statements_without_events(session: ReadSession, operators: Operators) -> list[str]:
    """Return a sentence for each accepted statement on certificates that has fewer events than it orders.

    One that waited for a second operator orders something once that one has signed.

    Args:
        session: reads.
        operators: the verified file of operators; a statement that does not verify is told too.
    """
    query = select(EventRow.statement, func.count()).where(EventRow.statement.is_not(None))
    events = dict(session.execute(query.group_by(EventRow.statement)).all())
    return list(_told(session, operators, events, _held(session)))


def _held(session: ReadSession) -> frozenset[str]:
    """The statements that wait for a second one, or waited in vain, as the rows say."""
    return frozenset(session.scalars(select(OrderRow.first).where(OrderRow.state != OrderState.DONE)))


def _told(
    session: ReadSession, operators: Operators, events: dict[str | None, int], held: frozenset[str]
) -> Iterator[str]:
    seconded: set[str] = set()
    short: list[tuple[str, str, str]] = []
    for row in session.scalars(select(StatementRow).order_by(StatementRow.received, StatementRow.id)):
        try:
            statement, _ = statements.proven(row, operators)
        except IssuerError as error:
            yield f"statement {row.id} of {row.operator} does not verify: {error}"
            continue
        if statement.act is Act.SECOND:
            seconded.add(statement.digests[FIRST_DIGEST])
        ordered, found = statement.counts.get("certificates", 0), events.get(row.id, 0)
        if statement.act in CERTIFICATE_ACTS and found < ordered:
            told = (
                f"{statement.operator} stated to {statement.act.value} {ordered} certificates ({row.id}), "
                f"and the register has {found} events of it"
            )
            short.append((row.id, statements.digest_of(row), told))
    # What a second operator signed for has happened, whatever a row says of it.
    yield from (told for row_id, digest, told in short if row_id not in held or digest in seconded)
