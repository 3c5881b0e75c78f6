"""The desk in a process of its own, beside the one that starts it.

Rules: what it needs goes through a pipe. It ends with the block, and with the process that started it.

    with beside(settings, host="127.0.0.1", port=8788): ...
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from issuer.children import command
from issuer.desk.settings import DeskSettings
from issuer.desk.telling import told

LEAVES_WITHIN: Final = 10.0
"""Seconds that it is given to finish what it answers."""
_CHILD: Final = Path(__file__).with_name("child.py")


@contextmanager
def beside(settings: DeskSettings, *, host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the desk during the block; yields its process."""
    process = subprocess.Popen(  # noqa: S603 - a program of ours
        command(_CHILD, parent=os.getpid()), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert process.stdin is not None
    try:
        first = {"settings": told(settings), "host": host, "port": port}
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(first).encode() + b"\n")
            process.stdin.flush()
        yield process
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(timeout=LEAVES_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
