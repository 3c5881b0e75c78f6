"""Regions: the shape of codes and which covers which (FORMAT 1.8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credential.errors import MalformedError
from credential.regions import RegionCode, covers, parse_region

TABLE = [
    ("990000", "990000", True),
    ("990000", "990100", True),
    ("990000", "990101", True),
    ("990000", "980101", False),
    ("990100", "990101", True),
    ("990100", "990100", True),
    ("990100", "990000", False),
    ("990100", "990201", False),
    ("990101", "990101", True),
    ("990101", "990102", False),
    ("990101", "990100", False),
]


@pytest.mark.parametrize(("outer", "inner", "answer"), TABLE)
def test_who_covers_whom(outer: str, inner: str, answer: bool) -> None:
    assert covers(parse_region(outer), parse_region(inner)) is answer


@pytest.mark.parametrize(
    "text", ["", "99010", "9901011", "099999", "990001", "99０101", "99010A", "990101\n", " 990101"]
)
def test_a_code_has_a_shape(text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_region(text)
    assert caught.value.code == "bad_region"


_CODES = st.from_regex(r"[1-9][0-9](0000|[0-9][1-9]00|[0-9][1-9][0-9]{2})", fullmatch=True).map(RegionCode)


@pytest.mark.slow
@given(_CODES, _CODES, _CODES)
def test_covering_is_reflexive_and_transitive(one: RegionCode, two: RegionCode, three: RegionCode) -> None:
    assert covers(one, one)
    if covers(one, two) and covers(two, three):
        assert covers(one, three)
