"""The trust list: what would change is shown first, then the root signs.

draft = trust.draft(opened)
for line in draft.changes: print(line)
version = trust.publish_here(opened, actor, draft)
"""

from __future__ import annotations

from credential.signing import KeyUse
from issuer import audit
from issuer.errors import NotFoundError
from issuer.home.opened import Actor, Opened
from issuer.publishing.chain import newest_root
from issuer.trust.lists import Draft, draft_trust_list, publish_trust_list

__all__ = ["Draft", "draft", "publish_here"]


def draft(opened: Opened) -> Draft:
    """Lay out the next trust list; ``changes`` says what differs from the published one. Raises NotFoundError."""
    with opened.register.read() as session:
        home = opened.home
        return draft_trust_list(session, home.trust_settings, home.publication, now=opened.clock())


def publish_here(opened: Opened, actor: Actor, drafted: Draft) -> int:
    """Sign a draft with the root key of this home and write it; returns its version. The next snapshot names it.

    Raises:
        NotFoundError, KeyNotFoundError: the root key is not here.
        PassphraseError: it does not open the root.
        ConflictError: ``publisher_running``.
        TamperedError: ``entries_removed``: the register lost something that is published.
    """
    here = {held.key_id for held in opened.custody.held() if held.use == KeyUse.ROOT}
    wanted = [key_id for key_id in newest_root(opened.home.publication).keys if key_id in here]
    if not wanted:
        raise NotFoundError("no_root_here", "no key of the root set is in this home; bring the medium that holds it")
    signers = [opened.custody.signer(KeyUse.ROOT, key_id) for key_id in wanted]
    with opened.home.publication.lock():
        version = publish_trust_list(opened.home.publication, drafted, signers).version
        _note(opened, actor, drafted, version)
    return version


def _note(opened: Opened, actor: Actor, drafted: Draft, version: int) -> None:
    """Write the audit's entry. The root has signed before: nobody waits in a transaction for a person or a token."""
    details = {"changes": len(drafted.changes)}
    with opened.register.write() as session:
        audit.append(
            session, actor=actor, act="trust_list.publish", subject=str(version), details=details, now=opened.clock()
        )
