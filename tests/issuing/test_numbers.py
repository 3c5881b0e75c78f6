"""Certificate-number templates: fixed width, never twice, never silently wider."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.errors import InputError
from issuer.issuing.numbers import NumberFacts, NumberTemplate, SerialExhaustedError

FACTS = NumberFacts(region="990101", year=2026, level=2, series=5, way=1)


@pytest.mark.parametrize(
    ("template", "number"),
    [
        ("{region}{year}{level}{serial:06}", "99010120262000017"),
        ("{yy}{series:02}{level}-{serial:5}", "26052-00017"),
        ("SF-{region}-{way}{serial:03}", "SF-990101-1017"),
    ],
)
def test_a_template_gives_its_number(template: str, number: str) -> None:
    parsed = NumberTemplate.parse(template)
    assert parsed.format(FACTS, serial=17) == number
    assert parsed.length == len(number)


@pytest.mark.parametrize(
    "template",
    [
        "", "{region}{year}", "{serial:06}{serial:06}", "{serial}", "{serial:02}", "{serial:11}", "{serial:x}",
        "{city}{serial:06}", "{region:5}{serial:06}", "sf{serial:06}", "证{serial:06}", "{serial:06", "{serial:06}}",
        "{region}{year}{series}{level}{way}-{serial:010}", "{serial:03}", "{serial:06}\n", "{region!r}{serial:06}",
        "{region.x}{serial:06}",
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_used_is_refused_at_set_up(template: str) -> None:
    with pytest.raises(InputError) as caught:
        NumberTemplate.parse(template)
    assert caught.value.code == "bad_number_template"


def test_a_full_counter_is_an_error_not_a_longer_number() -> None:
    template = NumberTemplate.parse("{year}{serial:03}")
    assert template.capacity == 999
    assert template.format(FACTS, serial=999) == "2026999"
    with pytest.raises(SerialExhaustedError) as caught:
        template.format(FACTS, serial=1000)
    assert caught.value.fields["capacity"] == 999


def test_serials_count_from_one_and_values_must_fit() -> None:
    template = NumberTemplate.parse("{year}{level}{serial:03}")
    for facts, serial in ((FACTS, 0), (NumberFacts(region="990101", year=10000, level=1, series=1, way=1), 1)):
        with pytest.raises(InputError):
            template.format(facts, serial=serial)


def test_a_counter_is_named_by_everything_but_the_serial() -> None:
    template = NumberTemplate.parse("{region}{year}{level}{serial:06}")
    assert template.counter(FACTS) == "99010120262######"
    other = NumberFacts(region="990101", year=2027, level=2, series=5, way=1)
    assert template.counter(other) != template.counter(FACTS)


_FACTS = st.builds(
    NumberFacts,
    region=st.sampled_from(["990000", "990100", "990101"]),
    year=st.integers(2000, 2099),
    level=st.integers(1, 5),
    series=st.integers(1, 27),
    way=st.integers(1, 9),
)


@given(_FACTS, st.integers(1, 999), _FACTS, st.integers(1, 999))
def test_two_awards_never_share_a_number(one: NumberFacts, first: int, two: NumberFacts, second: int) -> None:
    template = NumberTemplate.parse("{region}{year}{series}{level}{way}-{serial:03}")
    numbers = template.format(one, serial=first), template.format(two, serial=second)
    assert all(re.fullmatch(r"[0-9A-Z-]{4,24}", number) for number in numbers)
    assert (numbers[0] == numbers[1]) == ((one, first) == (two, second))
