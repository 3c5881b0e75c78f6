"""Functions and files stay small enough to be read at once (CONTRIBUTING, style in short)."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.support.tools import ROOT

ROOMS = ("credential", "keys", "templates", "issuer", "verifier", "cli", "bench", "tools")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 8


def files() -> Iterator[Path]:
    for room in ROOMS:
        yield from (ROOT / room).rglob("*.py")


def function_lengths() -> Iterator[tuple[str, int]]:
    """Where each function is, and its lines without the docstring. A migration is a list of columns and is left out."""
    for path in files():
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                first = body[0].lineno if body else node.lineno
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or first) - first + 1


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    assert {where: length for where, length in function_lengths() if length > LONGEST_FUNCTION} == {}


def test_the_usual_function_is_short() -> None:
    assert statistics.median(length for _, length in function_lengths()) <= MEDIAN_FUNCTION
