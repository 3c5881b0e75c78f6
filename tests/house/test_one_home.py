"""One home for each number and word: a constant that two modules define is one fact with two homes, or two facts with
one name. Either is mended: the first by an import, the second by a name that says which.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.tools import ROOT

PACKAGES: Final = ("credential", "issuer", "keys", "verifier", "cli")
CONSTANT: Final = re.compile(r"_?[A-Z][A-Z0-9_]+")
EACH_ITS_OWN: Final = {
    "VERSION": "each format counts its own versions, and is read with its module's name: snapshot.VERSION",
    "TYP": "each signed format has its own type; in cose it is the label of the header",
    "MAX_BYTES": "each format has its own size",
    "MAX_LIFETIME": "each signed file lives as long as its section says",
    "MAX_DEPTH": "FORMAT 1.3 and 1.4 give CBOR and JSON each its own",
    "MAX_INTEGER": "FORMAT 1.3 and 1.4 state it of CBOR and JSON, which import nothing of each other",
    "IAT": "labels of claims, of a credential and of a status list",
    "TTL": "a label of a claim, and how long a status list is kept by readers",
    "_PROOF": "an object that only its own module has",
}


def constants(text: str) -> Iterator[tuple[str, str]]:
    """Name and value, as written, of each constant at the top of a module."""
    for statement in ast.parse(text).body:
        match statement:
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case ast.Assign(targets=targets, value=value):
                pass
            case _:
                continue
        for target in targets:
            for name in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(name, ast.Name) and CONSTANT.fullmatch(name.id):
                    yield name.id, ast.unparse(value)


def homes(sources: dict[str, str]) -> dict[str, list[str]]:
    """Where each constant is defined that has more than one home.

    A public name counts wherever it stands. A private one is its module's own affair, unless the value is the same.
    """
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, text in sources.items():
        for name, value in constants(text):
            found[name, value if name.startswith("_") else ""].append(path)
    return {name: places for (name, _), places in found.items() if len(set(places)) > 1}


@pytest.fixture(scope="module")
def ours() -> dict[str, list[str]]:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return homes(
        {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files if "migrations" not in path.parts}
    )


@pytest.mark.slow
def test_every_constant_has_one_home(ours: dict[str, list[str]]) -> None:
    doubled = {name: places for name, places in ours.items() if name not in EACH_ITS_OWN}
    assert doubled == {}, "import it from the room that owns it, or give what is different another name"


def test_every_exception_is_needed(ours: dict[str, list[str]]) -> None:
    assert set(EACH_ITS_OWN) - set(ours) == set(), "has one home now: take it off the list"


@pytest.mark.parametrize(
    ("one", "other", "doubled"),
    [
        ("MAX: Final = 1", "MAX: Final = 1", {"MAX"}),
        ("MAX: Final = 1", "MAX = 2", {"MAX"}),
        ("_MAX = 1", "_MAX: Final = 1", {"_MAX"}),
        ("_MAX = 1", "_MAX = 2", set()),
        ("AA, BB = 1, 2", "BB = 3", {"BB"}),
        ("MAX = 1", "from one import MAX", set()),
        ("MAX = 1", "def f():\n    MAX = 1", set()),
        ("Alias = int", "Alias = int", set()),
    ],
)
def test_the_look_at_homes_sees_them(one: str, other: str, doubled: set[str]) -> None:
    assert set(homes({"one": one, "other": other})) == doubled


def test_the_look_finds_our_modules() -> None:
    assert "MAX_LIFETIME" in dict(constants(Path(ROOT / "credential" / "snapshot.py").read_text("utf-8")))
