"""The breaks of the register's side, a module for each group of rules of a room."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break
from tests.breaks.tables.register import (
    approval,
    audit,
    auditing,
    faces,
    ground,
    intake_lists,
    intake_people,
    intake_rows,
    integrity,
    issuing,
    kept,
    operators,
    proofs,
    status,
    worker,
)

_MODULES: Final = (
    approval,
    operators,
    worker,
    kept,
    ground,
    issuing,
    proofs,
    faces,
    status,
    integrity,
    audit,
    auditing,
    intake_lists,
    intake_people,
    intake_rows,
)


def all_breaks() -> tuple[Break, ...]:
    """Every break of the register, room by room."""
    return tuple(each for module in _MODULES for each in module.BREAKS)
