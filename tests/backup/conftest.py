"""The demonstration's office, with a recovery key whose private half lies elsewhere."""

from __future__ import annotations

from tests.support.databases import databases_go
from tests.support.founding import founded, founded_home, issued, issued_home, senior_engineer
from tests.support.recovered import recovery_key
from tests.support.registers import registers_share

__all__ = [
    "databases_go",
    "founded",
    "founded_home",
    "issued",
    "issued_home",
    "recovery_key",
    "registers_share",
    "senior_engineer",
]
