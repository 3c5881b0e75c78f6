"""The drills of docs/OPERATIONS.md are what the commands write today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.drills import DOCUMENT, played


@pytest.mark.slow
@pytest.mark.parametrize("heading", ["### A name was wrong", pytest.param("### 姓名写错了", marks=pytest.mark.soak)])
def test_a_correction_is_as_it_was_written_down(demonstration: Path, heading: str) -> None:
    drill = section(heading)
    assert played(drill, demonstration) == drill


@pytest.mark.slow
@pytest.mark.parametrize(
    "heading", [pytest.param("### We withdrew the wrong person", marks=pytest.mark.soak), "### 撤错了人"]
)
def test_a_withdrawal_that_was_wrong_is_as_it_was_written_down(demonstration: Path, heading: str) -> None:
    drill = section(heading)
    assert played(drill, demonstration) == drill


def section(heading: str) -> str:
    """A part of the document, from its heading to the next."""
    _, _, rest = DOCUMENT.read_text("utf-8").partition(f"{heading}\n")
    drill, _, _ = rest.partition("\n#")
    assert drill
    return f"{heading}\n{drill}\n"
