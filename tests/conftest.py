"""Fixtures every test may use, and the rules that hold for all tests.

Sockets reach loopback only and every warning is an error (pyproject.toml); the clock stands still (`now`).
"""

from __future__ import annotations

import gc
import os
import sys
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest

from tests.support.clock import NOW
from tests.support.forms import Some, in_turn, one_in
from tests.support.tools import ROOT, in_ci, require_outsiders

_ONE_IS_ENOUGH = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
# Deadlines measure the machine, not the code. In CI the cases are the same at every run.
hypothesis.settings.register_profile("laptop", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
# Where one failing case is enough: the same cases every time, and no search for the smallest.
hypothesis.settings.register_profile("breaks", derandomize=True, deadline=None, phases=_ONE_IS_ENOUGH)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=5000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if in_ci() else "laptop"))

# Where no byte code may be written beside the sources, it is kept apart: else each of the processes that tests start
# would compile the whole house anew, and pytest every test.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".cache" / "bytecode"))

LONGEST = ("test_wheel", "test_crashes", "test_documents", "test_simulation")
"""Files that take minutes begin first: beside the last of them, the other process would have nothing left to do."""

# The register of a test is in the home of that test.
os.environ.pop("TITLECERT_DATABASE", None)


DIALECTS = ("sqlite", "postgresql")
"""The databases on which a register can be."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --soak, --every-form and --database."""
    parser.addoption("--soak", action="store_true", help="run the tests marked soak too, and every form")
    parser.addoption("--every-form", action="store_true", help="run every form of a statement (tests/support/forms.py)")
    parser.addoption("--database", choices=DIALECTS, help="run every test that has a register on this database alone")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked postgres on both databases, unless one of them is named."""
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "dialect" in metafunc.fixturenames and "postgres" in marks and "sqlite" not in marks:
        named = metafunc.config.getoption("--database")
        metafunc.parametrize("dialect", [named] if named else DIALECTS, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest first, and leave out the tests marked soak and the forms of other turns, unless asked for."""
    items.sort(key=lambda item: not item.path.name.startswith(LONGEST))
    left_out = [item for item in items if _is_left_out(item, config)]
    config.hook.pytest_deselected(items=left_out)
    out = set(left_out)
    items[:] = [item for item in items if item not in out]


def _is_left_out(item: pytest.Item, config: pytest.Config) -> bool:
    """Whether this run does not ask it: it is about a file, needs hours, or is a form of another turn."""
    marks = {mark.name for mark in item.iter_markers()}
    if "sqlite" in marks and config.getoption("--database") == "postgresql":
        return True
    if config.getoption("--soak"):
        return False
    return "soak" in marks or ("form" in marks and not (config.getoption("--every-form") or in_turn(item.nodeid)))


def pytest_collection_finish() -> None:
    """Search seldom for garbage, and not in what collecting made: some hundred thousand objects that all stay.

    Searching needed a tenth of the processor time. What nobody closed is still found, at the latest when all is over.
    """
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


@pytest.fixture(scope="session")
def dialect(request: pytest.FixtureRequest) -> str:
    """The database on which the test's register is: ``sqlite`` or ``postgresql``."""
    return str(getattr(request, "param", None) or request.config.getoption("--database") or DIALECTS[0])


def pytest_unconfigure() -> None:
    """End the server that tests of this process started."""
    module = sys.modules.get("tests.support.postgresql")
    if module is not None:
        module.end()


@pytest.fixture
def stride(request: pytest.FixtureRequest) -> int:
    """Of a long row of alike cases: each with --soak, else each third."""
    return 1 if request.config.getoption("--soak") else 3


@pytest.fixture(scope="session")
def some(request: pytest.FixtureRequest) -> Some:
    """Takes of a long row of alike cases one in so many; with --soak or --every-form, all (tests/support/forms.py)."""
    if request.config.getoption("--soak") or request.config.getoption("--every-form"):
        return lambda cases, _every: list(cases)
    return one_in


@pytest.fixture
def now() -> datetime:
    """2026-11-21T02:00:00Z, the instant at which the tests take place."""
    return NOW


@pytest.fixture(scope="session")
def samples_dir() -> Path:
    """The folder of the sample review results, which the demonstration ships."""
    return ROOT / "cli" / "demo" / "data"


@pytest.fixture(scope="session")
def outsiders_python() -> str:
    """The interpreter that has cwt, token-status-list and sd-jwt."""
    return require_outsiders()
