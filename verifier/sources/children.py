"""Files are read by processes of their own, a few at a time, bounded in memory and time.

Rules:

- Whatever a file does, it costs one answer: a child that is too slow, too large or crashes is ended and replaced, and
  the file is refused with a sentence.
- Small files have children of their own, so that large ones do not keep them waiting. A small picture that takes long
  is asked again among the large.
- The newest file comes next, and one that does not come to its turn in time is refused with ``busy``: a pile of files
  keeps nobody waiting but itself.
- Nothing that a child answers is believed to be more than text and bytes; it has read the file and nothing else.

Example::

    with Children() as children:
        children.qr_texts(data)
        children.sealed(data)
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from signal import Signals
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Self, cast

from credential.errors import MalformedError, NotTrustedError
from verifier.errors import SourceError, UsageError
from verifier.sources.child import DOCUMENT, PAGES, PICTURE
from verifier.sources.formats import pixels
from verifier.sources.sealed import PdfMalformedError, PdfTooLargeError, SealedDocument

MAX_SMALL_PIXELS: Final = 5_000_000
"""What a phone shows on its screen."""
MAX_SMALL_DOCUMENT: Final = 1 << 20
"""Six times a certificate."""
MAX_ANSWER: Final = 1 << 20
"""Fifty codes of the longest kind have 360 KB."""
START_SECONDS: Final = 20.0
"""Loading the libraries takes half a second; on a machine that is busy, ten."""
MAX_JOBS: Final = 200
"""Then a child is replaced: what a library forgets to give back goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the children of a lane may take."""

    children: int
    """How many files are read at once."""
    seconds: float
    """For one file."""
    memory: int
    """Bytes of address space, over what the libraries take."""
    waiting: float
    """Seconds until a file's turn comes."""
    nice: int
    """How far they stand back for the process that answers (``nice``)."""


SMALL: Final = Bounds(children=2, seconds=1.0, memory=192 << 20, waiting=10.0, nice=2)
LARGE: Final = Bounds(children=1, seconds=15.0, memory=512 << 20, waiting=20.0, nice=5)
"""A picture of 50 million pixels takes 250 MB while it is decoded."""


_LAST: Final = frozenset({"late", "crashed", "too_much"})
"""Answers after which a child is not asked again; short of memory, a library may be left in any state."""


class _Child:
    """One process; used by one thread at a time."""

    def __init__(self, bounds: Bounds) -> None:
        options = {"path": _path(), "memory": bounds.memory, "seconds": bounds.seconds, "nice": bounds.nice}
        command = [sys.executable, "-I", str(Path(__file__).with_name("child.py")), json.dumps(options)]
        # Our own program; what came from outside is on its stdin.
        self.process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._patience = bounds.seconds + START_SECONDS
        self._jobs = 0

    @property
    def usable(self) -> bool:
        """Whether it may be asked again."""
        return self._jobs < MAX_JOBS and self.process.poll() is None

    @property
    def was_used(self) -> bool:
        """Whether it has been asked more than once."""
        return self._jobs > 1

    def ask(self, kind: bytes, data: bytes) -> dict[str, Any]:
        """Its answer, or that it ended over the file: the error ``late`` or ``crashed``."""
        self._jobs += 1
        killed = threading.Event()

        def kill() -> None:
            killed.set()
            self.process.kill()

        # Its own alarm comes first; this is for a child that is stopped, or hangs while it starts.
        timer = threading.Timer(self._patience, kill)
        timer.start()
        try:
            return self._exchange(kind, data)
        except (OSError, ValueError, EOFError):
            late = self.process.wait() == -Signals.SIGALRM or killed.is_set()
            return {"error": "late" if late else "crashed"}
        finally:
            timer.cancel()

    def _exchange(self, kind: bytes, data: bytes) -> dict[str, Any]:
        jobs, answers = cast(BinaryIO, self.process.stdin), cast(BinaryIO, self.process.stdout)
        jobs.write(kind + len(data).to_bytes(8))
        jobs.write(data)
        jobs.flush()
        size = int.from_bytes(answers.read(8))
        written = answers.read(size) if 0 < size <= MAX_ANSWER else b""
        if not written or len(written) != size:
            self.process.kill()
            raise EOFError("the child gave no answer")
        answer = json.loads(written)
        if not isinstance(answer, dict):
            raise ValueError("the child's answer is of another form")
        return answer

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                cast(BinaryIO, pipe).close()


