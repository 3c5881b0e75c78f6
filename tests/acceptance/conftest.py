"""One finished demonstration, as ``titlecert demo --no-serve --json`` leaves and reports it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.demonstrated import demonstration_report
from tests.support.registers import registers_share

__all__ = ["demonstration_report", "registers_share"]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the demonstration reported."""

    home: Path
    publication: Path
    trust_root: Path
    certificates: list[dict[str, Any]]

    @property
    def valid(self) -> list[dict[str, Any]]:
        """The certificates that nobody withdrew."""
        return [each for each in self.certificates if each["status"] == "valid"]

    @property
    def withdrawn(self) -> dict[str, Any]:
        """The one that was."""
        (one,) = [each for each in self.certificates if each["status"] == "withdrawn"]
        return one


@pytest.fixture(scope="session")
def shown(demonstration_report: dict[str, Any]) -> Shown:
    """The demonstration's report; nobody writes into its home."""
    report = demonstration_report
    return Shown(
        home=Path(report["home"]),
        publication=Path(report["publication"]),
        trust_root=Path(report["trust_root"]),
        certificates=report["certificates"],
    )
