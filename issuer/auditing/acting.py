"""Who acted on a batch or a certificate, told from the statements that they signed and not from columns.

Rules: a name is told only where the statement verifies against the file of operators and is about this very thing; else
the claim is told as a claim, with what is wrong. What nobody signs, that somebody asked for issuing, is the audit's.

    for act in acts_on_batch(session, "sf-hrss-0001", operators): print(act.act, act.operator, act.wrong)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select

from credential.errors import CodedError
from credential.history import Act, EventKind
from credential.statements import BATCH_ACTS, SeenCertificate, Statement
from issuer import statements
from issuer.batches.proof import prove_row
from issuer.batches.rows import open_row
from issuer.db.certificates import Certificate
from issuer.db.events import Event, events_of
from issuer.db.models import AuditRow, AwardRow, CertificateRow, StatementRow
from issuer.db.sessions import ReadSession
from issuer.errors import TamperedError
from issuer.office.operators import OperatorEntry, Operators
from issuer.seconding import second_of
from issuer.status.ordered import order_behind, orders, walked
from issuer.vault import Vault

REQUEST: Final = "batch.request_issue"
ISSUE: Final = "certificate.issue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What one person did."""

    act: str
    """``submit``, ``withdraw`` ...; ``request_issue`` and ``issue`` are the audit's."""
    operator: str
    """The operator's id, or the audit's actor."""
    name: str | None
    person: str | None
    at: datetime | None
    """When it was drafted, as the statement says, or the audit's time."""
    statement: str | None
    """The id of the statement's row."""
    digest: str | None
    """SHA-256 of its evidence, in hex."""
    wrong: str | None
    """Why it is not proven, as a code; None where it is."""


def acts_on_batch(session: ReadSession, batch_id: str, operators: Operators) -> tuple[Acted, ...]:
    """Return who submitted, approved or rejected a batch, and who asked for its issue, in the order of the register."""
    query = select(StatementRow).where(StatementRow.batch == batch_id).order_by(StatementRow.received)
    rows = sorted(session.scalars(query), key=lambda row: (row.received, row.act != Act.SUBMIT))
    signed = [_acted(session, row, operators, lambda said: _about_batch(said, batch_id)) for row in rows]
    return (*signed, *_noted(session, REQUEST, batch_id))


def acts_on_certificate(
    session: ReadSession, vault: Vault, certificate: Certificate, operators: Operators, *, now: datetime
) -> tuple[Acted, ...]:
    """Return who submitted and approved the row of a certificate, who issued it, and who changed its status."""
    row = session.get_one(AwardRow, session.get_one(CertificateRow, certificate.id).award)
    batch = acts_on_batch(session, row.batch, operators)
    try:
        prove_row(session, open_row(session, vault, row.id), operators=operators, now=now)
    except CodedError as error:
        batch = tuple(replace(each, wrong=each.wrong or error.code) for each in batch if each.statement)
    issued = _noted(session, ISSUE, certificate.number)
    return (*batch, *issued, *_changes(session, certificate, operators))


def _changes(session: ReadSession, certificate: Certificate, operators: Operators) -> Iterator[Acted]:
    for _, event, seen in walked(certificate.number, events_of(session, certificate.id)):
        if event.kind is not EventKind.ISSUED:
            yield from _changed(session, event, seen, operators)


def _changed(session: ReadSession, event: Event, seen: SeenCertificate, operators: Operators) -> Iterator[Acted]:
    """Who ordered an event, and who let it happen as the second operator."""
    row = None if event.statement is None else session.get(StatementRow, event.statement)
    if row is None:
        yield _claimed(event.kind.word, None, "no_statement")
        return

    def about(said: Statement) -> None:
        if event.kind is EventKind.SUPERSEDED:
            _about_batch(said, str(row.batch))
        else:
            order_behind(session, event, seen, operators, alone=None)
            _require(orders(said.act, event.kind))

    yield _acted(session, row, operators, about)
    second = second_of(session, row)
    if second is not None:
        yield _acted(session, second, operators, lambda _: about(statements.proven(row, operators)[0]))


def _about_batch(said: Statement, batch_id: str) -> None:
    _require(said.act in BATCH_ACTS and said.object["batch"] == batch_id)


def _require(holds: bool) -> None:
    if not holds:
        raise TamperedError("other_statement", "the statement is about something else")


def _acted(session: ReadSession, row: StatementRow, operators: Operators, about: Callable[[Statement], None]) -> Acted:
    try:
        said, entry = statements.proven(row, operators)
        about(said)
        statements.require_in_force(session, row, entry, operators, said.issued_at)
    except CodedError as error:
        return _claimed(row.act, row, error.code)
    return _proven(row, said, entry)


def _proven(row: StatementRow, said: Statement, entry: OperatorEntry) -> Acted:
    return Acted(
        act=said.act.value,
        operator=entry.operator.id,
        name=entry.operator.name,
        person=entry.operator.person,
        at=said.issued_at,
        statement=row.id,
        digest=statements.digest_of(row),
        wrong=None,
    )


def _claimed(act: str, row: StatementRow | None, why: str) -> Acted:
    return Acted(
        act=act,
        operator="?" if row is None else row.operator,
        name=None,
        person=None,
        at=None,
        statement=None if row is None else row.id,
        digest=None if row is None else statements.digest_of(row),
        wrong=why,
    )


def _noted(session: ReadSession, act: str, subject: str) -> list[Acted]:
    """What the audit alone tells: the newest entry of an act on one thing."""
    query = select(AuditRow).where(AuditRow.act == act, AuditRow.object == subject)
    return [
        Acted(
            act=act.partition(".")[2],
            operator=row.actor,
            name=None,
            person=None,
            at=row.at,
            statement=None,
            digest=None,
            wrong=None,
        )
        for row in session.scalars(query.order_by(AuditRow.id.desc()).limit(1))
    ]
