"""Whether every change of status that an operator stated is there: an event that somebody deleted leaves its statement.

for each in statements_without_events(session, operators): print(each)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from credential.statements import CERTIFICATE_ACTS
from issuer import statements
from issuer.db.models import EventRow, StatementRow
from issuer.db.sessions import ReadSession
from issuer.errors import IssuerError
from issuer.office.operators import Operators


def statements_without_events(session: ReadSession, operators: Operators) -> list[str]:
    """Return a sentence for each accepted statement on certificates that has fewer events than it orders.

    Args:
        session: reads.
        operators: the verified file of operators; a statement that does not verify is told too.
    """
    query = select(EventRow.statement, func.count()).where(EventRow.statement.is_not(None))
    events = dict(session.execute(query.group_by(EventRow.statement)).all())
    return list(_told(session, operators, events))


def _told(session: ReadSession, operators: Operators, events: dict[str | None, int]) -> Iterator[str]:
    for row in session.scalars(select(StatementRow).order_by(StatementRow.received, StatementRow.id)):
        try:
            statement, _ = statements.proven(row, operators)
        except IssuerError as error:
            yield f"statement {row.id} of {row.operator} does not verify: {error}"
            continue
        ordered, found = statement.counts.get("certificates", 0), events.get(row.id, 0)
        if statement.act in CERTIFICATE_ACTS and found < ordered:
            yield (
                f"{statement.operator} stated to {statement.act.value} {ordered} certificates ({row.id}), "
                f"and the register has {found} events of it"
            )
