"""Reads files in a process of its own, one after the other: what takes too long or too much ends with the process.

Rules: it writes nothing but its answers and opens no file of anybody; what came from outside is on its stdin. Before
each file it sets its own bounds: memory over what the libraries take, and an alarm that ends it, which the machine
keeps also where Python does not come to its turn.

    python child.py '{"path": [...], "memory": 268435456, "seconds": 2.0, "nice": 5}'

A job is one byte for the kind, eight for the length, and the file; an answer is eight bytes for the length, and JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO, Final

PICTURE: Final = b"I"
DOCUMENT: Final = b"D"
PAGES: Final = b"P"
DOCUMENT_SECONDS: Final = 4.0
"""The largest document of ours takes a tenth of a second, whatever the machine gives a picture."""
Answer = dict[str, Any]


def picture(data: bytes) -> Answer:
    """The texts of a picture's codes."""
    from verifier.sources.image import read_qr_texts  # noqa: PLC0415 - loaded for the first picture

    return {"texts": read_qr_texts(data)}


def pages(data: bytes) -> Answer:
    """The texts of the codes on a document's pages."""
    from verifier.sources.pages import read_page_texts  # noqa: PLC0415

    return {"texts": read_page_texts(data)}


def document(data: bytes) -> Answer:
    """What a sealed document says."""
    from verifier.sources.pdf import read_pdf  # noqa: PLC0415 - loaded for the first document

    sealed = read_pdf(data)
    return {
        "credential": sealed.credential.hex(),
        "signer": sealed.signer_certificate_der.hex(),
        "chain": [each.hex() for each in sealed.chain],
        "time": None if sealed.signing_time is None else sealed.signing_time.isoformat(),
    }


def answer(read: Callable[[bytes], Answer], data: bytes) -> Answer:
    """An answer or an error; errors go by their code, and by whose they are."""
    from credential.errors import CodedError, CredentialError, NotTrustedError  # noqa: PLC0415
    from verifier.errors import UsageError  # noqa: PLC0415

    try:
        return read(data)
    except MemoryError:
        return {"error": "too_much"}
    except ModuleNotFoundError as error:
        return {"error": "missing", "module": error.name}
    except CodedError as error:
        kinds: dict[str, type[CodedError]] = {
            "usage": UsageError,
            "not_trusted": NotTrustedError,
            "malformed": CredentialError,
        }
        kind = next((name for name, of in kinds.items() if isinstance(error, of)), "source")
        fields = {name: value.hex() if isinstance(value, bytes) else value for name, value in error.fields.items()}
        return {"error": kind, "code": error.code, "message": str(error), "fields": fields}


def load(kind: bytes) -> Callable[[bytes], Answer]:
    """The reader of a kind, its libraries loaded, so that their size and time are nobody's file's."""
    names, reader = _READERS.get(kind, _READERS[DOCUMENT])
    with suppress(ModuleNotFoundError):
        for name in names:
            import_module(name)
    return reader


_PICTURES: Final = ("PIL.JpegImagePlugin", "PIL.PngImagePlugin", "zxingcpp")
_READERS: Final[dict[bytes, tuple[tuple[str, ...], Callable[[bytes], Answer]]]] = {
    PICTURE: (_PICTURES, picture),
    PAGES: ((*_PICTURES, "pypdfium2"), pages),
    DOCUMENT: (("verifier.sources.pdf",), document),
}


def bound(memory: int, seconds: float) -> None:
    """Bound what comes next: address space over what is in use, where the machine tells it, and time."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every machine

        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 - pathlib would be loaded for it
            used = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_REAL, seconds)


def serve(jobs: BinaryIO, answers: BinaryIO, *, memory: int, seconds: float) -> None:
    """Answer jobs until there are no more."""
    while len(head := jobs.read(9)) == 9:
        kind, data = head[:1], jobs.read(int.from_bytes(head[1:]))
        read = load(kind)
        bound(memory, min(seconds, DOCUMENT_SECONDS) if kind == DOCUMENT else seconds)
        given = answer(read, data)
        del data
        signal.setitimer(signal.ITIMER_REAL, 0)
        written = json.dumps(given).encode()
        answers.write(len(written).to_bytes(8) + written)
        answers.flush()


def main(arguments: list[str]) -> None:
    """Take the bounds, give up what is not needed, and serve."""
    options = json.loads(arguments[0])
    sys.path[:] = options["path"]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with suppress(OSError):
        os.nice(options["nice"])
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer, memory=options["memory"], seconds=options["seconds"])


if __name__ == "__main__":
    main(sys.argv[1:])
