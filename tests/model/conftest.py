"""The demonstration's office, which the model test copies for each play."""

from __future__ import annotations

from tests.support.databases import databases_go
from tests.support.founding import founded_home
from tests.support.registers import registers_share

__all__ = ["databases_go", "founded_home", "registers_share"]
