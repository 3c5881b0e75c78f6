"""Searches for garbage are seldom while a list is checked, whoever else checks one, and usual again behind it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from issuer.garbage import SELDOM, seldom
from issuer.services import batches
from issuer.sheets.grid import Sheet
from issuer.sheets.reading import read_sheets
from tests.intake.support import changed, workbook
from tests.support.office import ACTOR, PROVINCE, DemoOffice


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
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


def test_a_list_is_checked_so(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def read(data: bytes) -> list[Sheet]:
        seen.append(gc.get_threshold()[0])
        return list(read_sheets(data))

    monkeypatch.setattr(batches, "read_apart", read)
    file = batches.ListFile(name="list.xlsx", data=workbook(changed()))
    assert batches.check(founded.opened, ACTOR, file, authority=PROVINCE).good == 1
    batches.check_sheets(founded.opened, ACTOR, replace(file, data=workbook(changed(序号=2))), authority=PROVINCE)
    assert seen == [SELDOM, SELDOM]
    assert gc.get_threshold() == (701, 11, 12)
