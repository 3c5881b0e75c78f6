"""The breaks of the register's side, a module for each group of rules of a room."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break
from tests.breaks.tables.register import (
    approval,
    audit,
    days,
    faces,
    ground,
    intake_lists,
    intake_people,
    intake_rows,
    issuing,
    operators,
    status,
    worker,
)

_MODULES: Final = (
    approval,
    operators,
    worker,
    days,
    ground,
    issuing,
    faces,
    status,
    audit,
    intake_lists,
    intake_people,
    intake_rows,
)


def all_breaks() -> tuple[Break, ...]:
    """Every break of the register, room by room."""
    return tuple(each for module in _MODULES for each in module.BREAKS)
