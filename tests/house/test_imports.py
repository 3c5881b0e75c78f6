"""What the public's process loads. Contracts read the source; this looks at what is really loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.tools import ROOT

FORBIDDEN_IN_VERIFIER = {"alembic", "cli", "issuer", "keys", "sqlalchemy", "templates", "typst"}


def modules_after(statement: str) -> set[str]:
    """The top-level names in sys.modules of a fresh interpreter that ran `statement`."""
    code = (
        f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_the_verifiers_process_loads_nothing_of_the_issuers_side() -> None:
    loaded = modules_after("import verifier.app")
    assert {"verifier", "credential", "fastapi"} <= loaded
    assert not loaded & FORBIDDEN_IN_VERIFIER


def test_the_look_at_loaded_modules_sees_them() -> None:
    assert "issuer" in modules_after("import issuer")


@pytest.mark.parametrize("package", ["credential", "keys", "templates", "issuer", "verifier", "cli"])
def test_importing_a_package_prints_nothing(package: str) -> None:
    command = [sys.executable, "-W", "error", "-c", f"import {package}"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
