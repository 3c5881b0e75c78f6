"""The catalogue of series and titles that is in use.

catalogue.take_into_use(opened, actor, data)
catalogue.current(opened).series(5).name
"""

from __future__ import annotations

from credential.catalogue import Catalogue
from issuer.db.locks import Lock
from issuer.home.opened import Actor, Opened
from issuer.office import catalogues, lists


def take_into_use(opened: Opened, actor: Actor, data: bytes) -> Catalogue:
    """Take a version into use; it is published with the next trust list.

    Raises:
        MalformedError: not in the catalogue's form, or ``unknown_kind``: it says what this program does not know.
        InputError: ``catalogue_breaks``: certificates would say something else.
        ConflictError: ``old_catalogue``: this version or a later one is in use.
    """
    with opened.register.write(Lock.OFFICE) as session:
        return catalogues.take_into_use(session, data, actor=actor, now=opened.clock())


def current(opened: Opened) -> Catalogue:
    """Return the catalogue in use. Raises NotFoundError ``no_catalogue``."""
    with opened.register.read() as session:
        return lists.catalogue(session)
