"""Submit, approve, reject, and the proof that the worker asks for before it signs.

Rules: a batch moves by statements that operators sign with their own keys (FORMAT 11). A statement names deployment,
batch, authority, the state the operator saw, counts, the digest of the file and the root over the rows. A clerk
submits, an approver approves, and they are two people. The state column is a convenience; what counts is
``verify_approved``: it verifies both statements against the administrator's file of operators and computes the root
over the rows that are about to be signed. So neither a changed row nor a forged state makes a certificate. One row
alone is proven by ``issuer.batches.proof``.

    made = draft(session, vault, batch_id, Act.SUBMIT, entry, operators=operators, now=now)
    move(session, vault, made.signed_by(signer), operators=operators, now=now)
    approved = verify_approved(session, vault, batch_id, operators=operators, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import select

from credential.days import CLOCK_DIFFERENCE
from credential.history import Act
from credential.merkle import Frontier, leaf_hash
from credential.statements import OperatorRole, Statement
from issuer import audit, statements
from issuer.batches.rows import (
    AwardContent,
    Batch,
    NormalRow,
    StoredRow,
    normal_rows,
    open_rows,
    opened_row,
    stored_rows,
)
from issuer.batches.rows import batch as read_batch
from issuer.batches.taken import require_not_taken
from issuer.db.models import AwardState, BatchRow, BatchState, StatementRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TamperedError
from issuer.office.operators import OperatorEntry, Operators
from issuer.statements import Draft
from issuer.vault import Vault

_AT_ONCE: Final = 100
"""Rows that are opened in some hundredths of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """How an act moves a batch."""

    before: frozenset[BatchState]
    after: BatchState
    roles: frozenset[OperatorRole]


_MOVES: Final = MappingProxyType(
    {
        Act.SUBMIT: _Move(
            before=frozenset({BatchState.CHECKED}),
            after=BatchState.SUBMITTED,
            roles=frozenset({OperatorRole.CLERK, OperatorRole.APPROVER}),
        ),
        Act.APPROVE: _Move(
            before=frozenset({BatchState.SUBMITTED}),
            after=BatchState.APPROVED,
            roles=frozenset({OperatorRole.APPROVER}),
        ),
        Act.REJECT: _Move(
            before=frozenset({BatchState.CHECKED, BatchState.SUBMITTED}),
            after=BatchState.REJECTED,
            roles=frozenset({OperatorRole.CLERK, OperatorRole.APPROVER}),
        ),
    }
)
_APPROVALS: Final = "proven approvals"
_SIGNED_IN: Final = frozenset({BatchState.APPROVED, BatchState.ISSUING, BatchState.ISSUED})


class ApprovedRow(NamedTuple):
    """A row that two operators approved, by what proves its content when it is opened."""

    award: str
    state: AwardState
    leaf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedBatch:
    """A batch whose approval was proven just now, with the very rows that were approved, in the order of the file."""

    id: str
    authority: str
    rows: tuple[ApprovedRow, ...] = field(repr=False)
    submitted_by: str
    approved_by: str
    approved_at: datetime
    statement: str
    """The row of the approval's evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Two operators' proven word for a batch."""

    submitter: OperatorEntry
    submission: Statement
    approver: OperatorEntry
    approval: Statement
    statement: str
    """The row of the approval's evidence."""


