"""A Python that has every library loaded and none of our rooms; each question is asked in a fork of it.

Starting pytest and loading the libraries takes longer than most tests do. A line of JSON comes in (folder, arguments,
file for the output), pytest runs in that folder, and its exit code goes out. Run as a script, never imported: what it
imported of ours would be the code without the break.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

LIBRARIES: Final = (
    "pytest",
    "_hypothesis_pytestplugin",
    "hypothesis.strategies",
    "pytest_socket",
    "pytest_timeout",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.kdf.hkdf",
    "cryptography.x509",
    "cbor2",
    "jwt",
    "asn1crypto.cms",
    "PIL.Image",
    "pydantic",
    "pyhanko.sign.validation",
    "sqlalchemy.orm",
    "asyncio",
    "http.server",
)
"""What is slow to load; what is missing here is loaded by each fork."""
CRASHED: Final = 70
"""Exit code when pytest itself falls over; it has none of its own that is so large."""


def main() -> None:
    """Answer until the input ends."""
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [place for place in sys.path if place not in {"", here}]
    for name in LIBRARIES:
        importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(question)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(question: dict[str, Any]) -> NoReturn:
    """Run pytest in a fork and end it, whatever happens: nobody else may answer the next question."""
    code = CRASHED
    try:
        signal.alarm(question["seconds"])
        output = os.open(question["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(question["folder"])
        sys.path.insert(0, question["folder"])
        code = int(importlib.import_module("pytest").main(question["arguments"]))
        sys.stdout.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
