"""What the worker asks of events before it signs a history: that operators ordered each of them, and by what right.

Rules: every event but ``issued`` rests on an operator's statement over the certificate as it was before, or on the
approval of the row that replaced it. What takes two operators takes the second one's statement too, unless a status key
has signed for the very event before: the rule is younger than some events.

    verify_events(session, vault, certificate, events, content=..., operators=..., trust=..., known=1, alone=20)
"""

from __future__ import annotations

from collections.abc import Sequence

from credential import history
from credential.days import day_of
from credential.errors import CodedError
from credential.history import RIGHT_OF, EventKind
from credential.statements import SeenCertificate, Statement
from credential.trustlist import VerifiedTrustList
from issuer.batches.proof import prove_row
from issuer.batches.rows import open_row
from issuer.db import certificates
from issuer.db.certificates import Certificate, CertificateContent
from issuer.db.events import Event
from issuer.db.sessions import ReadSession
from issuer.errors import IssuerError, NotAllowedError, TamperedError
from issuer.office.operators import Operators
from issuer.seconding import require_decider
from issuer.status.ordered import order_behind, orders, walked
from issuer.status.plan import claims_in, right_to
from issuer.status.replacing import KIND_OF, PUBLIC_REASON
from issuer.vault import Vault


def verify_events(
    session: ReadSession,
    vault: Vault,
    certificate: Certificate,
    events: Sequence[Event],
    *,
    content: CertificateContent | CodedError,
    operators: Operators,
    trust: VerifiedTrustList,
    known: int,
    alone: int,
    signed: Sequence[history.Event] = (),
) -> None:
    """Check that operators ordered every event but ``issued``; the worker asks before it signs a history.

    An event that is not known yet is also asked whether the deciding authority has the right. What was accepted stays
    ordered when its operator has left since; that it was accepted is not the register's to say.

    Args:
        session: reads.
        vault: opens the rows of those in its place.
        certificate: whose events.
        events: all of them, in order.
        content: what the certificate says, or why it cannot be opened.
        operators: the verified file of operators.
        trust: the published trust list.
        known: how many of its events a verified history holds, not how many a column says.
        alone: on how many certificates one operator acts alone.
        signed: the events of a history of it that a status key signed: one that stands there takes no second operator
            now, because the rule is younger than some events, and so may its number be.

    Raises:
        TamperedError: ``unseconded``: it takes two operators; ``unordered_event``: no statement, one that does not
            verify, or one about something else.
        NotAllowedError: the operator had not the role or was not in force, or the authority had not the right.
    """
    for ordinal, event, seen in walked(certificate.number, events):
        if ordinal == 1 and event.kind is EventKind.ISSUED:
            continue
        if event.kind in PUBLIC_REASON:
            _verify_replaced(session, vault, certificate, event, operators)
        else:
            excused = ordinal <= len(signed) and _is_same(event, signed[ordinal - 1])
            _verify_event(session, certificate, event, seen, operators, alone=None if excused else alone)
        if ordinal > known and (event.kind in RIGHT_OF or event.kind is EventKind.ANNOTATED):
            if isinstance(content, CodedError):
                raise content
            claims = claims_in(certificate, content)
            right_to(trust, certificate, claims, event.kind, event.authority, on=day_of(event.recorded))


def _is_same(event: Event, signed: history.Event) -> bool:
    """Whether a signed history says of an event what the register does."""
    return (
        event.kind,
        event.effective,
        event.recorded,
        event.authority,
        event.basis,
        event.document,
        event.reason,
    ) == (
        signed.kind,
        signed.effective,
        signed.recorded,
        signed.authority,
        signed.basis,
        signed.document,
        signed.reason,
    )


def _verify_event(
    session: ReadSession,
    certificate: Certificate,
    event: Event,
    seen: SeenCertificate,
    operators: Operators,
    *,
    alone: int | None,
) -> None:
    order = order_behind(session, event, seen, operators, alone=alone)
    if not orders(order.statement.act, event.kind) or not _says(order.statement, event):
        raise _unordered(certificate, event)
    require_decider(order.entry, event.authority)


def _says(statement: Statement, event: Event) -> bool:
    """Whether an event says what the statement does; by which day it is reviewed, the statement alone says."""
    said = {name: value for name, value in statement.object.items() if name != "review_by"}
    terms = {
        "authority": event.authority,
        "basis": event.basis,
        "document": event.document,
        "effective": event.effective.isoformat(),
        "reason": event.reason.word,
    }
    return said == terms | ({} if event.note is None else {"note": event.note})


def _verify_replaced(
    session: ReadSession, vault: Vault, certificate: Certificate, event: Event, operators: Operators
) -> None:
    """Who approved the successor's row, which names the certificate replaced, ordered this too (FORMAT 11.1)."""
    try:
        successor = certificates.by_number(session, event.successor or "")
        row = open_row(session, vault, successor.award)
        proven = prove_row(session, row, operators=operators, now=event.recorded)
    except NotAllowedError:
        raise
    except IssuerError as error:
        raise _unordered(certificate, event) from error
    replaces, approval = row.draft.replaces, proven.by.approval
    reason = PUBLIC_REASON[event.kind]
    said = (approval.object["authority"], "", row.draft.decision_document, reason, proven.by.statement)
    holds = (
        replaces is not None
        and replaces.number == certificate.number
        and KIND_OF[replaces.reason] is event.kind
        and said == (event.authority, event.basis, event.document, event.reason, event.statement)
        and event.effective == successor.issued_on == day_of(event.recorded)
    )
    if not holds:
        raise _unordered(certificate, event)


def _unordered(certificate: Certificate, event: Event) -> TamperedError:
    message = f"certificate {certificate.number}: no operator ordered its event {event.kind.word}; nothing was signed"
    return TamperedError("unordered_event", message, number=certificate.number)
