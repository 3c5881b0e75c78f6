"""Signing histories: events of the register into what the public may read (FORMAT 6), never shorter than before.

Rules: a history only grows. What was published of a certificate is the beginning of what is signed next, so a row that
vanished from the register, or was altered in it, takes nothing back that the public saw. The certificate's ``state`` is
a copy of where its events end; where the two differ, nothing is signed.

    sign_history(session, certificate_id, signer, published=history)
"""

from __future__ import annotations

from collections.abc import Sequence

from credential import history as histories
from credential.history import EventKind, Registration, Replaced
from credential.signing import Signer
from credential.trustlist import VerifiedTrustList
from issuer.db import certificates
from issuer.db.certificates import Certificate
from issuer.db.events import Event, SignedHistory, events_of, history_of, store_history
from issuer.db.models import CertificateRow
from issuer.db.sessions import WriteSession
from issuer.errors import ConflictError, NotFoundError, TamperedError


def to_history(certificate: Certificate, events: Sequence[Event]) -> histories.History:
    """Return the published form of a certificate's events.

    Raises:
        ConflictError: ``not_signed``: it has no events yet.
        MalformedError: the events break a rule of the format; nothing is signed.
    """
    if not events or certificate.credential_digest is None:
        raise ConflictError(
            "not_signed", f"certificate {certificate.number} is not issued yet", number=certificate.number
        )
    return histories.History(
        cti=certificate.cti, events=tuple(_event(event, certificate.credential_digest) for event in events)
    )


def sign_history(
    session: WriteSession,
    certificate_id: str,
    signer: Signer,
    *,
    published: histories.History | None,
    replaces: Replaced | None = None,
) -> None:
    """Sign and store the history of a certificate, unless the same is stored already.

    Args:
        session: reads the events, stores the history.
        certificate_id: whose.
        signer: a status key.
        published: what the public has of it now.
        replaces: the certificate that the approved row says it replaces. A day in its place from which the gap is
            counted lets a late award through, so the register's word alone is not enough.

    Raises:
        NotFoundError: ``no_certificate``.
        TamperedError: ``history_shortened``, ``state_differs``, ``other_replaced``.
        As ``to_history``.
    """
    row = session.get(CertificateRow, certificate_id)
    if row is None:
        raise NotFoundError("no_certificate", f"there is no certificate {certificate_id}")
    events, stored = events_of(session, certificate_id), history_of(session, certificate_id)
    history = to_history(certificates.to_value(row), events)
    _check_grown(row.number, history, published)
    if published is None and history.registration.replaces != replaces:
        message = f"certificate {row.number} is not approved to replace what its first event names; nothing was signed"
        raise TamperedError("other_replaced", message, number=row.number)
    if row.state is not history.status:
        message = f"certificate {row.number} is {row.state.word}, but its events end at {history.status.word}"
        raise TamperedError("state_differs", f"{message}; its published status stays", number=row.number)
    if stored is not None and stored.events == len(events) and stored.kid == signer.key_id:
        return  # the same bytes again: a second run after a crash signs nothing new
    signed = SignedHistory(events=len(events), content=histories.sign(history, signer), kid=signer.key_id)
    store_history(session, certificate_id, signed)


def read_history(content: bytes, cti: bytes, trust: VerifiedTrustList) -> histories.History:
    """Verify a history of ours, stored or published.

    Raises:
        CredentialError: not signed by a status key of the trust list, or malformed.
        TamperedError: ``other_history``: it is another certificate's.
    """
    unverified = histories.parse(content)
    history = unverified.verify(trust.key(unverified.key_id, use="status").key)
    if history.cti != cti:
        raise TamperedError("other_history", "a signed history lies at another certificate's place")
    return history


def _check_grown(number: str, history: histories.History, published: histories.History | None) -> None:
    if published is not None and history.events[: len(published.events)] != published.events:
        message = (
            f"the register's events of certificate {number} do not continue what is published of it; "
            "nothing was signed, compare the register with a backup"
        )
        raise TamperedError("history_shortened", message, number=number)


def _event(event: Event, digest: bytes) -> histories.Event:
    registration = Registration(digest=digest, replaces=event.replaced)
    return histories.Event(
        kind=event.kind,
        effective=event.effective,
        recorded=event.recorded,
        authority=event.authority,
        basis=event.basis,
        document=event.document,
        reason=event.reason,
        detail=registration if event.kind is EventKind.ISSUED else event.successor or event.note,
    )
