"""A signed order planned before the transaction that does it, so that others who write wait for few statements.

Rules: it decides nothing. What was planned counts only if every certificate is still where the plan saw it, which is
asked under their locks (``issuer.status.apply``); where nothing could be planned, the transaction plans and says why.

    ready = make_ready(session, vault, token, seen, operators=operators, trust=trust, now=now)
    order_change(session, vault, token, seen, ..., ready=ready)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from credential.statements import SeenCertificate
from credential.trustlist import VerifiedTrustList
from issuer import statements
from issuer.db.sessions import ReadSession
from issuer.errors import IssuerError
from issuer.office.operators import Operators
from issuer.seconding import find
from issuer.status import stated
from issuer.status.apply import order_of, plan_as_seen
from issuer.status.plan import Plan
from issuer.vault import Vault


def make_ready(
    session: ReadSession,
    vault: Vault,
    signed: str | int,
    seen: Sequence[SeenCertificate] = (),
    *,
    operators: Operators,
    trust: VerifiedTrustList,
    now: datetime,
) -> Plan | None:
    """Plan a signed order before the transaction that does it; None where it cannot be, which that one says why.

    Args:
        session: reads.
        vault: opens what the certificates say.
        signed: the signed statement, or the number of an order that waits for a second operator.
        seen: the list that came with the statement.
        operators: the verified file of operators.
        trust: the published trust list.
        now: aware instant.
    """
    try:
        if isinstance(signed, str):
            statement, _ = statements.read(signed, operators)
        else:
            waiting = find(session, signed, operators)
            statement, seen = waiting.statement, stated.listed(session, waiting.first)
        order = order_of(statement, seen)
        return plan_as_seen(session, vault, order, seen, trust=trust, now=now.replace(microsecond=0))
    except IssuerError:
        return None
