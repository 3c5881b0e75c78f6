"""Makes documents in a process of its own: certificate ids in, sealed files written, a line of answer for each.

Rules: it ends with the process that started it. It opens the home with what that one hands on, and of the home's keys
the document key alone. It reads the register and writes files; it writes no register. Its stdin has a JSON object with
``home``, ``handed`` and ``authority`` in the first line, then an id in each.

    python maker.py '{"path": [...], "parent": 4711, "nice": 5}'
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from issuer.documents.making import DocumentMaker


def answered(maker: DocumentMaker, certificate_id: str) -> dict[str, Any]:
    """What came of one document."""
    from issuer.documents.errors import DocumentError  # noqa: PLC0415 - the path is known by now

    try:
        made = maker.write(certificate_id)
    except DocumentError as error:
        return {"certificate": certificate_id, "code": error.code}
    return {"certificate": made.certificate, "path": made.path, "digest": made.digest.hex(), "design": made.design}


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more jobs, or one that stops all."""
    from datetime import UTC, datetime  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from issuer.home import machine  # noqa: PLC0415
    from issuer.home.opening import open_handed_on  # noqa: PLC0415
    from issuer.home.paths import Home  # noqa: PLC0415
    from issuer.worker.documents import DocumentsJob  # noqa: PLC0415

    def answer(told: dict[str, Any]) -> None:
        answers.write(json.dumps(told, default=str).encode() + b"\n")
        answers.flush()

    first = json.loads(jobs.readline())
    home = Home.open(Path(first["home"]))
    try:
        opened = open_handed_on(
            home, bytes.fromhex(first["handed"]), clock=lambda: datetime.now(UTC), environment=os.environ
        )
        with opened:
            maker = DocumentsJob(opened).maker(first["authority"])
            settle()
            answer({"ready": True})
            for line in jobs:
                answer(answered(maker, json.loads(line)))
    except Exception as error:
        told = machine.coded(error, home)
        answer({"stop": type(told).__name__, "code": told.code, "message": str(told), "fields": dict(told.fields)})


def settle() -> None:
    """Leave out of every later search for garbage what stays to the end: a page leaves much of it."""
    import gc  # noqa: PLC0415

    gc.collect()
    gc.freeze()


def main(arguments: list[str]) -> None:
    """End with the parent, stand back for it, and serve."""
    options = json.loads(arguments[0])
    sys.path[:] = options["path"]
    os.environ["RAYON_NUM_THREADS"] = "1"  # there is a process for each core already
    from issuer.children import belong_to  # noqa: PLC0415

    belong_to(options["parent"])
    with suppress(OSError, AttributeError):
        os.nice(options["nice"])
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main(sys.argv[1:])
