"""Every vector that a page can be asked, in Node: the whole verdict is the one that is stored."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.stored import Vector, bundle, for_pages
from tests.support.tools import require_tool

RUNNER = Path(__file__).with_name("node.mjs")


@pytest.fixture(scope="module")
def found() -> dict[str, list[Any]]:
    """What the modules say, by the name of the vector; one process for all."""
    command = [require_tool("node"), str(RUNNER)]
    done = subprocess.run(command, input=bundle(), capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("vector", for_pages(), ids=lambda vector: vector.name)
def test_verdict(vector: Vector, found: dict[str, list[Any]]) -> None:
    assert found[vector.name] == [vector.expected] * vector.inputs