def draft(
    session: ReadSession,
    vault: Vault,
    batch_id: str,
    act: Act,
    entry: OperatorEntry,
    *,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Draft:
    """Lay out an operator's statement on a batch, after asking everything that ``move`` will ask.

    Args:
        session: reads.
        vault: opens the rows, whose root the statement names.
        batch_id: the batch.
        act: submit, approve or reject.
        entry: who is to sign.
        operators: the verified file of operators.
        now: aware instant.
        token_bytes: gives the nonce.

    Raises:
        NotFoundError: ``no_batch``.
        ConflictError: ``wrong_state``, ``nothing_to_issue``.
        NotAllowedError: ``role``, ``other_authority``, ``same_person``, ``operator_not_in_force``, ``operator_ended``,
            ``scheme``.
        TamperedError: rows and root differ, or the submission does not verify.
    """
    batch = _found(session.get(BatchRow, batch_id, populate_existing=True), batch_id)
    operators.acting(entry.operator.key.key_id, now)
    _check_move(session, batch, act, entry, operators, now)
    _compare_rows(batch, normal_rows(session, vault, batch.id))
    return statements.draft(
        act,
        entry,
        object=_object(batch),
        previous=batch.state.value,
        counts=_counts(batch),
        digests=_digests(batch),
        deployment=operators.deployment,
        now=now,
        token_bytes=token_bytes,
    )


def move(session: WriteSession, vault: Vault, token: str, *, operators: Operators, now: datetime) -> Batch:
    """Accept a signed statement on a batch, and move the batch as it says.

    Raises:
        InputError: ``other_act``: the statement is not about a batch.
        ConflictError: ``moved_on``: the batch is not what the operator saw any more.
        As ``draft`` and ``issuer.statements.accept``.
    """
    statement, _ = statements.read(token, operators)
    if statement.act not in _MOVES:
        raise InputError("other_act", f"a statement to {statement.act.value} does not move a batch")
    batch_id = statement.object["batch"]
    row = session.get(BatchRow, batch_id, with_for_update=True, populate_existing=True)
    batch = _found(row, batch_id)
    accepted = statements.accept(session, token, operators, now=now, batch=batch_id)
    _check_move(session, batch, statement.act, accepted.entry, operators, now)
    # Here each row is read whole, in its only form: whoever opens it later takes that from its hash.
    _compare_rows(batch, open_rows(session, vault, batch.id))
    differing = _differing(batch, statement, before=batch.state)
    if differing:
        message = f"batch {batch_id} has another {', '.join(differing)} now than the operator saw; look again"
        raise ConflictError("moved_on", message, batch=batch_id)
    batch.state = _MOVES[statement.act].after
    session.flush()
    details = {"root": batch.rows_root.hex(), "rows": batch.rows_waiting, audit.STATEMENT: accepted.digest}
    act = f"batch.{statement.act.value}"
    audit.append(session, actor=accepted.entry.operator.id, act=act, subject=batch_id, now=now, details=details)
    return read_batch(session, batch_id)


def verify_approved(
    session: ReadSession,
    vault: Vault,
    batch_id: str,
    *,
    operators: Operators,
    now: datetime,
    between: Callable[[], object] = bool,
) -> ApprovedBatch:
    """Prove that two operators approved exactly the rows that are in the register now, and return which they are.

    All rows are opened, one after the other, and none is kept: ``opened`` gives the contents again. ``between`` is
    called after every few of them, for what must not wait until all are.

    Raises:
        ConflictError: code ``wrong_state``: the batch is not approved.
        NotAllowedError: an operator was not in force, ended before, had not the role, or both are one person.
        TamperedError: a statement is missing or does not verify, or the rows are not those that were approved;
            ``taken_back``: a row goes on that was taken back; ``audit_altered``: whether one was cannot be known.
    """
    batch = session.get(BatchRow, batch_id, populate_existing=True)
    if batch is None or batch.state not in _SIGNED_IN:
        state = "unknown" if batch is None else batch.state.value
        message = f"batch {batch_id} is {state}; it is issued after it was approved"
        raise ConflictError("wrong_state", message, batch=batch_id, state=state)
    by = proven_approval(session, batch_id, operators=operators, now=now)
    rows = []
    going_on = []
    tree = Frontier()
    for position, row in enumerate(normal_rows(session, vault, batch_id)):
        leaf = leaf_hash(row.normal)
        if (row.position, row.hashes) != (position, b"".join(tree.append(leaf))):
            raise _other_rows(batch_id)
        rows.append(ApprovedRow(award=row.award, state=row.state, leaf=leaf))
        if len(rows) % _AT_ONCE == 0:
            between()
        if row.state is not AwardState.REJECTED:
            going_on.append(position)
    if (tree.root(), tree.size) != (batch.rows_root, by.approval.counts["waiting"]):
        raise _other_rows(batch_id)
    require_not_taken(session, batch_id, by.statement, going_on)
    return ApprovedBatch(
        id=batch_id,
        authority=batch.authority,
        rows=tuple(rows),
        submitted_by=by.submitter.operator.id,
        approved_by=by.approver.operator.id,
        approved_at=by.approval.issued_at,
        statement=by.statement,
    )


class OpenedRow(NamedTuple):
    """A row of an approved batch."""

    stored: StoredRow
    leaf: bytes
    """The hash by which it was approved."""
    content: AwardContent


def opened(session: ReadSession, vault: Vault, batch: str, rows: Sequence[ApprovedRow]) -> list[OpenedRow]:
    """Open rows of an approved batch, in their order.

    Raises:
        TamperedError: ``rows_altered``: one is not what was approved; ``sealed_altered``.
        NotAllowedError: ``erased``, ``wrong_kek``.
    """
    stored = stored_rows(session, [row.award for row in rows])
    if len(stored) != len(rows):
        raise _other_rows(batch)
    return [OpenedRow(stored[row.award], row.leaf, opened_row(vault, stored[row.award], leaf=row.leaf)) for row in rows]


def proven_approval(session: ReadSession, batch_id: str, *, operators: Operators, now: datetime) -> Approval:
    """Prove that two persons signed for a batch: both statements, without the rows.

    A session that only reads asks once for each batch.

    Args:
        session: reads.
        batch_id: the batch.
        operators: the verified file of operators.
        now: aware instant; what was stated later than that proves nothing.

    Raises:
        NotFoundError: ``no_batch``.
        NotAllowedError, TamperedError: as ``verify_approved``.
    """
    known: dict[tuple[str, int], tuple[Operators, Approval]] = session.info.setdefault(_APPROVALS, {})
    asked = (batch_id, id(operators))
    if isinstance(session, WriteSession):
        by = _approval(session, batch_id, operators)
    else:
        if asked not in known:
            known[asked] = operators, _approval(session, batch_id, operators)
        by = known[asked][1]
    for statement in (by.submission, by.approval):
        _require_past(statement, now)
    return by


def _approval(session: ReadSession, batch_id: str, operators: Operators) -> Approval:
    batch = _found(session.get(BatchRow, batch_id, populate_existing=True), batch_id)
    submitter, submission, _ = _proven(session, batch, Act.SUBMIT, operators)
    approver, approval, evidence = _proven(session, batch, Act.APPROVE, operators)
    _require_two_people(batch, submitter, approver)
    if submission.counts != approval.counts:
        message = f"the two statements on batch {batch_id} name different numbers of rows; nothing is signed"
        raise TamperedError("other_statement", message, batch=batch_id)
    return Approval(
        submitter=submitter, submission=submission, approver=approver, approval=approval, statement=evidence
    )


def _check_move(  # noqa: PLR0917 - asked of the same six things in both places
    session: ReadSession,
    batch: BatchRow,
    act: Act,
    entry: OperatorEntry,
    operators: Operators,
    now: datetime,
) -> None:
    """What stands against an act, besides its rows: asked when it is drafted and again when it is done."""
    allowed = _MOVES[act].before
    if batch.state not in allowed:
        wanted = " or ".join(sorted(state.value for state in allowed))
        message = f"batch {batch.id} is {batch.state.value}; this takes a {wanted} one"
        raise ConflictError("wrong_state", message, batch=batch.id, state=batch.state.value)
    if act is Act.SUBMIT and batch.rows_waiting == 0:
        message = f"batch {batch.id} has no good row; correct the file and check it again"
        raise ConflictError("nothing_to_issue", message, batch=batch.id)
    _require_role(entry, act, batch)
    if act is Act.APPROVE:
        submitter, submission, _ = _proven(session, batch, Act.SUBMIT, operators)
        _require_past(submission, now)
        _require_two_people(batch, submitter, entry)


def _proven(
    session: ReadSession, batch: BatchRow, act: Act, operators: Operators
) -> tuple[OperatorEntry, Statement, str]:
    """Return who did ``act`` on the batch, and by what, after verifying it against the file of operators."""
    query = select(StatementRow).where(StatementRow.batch == batch.id, StatementRow.act == act.value)
    rows = list(session.scalars(query))
    if len(rows) != 1:
        message = f"batch {batch.id} has {len(rows)} statements to {act.value}, it takes one; nothing is signed"
        raise TamperedError("no_statement", message, batch=batch.id, act=act.value)
    statement, entry = statements.proven_once(session, rows[0], operators)
    statements.require_in_force(session, rows[0], entry, operators, statement.issued_at)
    before = next(iter(_MOVES[act].before))
    differing = _differing(batch, statement, before=before)
    differing += ["act"] if statement.act is not act else []
    if differing:
        raise _other_statement(act, batch.id, differing)
    _require_role(entry, act, batch)
    return entry, statement, rows[0].id


def _require_past(statement: Statement, now: datetime) -> None:
    if statement.issued_at > now + CLOCK_DIFFERENCE:
        raise _other_statement(statement.act, statement.object["batch"], ["time"])


def _other_statement(act: Act, batch_id: str, differing: list[str]) -> TamperedError:
    message = f"the statement to {act.value} batch {batch_id} names another {', '.join(differing)}; nothing is signed"
    return TamperedError("other_statement", message, batch=batch_id, differing=tuple(differing))


def _differing(batch: BatchRow, statement: Statement, *, before: BatchState) -> list[str]:
    """What a statement says otherwise than the register does."""
    expected = {
        "batch": (dict(statement.object), _object(batch)),
        "previous state": (statement.previous, before.value),
        "digests": (dict(statement.digests), _digests(batch)),
        "number of rows": (statement.counts["rows"], batch.rows_total),
    }
    return [name for name, (found, wanted) in expected.items() if found != wanted]


def _compare_rows(batch: BatchRow, rows: Iterable[AwardContent | NormalRow]) -> None:
    """Compare root and number, and what each row's proof alone will be made of, with the rows that were opened."""
    tree = Frontier()
    for row in rows:
        if (row.position, row.hashes) != (tree.size, b"".join(tree.append(leaf_hash(row.normal)))):
            raise _other_rows(batch.id)
    if (tree.root(), tree.size) != (batch.rows_root, batch.rows_waiting):
        raise _other_rows(batch.id)


def _other_rows(batch_id: str) -> TamperedError:
    message = f"the rows of batch {batch_id} are not those that were checked; nothing is signed"
    return TamperedError("rows_altered", message, batch=batch_id)


def _require_role(entry: OperatorEntry, act: Act, batch: BatchRow) -> None:
    operator = entry.operator
    if operator.role not in _MOVES[act].roles:
        message = f"operator {operator.id} is {operator.role.value} and may not {act.value} a batch"
        raise NotAllowedError("role", message, operator=operator.id)
    if operator.authority not in {None, batch.authority}:
        message = f"operator {operator.id} acts for {operator.authority}, batch {batch.id} is of {batch.authority}"
        raise NotAllowedError("other_authority", message, operator=operator.id)


def _require_two_people(batch: BatchRow, submitter: OperatorEntry, approver: OperatorEntry) -> None:
    """Two signatures of one person are one, whatever keys made them (FORMAT 11.3)."""
    first, second = submitter.operator, approver.operator
    if first.person == second.person:
        message = f"batch {batch.id} was submitted by {first.id}, who is the same person as {second.id}: {first.person}"
        raise NotAllowedError(
            "same_person",
            f"{message}; another person approves it",
            batch=batch.id,
            person=first.person,
            submitted_by=first.id,
            approved_by=second.id,
        )


def _found(batch: BatchRow | None, batch_id: str) -> BatchRow:
    if batch is None:
        raise NotFoundError("no_batch", f"there is no batch {batch_id}", batch=batch_id)
    return batch


def _object(batch: BatchRow) -> dict[str, str]:
    return {"authority": batch.authority, "batch": batch.id, "decision_document": batch.decision_document}


def _counts(batch: BatchRow) -> dict[str, int]:
    return {"rows": batch.rows_total, "rejected": batch.rows_rejected, "waiting": batch.rows_waiting}


def _digests(batch: BatchRow) -> dict[str, str]:
    return {"file": batch.file_digest.hex(), "rows_root": batch.rows_root.hex()}
