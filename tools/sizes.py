"""Reports how large the code is: `python -m tools.sizes [ROOM ...]`.

A report, not a limit. What is good: functions of 4 to 8 lines of code at the median and about 40 at the 95th
percentile, and no circle of imports. A file or a function at the head of its list deserves a look, nothing more.

A line of code holds code: blank lines, comments and docstrings are none. A function has the lines of its body, those of
the functions inside it too. A migration is a list of columns, so its functions are left out.
"""

from __future__ import annotations

import ast
import io
import math
import statistics
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import grimp

ROOT: Final = Path(__file__).parents[1]
ROOMS: Final = ("credential", "keys", "templates", "issuer", "verifier", "cli", "bench", "tools", "tests")
SHOWN: Final = 10
"""How many of the longest files and functions are shown."""
_NO_CODE: Final = frozenset(
    {
        tokenize.COMMENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
        tokenize.INDENT,
        tokenize.NEWLINE,
        tokenize.NL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or method: where it begins, relative to the root, and its lines of code."""

    file: Path
    line: int
    name: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, relative to the root: all its lines, and its functions."""

    path: Path
    lines: int
    functions: tuple[Function, ...]


def measured(root: Path, room: str) -> list[File]:
    """Every Python file of a room, in the order of their paths."""
    return [_file(root, path) for path in sorted((root / room).rglob("*.py"))]


def percentile(values: Sequence[int], percent: int) -> int:
    """The smallest value that at least ``percent`` of all values do not exceed; 0 when there are none."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1] if values else 0


def circles(*packages: str) -> list[list[str]]:
    """Circles among the modules of packages that can be imported, each as a list that ends where it begins.

    An import inside a function counts too: it hides a circle from the interpreter, and not from a reader. One import of
    each circle that was found is taken away before the next is looked for, so circles that share it are found once.
    """
    graph = grimp.build_graph(*packages, cache_dir=None)
    imported = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    found = []
    while circle := _circle(imported):
        found.append(circle)
        imported[circle[1]].discard(circle[0])
    return found


def report(root: Path, rooms: Sequence[str]) -> Iterator[str]:
    """The lines of the report. The rooms are packages that stand in ``root`` and can be imported from there."""
    files = {room: measured(root, room) for room in rooms}
    yield f"{'room':<12}{'files':>8}{'lines':>8}{'functions':>11}{'median':>8}{'95th':>6}"
    yield from (_row(room, found) for room, found in files.items())
    everything = [file for found in files.values() for file in found]
    yield _row("all", everything)
    yield from ("", "longest files, lines")
    for file in sorted(everything, key=lambda file: -file.lines)[:SHOWN]:
        yield f"{file.lines:>6}  {file.path}"
    yield from ("", "longest functions, lines of code")
    functions = [function for file in everything for function in file.functions]
    for function in sorted(functions, key=lambda function: -function.lines)[:SHOWN]:
        yield f"{function.lines:>6}  {function.file}:{function.line} {function.name}"
    found_circles = circles(*rooms)
    yield from ("", f"circles of imports: {len(found_circles)}")
    yield from ("        " + " <- ".join(circle) for circle in found_circles)


def main(arguments: Sequence[str]) -> int:
    """Print the report on the rooms that are named, or on all. Returns the exit status; 2 for an unknown room."""
    unknown = [room for room in arguments if room not in ROOMS]
    if unknown:
        print(f"sizes: no room {unknown[0]!r}; there are: {', '.join(ROOMS)}", file=sys.stderr)
        return 2
    for line in report(ROOT, arguments or ROOMS):
        print(line)
    return 0


def _file(root: Path, path: Path) -> File:
    text = path.read_text(encoding="utf-8")
    code = _lines_of_code(text)
    where = path.relative_to(root)
    functions = () if "migrations" in path.parts else tuple(_functions(where, ast.parse(text), code))
    return File(path=where, lines=len(text.splitlines()), functions=functions)


def _lines_of_code(text: str) -> Set[int]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {line for each in tokens if each.type not in _NO_CODE for line in range(each.start[0], each.end[0] + 1)}


def _functions(file: Path, tree: ast.Module, code: Set[int]) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (_lines(node.body) & code) - _docstrings(node)
            yield Function(file=file, line=node.lineno, name=node.name, lines=len(lines))


def _docstrings(node: ast.AST) -> set[int]:
    """The lines of the docstrings of this node and of the functions and classes inside it."""
    holders = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [
        each.body[0] for each in ast.walk(node) if isinstance(each, holders) and ast.get_docstring(each) is not None
    ]
    return _lines(found)


def _lines(statements: Sequence[ast.stmt]) -> set[int]:
    return {line for each in statements for line in range(each.lineno, (each.end_lineno or 0) + 1)}


def _circle(imported: Mapping[str, Set[str]]) -> list[str]:
    """One circle, empty when there is none. Each module of it is imported by the one behind it."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _row(room: str, files: Sequence[File]) -> str:
    lengths = [function.lines for file in files for function in file.functions]
    median = statistics.median(lengths) if lengths else 0
    lines = sum(file.lines for file in files)
    return f"{room:<12}{len(files):>8}{lines:>8}{len(lengths):>11}{median:>8g}{percentile(lengths, 95):>6}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
