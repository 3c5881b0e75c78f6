"""Files are given their name in one place (ADR 0016): nothing else of ours syncs, renames, links or writes in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tools import ROOT

ROOMS = ("credential", "keys", "issuer", "verifier", "cli")
HOME = ROOT / "credential" / "durable.py"
OF_OS = {"fsync", "fdatasync", "sync", "replace", "rename", "renames", "link"}
OF_PATHS = {"write_bytes", "write_text", "rename", "hardlink_to"}
TEMPORARY = {"mkstemp", "mktemp", "NamedTemporaryFile"}


def durable_acts(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each call that gives a file its content or its name.

    ``x.replace(y)`` with one argument is a path's: texts take two, dates and data classes take names.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in {"os", "tempfile"}:
            yield from ((node.lineno, each.name) for each in node.names if each.name in OF_OS | TEMPORARY)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            acts = {"os": OF_OS, "tempfile": TEMPORARY}.get(node.value.id, set())
            if node.attr in acts:
                yield node.lineno, f"{node.value.id}.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            one = len(node.args) == 1 and not node.keywords
            if node.func.attr in OF_PATHS or (node.func.attr == "replace" and one):
                yield node.lineno, f".{node.func.attr}"


def files() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


@pytest.mark.slow
def test_one_module_writes_files() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {act}"
        for path in files()
        if path != HOME
        for line, act in durable_acts(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_one_module_is_seen() -> None:
    acts = {act for _, act in durable_acts(HOME.read_text(encoding="utf-8"))}
    assert acts == {"os.fsync", "os.link", ".replace", ".rename"}


@pytest.mark.parametrize(
    "line",
    [
        "os.fsync(file.fileno())",
        "os.replace(a, b)",
        "sync = os.fsync",
        "from os import fsync",
        "temporary.replace(path)",
        "Path(name).replace(path)",
        "a.rename(b)",
        "path.write_bytes(b'x')",
        "path.write_text('x', encoding='utf-8')",
        "tempfile.mkstemp(dir=place)",
    ],
)
def test_each_of_them_would_be_found(line: str) -> None:
    assert list(durable_acts(line))


@pytest.mark.parametrize(
    "line",
    ["text.replace('a', 'b')", "now.replace(microsecond=0)", "replace(value, a=1)", "durable.replace(p, d, mode=1)"],
)
def test_what_is_another_replace_is_left_alone(line: str) -> None:
    assert not list(durable_acts(line))
