"""Which of the keys of one use signs: the newest active one that the published trust list names.

key_id = named_key(session, opened.home.publication, KeyUse.PUBLISHER, now=opened.clock())
"""

from __future__ import annotations

from datetime import datetime

from credential.errors import CodedError
from credential.signing import KeyId, KeyUse
from credential.trustform import KeyState
from issuer.db.sessions import ReadSession
from issuer.publishing.chain import published_trust
from issuer.publishing.store import PublicationStore
from issuer.trust.entries import active_key, keys


def named_key(session: ReadSession, store: PublicationStore, use: KeyUse, *, now: datetime) -> KeyId:
    """Return the key: one just added waits until the root has signed. Raises NotFoundError ``no_key``."""
    newest = active_key(session, use=use, authority=None).key.key_id
    try:
        trust = published_trust(session, store, now=now)
    except CodedError:
        # Nothing is published yet, or what is wrong with it is said when something is to be published.
        return newest
    active = [each.key.key_id for each in keys(session, use=use) if each.state is KeyState.ACTIVE]
    return next((key_id for key_id in reversed(active) if trust.find_key(key_id) is not None), newest)
