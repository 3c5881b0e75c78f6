"""A command run in a terminal of a given width, and what it wrote there.

code, text = shown([sys.executable, "-m", "cli", "--help"], columns=80)
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

ROWS = 40


def shown(
    command: Sequence[str], *, columns: int, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> tuple[int, str]:
    """Run a command in a terminal and return its exit code and what was on the screen, colours included.

    Args:
        command: the program and its arguments.
        columns: how wide the terminal is.
        environment: of the command; None for that of this process.
        folder: where it runs.
    """
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    given = dict(os.environ if environment is None else environment) | {"TERM": "xterm-256color"}
    given.pop("COLUMNS", None)
    process = subprocess.Popen(
        list(command), stdin=its, stdout=its, stderr=its, env=given, cwd=folder, start_new_session=True
    )
    os.close(its)
    try:
        written = b"".join(_read(ours))
    finally:
        os.close(ours)
    return process.wait(), written.decode("utf-8").replace("\r\n", "\n")


def _read(terminal: int) -> list[bytes]:
    found: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that nobody holds the other end
            return found
        if not part:
            return found
        found.append(part)
