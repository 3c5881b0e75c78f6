"""A later catalogue keeps what certificates say (FORMAT 9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from credential.catalogue import Catalogue
from issuer.errors import InputError
from issuer.office.succession import TOLD, check_successor

FIRST = Catalogue.load_builtin()
NEXT = replace(FIRST, version=FIRST.version + 1)


def test_the_built_in_one_may_be_the_first_and_follow_itself() -> None:
    check_successor(FIRST, None)
    check_successor(NEXT, FIRST)


def test_what_is_new_or_ends_or_is_better_translated_may_follow() -> None:
    last = FIRST.titles[-1]
    ended = replace(
        FIRST.titles[0], abolished=True, name_en="A better translation", checked=not FIRST.titles[0].checked
    )
    titles = (ended, *FIRST.titles[1:], replace(last, number=last.number + 1, name="新设资格"))
    series = (replace(FIRST.all_series[0], name_en="A better translation"), *FIRST.all_series[1:])
    check_successor(replace(NEXT, titles=titles, all_series=series), FIRST)
    check_successor(FIRST, replace(NEXT, titles=titles[:-1], all_series=series))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: replace(c, titles=c.titles[1:]), "is gone"),
        (lambda c: replace(c, titles=(replace(c.titles[0], name="另一资格"), *c.titles[1:])), "and is 另一资格"),
        (lambda c: replace(c, titles=(replace(c.titles[0], level=5), *c.titles[1:])), "level 5"),
        (lambda c: replace(c, all_series=c.all_series[1:]), "is gone"),
        (
            lambda c: replace(c, all_series=(replace(c.all_series[0], name="另一系列"), *c.all_series[1:])),
            "is 另一系列",
        ),
        (lambda c: replace(c, levels=(replace(c.levels[0], name="正高级"), *c.levels[1:])), "level 1 is 正高"),
        (lambda c: replace(c, levels=(replace(c.levels[0], name_en="Top"), *c.levels[1:])), "level 1 is 正高"),
        (lambda c: replace(c, ways=(replace(c.ways[0], name="评价"), *c.ways[1:])), "way 1 is 评审"),
        (lambda c: replace(c, levels=(*c.levels, replace(c.levels[0], code=6))), "level 6 is none"),
    ],
)
def test_what_would_make_a_certificate_say_something_else_is_refused(
    change: Callable[[Catalogue], Catalogue], told: str
) -> None:
    with pytest.raises(InputError) as refusal:
        check_successor(change(NEXT), FIRST)
    assert refusal.value.code == "catalogue_breaks"
    assert len(refusal.value.fields["breaches"]) == 1  # type: ignore[arg-type]
    assert told in str(refusal.value)


@pytest.mark.parametrize("name", ["高级\u202e工程师", "师" * 101])
def test_names_that_no_reader_shows_are_refused(name: str) -> None:
    new = replace(FIRST.titles[-1], number=FIRST.titles[-1].number + 1, name=name)
    with pytest.raises(InputError, match="cannot be seen"):
        check_successor(replace(NEXT, titles=(*FIRST.titles, new)), FIRST)


def test_levels_and_ways_are_asked_of_the_first_one_too() -> None:
    with pytest.raises(InputError):
        check_successor(replace(FIRST, ways=(replace(FIRST.ways[0], name="评价"), *FIRST.ways[1:])), None)


def test_all_breaches_are_found_and_the_first_ones_told() -> None:
    with pytest.raises(InputError) as refusal:
        check_successor(replace(NEXT, titles=FIRST.titles[:1]), FIRST)
    found = refusal.value.fields["breaches"]
    assert len(found) == len(FIRST.titles) - 1  # type: ignore[arg-type]
    assert str(refusal.value).count("is gone") == TOLD
    assert f"and {len(FIRST.titles) - 1 - TOLD} more" in str(refusal.value)
