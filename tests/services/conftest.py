"""The demonstration's office, shared by the folders that test the issuer."""

from __future__ import annotations

from tests.support.databases import databases_go
from tests.support.founding import approved, approved_home, founded, founded_home, issued, issued_home, senior_engineer
from tests.support.registers import registers_share

__all__ = [
    "approved",
    "approved_home",
    "databases_go",
    "founded",
    "founded_home",
    "issued",
    "issued_home",
    "registers_share",
    "senior_engineer",
]
