"""Every room has a door: what production code never reaches is needed by the design, and listed here, or is not there.

Names at module level are followed from where a run begins (commands, routes, statements of modules) through every
definition that they name. A function that is reached from tests alone is not reached. Methods, properties and class
attributes that are set are asked by name: somewhere in production that name stands behind a dot.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
ROOMS: Final = ("credential", "keys", "templates", "issuer", "verifier", "cli")
Name = tuple[str, str]
"""Module and name."""

NEEDED: Final[Mapping[str, str]] = {
    "issuer.publishing.records:update": "a change laid out in one go, as the benchmark of publications measures it",
    "credential.ceremony": "the root signs where no network is: root sets and trust lists are signed by several keys",
    "credential.face:sign": "the format has one writer of a face; the publisher signs the bytes that it proved",
    "credential.history:sign": "the format has one writer of a history; the publisher signs the bytes that it proved",
    "issuer.batches.rows:file_name": "a batch is a file of awards, and each row is traced to its line in that file",
    "issuer.db.certificates:void": "no gap in the numbers is unexplained: a number that comes to nothing says why",
    "issuer.office.licences": "a printed field beyond the credential: the licence identifier (GB/T 36904)",
    "issuer.publishing.memory": "the publication's store is a protocol; this one is held to the tests of the folder",
    "issuer.trust.roots": "a root set is signed by the set before it and by itself",
    "verifier.reader.fetchers:MemoryFetcher": "Python and page are held to the same vectors, which are files in memory",
    "Workers.pids": "whoever watches the processes that issue asks which they are",
    "Page.section": "Typer writes the page of a help through it",
    "Page.write_dl": "Typer writes the page of a help through it",
    "Page.write_usage": "Typer writes the page of a help through it",
    "_Spoken.get_short_help_str": "Typer asks it for the line of a command",
}
"""What no run reaches yet, with what the design says that needs it. A module stands for all its names."""

_BEGINS: Final = re.compile(r"(command|group_itself|app|router|event|listens_for)\b|.*\.(get|post|command|callback)\b")
_OURS_ALONE: Final = frozenset({"Protocol", "Generic", "Enum", "IntEnum", "StrEnum", "Exception", "NamedTuple"})
"""Bases that call no method of ours by a name that we do not write."""


@pytest.mark.slow
def test_everything_is_reached_or_needed() -> None:
    unlisted = sorted(each for each in unreached() if not _listed(each))
    assert not unlisted, f"nothing in production reaches {', '.join(unlisted)}: take it away, or list what needs it"


@pytest.mark.slow
def test_the_list_holds_nothing_that_is_reached_or_gone() -> None:
    idle = [needed for needed in NEEDED if not any(_covers(needed, each) for each in unreached())]
    assert not idle, f"reached, or not there any more: {', '.join(idle)}"


@cache
def unreached() -> frozenset[str]:
    """What no run reaches: definitions as ``module:name``, members as ``Class.name``."""
    house = _Finder(production())
    apart = {":".join(each) for each in set(house.defined) - reached(house)}
    return frozenset(apart | set(unnamed_members(house)))


def test_what_nobody_reaches_is_found() -> None:
    modules = {
        "issuer.a": ast.parse("from issuer.b import two\ndef one(): return two()\nprint(one())"),
        "issuer.b": ast.parse("def two(): return 2\ndef three(): return four()\ndef four(): return three()"),
    }
    house = _Finder(modules)
    assert set(house.defined) - reached(house) == {("issuer.b", "three"), ("issuer.b", "four")}


def _listed(found: str) -> bool:
    return any(_covers(needed, found) for needed in _with_what_they_name())


@cache
def _with_what_they_name() -> frozenset[str]:
    """The listed, and every name that only they reach."""
    house = _Finder(production())
    begins = {each for each in house.defined if any(_covers(needed, ":".join(each)) for needed in NEEDED)}
    return frozenset(NEEDED) | {":".join(each) for each in house.closure(begins)}


def _covers(needed: str, found: str) -> bool:
    return found == needed or found.startswith(f"{needed}:")


@cache
def production() -> Mapping[str, ast.Module]:
    """Every module of the rooms, but for the steps of migrations, which their tool calls."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]


def reached(house: _Finder) -> set[Name]:
    """Every definition that a run comes to."""
    begins = {("cli.main", "main")} & set(house.defined)
    for module, tree in house.trees.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                if any(_BEGINS.match(ast.unparse(each)) for each in node.decorator_list):
                    begins.add((module, node.name))
            elif not isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign):
                begins |= house.named(module, node)
    return house.closure(begins)


class _Finder:
    """Says which definition a name in a module stands for, through imports."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self.trees = trees
        self.defined = {
            (module, name): node
            for module, tree in trees.items()
            for node in tree.body
            for name in _defined(node)
            if not name.startswith("__")
        }
        """Every function, class and constant at module level."""
        self._imports: dict[Name, Name] = {}
        for module, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module is not None:
                    for each in node.names:
                        self._imports[module, each.asname or each.name] = (node.module, each.name)

    def named(self, module: str, node: ast.AST) -> set[Name]:
        """The definitions that a piece of a module names."""
        lent = self._loaded_by_name(node)
        found: set[Name | None] = set()
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                found.add(self._definition((module, each.id)))
            elif isinstance(each, ast.Attribute):
                found |= {self._definition((other, each.attr)) for other in lent}
                if isinstance(each.value, ast.Name):
                    other = self._module((module, each.value.id))
                    found.add(None if other is None else self._definition((other, each.attr)))
        return {each for each in found if each is not None}

    def closure(self, begins: set[Name]) -> set[Name]:
        """These definitions, and all that they name."""
        found: set[Name] = set()
        waiting = list(begins)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.named(name[0], self.defined[name])
        return found

    def is_called_by_others(self, module: str, node: ast.ClassDef) -> bool:
        """Whether a base from outside the house may call a method of the class by its name."""
        for base in node.bases:
            plain = base.value if isinstance(base, ast.Subscript) else base
            known = self._definition((module, plain.id)) if isinstance(plain, ast.Name) else None
            ours = None if known is None else self.defined[known]
            if known is not None and isinstance(ours, ast.ClassDef):
                if self.is_called_by_others(known[0], ours):
                    return True
            elif getattr(plain, "id", "") not in _OURS_ALONE:
                return True
        return False

    def _definition(self, name: Name, *, steps: int = 5) -> Name | None:
        if name in self.defined:
            return name
        return self._definition(self._imports[name], steps=steps - 1) if steps and name in self._imports else None

    def _module(self, name: Name) -> str | None:
        full = ".".join(self._imports.get(name, ("", "")))
        return full if full in self.trees else None

    def _loaded_by_name(self, node: ast.AST) -> list[str]:
        """Modules that are imported by their name, as ``import_module`` does."""
        texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
        return [text for text in texts if isinstance(text, str) and text in self.trees]


def unnamed_members(house: _Finder) -> Iterator[str]:
    """Methods and properties whose name stands behind a dot, or in a string of its own, nowhere in production."""
    used = {name for tree in house.trees.values() for name in _names_used(tree)}
    for (module, _), node in house.defined.items():
        if isinstance(node, ast.ClassDef) and not house.is_called_by_others(module, node):
            for each in node.body:
                method = isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name
                if method and method not in used and not method.startswith("__"):
                    yield f"{node.name}.{method}"


def _names_used(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value
