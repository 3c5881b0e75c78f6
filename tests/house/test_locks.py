"""The lock files name what is installed by version and hash, and nobody's address."""

from __future__ import annotations

import json
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.bundle import TOOLS
from tests.support.tools import NPM, ROOT

LOCKS = sorted(ROOT.glob("requirements*.lock"))
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[0-9][0-9A-Za-z.]*)( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def pins(lock: Path) -> dict[str, str]:
    """Name and version of everything in a lock file."""
    found = (PIN.fullmatch(line) for line in lock.read_text(encoding="utf-8").splitlines())
    return {match["name"]: match["version"] for match in found if match}


def requirement_names(requirements: list[str]) -> set[str]:
    """The normalised names of a list of requirements; references to the project's own extras fall away."""
    names = {re.split(r"[\[<>=~! ;]", line)[0].lower().replace("_", "-") for line in requirements}
    return names - {"titlecert"}


def project() -> dict[str, dict[str, list[str]]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        loaded = tomllib.load(file)
    groups = {
        name: [entry for entry in group if isinstance(entry, str)]
        for name, group in loaded["dependency-groups"].items()
    }
    return {
        "base": {"base": loaded["project"]["dependencies"]},
        "extras": loaded["project"]["optional-dependencies"],
        "groups": groups,
    }


def test_there_are_five_lock_files() -> None:
    assert [lock.name for lock in LOCKS] == [
        "requirements-fuzz.lock",
        "requirements-office.lock",
        "requirements-outsiders.lock",
        "requirements-verifier.lock",
        "requirements.lock",
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_is_a_pin_or_a_hash(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    assert lines
    assert [line for line in lines if not PIN.fullmatch(line) and not HASH.fullmatch(line)] == []
    assert all(HASH.fullmatch(after) for line, after in pairwise(lines) if PIN.fullmatch(line))


def test_the_full_lock_covers_every_dependency() -> None:
    declared = project()
    wanted = [*declared["base"]["base"]]
    for extra in declared["extras"].values():
        wanted += extra
    for name in ("build", "test", "lint"):
        wanted += declared["groups"][name]
    assert requirement_names(wanted) <= pins(ROOT / "requirements.lock").keys()


def test_the_verifiers_lock_is_a_part_of_the_full_one_without_the_issuers_side() -> None:
    verifier, full = pins(ROOT / "requirements-verifier.lock"), pins(ROOT / "requirements.lock")
    assert verifier.items() <= full.items()
    extras = project()["extras"]
    issuer_only = requirement_names(extras["issuer"]) - requirement_names(extras["verifier"]) - {"jinja2"}
    assert not issuer_only & verifier.keys()


def test_the_offices_lock_is_a_part_of_the_full_one_and_covers_what_its_processes_need() -> None:
    office, full = pins(ROOT / "requirements-office.lock"), pins(ROOT / "requirements.lock")
    assert office.items() <= full.items()
    declared = project()
    wanted = [*declared["base"]["base"]]
    for extra in ("verifier", "issuer", "desk", "pkcs11", "postgres"):
        wanted += declared["extras"][extra]
    assert requirement_names(wanted) <= office.keys()
    assert not {"pytest", "mypy", "ruff"} & office.keys()


def test_the_outsiders_are_locked() -> None:
    locked = pins(ROOT / "requirements-outsiders.lock")
    assert requirement_names(project()["groups"]["outsiders"]) <= locked.keys()
    assert int(locked["cbor2"].partition(".")[0]) < 6


def test_what_fuzzes_is_locked_and_fits_the_full_lock() -> None:
    locked, full = pins(ROOT / "requirements-fuzz.lock"), pins(ROOT / "requirements.lock")
    assert requirement_names(project()["groups"]["fuzz"]) <= locked.keys()
    assert {name: full.get(name, version) for name, version in locked.items()} == locked


SCRIPTS_LEFT_OUT = {"node_modules/esbuild"}
"""They run nowhere (``tools/npm.py``): the program comes in a package of its own for each system."""


@pytest.mark.parametrize("place", [NPM, TOOLS], ids=lambda place: place.name)
def test_the_javascript_packages_are_locked_by_hash_and_without_addresses(place: Path) -> None:
    wanted = json.loads((place / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((place / "package-lock.json").read_text(encoding="utf-8"))
    locked = {name: entry for name, entry in lock["packages"].items() if name}
    assert wanted["private"] is True
    (kind,) = {"dependencies", "devDependencies"} & wanted.keys()
    assert lock["packages"][""][kind] == wanted[kind]
    versions = {name: locked[f"node_modules/{name}"]["version"] for name in wanted[kind]}
    assert versions == wanted[kind], "what is named in package.json is pinned exactly"
    hashed = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")
    assert [name for name, entry in locked.items() if not hashed.fullmatch(entry["integrity"])] == []
    assert [name for name, entry in locked.items() if "resolved" in entry] == []
    assert {name for name, entry in locked.items() if "hasInstallScript" in entry} <= SCRIPTS_LEFT_OUT
