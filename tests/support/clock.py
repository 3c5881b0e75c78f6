"""The one instant at which the tests take place."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 21, 2, 0, 0, tzinfo=UTC)
"""2026-11-21 10:00 in Shanghai: after every award in the sample files."""
