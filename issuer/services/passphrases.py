"""Another passphrase for what one opens: the service keys with the register's secrets, the root, a person's key.

Rules: every file changes or none does, also where the process dies; the keys stay what they are. Who runs this holds
the worker's place: a running worker starts processes with the passphrase that it was given.

    changed = passphrases.change(opened, actor, "service")
"""

from __future__ import annotations

from dataclasses import dataclass

from issuer import audit
from issuer.home.opened import Actor, Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class PassphraseChanged:
    """What was sealed anew."""

    name: str
    files: int


def change(opened: Opened, actor: Actor, name: str) -> PassphraseChanged:
    """Seal all that the passphrase of ``name`` opens under a new one, which the custody asks for.

    Args:
        opened: the home.
        actor: who does it.
        name: ``service``, ``root``, ``administrator``, or an operator's id.

    Raises:
        KeyNotFoundError: ``no_key``, ``no_root``: nothing here is opened by it.
        PassphraseError: the old one does not open it, or the new one is none.
    """
    files = opened.custody.change_passphrase(name)
    with opened.register.write() as session:
        audit.append(
            session, actor=actor, act="passphrase.change", subject=name, details={"files": files}, now=opened.clock()
        )
    return PassphraseChanged(name=name, files=files)
