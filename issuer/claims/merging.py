"""Two holders who are one person, because somebody owns two ID documents: merged by an approver's statement.

Rules: a holder is named by a certificate. Rows and keys stay as they are; one holder stands for both, and is merged
into no other. Of their codes the newest stays open. A merge counts by its statement: whoever opens data because of one
proves it first, so that nobody who only writes into the database joins a stranger to a person. What is not proven is
as if it were not there.

    made = draft(session, one, two, entry, document="示人社〔2026〕9号", operators=operators, now=now)
    merge(session, made.signed_by(signer), operators=operators, now=now)
    ProvenMerges(operators_of).person_of(session, holder)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from credential.errors import CodedError
from credential.history import Act
from credential.statements import OperatorRole, SeenCertificate, Statement, certificates_root
from issuer import audit, statements
from issuer.db import claims, tries
from issuer.db.certificates import Certificate, by_number
from issuer.db.events import count_events
from issuer.db.models import CertificateRow, HolderMergeRow, StatementRow
from issuer.db.sessions import ReadSession, WriteSession, insert_all
from issuer.errors import ConflictError, InputError, NotAllowedError
from issuer.office.operators import OperatorEntry, Operators
from issuer.statements import Draft

MERGED: Final = "holder.merge"
SEPARATE: Final = "separate"
"""The state that a statement names: they are not merged yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two certificates of one person, and who stands for both."""

    holder: Certificate
    """Whose holder is merged: it stands for nobody but itself."""
    into: Certificate
    person: str
    """The id of the holder who stands for both."""


def pair_of(session: ReadSession, one: str, two: str) -> Pair:
    """Return which holder is merged into which.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``one_holder``: they are one already; ``both_merged``: each stands for others.
    """
    first, second = by_number(session, one), by_number(session, two)
    people = [tries.person_of(session, each.holder) for each in (first, second)]
    if people[0] == people[1]:
        raise ConflictError("one_holder", f"certificates {one} and {two} have one holder already", one=one, two=two)
    alone = [len(tries.holders_of_person(session, each)) == 1 for each in people]
    if alone[0]:
        return Pair(holder=first, into=second, person=people[1])
    if alone[1]:
        return Pair(holder=second, into=first, person=people[0])
    message = f"the holders of {one} and of {two} both stand for others already; they cannot be merged"
    raise ConflictError("both_merged", message, one=one, two=two)


def draft(
    session: ReadSession,
    one: str,
    two: str,
    entry: OperatorEntry,
    *,
    document: str,
    operators: Operators,
    now: datetime,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Draft:
    """Lay out an approver's statement that two holders are one.

    Args:
        session: reads.
        one, two: numbers of certificates, one of each holder.
        entry: who is to sign.
        document: the number of the decision.
        operators: the verified file of operators.
        now: aware instant.
        token_bytes: gives the nonce.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``one_holder``, ``both_merged``.
        NotAllowedError: ``role``, ``other_authority``, ``operator_not_in_force``, ``scheme``.
    """
    operators.acting(entry.operator.key.key_id, now)
    pair = pair_of(session, one, two)
    _ask(entry, pair)
    return statements.draft(
        Act.MERGE_HOLDERS,
        entry,
        object={
            "authority": pair.into.authority,
            "document": document.strip(),
            "holder": pair.holder.number,
            "into": pair.into.number,
        },
        previous=SEPARATE,
        counts={"certificates": 2},
        digests={"certificates_root": _root(session, pair)},
        deployment=operators.deployment,
        now=now,
        token_bytes=token_bytes,
    )


def merge(session: WriteSession, token: str, *, operators: Operators, now: datetime) -> Pair:
    """Accept a signed statement, and do it.

    Raises:
        InputError: ``other_act``: the statement merges nobody.
        ConflictError: ``moved_on``: the certificates are not what the operator saw any more.
        As ``draft`` and ``issuer.statements.accept``.
    """
    statement, entry = statements.read(token, operators)
    if statement.act is not Act.MERGE_HOLDERS:
        raise InputError("other_act", f"a statement to {statement.act.value} merges nobody")
    pair = pair_of(session, statement.object["holder"], statement.object["into"])
    tries.hold(session, [pair.holder.holder, pair.into.holder, pair.person])
    if pair_of(session, statement.object["holder"], statement.object["into"]) != pair:
        raise _moved_on(pair)  # somebody merged one of them until they were held
    _ask(entry, pair)
    accepted = statements.accept(session, token, operators, now=now)
    if not _is_about(session, statement, pair):
        raise _moved_on(pair)
    row = {
        "holder": pair.holder.holder,
        "into_holder": pair.person,
        "statement": accepted.id,
        "recorded": now.replace(microsecond=0),
    }
    insert_all(session, HolderMergeRow, [row])
    claims.keep_newest(session, tries.holders_of_person(session, pair.person), now=now)
    details = {"into": pair.into.number, audit.STATEMENT: accepted.digest}
    actor = accepted.entry.operator.id
    audit.append(session, actor=actor, act=MERGED, subject=pair.holder.number, now=now, details=details)
    return pair


@dataclass(frozen=True, slots=True)
class ProvenMerges:
    """Who is one person, as far as operators signed for it."""

    operators: Callable[[ReadSession], Operators]
    """Gives the verified file of operators; asked only where there is a merge to prove."""

    def person_of(self, session: ReadSession, holder: str) -> str:
        """Return the holder who stands for a holder: the one it was merged into, or itself."""
        row = session.get(HolderMergeRow, holder)
        return row.into_holder if row is not None and self._is_proven(session, row) else holder

    def holders_of(self, session: ReadSession, person: str) -> list[str]:
        """Return all holders who are one person, the one that stands for all first."""
        query = select(HolderMergeRow).where(HolderMergeRow.into_holder == person).order_by(HolderMergeRow.holder)
        return [person, *(row.holder for row in session.scalars(query) if self._is_proven(session, row))]

    def all_of(self, session: ReadSession, holder: str) -> list[str]:
        """Return all holders who are one person with this one."""
        return self.holders_of(session, self.person_of(session, holder))

    def _is_proven(self, session: ReadSession, row: HolderMergeRow) -> bool:
        try:
            return self._holds(session, row, self.operators(session))
        except CodedError:
            return False  # nobody is let in by what is not proven

    def _holds(self, session: ReadSession, row: HolderMergeRow, operators: Operators) -> bool:
        stored = session.get_one(StatementRow, row.statement)
        statement, entry = statements.proven_once(session, stored, operators)
        if statement.act is not Act.MERGE_HOLDERS or not statements.accepted_in_time(statement, row.recorded):
            return False
        statements.require_in_force(session, stored, entry, operators, row.recorded)
        if entry.operator.role is not OperatorRole.APPROVER:
            return False
        said = statement.object
        holders = dict(
            session.execute(
                select(CertificateRow.number, CertificateRow.holder).where(
                    CertificateRow.number.in_([said["holder"], said["into"]])
                )
            ).all()
        )
        into = holders.get(said["into"])
        if into is None or holders.get(said["holder"]) != row.holder:
            return False
        return into == row.into_holder or (into != row.holder and self.person_of(session, into) == row.into_holder)


def _ask(entry: OperatorEntry, pair: Pair) -> None:
    operator = entry.operator
    if operator.role is not OperatorRole.APPROVER:
        message = f"operator {operator.id} is {operator.role.value}; holders are merged by an approver"
        raise NotAllowedError("role", message, operator=operator.id)
    if operator.authority not in {None, pair.into.authority}:
        message = f"operator {operator.id} acts for {operator.authority}, and the certificate is another authority's"
        raise NotAllowedError("other_authority", message, operator=operator.id)


def _moved_on(pair: Pair) -> ConflictError:
    number = pair.into.number
    return ConflictError("moved_on", f"certificate {number} is not what the operator saw; look again", number=number)


def _is_about(session: ReadSession, statement: Statement, pair: Pair) -> bool:
    said = (statement.object["holder"], statement.object["into"], statement.object["authority"], statement.previous)
    seen = (pair.holder.number, pair.into.number, pair.into.authority, SEPARATE)
    return said == seen and statement.digests["certificates_root"] == _root(session, pair)


def _root(session: ReadSession, pair: Pair) -> str:
    both = (pair.into, pair.holder)
    many = count_events(session, [each.id for each in both])
    return certificates_root(
        SeenCertificate(number=each.number, state=each.state, events=many.get(each.id, 0)) for each in both
    )
