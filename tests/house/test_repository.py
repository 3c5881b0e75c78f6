"""What must not be in the repository: addresses of package registries, paths of one machine, private keys."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tools import ROOT, require_tool

# Written so that this file does not hold what it looks for.
FORBIDDEN = {
    "a package registry's address": re.compile(
        rb"https?://[^\s'\"]*(py[p]i|pythonhoste[d]|npmj[s]|yarnpk[g])\.[a-z]+|/simpl[e]/?['\" ]"
    ),
    "an index option": re.compile(rb"(index|find)[-_](url|links)|registr[y] *= *['\"]?http|\"resolve[d]\": *\"http"),
    "a path of one machine": re.compile(
        rb"(?<![\w.~-])/(hom[e]/[a-z]|roo[t]/|User[s]/[a-z]|wor[k]/|tm[p]/bash|op[t]/py[p]i)"
    ),
    "a private key": re.compile(rb"-----BEGI[N] (EC |RSA |ENCRYPTED )?PRIVATE KEY-----"),
}


def tracked_files() -> Iterator[tuple[str, bytes]]:
    git = require_tool("git")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            yield name, path.read_bytes()


def findings(files: Iterator[tuple[str, bytes]]) -> list[str]:
    """A sentence for each forbidden thing; files with NUL bytes are not text."""
    return [
        f"{name}: {what}: {match[0]!r}"
        for name, content in files
        if b"\0" not in content
        for what, pattern in FORBIDDEN.items()
        if (match := pattern.search(content))
    ]


@pytest.mark.slow
def test_no_tracked_file_holds_addresses_or_machine_paths() -> None:
    assert findings(tracked_files()) == []


@pytest.mark.parametrize(
    "line",
    [
        b"pip install --ind" + b"ex-url https://example.org",
        b"see https://" + b"py" + b"pi.org/project/cbor2",
        b"cd /ho" + b"me/anna/titlecert",
        b"open('/wo" + b"rk/samples')",
        b"-----BEGIN" + b" PRIVATE KEY-----",
    ],
)
def test_each_of_them_would_be_found(line: bytes) -> None:
    assert len(findings(iter([("file", line)]))) == 1


def test_what_is_run_is_executable() -> None:
    assert [name for name in (".ci/run", "tools/system.sh") if not os.access(ROOT / name, os.X_OK)] == []


@pytest.mark.parametrize(("shell", "script"), [("bash", ".ci/run"), ("sh", "tools/system.sh")])
def test_scripts_parse(shell: str, script: str) -> None:
    subprocess.run([require_tool(shell), "-n", script], cwd=ROOT, check=True)


def test_decision_records_are_numbered_and_indexed() -> None:
    records = sorted(path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert [name[:4] for name in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    assert [name for name in records if f"({name})" not in index] == []


@pytest.mark.parametrize("record", sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_a_decision_record_names_what_the_choice_costs(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert [part for part in ("\n## Context", "\n## Decision", "\n## Consequences") if part not in text] == []
    assert re.search(r"^- Negative: \S", text, re.MULTILINE)


def test_the_browsers_tests_are_where_the_makefile_looks_for_them() -> None:
    """The README's command leaves them out, and the last step of CI asks these folders alone."""
    assert (ROOT / ".ci" / "run").read_text("utf-8").rstrip().endswith("\nmake browser")
    (line,) = [each for each in (ROOT / "Makefile").read_text("utf-8").splitlines() if "-m browser" in each]
    places = [ROOT / word.strip('"') for word in line.split() if word.startswith("tests/")]
    mark = "pytest.mark." + "browser"
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if mark in path.read_text("utf-8")]
    assert len(marked) >= 6
    assert [path for path in marked if not any(path.is_relative_to(place) for place in places)] == []
