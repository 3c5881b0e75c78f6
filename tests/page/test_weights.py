"""What a reader of a large office's publication fetches stays within its budget (``bench weights``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cases.weights import BUDGETS, weights
from tests.support.clock import NOW
from tests.support.province import AUTHORITIES, FILINGS, province


@pytest.mark.slow
def test_the_files_of_a_large_office_keep_their_budgets(tmp_path: Path) -> None:
    found = weights(tmp_path)
    assert found.keys() == BUDGETS.keys()
    assert {start: size for start, size in found.items() if size > BUDGETS[start]} == {}
    assert all(size > BUDGETS[start] / 10 for start, size in found.items()), "a large office and no small one"


@pytest.mark.slow
def test_the_office_is_as_large_as_it_says() -> None:
    world = province(NOW)
    assert (len(world.trust.authorities), len(world.filings.filings)) == (AUTHORITIES, FILINGS) == (50, 300)
