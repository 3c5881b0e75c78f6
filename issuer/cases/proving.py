"""Whether a case is what operators signed: asked whenever one is shown, of every act on it.

Rules: what is signed is the case, its certificates, and the digest of each text. An act that is not proven is shown,
and is said to be unproven.

    unproven(session, operators, steps, numbers, texts)        # places of acts that nobody signed so
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from credential.errors import CodedError
from issuer import statements
from issuer.cases.stating import digests_of, require_signer
from issuer.db.cases import StoredCase, StoredStep
from issuer.db.models import StatementRow
from issuer.db.sessions import ReadSession
from issuer.office.operators import Operators


def unproven(  # noqa: PLR0917 - a case with everything that belongs to it
    session: ReadSession,
    operators: Operators,
    case: StoredCase,
    steps: Sequence[StoredStep],
    numbers: Sequence[tuple[int, str]],
    texts: Mapping[int, bytes],
) -> frozenset[int]:
    """Return the places of acts that rest on no statement that says so.

    Args:
        session: reads the evidence.
        operators: the verified file of operators.
        case: the case.
        steps: its acts, in order.
        numbers: its certificates, with the place of the act that named each.
        texts: the opened text of each act, by place.
    """
    return frozenset(
        place
        for place, step in enumerate(steps)
        if not _is_proven(session, operators, case, step, place, numbers, texts.get(place))
    )


def _is_proven(  # noqa: PLR0917 - an act with everything that belongs to it
    session: ReadSession,
    operators: Operators,
    case: StoredCase,
    step: StoredStep,
    place: int,
    numbers: Sequence[tuple[int, str]],
    text: bytes | None,
) -> bool:
    row = session.get(StatementRow, step.statement)
    if row is None or text is None:
        return False
    try:
        statement, entry = statements.proven_once(session, row, operators)
        statements.require_in_force(session, row, entry, operators, step.recorded)
        require_signer(entry, statement.act, case.authority)
    except CodedError:
        return False
    named = [number for at, number in numbers if at == place]
    wanted = {"authority": case.authority, "case": case.id, "document": step.document, "said": step.said}
    return (
        statement.act.value == step.act
        and step.place == place
        and dict(statement.object) == wanted
        and dict(statement.counts) == {"certificates": len(named), "steps": place}
        and dict(statement.digests) == digests_of(named, text)
        and statements.accepted_in_time(statement, step.recorded)
    )
