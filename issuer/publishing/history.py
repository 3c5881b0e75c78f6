"""Histories: events of the register as the public reads them (FORMAT 6), and what was signed read again.

history = to_history(certificate, events)
read_history(histories.sign(history, signer), certificate.cti, trust)
"""

from __future__ import annotations

from collections.abc import Sequence

from credential import history as histories
from credential.history import EventKind, Registration
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.db.events import Event
from issuer.errors import ConflictError, TamperedError


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
