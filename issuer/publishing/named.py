"""Which of the keys of one use signs, and which certificate seals: the newest active one that the published list names.

Rules: one just added waits until the root has signed, so that readers know it before they meet it. Where the published
list names none that is active, the newest is taken: nothing is published yet, or the one before was stolen.

key_id = named_key(session, opened.home.publication, KeyUse.PUBLISHER, now=opened.clock())
seal = named_seal(session, opened.home.publication, "sf-hrss", now=opened.clock())
"""

from __future__ import annotations

from datetime import datetime

from credential.errors import CodedError
from credential.signing import KeyId, KeyUse
from credential.trustform import KeyState
from credential.trustlist import VerifiedTrustList
from issuer.db.sessions import ReadSession
from issuer.publishing.chain import published_trust
from issuer.publishing.store import PublicationStore
from issuer.trust.entries import SealCertificate, active_certificates, active_key, keys


def named_key(
    session: ReadSession, store: PublicationStore, use: KeyUse, *, now: datetime, authority: str | None = None
) -> KeyId:
    """Return the key of a use, of an authority where it belongs to one. Raises NotFoundError ``no_key``."""
    newest = active_key(session, use=use, authority=authority).key.key_id
    trust = _published(session, store, now)
    if trust is None:
        return newest
    found = [key for key in keys(session, use=use, authority=authority) if key.authority == authority]
    active = [each.key.key_id for each in found if each.state is KeyState.ACTIVE]
    return next((key_id for key_id in reversed(active) if trust.find_key(key_id) is not None), newest)


def named_seal(session: ReadSession, store: PublicationStore, authority: str, *, now: datetime) -> SealCertificate:
    """Return the document certificate of an authority. Raises NotFoundError ``no_seal``."""
    active = active_certificates(session, authority=authority)
    trust = _published(session, store, now)
    if trust is None:
        return active[-1]
    return next((seal for seal in reversed(active) if trust.find_key(seal.kid) is not None), active[-1])


def _published(session: ReadSession, store: PublicationStore, now: datetime) -> VerifiedTrustList | None:
    """None where nothing is published yet; what is wrong with it is said when something is to be published."""
    try:
        return published_trust(session, store, now=now)
    except CodedError:
        return None
