"""The breaks of the register's side, a module for each group of rules of a room."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Room
from tests.breaks.tables.register import (
    approval,
    audit,
    auditing,
    chain,
    database,
    days,
    desk,
    documents,
    faces,
    founding,
    ground,
    growth,
    holders,
    intake_files,
    intake_lists,
    intake_people,
    intake_rows,
    integrity,
    issuing,
    kept,
    keptviews,
    keys,
    leases,
    operators,
    orders,
    pacing,
    page,
    photos,
    proofs,
    records,
    recovery,
    seconding,
    shown,
    standing,
    statements,
    status,
    taking_back,
    whom,
    worker,
    writers,
)

_MODULES: Final = (
    approval,
    statements,
    taking_back,
    operators,
    worker,
    leases,
    pacing,
    documents,
    kept,
    keptviews,
    days,
    ground,
    issuing,
    proofs,
    seconding,
    faces,
    whom,
    orders,
    status,
    records,
    integrity,
    audit,
    auditing,
    chain,
    database,
    writers,
    growth,
    intake_files,
    intake_lists,
    intake_people,
    intake_rows,
    photos,
    holders,
    shown,
    desk,
    founding,
    keys,
    standing,
    recovery,
    page,
)


def all_breaks() -> tuple[Break, ...]:
    """Every break of the register, room by room."""
    rooms = list(Room)
    breaks = [each for module in _MODULES for each in module.BREAKS]
    return tuple(sorted(breaks, key=lambda each: rooms.index(Room(each.place))))
