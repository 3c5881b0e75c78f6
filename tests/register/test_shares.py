"""Parts of the audit that are due: together they are the whole within a day, whatever the pauses and the growth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from issuer.auditing.shares import AT_ONCE, OVERLAP, WHOLE, Mark, entries, ids, shares

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)


def mark(length: int = 100_000, **after: float) -> Mark:
    return Mark(at=MIDNIGHT + timedelta(**after), length=length)


def test_a_part_is_what_passed_of_the_day() -> None:
    before, now = mark(hours=6, minutes=10), mark(hours=12)
    due = shares(before, now)
    assert due == ((0.25, 0.5),)
    assert entries(due, before, now) == ((25_000, 50_000),)


def test_across_midnight_there_are_two() -> None:
    before, now = mark(hours=18, minutes=10), mark(hours=30)
    due = shares(before, now)
    assert due == ((0.75, 1.0), (0.0, 0.25))
    assert entries(due, before, now) == ((75_000, 100_000), (0, 25_000))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (None, mark(hours=6)),
        (mark(), mark(hours=24)),
        (mark(), mark(days=3)),
        (mark(hours=6), mark(hours=5)),
        (mark(AT_ONCE, hours=5), mark(AT_ONCE, hours=5, minutes=1)),
    ],
)
def test_without_a_last_look_after_a_day_and_of_a_short_chain_it_is_the_whole(before: Mark | None, now: Mark) -> None:
    assert shares(before, now) == WHOLE
    assert entries(shares(before, now), before, now) == ((0, now.length),)
    assert ids(shares(before, now)) == [("00000000", None)]


def test_where_a_part_begins_is_of_the_length_then() -> None:
    """Entries that were added meanwhile move no older one past the place where the last part ended."""
    before, now = mark(10_000, hours=12), mark(20_000, hours=13)
    [(after, until)] = entries(shares(before, now), before, now)
    assert after <= 5000
    assert until >= 20_000 * 13 / 24


@pytest.mark.parametrize("seed", range(20))
def test_all_is_passed_within_a_day(seed: int) -> None:
    """Looks at random times over a day and a bit; every entry and every id is in some part."""
    random = Random(seed)  # noqa: S311 - moments of a test
    moments = sorted(random.uniform(0, 25.5) for _ in range(random.randint(1, 40)))
    looks = [mark(50_000 + 1000 * place, hours=hour) for place, hour in enumerate((0.0, *moments, 25.5))]
    seen, found = set[int](), list[tuple[str, str | None]]()
    for before, now in pairwise(looks):
        due = shares(before, now)
        for after, until in entries(due, before, now):
            assert 0 <= after <= until <= now.length
            seen |= set(range(after + 1, until + 1))
        found += ids(due)
    assert set(range(1, looks[0].length + 1)) <= seen
    for _ in range(200):
        wanted = f"{random.getrandbits(128):032x}"
        assert any(begin <= wanted and (end is None or wanted < end) for begin, end in found)


def test_parts_overlap_by_more_than_a_publication_takes() -> None:
    assert timedelta(minutes=5) <= OVERLAP
    before, now = mark(hours=6), mark(hours=6, seconds=1)
    [(after, until)] = entries(shares(before, now), before, now)
    assert after < 25_000 <= until
    assert until - after >= AT_ONCE
