"""``titlecert request``, as somebody types it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cli.commands.requests import _last_day
from tests.cli.support import Shell

CALENDAR = "[desk]\nholidays = [2026-10-01, {more}]\n"


def test_the_last_day_is_the_one_that_the_holder_is_told() -> None:
    """A request is in time until the end of its day in Shanghai."""
    assert _last_day(datetime(2026, 12, 10, 16, tzinfo=UTC)) == "2026-12-10"
    assert _last_day(datetime(2026, 12, 10, 16, 0, 1, tzinfo=UTC)) == "2026-12-11"


@pytest.mark.slow
def test_a_year_without_holidays_is_told_until_they_are_written_down(office: Shell) -> None:
    """The clock stands in November 2026, and deadlines of today end in that year."""
    assert office.home is not None
    assert "no holidays of 2026" in office("request", "list", "--lang", "en").err
    assert "2026 年的节假日" in office("request", "list", "--lang", "zh").err
    path = office.home / "holders.toml"
    path.write_text(CALENDAR.format(more="2027-01-01"), encoding="utf-8")
    assert "holidays" not in office("request", "list", "--lang", "en").err
