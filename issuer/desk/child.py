"""The desk in a process of its own, started by ``titlecert serve``: serves its pages until it is ended.

Rules: it ends with the process that started it. It opens no home. Its stdin has a JSON object with ``settings``,
``host`` and ``port`` in the first line, and ends when the other one ends.

    python child.py '{"path": [...], "parent": 4711}'
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any, BinaryIO


def serve(told: BinaryIO) -> None:
    """Serve until stdin ends."""
    from datetime import UTC, datetime  # noqa: PLC0415 - the path is known by now

    from issuer.desk.running import run  # noqa: PLC0415
    from issuer.desk.telling import settings_of  # noqa: PLC0415

    first = json.loads(told.readline())

    def watch(server: Any) -> None:
        def end() -> None:
            while told.read(1):
                pass
            server.should_exit = True

        threading.Thread(target=end, daemon=True).start()

    run(
        settings_of(first["settings"]),
        host=first["host"],
        port=first["port"],
        clock=lambda: datetime.now(UTC),
        ready=watch,
    )


def main(arguments: list[str]) -> None:
    """End with the parent, leave no core with a session in it, and serve."""
    options = json.loads(arguments[0])
    sys.path[:] = options["path"]
    from issuer.children import belong_to  # noqa: PLC0415

    belong_to(options["parent"])
    serve(sys.stdin.buffer)
    os._exit(0)  # a thread may still wait for stdin


if __name__ == "__main__":
    main(sys.argv[1:])
