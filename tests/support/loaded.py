"""Programs of ours in processes of their own that need not load anything: each is a fork of one that has it all loaded.

To load the issuer's side takes seconds of the processor, and most tests of a process ask what it does then. Rules: the
process is a real one, with its own descriptors, environment and signals, and ends as it would. What a program loads is
asked with an interpreter of its own, not with this. The first call starts the process that is forked; it ends with the
tests.

    done = subprocess.run([*loaded_python(), "-c", "print(6 * 7)"], cwd=ROOT, capture_output=True)
"""

from __future__ import annotations

import atexit
import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.support.tools import ROOT

_FORKS: Final = Path(__file__).with_name("loadedforks.py")
_CLIENT: Final = Path(__file__).with_name("loadedclient.py")


def loaded_python() -> list[str]:
    """The first words of a command line; ``-c PROGRAM`` or ``-m MODULE`` and arguments follow, as behind python."""
    return [sys.executable, "-I", "-S", str(_CLIENT), _address(os.getpid())]


@functools.cache
def _address(_process: int) -> str:
    """Start the process that is forked, once for each process that asks; returns the socket that it listens on."""
    folder = tempfile.TemporaryDirectory(prefix="loaded-")
    address = str(Path(folder.name) / "socket")
    server = subprocess.Popen(
        [sys.executable, str(_FORKS), str(ROOT), address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    if server.stdout.readline() != b"ready\n":
        raise RuntimeError(f"{_FORKS.name} has ended; its standard error says why")
    server.stdout.close()
    atexit.register(_end, server, folder)
    return address


def _end(server: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    assert server.stdin is not None
    server.stdin.close()
    server.wait()
    folder.cleanup()
