"""Fresh environments outside the checkout, as a stranger would make them.

Rules: an environment is made by venv and filled by pip from a lock file, hashes checked; the project comes as the
built wheel. Nothing of the running environment or of the checkout is visible inside.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.tools import ROOT, in_ci, unavailable

HIDDEN_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COLUMNS")
NO_NETWORK = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "Network is unreachable")


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshEnvironment:
    """A virtual environment that holds a lock file's packages and the wheel."""

    directory: Path

    def program(self, name: str) -> str:
        """The path of an installed command."""
        return str(self.directory / "bin" / name)

    def run(self, command: Sequence[str], *, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in `cwd`, without the variables that show it the checkout."""
        return _run([self.program(command[0]), *command[1:]], cwd=cwd, timeout=timeout)


def _run(command: Sequence[str], *, cwd: Path, timeout: float) -> subprocess.CompletedProcess[str]:
    variables = {key: value for key, value in os.environ.items() if key not in HIDDEN_VARIABLES}
    variables = {key: value for key, value in variables.items() if not key.startswith(("PYTEST_", "TITLECERT_"))}
    return subprocess.run(command, cwd=cwd, env=variables, check=False, capture_output=True, text=True, timeout=timeout)


def build_wheel(directory: Path) -> Path:
    """Build the wheel of this checkout into `directory`, with the build backend that is installed."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = directory.glob("titlecert-*.whl")
    return wheel


def make_environment(directory: Path, *, lock: str, wheel: Path) -> FreshEnvironment:
    """An environment with the packages of `lock` and the wheel, nothing else."""
    environment = FreshEnvironment(directory=directory)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True)
    _install(environment, ["--require-hashes", "-r", str(ROOT / lock)])
    _install(environment, ["--no-index", "--no-deps", str(wheel)])
    return environment


def _install(environment: FreshEnvironment, arguments: list[str]) -> None:
    # The pip of this environment fills the other one, which then needs none of its own; programs compile what they use.
    pip = [sys.executable, "-m", "pip", "--python", environment.program("python"), "--disable-pip-version-check"]
    command = [*pip, "--no-input", "install", "--quiet", "--no-compile", *arguments]
    done = _run(command, cwd=environment.directory, timeout=540)
    if done.returncode == 0:
        return
    if not in_ci() and any(sign in done.stderr for sign in NO_NETWORK):
        unavailable("pip reaches no package index, so no fresh environment can be made")
    raise AssertionError(done.stderr)
