"""The unlock service in a process of its own, started by ``titlecert serve``: answers on its socket until it is ended.

Rules: it ends with the process that started it. It opens the home with what that one hands on: of the home's secrets
the two of the register, and no key that signs. Its stdin has a JSON object with ``home`` and ``handed`` in the first
line and ends when the other one ends; its stdout has a line when it listens, or one with the error that it ended with.

    python child.py '{"path": [...], "parent": 4711}'
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from typing import Any, BinaryIO


def serve(told: BinaryIO, answers: BinaryIO) -> None:
    """Answer until stdin ends."""
    from datetime import UTC, datetime  # noqa: PLC0415 - the path is known by now
    from pathlib import Path  # noqa: PLC0415

    from issuer.home import machine  # noqa: PLC0415
    from issuer.home.opening import open_handed_on  # noqa: PLC0415
    from issuer.home.paths import Home  # noqa: PLC0415
    from issuer.unlock.running import listening  # noqa: PLC0415

    def answer(said: dict[str, Any]) -> None:
        answers.write(json.dumps(said, default=str).encode() + b"\n")
        answers.flush()

    first = json.loads(told.readline())
    home = Home.open(Path(first["home"]))
    try:
        opened = open_handed_on(
            home, bytes.fromhex(first["handed"]), clock=lambda: datetime.now(UTC), environment=os.environ
        )
        with opened, listening(opened) as server:
            answer({"ready": True})
            threading.Thread(target=_end_with, args=(told, server.shutdown), daemon=True).start()
            server.serve_forever()
    except Exception as error:
        found = machine.coded(error, home)
        answer({"stop": type(found).__name__, "code": found.code, "message": str(found), "fields": dict(found.fields)})


def _end_with(told: BinaryIO, end: Any) -> None:
    """End when the other side of stdin does."""
    while told.read(1):
        pass
    end()


def main(arguments: list[str]) -> None:
    """End with the parent, leave no core with keys in it, and serve."""
    options = json.loads(arguments[0])
    sys.path[:] = options["path"]
    from issuer.children import belong_to  # noqa: PLC0415

    belong_to(options["parent"])
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main(sys.argv[1:])
