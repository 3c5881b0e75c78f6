"""Civil days in Asia/Shanghai (FORMAT 1.7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import days
from credential.errors import MalformedError


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (date(1970, 1, 1), 0),
        (date(1970, 1, 2), 1),
        (date(2000, 2, 29), 11016),
        (date(2026, 11, 21), 20778),
        (date(9999, 12, 31), 2932896),
    ],
)
def test_a_day_is_the_number_of_days_since_1970(value: date, day: int) -> None:
    assert days.to_day(value) == day
    assert days.from_day(day) == value


@settings(max_examples=60, deadline=None)
@given(st.dates(date(1970, 1, 1)))
def test_days_and_dates_go_round(value: date) -> None:
    assert days.from_day(days.to_day(value)) == value
    assert days.parse_date(value.isoformat()) == value


@pytest.mark.parametrize("day", [-1, 2932897, 2**53])
def test_days_outside_the_calendar_are_refused(day: int) -> None:
    with pytest.raises(MalformedError) as caught:
        days.from_day(day)
    assert caught.value.code == "bad_date"


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01",
        "2026-02-29",
        "2026-00-10",
        "2026-11-00",
        "0000-01-01",
        "20261121",
        "2026-W47-6",
        "2026-325",
        "2026-1-1",
        "26-11-21",
        "2026/11/21",
        " 2026-11-21",
        "2026-11-21\n",
        "2026-11-21T00:00",
        "２０２６-11-21",
        "\u0662026-11-21",
        "",
        None,
        20778,
        date(2026, 11, 21),
    ],
)
def test_a_date_is_written_in_one_form(text: object) -> None:
    with pytest.raises(MalformedError) as caught:
        days.parse_date(text)
    assert caught.value.code == "bad_date"


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 16, 0, 0, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(1986, 7, 1, 15, 30, tzinfo=UTC), date(1986, 7, 1)),  # summer time of those years is not counted
        (datetime(2026, 11, 21, 0, 0, tzinfo=timezone(timedelta(hours=14))), date(2026, 11, 20)),
    ],
)
def test_the_civil_day_is_shanghais(instant: datetime, day: date) -> None:
    assert days.day_of(instant) == day


def test_seconds_go_round_and_fractions_are_cut() -> None:
    instant = datetime(2026, 11, 21, 2, 0, 0, tzinfo=UTC)
    assert days.to_seconds(instant) == 1795226400
    assert days.from_seconds(1795226400) == instant
    assert days.to_seconds(instant + timedelta(microseconds=999_999)) == 1795226400
    assert days.from_seconds(days.MAX_INSTANT) == datetime(9999, 12, 31, tzinfo=UTC)
    assert days.day_of(days.from_seconds(days.MAX_INSTANT)) == date(9999, 12, 31)


@pytest.mark.parametrize("seconds", [-1, days.MAX_INSTANT + 1, 2**53])
def test_instants_outside_the_calendar_are_refused(seconds: int) -> None:
    with pytest.raises(MalformedError) as caught:
        days.from_seconds(seconds)
    assert caught.value.code == "bad_instant"


def test_an_instant_without_a_zone_is_a_mistake() -> None:
    naive = datetime(2026, 11, 21)
    for use in (days.day_of, days.to_seconds):
        with pytest.raises(ValueError, match="time zone"):
            use(naive)
