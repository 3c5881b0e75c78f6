"""Forms of one statement, of which a few are asked each time and the others when there is time.

Rules: a form that is not quick is marked slow, and nothing else about it differs.

    @pytest.mark.parametrize(("alter", "code"), each_kind_quick(ROWS, lambda row: row[1]))
    @pytest.mark.parametrize("change", first_quick(CHANGES, 2))
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeAlias

import pytest
from _pytest.mark.structures import ParameterSet

Row: TypeAlias = "tuple[Any, ...]"


def first_quick(rows: Iterable[Any], count: int) -> list[ParameterSet]:
    """The first ``count`` are quick; a row that is no tuple is one value."""
    return [_form(row, quick=number < count) for number, row in enumerate(rows)]


def each_kind_quick(rows: Iterable[Row], kind: Callable[[Row], Hashable]) -> list[ParameterSet]:
    """The first row of each kind is quick."""
    seen: set[Hashable] = set()
    found: list[ParameterSet] = []
    for row in rows:
        found.append(_form(row, quick=kind(row) not in seen))
        seen.add(kind(row))
    return found


def _form(row: Any, *, quick: bool) -> ParameterSet:
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=() if quick else pytest.mark.slow)
