"""Forms of one statement, of which a few are asked each time and the others in turn.

Rules: a form that is not quick is marked slow, as all are where the test is slow. It belongs to one of the ``SHARES``
parts of all such forms: a run asks one part, and with ``--soak`` or ``--every-form`` all. Which part changes with the
sources of the product, so that over time it is each of them, and is the same for one state of them. Nothing else about
a form differs.

    @pytest.mark.parametrize(("alter", "code"), each_kind_quick(ROWS, lambda row: row[1]))
    @pytest.mark.parametrize("change", first_quick(CHANGES, 2))
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import pytest
from _pytest.mark.structures import ParameterSet

from tests.support.tools import ROOT

Row: TypeAlias = "tuple[Any, ...]"
T = TypeVar("T")

SHARES: Final = 3
"""A run asks one in so many of the forms that are not quick."""
SOURCES: Final = ("credential", "issuer", "keys", "verifier", "cli")


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


def in_turn(name: str) -> bool:
    """Whether the form with this name (of its test and parameters) is in the part that this run asks."""
    digest = sha256(f"{_state()} {name}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % SHARES == 0


def one_in(rows: Sequence[T], every: int) -> list[T]:
    """Each ``every``-th of a row of alike cases, from a place on that changes with the sources of the product."""
    return list(islice(rows, int(_state()[:8], 16) % every, None, every))


class Some(Protocol):
    """A part of a row of alike cases, or all of it: the fixture ``some``."""

    def __call__(self, rows: Sequence[T], every: int, /) -> list[T]:
        """Return one in ``every`` rows, or each."""
        ...


@functools.cache
def _state() -> str:
    """A digest of the sources of the product."""
    digest = sha256()
    for room in SOURCES:
        for path in sorted((ROOT / room).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _form(row: Any, *, quick: bool) -> ParameterSet:
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=() if quick else (pytest.mark.slow, pytest.mark.form))
