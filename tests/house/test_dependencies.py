"""Every package that code imports is declared, and in the place that the code's room allows."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.tools import ROOT

ROOMS = ("credential", "keys", "templates", "issuer", "verifier", "cli")
MAY_USE = {
    "credential": ("base",),
    "keys": ("base", "pkcs11"),
    "templates": ("base", "issuer"),
    "issuer": ("base", "issuer", "desk", "postgres", "verifier"),
    "verifier": ("base", "verifier"),
    "cli": ("base", "verifier", "issuer", "postgres"),
}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(place: str) -> set[str]:
    """The distributions that the base install or an extra brings by name."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lines = project["dependencies"] if place == "base" else project["optional-dependencies"][place]
    return {normalised(re.split(r"[\[<>=~! ;]", line)[0]) for line in lines}


def imported(path: Path) -> Iterator[str]:
    """The top-level names that a file imports from anywhere but its own package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_imports_is_declared_for_it(room: str) -> None:
    allowed = set[str]().union(*(declared(place) for place in MAY_USE[room]))
    distributions = packages_distributions()
    undeclared = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / room).rglob("*.py")
        for name in imported(path)
        if name not in sys.stdlib_module_names
        and name not in ROOMS
        and not {normalised(found) for found in distributions.get(name, [name])} & allowed
    }
    assert undeclared == set()
