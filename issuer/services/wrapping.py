"""The next key-encryption key: every data key is wrapped anew, a piece at a time; what they seal stays as it is.

Rules: the next key is made first, and the vault opens what either of the two wraps, so a run that dies loses nothing
and is run again. When nothing is wrapped under the older key any more, its file is put out of use; backups of before
still need it. Who runs this holds the worker's place, and no other process has the vault open: it would know the older
key only. The key of the blind index has no next one: every number would have to be opened for it
(docs/OPERATIONS.md).

    done = wrapping.rotate(opened, actor, step)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from issuer import audit
from issuer.db import wrapped
from issuer.home.opened import Actor, Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """What was wrapped anew."""

    key_id: bytes
    """The id of the new key-encryption key, as wrapped keys name it."""
    changed: int
    total: int


def count(opened: Opened) -> int:
    """Return how many data keys there are."""
    with opened.register.read() as session:
        return wrapped.count(session)


def rotate(opened: Opened, actor: Actor, step: Callable[[int, int], None] | None = None) -> Wrapped:
    """Make the next key-encryption key, or go on with one that waits, and wrap every data key under it.

    Args:
        opened: the home.
        actor: who does it.
        step: told how many data keys were looked at, of how many.

    Raises:
        PassphraseError: it does not open the service keys.
        KeyFileError: ``same_second``.
        TamperedError: ``sealed_altered``: a wrapped key is not what was stored; the others before it are done.
    """
    vault = opened.custody.next_vault()
    total = count(opened)
    changed = seen = 0
    for table in wrapped.WRAPPED:
        after: str | None = ""
        while after is not None:
            with opened.register.write() as session:
                piece = wrapped.wrap_piece(session, vault, table, after=after)
            after, changed, seen = piece.last, changed + piece.changed, min(total, seen + wrapped.WRAPPED_AT_ONCE)
            if step is not None:
                step(seen, total)
    key = vault.kek_id.hex()
    with opened.register.write() as session:
        details = {"changed": changed, "total": total}
        audit.append(session, actor=actor, act="kek.rotate", subject=key, details=details, now=opened.clock())
    opened.custody.end_older_vault()
    return Wrapped(key_id=vault.kek_id, changed=changed, total=total)
