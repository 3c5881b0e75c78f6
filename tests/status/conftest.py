"""The demonstration's office, shared by the folders that test the issuer."""

from __future__ import annotations

from tests.support.databases import databases_go
from tests.support.founding import founded, founded_home, issued, issued_home
from tests.support.registers import registers_share

__all__ = ["databases_go", "founded", "founded_home", "issued", "issued_home", "registers_share"]
