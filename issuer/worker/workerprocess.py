"""Issues and makes documents in a process of its own, by lease, beside the process that started it and publishes.

Rules: it ends with the process that started it, and gives back what it took when it is told to end. It opens the home
with what that one hands on. What it could not do it says in a line of JSON each. Its stdin has a JSON object with
``home`` and ``handed`` in the first line.

    python workerprocess.py '{"path": [...], "parent": 4711, "nice": 5, "members": 0}'
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from credential.errors import CodedError
    from issuer.home.opened import Opened


def work(
    opened: Opened, say: Callable[[dict[str, Any]], None], *, members: int | None, stop: Callable[[], bool]
) -> None:
    """Do what is asked for, round after round, until ``stop`` says so.

    Args:
        opened: the home.
        say: takes what was not done.
        members: of a crew, at most.
        stop: asked between rounds.
    """
    from issuer.worker import loop  # noqa: PLC0415 - the path is known by now
    from issuer.worker.piecework import PieceWork  # noqa: PLC0415

    pieces = PieceWork.open(opened, members=members)

    def round() -> None:
        for held in pieces.run_pending():
            say({"object": held.object, "code": held.code, "message": held.message, "fields": dict(held.fields)})

    try:
        loop.repeat(pieces, round, stop, failed=lambda error: say(failure(error)))
    finally:
        pieces.close()


def failure(error: CodedError) -> dict[str, Any]:
    """What is said of an error that is over by itself."""
    return {
        "object": f"process {os.getpid()}",
        "code": error.code,
        "message": str(error),
        "fields": dict(error.fields),
    }


def serve(first: BinaryIO, answers: BinaryIO, members: int) -> None:
    """Open the home and work."""
    from datetime import UTC, datetime  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from issuer.home import machine  # noqa: PLC0415
    from issuer.home.opening import open_handed_on  # noqa: PLC0415
    from issuer.home.paths import Home  # noqa: PLC0415

    def say(told: dict[str, Any]) -> None:
        answers.write(json.dumps(told, default=str).encode() + b"\n")
        answers.flush()

    asked = json.loads(first.readline())
    home = Home.open(Path(asked["home"]))
    try:
        with open_handed_on(
            home, bytes.fromhex(asked["handed"]), clock=lambda: datetime.now(UTC), environment=os.environ
        ) as opened:
            work(opened, say, members=members, stop=lambda: False)
    except Exception as error:
        say(failure(machine.coded(error, home)))
        raise SystemExit(1) from error


def main(arguments: list[str]) -> None:
    """End with the parent, stand back for it, and work."""
    options = json.loads(arguments[0])
    sys.path[:] = options["path"]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    from issuer.children import belong_to  # noqa: PLC0415

    belong_to(options["parent"])
    with suppress(OSError, AttributeError):
        os.nice(options["nice"])
    with suppress(BrokenPipeError, KeyboardInterrupt):
        serve(sys.stdin.buffer, sys.stdout.buffer, options["members"])


if __name__ == "__main__":
    main(sys.argv[1:])