class _Turns:
    """So many at once, and the newest next.

    What somebody piles up waits for itself: whoever comes later is answered as soon as a child is free, and the pile is
    told that it is busy.
    """

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = count
        self._waiting: list[threading.Event] = []

    def take(self, seconds: float) -> bool:
        """Whether the turn came in time; then it is to be given back."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(seconds):
            return True
        with self._lock:
            if turn.is_set():
                return True
            self._waiting.remove(turn)
            return False

    def give_back(self) -> None:
        """To the newest of those who wait."""
        with self._lock:
            if self._waiting:
                self._waiting.pop().set()
            else:
                self._free += 1


class _Lane:
    """Children with the same bounds; each is started when it is first needed."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._turns = _Turns(bounds.children)
        self._idle: list[_Child] = []
        self.close = weakref.finalize(self, _end_all, self._idle)

    def ask(self, kind: bytes, data: bytes) -> dict[str, Any]:
        """Raises SourceError ``busy``."""
        if not self._turns.take(self._bounds.waiting):
            raise SourceError("busy", "too many files are being read; try again in a minute")
        try:
            child = self._take()
            answer = self._asked(child, kind, data)
            if answer.get("error") == "crashed" and child.was_used:
                # It may have ended while it waited, or over what an earlier file left behind.
                answer = self._asked(_Child(self._bounds), kind, data)
            return answer
        finally:
            self._turns.give_back()

    def _asked(self, child: _Child, kind: bytes, data: bytes) -> dict[str, Any]:
        try:
            answer = child.ask(kind, data)
        except BaseException:
            child.end()
            raise
        if self.close.alive and answer.get("error") not in _LAST:
            self._idle.append(child)
        else:
            child.end()
        return answer

    def _take(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if child.usable:
                return child
            child.end()
        return _Child(self._bounds)

    @property
    def idle(self) -> tuple[int, ...]:
        """The process numbers of the children that wait."""
        return tuple(child.process.pid for child in self._idle)


class Children:
    """Reads pictures and documents in processes of its own; for any number of threads."""

    def __init__(self, *, small: Bounds = SMALL, large: Bounds = LARGE) -> None:
        self._small, self._large = _Lane(small), _Lane(large)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the children that wait. Once is enough, and the end of the process does it too."""
        self._small.close()
        self._large.close()

    @property
    def idle(self) -> tuple[int, ...]:
        """The process numbers of the children that wait."""
        return self._small.idle + self._large.idle

    def qr_texts(self, data: bytes) -> tuple[str, ...]:
        """As ``image.read_qr_texts``.

        Raises:
            SourceError: also ``too_dense`` (not in time), ``too_large`` (not in the memory given), ``busy``.
        """
        size = pixels(data)
        small = size is not None and size <= MAX_SMALL_PIXELS
        answer = (self._small if small else self._large).ask(PICTURE, data)
        if small and answer.get("error") == "late":
            answer = self._large.ask(PICTURE, data)
        if "error" in answer:
            raise _picture_refused(answer)
        return tuple(str(text) for text in answer["texts"])

    def page_texts(self, data: bytes) -> tuple[str, ...]:
        """As ``pages.read_page_texts``.

        Raises:
            SourceError: also ``too_dense`` (not in time), ``too_large`` (not in the memory given), ``busy``.
        """
        answer = self._large.ask(PAGES, data)
        if "error" in answer:
            raise _picture_refused(answer)
        return tuple(str(text) for text in answer["texts"])

    def sealed(self, data: bytes) -> SealedDocument:
        """As ``pdf.read_pdf``.

        Raises:
            CredentialError: as there; also ``pdf_too_large`` when it takes more time or memory than a document does.
            SourceError: ``busy``.
            UsageError: ``pdf_support_missing``.
        """
        answer = (self._small if len(data) <= MAX_SMALL_DOCUMENT else self._large).ask(DOCUMENT, data)
        if "error" in answer:
            raise _document_refused(answer)
        return SealedDocument(
            credential=bytes.fromhex(answer["credential"]),
            signer_certificate_der=bytes.fromhex(answer["signer"]),
            chain=tuple(bytes.fromhex(each) for each in answer["chain"]),
            signing_time=None if answer["time"] is None else datetime.fromisoformat(answer["time"]),
        )


def _picture_refused(answer: Mapping[str, Any]) -> Exception:
    match answer["error"]:
        case "late":
            say = "the picture could not be searched in time; photograph the code alone, or make it smaller"
            return SourceError("too_dense", say)
        case "too_much":
            return SourceError("too_large", "the picture takes too much memory; make it smaller")
        case "crashed":
            return SourceError("bad_image", "the picture could not be searched for codes; make it smaller")
    return _error(answer)


def _document_refused(answer: Mapping[str, Any]) -> Exception:
    match answer["error"]:
        case "late":
            return PdfTooLargeError("pdf_too_large", "the file takes more time to read than any document of ours")
        case "too_much":
            return PdfTooLargeError("pdf_too_large", "the file takes more memory to read than any document of ours")
        case "crashed":
            return PdfMalformedError("pdf_malformed", "the file cannot be read as a PDF")
        case "missing":
            return UsageError("pdf_support_missing", "sealed documents cannot be read here: pyHanko is missing")
    return _error(answer)


def _error(answer: Mapping[str, Any]) -> Exception:
    """The error that a child met."""
    families = {"usage": UsageError, "not_trusted": NotTrustedError, "malformed": MalformedError}
    error = families.get(answer["error"], SourceError)(str(answer["code"]), str(answer["message"]))
    fields = dict(answer["fields"])
    if "certificate" in fields:
        fields["certificate"] = bytes.fromhex(fields["certificate"])
    error.fields = MappingProxyType(fields)
    return error


def _path() -> list[str]:
    """Where a child finds this package and the libraries: where this process does, less what depends on the place."""
    here = str(Path(__file__).parents[2])
    return [here, *(place for place in sys.path if Path(place).is_absolute() and place != here)]


def _end_all(children: list[_Child]) -> None:
    while children:
        children.pop().end()
