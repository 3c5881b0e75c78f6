"""One finished demonstration, as ``titlecert demo --no-serve --json`` leaves and reports it."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from cli.tool import Tool
from keys.envelope import ScryptCost
from tests.support.clock import NOW


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
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The demonstration's report; nobody writes into its home."""
    directory = tmp_path_factory.mktemp("acceptance") / "home"
    out = io.StringIO()
    tool = Tool(clock=lambda: NOW, cost=ScryptCost(n=1 << 10))
    with contextlib.redirect_stdout(out):
        code = main(["demo", "--no-serve", "--dir", str(directory), "--json"], tool=tool)
    assert code == 0
    report = json.loads(out.getvalue())
    return Shown(
        home=Path(report["home"]),
        publication=Path(report["publication"]),
        trust_root=Path(report["trust_root"]),
        certificates=report["certificates"],
    )
