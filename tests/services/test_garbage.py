"""Searches for garbage are seldom while a list is checked, whoever else checks one, and usual again behind it."""

from __future__ import annotations

import gc

import pytest

from issuer.garbage import SELDOM, seldom


@pytest.fixture(autouse=True)
def usual() -> object:
    before = gc.get_threshold()
    gc.set_threshold(701, 11, 12)
    yield
    gc.set_threshold(*before)


def test_searches_are_seldom_inside_and_as_before_behind() -> None:
    with seldom():
        assert gc.get_threshold() == (SELDOM, 11, 12)
        assert gc.isenabled()
    assert gc.get_threshold() == (701, 11, 12)


def test_two_that_overlap_leave_what_the_first_one_found() -> None:
    """The first to begin is the first to end: the second must not take its measure for the usual one."""
    one, other = seldom(), seldom()
    with one:
        other.__enter__()
    assert gc.get_threshold() == (SELDOM, 11, 12)
    other.__exit__(None, None, None)
    assert gc.get_threshold() == (701, 11, 12)


def test_an_error_inside_brings_the_usual_measure_back() -> None:
    with pytest.raises(KeyError), seldom():
        raise KeyError("row")
    assert gc.get_threshold() == (701, 11, 12)
