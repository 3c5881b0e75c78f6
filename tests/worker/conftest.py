"""The demonstration's office, shared by the folders that test the issuer."""

from __future__ import annotations

from tests.support.founding import founded, founded_home, issued, issued_home, no_documents, senior_engineer
from tests.support.migrations import migrations_read_once

__all__ = [
    "founded",
    "founded_home",
    "issued",
    "issued_home",
    "migrations_read_once",
    "no_documents",
    "senior_engineer",
]
