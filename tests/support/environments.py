"""Fresh environments outside the checkout, as a stranger would make them.

Rules: an environment is made by venv and filled by pip from a lock file, hashes checked; the project comes as the
built wheel. Nothing of the running environment or of the checkout is visible inside.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    add_packages(environment, lock=lock)
    _install(environment, ["--no-index", "--no-deps", str(wheel)])
    return environment


def add_packages(environment: FreshEnvironment, *, lock: str, only: Collection[str] = ()) -> None:
    """Install packages of ``lock`` that are not there yet; they must be all that any of them needs.

    Args:
        environment: where to.
        lock: a file of the checkout.
        only: normalised names of those to install; empty for all.
    """
    chosen = environment.directory / lock
    entries = re.findall(r"^[^\s#].*\n(?:\s+--hash.*\n)+", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    chosen.write_text("".join(each for each in entries if not only or each.partition("==")[0] in only), "utf-8")
    # A lock is complete, so pip need not work out what else to install; that it is complete is looked at afterwards.
    _install(environment, ["--no-deps", "--require-hashes", "-r", str(chosen)])
    _pip(environment, ["check"])


def needed_by(wheel: Path, extra: str) -> frozenset[str]:
    """The normalised names of what the wheel with an extra needs on this machine, where it is installed here too."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        stated = message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])
    found: set[tuple[str, str]] = set()
    waiting = [(line, extra) for line in stated]
    while waiting:
        line, wanted = waiting.pop()
        needed = Requirement(line)
        if needed.marker is not None and not needed.marker.evaluate({"extra": wanted}):
            continue
        own = canonicalize_name(needed.name)
        for each in {"", *needed.extras} - {known for place, known in found if place == own}:
            found.add((own, each))
            waiting += [(more, each) for more in (stated if own == "titlecert" else metadata.requires(own) or [])]
    return frozenset(name for name, _ in found)


def _install(environment: FreshEnvironment, arguments: list[str]) -> None:
    # Programs compile what they use.
    _pip(environment, ["--no-input", "install", "--quiet", "--no-compile", *arguments])


def _pip(environment: FreshEnvironment, words: list[str]) -> None:
    # The pip of this environment fills the other one, which then needs none of its own.
    pip = [sys.executable, "-m", "pip", "--python", environment.program("python"), "--disable-pip-version-check"]
    done = _run([*pip, *words], cwd=environment.directory, timeout=540)
    if done.returncode == 0:
        return
    if not in_ci() and any(sign in done.stderr for sign in NO_NETWORK):
        unavailable("pip reaches no package index, so no fresh environment can be made")
    raise AssertionError(done.stdout + done.stderr)
