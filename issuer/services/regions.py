"""Regions of a deployment.

regions.add(opened, actor, Region(code="990000", name="示范省"))
"""

from __future__ import annotations

from issuer.db.locks import Lock
from issuer.home.opened import Actor, Opened
from issuer.office import adding, lists
from issuer.office.values import Region

__all__ = ["Region", "add", "listed"]


def add(opened: Opened, actor: Actor, region: Region) -> Region:
    """Add a region. Raises ConflictError ``duplicate`` for a second one with its code or name."""
    with opened.register.write(Lock.OFFICE) as session:
        adding.add_region(session, region, actor=actor, now=opened.clock())
    return region


def listed(opened: Opened) -> tuple[Region, ...]:
    """Return all regions by code."""
    with opened.register.read() as session:
        return tuple(lists.regions(session))
