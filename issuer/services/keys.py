"""Keys and secrets that a home holds, as they are known without opening any, and the next status key.

for held in keys.listed(opened): print(held.use, held.key_id.hex())
added = keys.add_status(opened, actor)       # in the place of the one before
"""

from __future__ import annotations

from dataclasses import dataclass

from credential.signing import KeyId, KeyUse
from issuer.db.locks import Lock
from issuer.home.opened import Actor, HeldKey, Opened
from issuer.trust.entries import add_key, check_predecessor, newest_not_succeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusKeyAdded:
    """A status key, and the one in whose place it came."""

    key_id: KeyId
    succeeds: KeyId | None


def listed(opened: Opened) -> tuple[HeldKey, ...]:
    """Return what is in custody. Raises KeyFileError for a file that is not in order."""
    return tuple(opened.custody.held())


def add_status(opened: Opened, actor: Actor, *, succeeds: KeyId | None = None) -> StatusKeyAdded:
    """Make the next status key. It signs as soon as a trust list names it.

    Args:
        opened: the home.
        actor: who adds it.
        succeeds: the key in whose place it comes, so that it may sign the histories anew that the other signed
            (FORMAT 9); None: the newest that no other succeeds.

    Raises:
        NotFoundError: ``no_key``: ``succeeds`` is no status key.
        ConflictError: ``same_second``: that one began no second earlier.
        PassphraseError: it does not open the service keys.
    """
    with opened.register.read() as session:
        before = succeeds or newest_not_succeeded(session, use=KeyUse.STATUS, authority=None)
        if before is not None:
            check_predecessor(session, before, use=KeyUse.STATUS, authority=None, now=opened.clock())
    key = opened.custody.make(KeyUse.STATUS, label="status lists and histories")
    with opened.register.write(Lock.OFFICE) as session:
        add_key(
            session,
            key,
            use=KeyUse.STATUS,
            authority=None,
            actor=actor,
            now=opened.clock(),
            succeeds=before,
        )
    return StatusKeyAdded(key_id=key.key_id, succeeds=before)
