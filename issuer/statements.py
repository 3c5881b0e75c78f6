"""Operators' statements on the issuer's side: drafted here, signed anywhere, accepted here, proven again (FORMAT 11).

Rules: a draft is a value; it holds the exact bytes to be signed, and no key. Whoever has the operator's key signs them:
a key file, a token, a browser, another computer. What comes back is accepted once, within 24 hours, for the state that
the draft saw; the act's own room compares that state in the transaction that changes it. What is stored is evidence:
scheme, key id and bytes, believed again only by verifying it. So no operator's signature is made inside a transaction.

    made = draft(Act.SUBMIT, entry, object={...}, previous="checked", ..., deployment="shifan", now=now)
    token = made.signed_by(signer)                                # or elsewhere, over made.payload
    accepted = accept(session, token, operators, now=now)         # in the transaction of the act
    statement, entry = proven(row, operators)                     # later, before anything is signed because of it
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select

from credential import jose, statements
from credential.days import CLOCK_DIFFERENCE
from credential.errors import CannotKnowError, CredentialError
from credential.history import Act
from credential.signing import Signer, UnusableKey
from credential.statements import NONCE_LENGTH, Statement
from credential.text import from_base64url, to_base64url
from issuer import audit
from issuer.db.models import StatementRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, NotAllowedError, TamperedError
from issuer.ids import new_id
from issuer.office.operators import OperatorEntry, Operators
from issuer.office.values import JWS

GOOD_FOR: Final = timedelta(hours=24)
"""How long a draft may wait for its signature: a working day and the night after it."""
_PROVEN: Final = "proven statements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An act that is ready to be signed by the operator whom it names."""

    statement: Statement
    key_id: bytes
    """The operator's key, as the administrator's file names it."""

    @property
    def payload(self) -> bytes:
        """The exact payload of the JWS."""
        return self.statement.encode()

    def signed_by(self, signer: Signer) -> str:
        """Return the token, where the key is at hand. Raises NotAllowedError ``other_key``: another's key."""
        if signer.key_id != self.key_id:
            message = f"this is a statement of {self.statement.operator}, and the key is somebody else's"
            raise NotAllowedError("other_key", message, operator=self.statement.operator)
        return statements.sign(self.statement, signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A statement that was taken into the register in this transaction."""

    id: str
    """The row of its evidence."""
    statement: Statement
    entry: OperatorEntry
    """Who signed it, in force now and when it was drafted."""
    digest: str
    """What the audit's entry of the acceptance names: SHA-256 of the evidence, in hex (FORMAT 11.3)."""


def draft(
    act: Act,
    entry: OperatorEntry,
    *,
    object: Mapping[str, str],
    previous: str,
    counts: Mapping[str, int],
    digests: Mapping[str, str],
    deployment: str,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Draft:
    """Lay out a statement. The caller has asked whether the operator may do this and what state there is.

    Args:
        act: what is done.
        entry: who is to sign it.
        object: what it is about, with everything that the act changes.
        previous: the state that the operator sees.
        counts: how many of what.
        digests: name to lower-case hex SHA-256 of what the act covers: roots, and the file.
        deployment: the deployment's id.
        now: aware instant.
        token_bytes: gives the nonce.

    Raises:
        NotAllowedError: ``scheme``: the operator's key does not sign for this act; ``newer_suite``.
    """
    _require_scheme(entry, JWS, act)
    statement = Statement(
        act=act,
        deployment=deployment,
        operator=entry.operator.id,
        object=object,
        previous=previous,
        counts=counts,
        digests=digests,
        issued_at=now.replace(microsecond=0),
        nonce=to_base64url(token_bytes(NONCE_LENGTH)),
    )
    return Draft(statement=statement, key_id=entry.operator.key.key_id)


def read(token: str, operators: Operators) -> tuple[Statement, OperatorEntry]:
    """Return what a token says and whose key signed it, whether that operator acts or not.

    Raises:
        NotAllowedError: ``bad_statement``: no operator's key made this signature, or it is no statement;
            ``unknown_act``: an operator signed it, for an act that this program does not know; ``newer_suite``: the key
            is of a suite that this program does not know, and verifies nothing.
    """
    try:
        statement = statements.verify(token, operators.keys)
        key_id = jose.parse(token, typ=statements.TYP, max_bytes=statements.MAX_BYTES).key_id
    except CannotKnowError as error:
        message = f"this statement proves nothing here: {error}"
        raise NotAllowedError("newer_suite", message, **error.fields) from error
    except CredentialError as error:
        if error.code == "unknown_act":
            message = f"an operator signed this for an act that this program does not know ({error})"
            raise NotAllowedError("unknown_act", message, **error.fields) from error
        message = f"this is not a statement that one of the operators signed ({error})"
        raise NotAllowedError("bad_statement", message, cause=error.code) from error
    return statement, operators.by_key(key_id)


def accept(
    session: WriteSession, token: str, operators: Operators, *, now: datetime, batch: str | None = None
) -> Accepted:
    """Take a signed statement into the register, inside the transaction that does what it says.

    The caller compares the statement's object and state with the register, and asks for the role.

    Args:
        session: the transaction of the act.
        token: the compact JWS.
        operators: the verified file of operators.
        now: aware instant.
        batch: the batch it is about, for finding it again.

    Raises:
        NotAllowedError: ``bad_statement``, ``newer_suite``, ``operator_not_in_force``, ``scheme``, ``other_operator``
            (the key is not the operator's whom it names), ``other_deployment``, ``statement_expired``,
            ``statement_early``.
        ConflictError: ``statement_used``: its nonce is in the register.
    """
    statement, entry = read(token, operators)
    operators.acting(entry.operator.key.key_id, statement.issued_at)
    operators.acting(entry.operator.key.key_id, now)
    _require_scheme(entry, JWS, statement.act)
    _check_context(statement, entry, operators, now)
    nonce = from_base64url(statement.nonce)
    if session.scalar(select(StatementRow.id).where(StatementRow.nonce == nonce)) is not None:
        raise ConflictError("statement_used", "this statement was accepted before; a statement counts once")
    row = StatementRow(
        id=new_id(),
        act=statement.act.value,
        operator=entry.operator.id,
        batch=batch,
        nonce=nonce,
        scheme=JWS,
        key_id=entry.operator.key.key_id,
        evidence=token.encode("ascii"),
        received=now.replace(microsecond=0),
    )
    session.add(row)
    session.flush()
    return Accepted(id=row.id, statement=statement, entry=entry, digest=digest_of(row))


def digest_of(row: StatementRow) -> str:
    """Return what an entry of the audit names: SHA-256 of the evidence, in hex."""
    return sha256(row.evidence).hexdigest()


def _require_scheme(entry: OperatorEntry, scheme: str, act: Act) -> None:
    operator = entry.operator
    if isinstance(operator.key, UnusableKey):
        message = f"operator {operator.id} signs by {operator.key.alg}, which this program does not know; update it"
        raise NotAllowedError("newer_suite", message, operator=operator.id)
    if not operator.allows(scheme, act.value):
        message = f"the key of operator {operator.id} does not sign by {scheme} to {act.value}; the administrator"
        raise NotAllowedError("scheme", f"{message} decides by what it signs for what", operator=operator.id)


def _check_context(statement: Statement, entry: OperatorEntry, operators: Operators, now: datetime) -> None:
    if statement.operator != entry.operator.id:
        message = f"the statement names {statement.operator}, and the key that signed it is {entry.operator.id}'s"
        raise NotAllowedError("other_operator", message, operator=statement.operator)
    if statement.deployment != operators.deployment:
        message = f"the statement is for {statement.deployment}, this is {operators.deployment}"
        raise NotAllowedError("other_deployment", message)
    if statement.issued_at > now + CLOCK_DIFFERENCE:
        message = (
            f"the statement was drafted at {statement.issued_at.isoformat()}, which is still to come; compare clocks"
        )
        raise NotAllowedError("statement_early", message)
    if now > statement.issued_at + GOOD_FOR:
        message = (
            f"the statement was drafted at {statement.issued_at.isoformat()}, more than 24 hours ago; draft it anew"
        )
        raise NotAllowedError("statement_expired", message)


def accepted_in_time(statement: Statement, recorded: datetime) -> bool:
    """Whether a statement could be accepted at the instant at which the register says that its act was recorded."""
    return statement.issued_at - CLOCK_DIFFERENCE <= recorded <= statement.issued_at + GOOD_FOR


def require_in_force(
    session: ReadSession, row: StatementRow, entry: OperatorEntry, operators: Operators, at: datetime
) -> None:
    """Ask whether an operator's proven statement counts: in force, or accepted before the operator ended (FORMAT 11.3).

    When it was accepted, a statement of somebody who has ended does not say itself, and neither does the register: the
    audit's entry does, under the head that the administrator signed.

    Args:
        session: reads the audit.
        row: the evidence, from which ``proven`` took the entry.
        entry: who signed it.
        operators: the verified file of operators.
        at: when it was done, for an operator who has not ended.

    Raises:
        NotAllowedError: ``operator_not_in_force``; ``operator_ended``: nothing shows that it was accepted before.
        TamperedError: ``audit_altered``: the audit is not the one at which the operator ended.
    """
    head = entry.audit
    if head is None:
        operators.acting(entry.operator.key.key_id, at)
    elif not audit.accepted_under(session, digest_of(row), head, heads=operators.heads):
        message = (
            f"operator {entry.operator.id} has ended, and none of the {head.length} audit entries before that accepts "
            f"the statement to {row.act}; it does not count, somebody else does it anew"
        )
        raise NotAllowedError("operator_ended", message, operator=entry.operator.id, statement=row.id)


def proven_once(session: ReadSession, row: StatementRow, operators: Operators) -> tuple[Statement, OperatorEntry]:
    """As ``proven``; the same row is verified once in a session, because thousands of certificates rest on one.

    What is remembered is remembered of all that the row says now: a row that changes is verified anew.
    """
    known: dict[tuple[object, ...], tuple[Operators, StatementRow, tuple[Statement, OperatorEntry]]]
    known = session.info.setdefault(_PROVEN, {})
    said = (row.id, row.act, row.operator, row.nonce, row.scheme, row.key_id, row.evidence, id(operators))
    if said not in known:
        # The operators too: their id stays theirs. And the row: while it is kept, the session reads it once.
        known[said] = operators, row, proven(row, operators)
    return known[said][2]


def proven(row: StatementRow, operators: Operators) -> tuple[Statement, OperatorEntry]:
    """Verify stored evidence again, as if the database were somebody else's.

    Whether the operator still acts, and whether the statement is about what it is taken for, the caller asks.

    Raises:
        NotAllowedError: ``scheme``: the operator's key does not sign in this way for this act; ``newer_suite``.
        TamperedError: ``bad_statement``: it does not verify, or the row says something else than its evidence;
            ``unknown_scheme``, ``unknown_act``: evidence of a kind, or of an act, that this program does not know
            proves nothing to it.
    """
    if row.scheme != JWS:
        message = f"statement {row.id} is evidence of scheme {row.scheme}, which this program does not know"
        raise TamperedError("unknown_scheme", message, scheme=row.scheme)
    try:
        statement, entry = read(row.evidence.decode("ascii"), operators)
    except (NotAllowedError, UnicodeDecodeError) as error:
        if isinstance(error, NotAllowedError) and error.code == "newer_suite":
            raise
        code = "unknown_act" if isinstance(error, NotAllowedError) and error.code == "unknown_act" else "bad_statement"
        message = f"the statement to {row.act} does not verify ({error}); nothing is signed"
        raise TamperedError(code, message, statement=row.id) from error
    said = (statement.act.value, statement.operator, from_base64url(statement.nonce), statement.deployment)
    if said != (row.act, row.operator, row.nonce, operators.deployment) or row.key_id != entry.operator.key.key_id:
        message = f"the register's row of statement {row.id} says something else than its evidence; nothing is signed"
        raise TamperedError("bad_statement", message, statement=row.id)
    if statement.operator != entry.operator.id:
        message = (
            f"statement {row.id} names {statement.operator} and was signed by {entry.operator.id}; nothing is signed"
        )
        raise TamperedError("bad_statement", message, statement=row.id)
    _require_scheme(entry, row.scheme, statement.act)
    return statement, entry
