"""Taking back an approved batch, or one row of it, before anything is reserved for it (FORMAT 11.1, 11.2).

Rules: one of the two persons who signed for the batch signs this too. It ends the row or the batch; the list is
corrected and checked again. What was issued already is changed by acts of status. That it counts, the audit says
(``issuer.batches.taken``); the states that are set here are a convenience.

    made = draft(session, vault, "sf-hrss-0001", entry, row=7, operators=operators, now=now)
    take_back(session, vault, made.signed_by(signer), operators=operators, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select

from credential.history import Act
from credential.statements import OperatorRole
from issuer import audit, statements
from issuer.batches import taken
from issuer.batches.approval import Approval, proven_approval
from issuer.batches.proof import prove_row
from issuer.batches.rows import Batch, open_row
from issuer.batches.rows import batch as read_batch
from issuer.db import outbox
from issuer.db.models import AwardRow, AwardState, BatchRow, BatchState
from issuer.db.outbox import Topic
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from issuer.office.operators import OperatorEntry, Operators
from issuer.statements import Draft
from issuer.vault import Vault

WHOLE_BATCH: Final = ""
"""What names the whole batch in a statement."""
_STATES: Final = frozenset({BatchState.APPROVED, BatchState.ISSUING})
_ROLES: Final = frozenset({OperatorRole.CLERK, OperatorRole.APPROVER})


def draft(
    session: ReadSession,
    vault: Vault,
    batch_id: str,
    entry: OperatorEntry,
    *,
    row: int | None,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Draft:
    """Lay out an operator's statement that takes back a batch or a row, after asking everything that is asked later.

    Args:
        session: reads.
        vault: opens the row, which is proven under the root.
        batch_id: the batch.
        entry: who is to sign.
        row: the row's number in the sheet; None for the whole batch.
        operators: the verified file of operators.
        now: aware instant.
        token_bytes: gives the nonce.

    Raises:
        NotFoundError: ``no_batch``; ``no_row``: no good row has this number.
        ConflictError: ``wrong_state``: it is not approved; ``reserved``: a certificate is reserved or issued;
            ``taken_back``: it was taken back already.
        NotAllowedError: ``not_signed_by``: the operator is not one of those who signed; ``role``,
            ``operator_not_in_force``, ``scheme``.
        TamperedError: the approval, or the row, is not proven.
    """
    operators.acting(entry.operator.key.key_id, now)
    batch = _approved(session.get(BatchRow, batch_id, populate_existing=True), batch_id)
    by = proven_approval(session, batch_id, operators=operators, now=now)
    place = WHOLE_BATCH if row is None else str(_place(session, vault, batch_id, row, operators, now))
    _ask(session, batch, by, entry, place)
    return statements.draft(
        Act.TAKE_BACK,
        entry,
        object={**by.approval.object, "row": place},
        previous=batch.state.value,
        counts=by.approval.counts,
        digests=by.approval.digests,
        deployment=operators.deployment,
        now=now,
        token_bytes=token_bytes,
    )


def take_back(session: WriteSession, token: str, *, operators: Operators, now: datetime) -> Batch:
    """Accept a signed statement that takes back, and do it.

    Raises:
        InputError: ``other_act``: the statement takes nothing back.
        ConflictError: ``moved_on``: the batch is not what the operator saw any more.
        As ``draft`` and ``issuer.statements.accept``.
    """
    statement, entry = statements.read(token, operators)
    if statement.act is not Act.TAKE_BACK:
        raise InputError("other_act", f"a statement to {statement.act.value} takes nothing back")
    batch_id, place = statement.object["batch"], statement.object["row"]
    # Rows before their batch, as who reserves them does.
    session.execute(_rows(batch_id, place).with_only_columns(AwardRow.id).order_by(AwardRow.id).with_for_update())
    row = session.get(BatchRow, batch_id, with_for_update=True, populate_existing=True)
    batch = _approved(row, batch_id)
    by = proven_approval(session, batch_id, operators=operators, now=now)
    _ask(session, batch, by, entry, place)  # before its own statement stands there without its entry
    accepted = statements.accept(session, token, operators, now=now, batch=batch_id)
    seen = (dict(statement.object), statement.previous, dict(statement.counts), dict(statement.digests))
    expected = {**by.approval.object, "row": place}
    if seen != (expected, batch.state.value, dict(by.approval.counts), dict(by.approval.digests)):
        message = f"batch {batch_id} is not what the operator saw; look again"
        raise ConflictError("moved_on", message, batch=batch_id)
    many = _end(session, batch, place, now)
    details = {"rows": many, taken.ROW: int(place) if place else None, audit.STATEMENT: accepted.digest}
    actor = accepted.entry.operator.id
    audit.append(session, actor=actor, act=taken.ENTRY, subject=batch_id, now=now, details=details)
    return read_batch(session, batch_id)


def _ask(session: ReadSession, batch: BatchRow, by: Approval, entry: OperatorEntry, place: str) -> None:
    operator = entry.operator
    if operator.person not in {by.submitter.operator.person, by.approver.operator.person}:
        message = f"batch {batch.id} is taken back by one of those who signed for it, and {operator.id} did not"
        raise NotAllowedError("not_signed_by", message, operator=operator.id)
    if operator.role not in _ROLES:
        message = f"operator {operator.id} is {operator.role.value} and may not take back a batch"
        raise NotAllowedError("role", message, operator=operator.id)
    before = taken.taken_of(session, batch.id, by.statement)
    if before.whole or (place and before.holds(int(place))):
        raise ConflictError("taken_back", f"this was taken back of batch {batch.id} already", batch=batch.id)
    states = set(session.scalars(_rows(batch.id, place).with_only_columns(AwardRow.state)))
    if states & {AwardState.RESERVED, AwardState.ISSUED}:
        message = f"certificates of batch {batch.id} are reserved or issued; change their status instead"
        raise ConflictError("reserved", message, batch=batch.id)


def _place(  # noqa: PLR0917 - a row, and all that proves it
    session: ReadSession, vault: Vault, batch_id: str, sheet_row: int, operators: Operators, now: datetime
) -> int:
    """The place under the root of a row, opened and proven there."""
    query = select(AwardRow.id).where(AwardRow.batch == batch_id, AwardRow.sheet_row == sheet_row)
    award = session.scalar(query.where(AwardRow.payload.is_not(None)))
    if award is None:
        message = f"batch {batch_id} has no good row {sheet_row}; a row is named by its number in the sheet"
        raise NotFoundError("no_row", message, batch=batch_id, row=sheet_row)
    return prove_row(session, open_row(session, vault, award), operators=operators, now=now).row.position


def _end(session: WriteSession, batch: BatchRow, place: str, now: datetime) -> int:
    """Reject what is taken back, and the batch when nothing is left of it; return how many rows."""
    rows = list(session.scalars(_rows(batch.id, place).with_for_update().execution_options(populate_existing=True)))
    waiting = [row for row in rows if row.state is AwardState.WAITING]
    for row in waiting:
        row.state = AwardState.REJECTED
    batch.rows_waiting -= len(waiting)
    batch.rows_rejected += len(waiting)
    if not batch.rows_waiting + batch.rows_reserved:
        batch.state = BatchState.ISSUED if batch.rows_issued else BatchState.REJECTED
        works = outbox.pending_on(session, topic=Topic.ISSUE, object=batch.id)
        outbox.acknowledge(session, [each.id for each in works], now=now)
    session.flush()
    return len(waiting)


def _rows(batch_id: str, place: str) -> Select[AwardRow]:
    query = select(AwardRow).where(AwardRow.batch == batch_id, AwardRow.position.is_not(None))
    return query.where(AwardRow.position == int(place)) if place else query


def _approved(batch: BatchRow | None, batch_id: str) -> BatchRow:
    if batch is None:
        raise NotFoundError("no_batch", f"there is no batch {batch_id}", batch=batch_id)
    if batch.state not in _STATES:
        message = f"batch {batch_id} is {batch.state.value}; what is taken back is an approved one"
        raise ConflictError("wrong_state", message, batch=batch_id, state=batch.state.value)
    return batch
