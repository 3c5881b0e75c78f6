"""docs/CASES.md names codes and tests that there are."""

from __future__ import annotations

import re

import pytest

from cli import hints
from issuer.intake.findings import MESSAGES
from tests.support.tools import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "CASES.md").read_text("utf-8").splitlines()
    if re.match(r"\| [a-z0-9-]+ \| ", line) and not line.startswith("| case ")
]


def test_there_are_cases() -> None:
    assert len(ROWS) > 30
    assert {len(row) for row in ROWS} == {4}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}, {row[1][:40]}")
def test_the_test_of_a_case_is_there(row: list[str]) -> None:
    file, _, name = row[3].strip(" |`").partition("::")
    assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}, {row[1][:40]}")
def test_the_code_of_a_case_is_there_with_its_words(row: list[str]) -> None:
    for code in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", row[2]) + re.findall(r"`(cleaned)`", row[2]):
        assert code in MESSAGES or code in hints.entries(), code
