"""Making a break in a private copy of the sources, and looking which test fails.

Rules: the checkout is never written to; nothing counts as caught but a test that fails, so a broken file that cannot be
imported, a name that is not there, or a test that fails without any break is a bad break; a tree is used again, and
each broken file gets a time of its own, so that no compiled file of the break before is taken for it.

    with Tree() as tree:
        tree.check_unbroken(breaks)
        result = tree.run(break_)
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from tests.breaks.model import BadBreakError, Break
from tests.conformance.stored import HERE, Vector, file, for_pages, text_of
from tests.support.tools import ROOT, require_tool

PARTS: Final = (
    "credential",
    "verifier",
    "keys",
    "issuer",
    "templates",
    "cli",
    "tests",
    "docs/FORMAT.md",
    "docs/zh/全程.md",
    "pyproject.toml",
)
"""What the tests need of a checkout."""
NOT_COPIED: Final = frozenset({"__pycache__", ".hypothesis", "node_modules"})
TOO_LONG: Final = 90
"""Seconds: a break that loops for ever is a bad one."""
PYTHON_VECTORS: Final = "tests/conformance/test_python.py"
PAGE_VECTORS: Final = "tests/conformance/test_node.py"
PYTEST: Final = (
    "--every-form",
    "-x",
    "-q",
    "--tb=no",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-p",
    "no:anyio",
)
CRASHES: Final = ("NameError", "UnboundLocalError", "SyntaxError", "ImportError", "AttributeError", "ReferenceError")
"""What a mistake in the break itself looks like, and no rule's absence."""
_FAILED: Final = re.compile(r"^FAILED (?P<test>\S+?(?:\[.*?\])?)(?: - (?P<why>.*))?$", re.MULTILINE)


class State(StrEnum):
    """What came of a break."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One break that was made."""

    broken: Break
    state: State
    told: str
    """The test that failed, or what is wrong with the break."""
    seconds: float


