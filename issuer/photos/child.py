"""Cleans photos in a process of its own, one after the other: what takes too long or too much ends with the process.

Rules: it writes nothing but its answers and opens no file of anybody; what came from outside is on its stdin. Before
each photo it sets its bounds: memory over what the libraries take, and an alarm that ends it, which the machine keeps
also where Python does not come to its turn.

    python child.py '{"path": [...], "memory": 402653184, "seconds": 10.0}'

A photo is eight bytes for its length, and its bytes. An answer is eight bytes for the length of a JSON object, the
object, and, where that tells the length of a ``photo``, the photo.
"""

from __future__ import annotations

import json
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from issuer.photos.model import Cleaned

SHORT_OF_MEMORY = "memory"


def bound(memory: int, seconds: float) -> None:
    """Bound what comes next: address space over what is in use, where the machine tells it, and time."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every machine

        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 - pathlib would be loaded for it
            used = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_REAL, seconds)


def answered(clean: Callable[[bytes], Cleaned], data: bytes) -> tuple[dict[str, Any], bytes]:
    """What is told of a photo, and the cleaned one."""
    from issuer.photos.model import PhotoError  # noqa: PLC0415 - the path is known by now

    try:
        made = clean(data)
    except PhotoError as error:
        return {"error": error.code, "fields": dict(error.fields)}, b""
    except MemoryError:
        return {"error": SHORT_OF_MEMORY}, b""
    return {"photo": len(made.photo), "width": made.width, "height": made.height}, made.photo


def serve(jobs: BinaryIO, answers: BinaryIO, clean: Callable[[bytes], Cleaned], *, memory: int, seconds: float) -> None:
    """Answer jobs until there are no more."""
    while len(head := jobs.read(8)) == 8:
        data = jobs.read(int.from_bytes(head))
        bound(memory, seconds)
        told, photo = answered(clean, data)
        del data
        signal.setitimer(signal.ITIMER_REAL, 0)
        written = json.dumps(told).encode()
        answers.write(len(written).to_bytes(8) + written + photo)
        answers.flush()


def main(arguments: list[str]) -> None:
    """Load what is needed, so that its size and time are nobody's photo's; take the bounds; serve."""
    options = json.loads(arguments[0])
    sys.path[:] = options["path"]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    from PIL import JpegImagePlugin, MpoImagePlugin, PngImagePlugin  # noqa: F401, PLC0415

    from issuer.children import keep_no_files  # noqa: PLC0415
    from issuer.photos.clean import clean  # noqa: PLC0415

    keep_no_files()
    serve(sys.stdin.buffer, sys.stdout.buffer, clean, memory=options["memory"], seconds=options["seconds"])


if __name__ == "__main__":
    main(sys.argv[1:])
