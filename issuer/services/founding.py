"""Founding: everything that a deployment has once.

with opening.found(directory, settings, passphrases, clock=clock) as opened:
    founding.found(opened, actor)
"""

from __future__ import annotations

from dataclasses import dataclass

import alembic.command  # noqa: F401 - makes the tables; who lacks it is told before anything is asked or made

from credential import durable, publication
from credential.catalogue import Catalogue
from credential.roots import Root
from credential.signing import KeyUse
from issuer.db.locks import Lock
from issuer.home.opened import Actor, Opened
from issuer.office import adding
from issuer.office.catalogues import take_into_use
from issuer.publishing import kept
from issuer.trust.entries import add_key
from issuer.trust.lists import sign_first_root
from issuer.trust.making import LABELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """The keys that a deployment begins with, by id."""

    root: bytes
    administrator: bytes
    publisher: bytes
    status: bytes


def found(opened: Opened, actor: Actor) -> Founded:
    """Make the first keys, write the register's first rows, and publish the root that readers pin.

    Args:
        opened: an empty home, from ``issuer.home.opening.found``.
        actor: who founds it.

    Raises:
        ConflictError: ``duplicate``: the register belongs to a deployment already.
        KeyFileError: a key of this home exists already; nothing is overwritten.
    """
    home, custody, now = opened.home, opened.custody, opened.clock()
    name = home.settings.deployment
    with opened.register.read() as session:
        adding.check_deployment(session)
    root = custody.make(KeyUse.ROOT, label=f"root of {name}")
    administrator = custody.make(KeyUse.ADMINISTRATOR, label="administrator")
    publisher = custody.make(KeyUse.PUBLISHER, label=LABELS[KeyUse.PUBLISHER])
    status = custody.make(KeyUse.STATUS, label=LABELS[KeyUse.STATUS])
    content = Root(
        version=1,
        iat=now.replace(microsecond=0),
        demonstration=home.settings.demonstration,
        keys=(root,),
        threshold=1,
    )
    signer = custody.signer(KeyUse.ROOT, root.key_id)
    pinned = sign_first_root(signer, content)
    durable.replace(home.trust_root, pinned, mode=0o644)
    home.publication.put(publication.root(content.version), pinned)
    # Last: the register may be a database elsewhere, which keeps its rows when an unfinished home is thrown away.
    with opened.register.write(Lock.OFFICE) as session:
        adding.found_deployment(
            session, deployment=name, status_lists=home.settings.status_lists, administrator=administrator, now=now
        )
        for use, key in ((KeyUse.PUBLISHER, publisher), (KeyUse.STATUS, status)):
            add_key(session, key, use=use, authority=None, actor=actor, now=now)
        kept.keep(session, publication.root(content.version), pinned, now=now)
        take_into_use(session, Catalogue.load_builtin().to_json(), actor=actor, now=now)
    return Founded(
        root=root.key_id, administrator=administrator.key_id, publisher=publisher.key_id, status=status.key_id
    )