class Tree:
    """A private copy of the sources."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="breaks-", ignore_cleanup_errors=True)
        self.root = Path(self._folder.name)
        self._made = 0
        for part in PARTS:
            _copy(ROOT / part, self.root / part)
        self._asking = _started(self.root)
        self._heard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._asking.stdin is not None
        self._asking.stdin.close()
        self._asking.wait()
        assert self._asking.stdout is not None
        self._asking.stdout.close()
        self._folder.cleanup()

    def run(self, broken: Break) -> Result:
        """Make one break, ask its tests, and take it back."""
        begun = time.monotonic()
        originals: dict[Path, tuple[bytes, int]] = {}
        try:
            for name, text in broken.broken(self.root):
                path = self.root / name
                originals[path] = path.read_bytes(), path.stat().st_mtime_ns
                self._made += 1
                _write(path, text.encode("utf-8"), self._made * 10**9)
            state, told = self._ask(broken)
        except (BadBreakError, subprocess.TimeoutExpired) as error:
            state, told = State.BAD, str(error)
        finally:
            for path, (content, stamp) in originals.items():
                _write(path, content, stamp)
        return Result(broken=broken, state=state, told=told, seconds=time.monotonic() - begun)

    def check_unbroken(self, breaks: Iterable[Break]) -> None:
        """Ask every test of these breaks without a break. Raises BadBreakError when one fails already."""
        listed = list(breaks)
        python = [each for each in listed if not each.is_page]
        targets = sorted({_target(each) for each in python if not each.words})
        words = sorted({word for each in python for word in each.words})
        runs = [[*targets]] if targets else []
        runs += [[PYTHON_VECTORS, "-k", " or ".join(words)]] if words else []
        for run in runs:
            code, output = self._pytest(run, seconds=TOO_LONG * 10)
            if code != 0:
                raise BadBreakError(f"a test fails without any break:\n{output[-2000:]}")
        different = self._differences([word for each in listed if each.is_page for word in each.words])
        if different:
            raise BadBreakError(f"the page gives another verdict without any break: {sorted(different)}")

    def _ask(self, broken: Break) -> tuple[State, str]:
        if broken.is_page:
            return self._ask_page(broken)
        run = [PYTHON_VECTORS, "-k", " or ".join(broken.words)] if broken.words else [_target(broken)]
        code, output = self._pytest(run)
        if code == 0:
            return State.SURVIVED, f"{broken.caught_by}: nothing fails"
        found = _FAILED.search(output)
        if code != 1 or found is None:
            return State.BAD, f"no test failed, but pytest ended with {code}: {output[-800:].strip()}"
        if (found["why"] or "").startswith(CRASHES):
            return State.BAD, f"the broken code does not run: {found['why']}"
        return State.CAUGHT, found["test"]

    def _pytest(self, arguments: Sequence[str], *, seconds: int = TOO_LONG) -> tuple[int, str]:
        """Run pytest in the tree; returns its exit code (below zero: it was stopped) and what it wrote."""
        output = self.root / "output"
        question = {
            "folder": str(self.root),
            "arguments": [*PYTEST, *arguments],
            "output": str(output),
            "seconds": seconds,
        }
        print(json.dumps(question), file=self._asking.stdin, flush=True)
        code = int(self._heard())
        return code, output.read_text("utf-8", "replace")

    def _heard(self) -> str:
        assert self._asking.stdout is not None
        line = self._asking.stdout.readline()
        if not line:
            raise RuntimeError("the Python that asks has ended; run tests/breaks/asking.py by hand to see why")
        return line.strip()

    def _ask_page(self, broken: Break) -> tuple[State, str]:
        different = self._differences(broken.words)
        if not different:
            return State.SURVIVED, f"{broken.caught_by}: nothing differs"
        for name in sorted(different):
            if not any(crash in different[name] for crash in CRASHES):
                return State.CAUGHT, f"{PAGE_VECTORS}::test_every_verdict, {name}"
        return State.BAD, f"the broken code does not run: {next(iter(different.values()))[:400]}"

    def _differences(self, words: Sequence[str]) -> dict[str, str]:
        """Vectors whose verdict is not the stored one, each with what was thrown in its place, if anything was."""
        asked = [vector for vector in for_pages() if any(word in vector.name for word in words)]
        if words and not asked:
            raise BadBreakError(f"no vector has {' or '.join(words)} in its name")
        if not asked:
            return {}
        command = [require_tool("node"), str(self.root / "tests/conformance/node.mjs")]
        done = subprocess.run(
            command, input=_bundle(asked), capture_output=True, text=True, timeout=TOO_LONG, check=False
        )
        if done.returncode != 0:
            raise BadBreakError(f"the modules cannot be loaded: {done.stderr[-800:].strip()}")
        found = dict(json.loads(done.stdout))
        wrong = [each.name for each in asked if text_of(found[each.name]) != text_of([each.expected] * each.inputs)]
        return {name: " ".join(verdict.get("thrown", "") for verdict in found[name]) for name in wrong}


def _copy(source: Path, target: Path) -> None:
    """Copy sources; folders without any (vectors, thousands of small files) are linked, since tests only read them."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copy2(source, target)
    elif source.parent == HERE and not any(source.glob("*.py")):
        target.symlink_to(source, target_is_directory=True)
    elif source.name not in NOT_COPIED:
        target.mkdir()
        for path in source.iterdir():
            _copy(path, target / path.name)


def _started(root: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"HYPOTHESIS_PROFILE": "breaks", "COLUMNS": "400", "NO_COLOR": "1", "PYTHONHASHSEED": "0"}
    command = [sys.executable, str(Path(__file__).with_name("asking.py"))]
    return subprocess.Popen(
        command, cwd=root, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _target(broken: Break) -> str:
    return f"tests/{broken.caught_by}" if "/" in broken.caught_by else f"tests/credential/{broken.caught_by}"


def _write(path: Path, content: bytes, stamp: int) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(stamp, stamp))


def _bundle(vectors: Sequence[Vector]) -> str:
    """As ``tests.conformance.stored.bundle``, with what these vectors need and no more."""
    names = {each.question["publication"] for each in vectors}
    names |= {look["publication"] for each in vectors for look in each.question["seen"]}
    roots = {each.question["root"] for each in vectors}
    listed = {name: _listing(name) for name in names}
    digests = roots | {digest for paths in listed.values() for digest in paths.values()}
    return json.dumps(
        {
            "cases": [{"name": each.name, **each.question} for each in vectors],
            "publications": listed,
            "files": {digest: b64encode(file(digest)).decode("ascii") for digest in digests},
        }
    )


def _listing(name: str) -> dict[str, str]:
    path = HERE / "publications" / f"{name}.json"
    listing: dict[str, str] = json.loads(path.read_text("utf-8"))
    return listing
