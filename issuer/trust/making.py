"""Making keys that the trust list will name, and which of them it names already.

Rules: a key that a killed run made and told nobody of is the one that the next run takes. A demonstration and a
training home certify their document keys themselves; a real one never does (``issuer.services.seals``).

    key = make_key(opened, KeyUse.PUBLISHER, None)
    seal = certified(opened, key, "sf-hrss")
"""

from __future__ import annotations

from typing import Final

from credential.signing import KeyUse, VerifyKey
from issuer.db.models import TrustKeyRow
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.home.opened import Opened
from issuer.office import lists
from issuer.office.values import Authority
from issuer.publishing.chain import published_trust
from issuer.trust.entries import SealCertificate

LABELS: Final = {
    KeyUse.CREDENTIAL: "credential",
    KeyUse.DOCUMENT: "document",
    KeyUse.PUBLISHER: "publisher",
    KeyUse.STATUS: "status lists and histories",
}
"""What keys are called in lists, before the authority whose they are."""


def make_key(opened: Opened, use: KeyUse, authority: str | None) -> VerifyKey:
    """Make a key where this home keeps its keys, or take the one that a killed run left behind.

    Raises:
        PassphraseError: it does not open the service keys.
    """
    label = LABELS[use] if authority is None else f"{LABELS[use]} {authority}"
    with opened.register.read() as session:
        for held in opened.custody.held():
            meant = (held.use, held.label) == (use, label)
            if meant and held.public is not None and session.get(TrustKeyRow, held.key_id) is None:
                return held.public
    return opened.custody.make(use, label=label)


def certified(opened: Opened, key: VerifyKey, authority_id: str) -> SealCertificate:
    """Certify a document key as a demonstration or a training home does. Raises NotFoundError ``no_authority``."""
    with opened.register.read() as session:
        authority = lists.authority(session, authority_id)
    return certified_for(opened, key, authority)


def certified_for(opened: Opened, key: VerifyKey, authority: Authority) -> SealCertificate:
    """As ``certified``, for an authority that may not be in the register yet."""
    leaf, chain = opened.custody.certify_demonstration(
        key, authority_name=authority.name, credit_code=authority.credit_code
    )
    return SealCertificate(authority=authority.id, kid=key.key_id, certificate=leaf, chain=chain)


def public_ids(session: ReadSession, opened: Opened) -> frozenset[bytes]:
    """Return the ids of the keys that the published trust list names; none before the first list."""
    try:
        trust = published_trust(session, opened.home.publication, now=opened.clock())
    except NotFoundError:
        return frozenset()
    return frozenset(each.key.key_id for each in trust.content.keys)
