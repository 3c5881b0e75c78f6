"""Submit, approve, and the proof that the worker asks for before it signs.

Rules: a batch moves by statements that operators sign with their own keys (FORMAT 11). A statement names deployment,
batch, authority, the state the operator saw, counts, and the digests of file and rows. A clerk submits, an approver
approves, and they are two people. The state column is a convenience; what counts is ``verify_approved``: it verifies
both statements against the administrator's file of operators and recomputes the digest from the rows that are about to
be signed. So neither a changed row nor a forged state makes a certificate.

    submit(session, vault, batch_id, signer=clerk, operators=operators, now=now)
    approve(session, vault, batch_id, signer=approver, operators=operators, now=now)
    approved = verify_approved(session, vault, batch_id, operators=operators, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select

from credential import jose, jsonform, statements
from credential.days import CLOCK_DIFFERENCE
from credential.errors import CredentialError
from credential.history import Act
from credential.signing import Signer
from credential.statements import NONCE_LENGTH, OperatorRole, Statement
from credential.text import from_base64url, to_base64url
from issuer import audit
from issuer.batches.rows import AwardContent, open_rows
from issuer.batches.store import rows_digest
from issuer.db.models import BatchRow, BatchState, StatementRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, NotAllowedError, NotFoundError, TamperedError
from issuer.ids import new_id
from issuer.office.operators import OperatorEntry, Operators
from issuer.vault import Vault

_MAY: Final = {
    Act.SUBMIT: frozenset({OperatorRole.CLERK, OperatorRole.APPROVER}),
    Act.APPROVE: frozenset({OperatorRole.APPROVER}),
    Act.REJECT: frozenset({OperatorRole.CLERK, OperatorRole.APPROVER}),
}
_SIGNED_IN: Final = frozenset({BatchState.APPROVED, BatchState.ISSUING, BatchState.ISSUED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedBatch:
    """A batch whose approval was proven just now, with the very rows that were approved."""

    id: str
    authority: str
    rows: tuple[AwardContent, ...] = field(repr=False)
    rows_digest: bytes
    decision_document: str
    submitted_by: str
    approved_by: str
    approved_at: datetime


def submit(
    session: WriteSession,
    vault: Vault,
    batch_id: str,
    *,
    signer: Signer,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Statement:
    """Submit a checked batch: the clerk vouches for the file and the rows.

    Raises:
        NotFoundError, NotAllowedError (role, authority, not in force), ConflictError (state, nothing to issue),
        TamperedError (rows and digest differ).
    """
    batch = _locked(session, batch_id, BatchState.CHECKED)
    if batch.rows_waiting == 0:
        raise ConflictError(
            "nothing_to_issue", f"batch {batch_id} has no good row; correct the file and check it again", batch=batch_id
        )
    return _act(session, vault, batch, Act.SUBMIT, BatchState.SUBMITTED, signer, operators, now, token_bytes)


def approve(
    session: WriteSession,
    vault: Vault,
    batch_id: str,
    *,
    signer: Signer,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Statement:
    """Approve a submitted batch, as another person than the one who submitted it.

    Raises:
        As ``submit``; NotAllowedError code ``same_operator``; TamperedError when the submission does not verify.
    """
    batch = _locked(session, batch_id, BatchState.SUBMITTED)
    submitter, _ = _proven(session, batch, Act.SUBMIT, operators, now)
    if operators.acting(signer.key_id, now).operator.id == submitter.operator.id:
        message = f"batch {batch_id} was submitted by {submitter.operator.id}; another operator approves it"
        raise NotAllowedError("same_operator", message, operator=submitter.operator.id)
    return _act(session, vault, batch, Act.APPROVE, BatchState.APPROVED, signer, operators, now, token_bytes)


def reject(
    session: WriteSession,
    vault: Vault,
    batch_id: str,
    *,
    signer: Signer,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Statement:
    """Reject a checked or submitted batch: nothing of it is issued, and its file can be checked again."""
    batch = _locked(session, batch_id, BatchState.CHECKED, BatchState.SUBMITTED)
    return _act(session, vault, batch, Act.REJECT, BatchState.REJECTED, signer, operators, now, token_bytes)


def verify_approved(
    session: ReadSession, vault: Vault, batch_id: str, *, operators: Operators, now: datetime
) -> ApprovedBatch:
    """Prove that two operators approved exactly the rows that are in the register now, and return those rows.

    Raises:
        ConflictError: code ``wrong_state``: the batch is not approved.
        NotAllowedError: an operator acts no more, had not the role, or both are one.
        TamperedError: a statement is missing or does not verify, or the rows are not those that were approved.
    """
    batch = session.get(BatchRow, batch_id, populate_existing=True)
    if batch is None or batch.state not in _SIGNED_IN:
        state = "unknown" if batch is None else batch.state.value
        raise ConflictError(
            "wrong_state",
            f"batch {batch_id} is {state}; it is issued after it was approved",
            batch=batch_id,
            state=state,
        )
    submitter, _ = _proven(session, batch, Act.SUBMIT, operators, now)
    approver, approval = _proven(session, batch, Act.APPROVE, operators, now)
    if submitter.operator.id == approver.operator.id:
        raise NotAllowedError(
            "same_operator", f"batch {batch_id} was submitted and approved by one operator", batch=batch_id
        )
    rows = open_rows(session, vault, batch_id)
    _compare_rows(batch, rows)
    return ApprovedBatch(
        id=batch_id,
        authority=batch.authority,
        rows=rows,
        rows_digest=batch.rows_digest,
        decision_document=batch.decision_document,
        submitted_by=submitter.operator.id,
        approved_by=approver.operator.id,
        approved_at=approval.issued_at,
    )


def _act(  # noqa: PLR0917 - the three acts above differ in these alone
    session: WriteSession,
    vault: Vault,
    batch: BatchRow,
    act: Act,
    after: BatchState,
    signer: Signer,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes],
) -> Statement:
    entry = operators.acting(signer.key_id, now)
    _require_role(entry, act, batch)
    _compare_rows(batch, open_rows(session, vault, batch.id))
    statement = Statement(
        act=act,
        deployment=operators.deployment,
        operator=entry.operator.id,
        object=_object(batch),
        previous=batch.state.value,
        counts=_counts(batch),
        digests=_digests(batch),
        issued_at=now.replace(microsecond=0),
        nonce=to_base64url(token_bytes(NONCE_LENGTH)),
    )
    token = statements.sign(statement, signer)
    statements.verify(token, operators.keys)  # a signer that does not hold the key it names must not reach the register
    session.add(
        StatementRow(
            id=new_id(),
            act=act.value,
            operator=entry.operator.id,
            batch=batch.id,
            object=dict(statement.object),
            nonce=from_base64url(statement.nonce),
            jws=token,
            received=now,
        )
    )
    batch.state = after
    session.flush()
    details = {"digest": batch.rows_digest.hex(), "rows": batch.rows_waiting}
    audit.append(session, actor=entry.operator.id, act=f"batch.{act.value}", subject=batch.id, now=now, details=details)
    return statement


def _proven(
    session: ReadSession, batch: BatchRow, act: Act, operators: Operators, now: datetime
) -> tuple[OperatorEntry, Statement]:
    """Return who did ``act`` on the batch, after verifying the statement against the file of operators."""
    query = select(StatementRow).where(StatementRow.batch == batch.id, StatementRow.act == act.value)
    rows = list(session.scalars(query))
    if len(rows) != 1:
        message = f"batch {batch.id} has {len(rows)} statements to {act.value}, it takes one; nothing is signed"
        raise TamperedError("no_statement", message, batch=batch.id, act=act.value)
    try:
        statement = statements.verify(rows[0].jws, operators.keys)
        key_id = jose.parse(rows[0].jws, typ=statements.TYP, max_bytes=statements.MAX_BYTES).key_id
    except CredentialError as error:
        message = f"the statement to {act.value} batch {batch.id} does not verify ({error}); nothing is signed"
        raise TamperedError("bad_statement", message, batch=batch.id, cause=error.code) from error
    entry = operators.acting(key_id, statement.issued_at)
    _compare_statement(batch, act, statement, entry=entry, deployment=operators.deployment, now=now)
    _require_role(entry, act, batch)
    return entry, statement


def _compare_statement(
    batch: BatchRow, act: Act, statement: Statement, *, entry: OperatorEntry, deployment: str, now: datetime
) -> None:
    before = {Act.SUBMIT: BatchState.CHECKED, Act.APPROVE: BatchState.SUBMITTED}[act]
    expected = {
        "act": (statement.act, act),
        "deployment": (statement.deployment, deployment),
        "operator": (statement.operator, entry.operator.id),
        "batch": (dict(statement.object), _object(batch)),
        "previous state": (statement.previous, before.value),
        "digests": (dict(statement.digests), _digests(batch)),
        "number of rows": (statement.counts.get("rows"), batch.rows_total),
    }
    differing = [name for name, (found, wanted) in expected.items() if found != wanted]
    if statement.issued_at > now + CLOCK_DIFFERENCE:
        differing.append("time")
    if differing:
        message = (
            f"the statement to {act.value} batch {batch.id} names another {', '.join(differing)}; nothing is signed"
        )
        raise TamperedError("other_statement", message, batch=batch.id, differing=tuple(differing))


def _compare_rows(batch: BatchRow, rows: tuple[AwardContent, ...]) -> None:
    if rows_digest([row.normal for row in rows]) != batch.rows_digest:
        message = f"the rows of batch {batch.id} are not those that were checked; nothing is signed"
        raise TamperedError("rows_altered", message, batch=batch.id)


def _require_role(entry: OperatorEntry, act: Act, batch: BatchRow) -> None:
    operator = entry.operator
    if operator.role not in _MAY[act]:
        message = f"operator {operator.id} is {operator.role.value} and may not {act.value} a batch"
        raise NotAllowedError("role", message, operator=operator.id)
    if operator.authority not in {None, batch.authority}:
        message = f"operator {operator.id} acts for {operator.authority}, batch {batch.id} is of {batch.authority}"
        raise NotAllowedError("other_authority", message, operator=operator.id)


def _locked(session: WriteSession, batch_id: str, *states: BatchState) -> BatchRow:
    batch = session.get(BatchRow, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFoundError("no_batch", f"there is no batch {batch_id}", batch=batch_id)
    if batch.state not in states:
        wanted = " or ".join(state.value for state in states)
        message = f"batch {batch_id} is {batch.state.value}; this takes a {wanted} one"
        raise ConflictError("wrong_state", message, batch=batch_id, state=batch.state.value)
    return batch


def _object(batch: BatchRow) -> dict[str, jsonform.Value]:
    return {"authority": batch.authority, "batch": batch.id, "decision_document": batch.decision_document}


def _counts(batch: BatchRow) -> dict[str, int]:
    return {"rows": batch.rows_total, "rejected": batch.rows_rejected, "waiting": batch.rows_waiting}


def _digests(batch: BatchRow) -> dict[str, str]:
    return {"file": batch.file_digest.hex(), "rows": batch.rows_digest.hex()}
