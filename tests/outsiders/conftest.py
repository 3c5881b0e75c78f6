"""The demonstration's office, whose batch an outsider is shown one row of."""

from __future__ import annotations

from tests.support.founding import founded, founded_home, issued, issued_home

__all__ = ["founded", "founded_home", "issued", "issued_home"]
