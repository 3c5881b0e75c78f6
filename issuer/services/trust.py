"""The trust list: what would change is shown first, then the root signs.

Rules: what the root signed is kept in the register, together with the audit's entry, before any file is written.

    draft = trust.draft(opened)
    for each in draft.changes: print(each.what, each.which, each.member, each.before, each.after)
    version = trust.publish_here(opened, actor, draft)
"""

from __future__ import annotations

from credential.signing import KeyId, KeyUse, Signer
from issuer import audit
from issuer.db.locks import Lock
from issuer.errors import NotFoundError
from issuer.home.opened import Actor, Opened
from issuer.publishing import kept
from issuer.publishing.chain import newest_root
from issuer.publishing.kept import Kept
from issuer.publishing.taking import pinned_root, take_in
from issuer.trust.changes import Change, fingerprint
from issuer.trust.lists import Draft, SignedList, draft_trust_list, sign_trust_list

__all__ = ["Change", "Draft", "draft", "fingerprint", "publish_here"]


def draft(opened: Opened) -> Draft:
    """Lay out the next trust list; ``changes`` says what differs from the published one. Raises NotFoundError."""
    home = opened.home
    with opened.register.read() as session:
        store = Kept.within(session, home.publication)
        return draft_trust_list(session, home.trust_settings, store, now=opened.clock())


def publish_here(opened: Opened, actor: Actor, drafted: Draft) -> int:
    """Sign a draft with the root key of this home and publish it; returns its version. The next snapshot names it.

    Raises:
        NotFoundError, KeyNotFoundError: the root key is not here.
        PassphraseError: it does not open the root.
        ConflictError: ``publisher_running``; ``trust_list_not_next``: another list was signed after the draft.
        TamperedError: ``entries_removed``: the register lost something that is published; ``publication_altered``,
            ``register_behind``: the publication is not what the register keeps.
    """
    store = Kept(opened.register.read, opened.home.publication)
    signers = _root_signers(opened, store)
    with opened.home.publication.lock():
        pinned = pinned_root(opened.register, opened.home.trust_root)
        take_in(opened.register, opened.home.publication, pinned, now=opened.clock())
        signed = sign_trust_list(store, drafted, signers)
        _keep(opened, actor, drafted, signed)
        kept.lay_out(opened.register, opened.home.publication)
    return signed.content.version


def _root_signers(opened: Opened, store: Kept) -> list[Signer]:
    here = {held.key_id for held in opened.custody.held() if held.use == KeyUse.ROOT}
    wanted = [key_id for key_id in newest_root(store).keys if key_id in here]
    if not wanted:
        raise NotFoundError("no_root_here", "no key of the root set is in this home; bring the medium that holds it")
    return [opened.custody.signer(KeyUse.ROOT, KeyId(key_id)) for key_id in wanted]


def _keep(opened: Opened, actor: Actor, drafted: Draft, signed: SignedList) -> None:
    """Keep the files with the audit's entry. The root has signed before: nobody waits in a transaction for a person."""
    details = {"changes": len(drafted.changes)}
    version, now = str(signed.content.version), opened.clock()
    with opened.register.write(Lock.OFFICE) as session:
        for path, data in signed.files.items():
            kept.keep(session, path, data, now=now)
        audit.append(session, actor=actor, act="trust_list.publish", subject=version, details=details, now=now)
