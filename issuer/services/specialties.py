"""Specialties (专业) that an authority uses.

specialties.add(opened, actor, [Specialty(series=5, name="人工智能", authority="sf-hrss", ...)])
"""

from __future__ import annotations

from collections.abc import Sequence

from credential.catalogue import Specialty
from issuer.db.locks import Lock
from issuer.home.opened import Actor, Opened
from issuer.office import adding, lists


def add(opened: Opened, actor: Actor, specialties: Sequence[Specialty]) -> tuple[Specialty, ...]:
    """Add specialties, all of them or none. Raises InputError, NotFoundError, ConflictError (spans overlap)."""
    with opened.register.write(Lock.OFFICE) as session:
        for each in specialties:
            adding.add_specialty(session, each, actor=actor, now=opened.clock())
    return tuple(specialties)


def listed(opened: Opened, authority_id: str) -> tuple[Specialty, ...]:
    """Return an authority's specialties by series, name and first day. Raises NotFoundError ``no_authority``."""
    with opened.register.read() as session:
        lists.authority(session, authority_id)
        return tuple(lists.specialties(session, authority_id))
