"""One finished demonstration, as ``titlecert demo --no-serve --json`` leaves and reports it.

It is made once a process, whatever folders of tests import the fixture: it takes seconds. Nobody writes into its home.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from cli.tool import Tool
from tests.support.clock import NOW
from tests.support.office import CHEAP

_reports: list[dict[str, Any]] = []


@pytest.fixture(scope="session")
def demonstration_report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demonstration says about itself."""
    if not _reports:
        _reports.append(_demonstrate(tmp_path_factory.mktemp("demonstration") / "home"))
    return _reports[0]


def _demonstrate(directory: Path) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main(["demo", "--no-serve", "--dir", str(directory), "--json"], tool=Tool(clock=lambda: NOW, cost=CHEAP))
    assert code == 0
    report: dict[str, Any] = json.loads(out.getvalue())
    return report
