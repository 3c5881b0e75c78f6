"""Installs the JavaScript packages of a package-lock.json, once.

    python3 -m tools.npm tests/outsiders/npm

Rules: nothing is installed that the lock does not name with its hash, and no package's own scripts run; packages that
are already the lock's are left alone and the network is not touched. What is installed tells npm's own record, which it
writes as its last step, so that an interrupted run starts over.

Only tests that ask JavaScript implementations need these packages, and whoever builds the page; without them they say
so themselves. A machine without npm, or whose npm reaches nobody, gets a sentence here and goes on.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.environment import say

LOCK = "package-lock.json"
RECORD = Path("node_modules") / ".package-lock.json"
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def main(arguments: Sequence[str] | None = None) -> int:
    """Install the packages if they are not there. Returns the exit status: 1 if there is no lock."""
    parser = argparse.ArgumentParser(description="Install the JavaScript packages of a package-lock.json, once.")
    parser.add_argument("directory", type=Path, help=f"where {LOCK} is, and node_modules shall be")
    directory = parser.parse_args(arguments).directory
    locked = packages(directory / LOCK)
    if not locked:
        say(f"{directory / LOCK} is not here, or names no package; run this from the top of the checkout")
        return 1
    if packages(directory / RECORD) != locked:
        install(directory)
    return 0


def packages(lock: Path) -> dict[str, tuple[str, str]]:
    """Version and hash by place, as a lock or npm's record of what it installed has them; empty without the file."""
    try:
        entries = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return {}
    # The entry without a place is the folder itself.
    return {place: (entry["version"], entry["integrity"]) for place, entry in entries.items() if place}


def install(directory: Path) -> None:
    """Let npm install what the lock names; say so if it cannot."""
    without = "so what needs these packages cannot run"
    npm = shutil.which("npm")
    if npm is None:
        say(f"npm is not installed, {without} (make system installs it)")
        return
    say(f"installing the packages of {directory / LOCK} (some seconds, once)")
    # On standard output npm only counts packages.
    command = [npm, "ci", "--prefix", str(directory), *QUIET]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        say(f"{' '.join(command)} failed, {without}")


if __name__ == "__main__":
    sys.exit(main())
