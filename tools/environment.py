"""Makes an environment from hash-locked files, once.

    python3 tools/environment.py .venv requirements.lock --project
    python3 tools/environment.py .venv-outsiders requirements-outsiders.lock
    python3 tools/environment.py .venv-fuzz requirements.lock requirements-fuzz.lock --project

Rules: nothing is installed that no lock names with its hash; the build backend comes from a lock too; an
environment that is already right is left alone and the network is not touched. What "right" means is written into
the environment as its last step: the digests of the locks and of pyproject.toml, the interpreter, and the place (an
environment does not survive being moved). An interrupted run therefore starts over.

Only the standard library is used, because this runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

OLDEST_PYTHON = (3, 11)
STAMP = "titlecert-environment.json"


class CannotPrepareError(Exception):
    """Something that the reader of the message has to put right."""


def main(arguments: list[str] | None = None) -> int:
    """Make the environment if it is not there. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Make an environment from hash-locked files, once.")
    parser.add_argument("directory", type=Path, help="where the environment is, or shall be")
    parser.add_argument("locks", type=Path, nargs="+", metavar="lock", help="a hash-locked file")
    parser.add_argument("--project", action="store_true", help="install this checkout too, editable")
    options = parser.parse_args(arguments)
    try:
        prepare(options.directory, options.locks, project=options.project)
    except CannotPrepareError as error:
        print(f"titlecert: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        # pip has already said what went wrong.
        print(f"titlecert: {options.directory} was not finished: {' '.join(error.cmd)}", file=sys.stderr)
        return 1
    return 0


def prepare(directory: Path, locks: Sequence[Path], *, project: bool) -> None:
    """Bring `directory` to the state that `locks` describe together.

    Raises:
        CannotPrepareError: this Python cannot make an environment; the message says what to install.
        subprocess.CalledProcessError: venv or pip failed.
    """
    wanted = fingerprint(directory, locks, project=project)
    present = read_stamp(directory)
    if present == wanted and python_of(directory).exists():
        return
    check_interpreter(directory)
    if {**present, "project": None} != {**wanted, "project": None} or not python_of(directory).exists():
        (directory / STAMP).unlink(missing_ok=True)
        say(f"making {directory} from {' and '.join(map(str, locks))} (about half a minute, once)")
        run([sys.executable, "-m", "venv", "--clear", str(directory)])
        run_pip(directory, ["--require-hashes", *(f"--requirement={lock}" for lock in locks)])
    if project:
        (directory / STAMP).unlink(missing_ok=True)
        # No network: hatchling and editables are in the lock.
        run_pip(directory, ["--no-index", "--no-build-isolation", "--no-deps", "-e", "."])
    (directory / STAMP).write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")


def fingerprint(directory: Path, locks: Sequence[Path], *, project: bool) -> dict[str, str | None]:
    """What must be equal for an environment to be left alone."""
    return {
        "lock": " ".join(map(digest, locks)),
        "place": str(directory.resolve()),
        "project": digest(Path("pyproject.toml")) if project else None,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        CannotPrepareError: the file is not there.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise CannotPrepareError(f"{path} is not here; run this from the top of the checkout") from error


def read_stamp(directory: Path) -> dict[str, str | None]:
    """The fingerprint an earlier run left, or an empty one."""
    try:
        stamp = json.loads((directory / STAMP).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def check_interpreter(directory: Path) -> None:
    """Raises CannotPrepareError if this Python is too old, or cannot make an environment with pip."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise CannotPrepareError(
            f"Python 3.11 or newer is needed, and {sys.executable} is {sys.version.split()[0]}. "
            "Install one (Debian and Ubuntu: apt-get install python3), or name it: make PYTHON=/path/to/python3.11 ..."
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise CannotPrepareError(
            f"{sys.executable} lacks ensurepip, so it cannot make {directory}. "
            "Debian and Ubuntu keep it in a package of its own: apt-get install python3-venv"
        )


def python_of(directory: Path) -> Path:
    """The environment's interpreter."""
    return directory / "bin" / "python"


def run_pip(directory: Path, arguments: list[str]) -> None:
    """pip install inside the environment, quiet unless it fails. Programs compile what they use."""
    pip = [str(python_of(directory)), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    run([*pip, "install", "--quiet", "--no-compile", *arguments])


def run(command: list[str]) -> None:
    """Run a program; its output stays visible.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    subprocess.run(command, check=True)


def say(text: str) -> None:
    """Tell the person in front of the terminal."""
    print(f"titlecert: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
