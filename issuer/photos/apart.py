"""Photos, cleaned by a process of its own that is bounded in memory and time.

Rules. Whatever a file does, it costs one answer: a child that is too slow, too large or crashes is ended and replaced,
and the photo is refused with a code. One child cleans many photos, one after the other, and is replaced now and then.
What a child answers is believed to be two numbers and bytes; that the bytes are a plain photo is looked at here.

    with PhotoReader() as reader:
        reader.clean(data).photo
"""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from signal import Signals
from typing import Any, BinaryIO, Final, Self, cast

from issuer.children import command
from issuer.photos.child import SHORT_OF_MEMORY
from issuer.photos.model import MAX_CLEAN_BYTES, MAX_PHOTO_BYTES, Cleaned, PhotoError
from issuer.photos.plain import require_plain

PHOTO_MEMORY: Final = 384 << 20
"""Bytes of address space over what the libraries take; a PNG of 25 million pixels with transparency takes 300 MB."""
PHOTO_SECONDS: Final = 10.0
"""For one photo; that PNG takes two."""
PHOTO_START_SECONDS: Final = 20.0
"""Loading the libraries takes a quarter of a second; on a machine that is busy, ten."""
MAX_PHOTOS_OF_A_CHILD: Final = 1000
"""Then a child is replaced: what a library forgets to give back goes with it."""
_MAX_TOLD: Final = 1 << 16
"""Bytes of what is told of a photo."""


class PhotoReader:
    """Cleans photos in a child, which is started for the first. It is used by one thread, in a ``with`` block."""

    def __init__(self) -> None:
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def clean(self, data: bytes) -> Cleaned:
        """As ``issuer.photos.clean.clean``.

        Raises:
            PhotoError: as there; also ``photo_costly``: it takes more time or memory than a photo does.
        """
        if len(data) > MAX_PHOTO_BYTES:
            raise PhotoError("photo_too_large", size=len(data), limit=MAX_PHOTO_BYTES)
        if self._child is not None and not self._child.usable:
            self._end()
        if self._child is None:
            self._child = _Child()
        try:
            return self._child.clean(data)
        except PhotoError as error:
            if error.code == "photo_costly":  # short of memory, a library may be left in any state
                self._end()
            raise
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Child:
    """One process."""

    def __init__(self) -> None:
        starts = command(Path(__file__).with_name("child.py"), memory=PHOTO_MEMORY, seconds=PHOTO_SECONDS)
        # Our own program; what came from outside is on its stdin.
        self._process = subprocess.Popen(  # noqa: S603
            starts, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._jobs = 0

    @property
    def usable(self) -> bool:
        """Whether it may be asked again."""
        return self._jobs < MAX_PHOTOS_OF_A_CHILD and self._process.poll() is None

    def clean(self, data: bytes) -> Cleaned:
        """The cleaned photo. Raises PhotoError, also over a child that ended."""
        self._jobs += 1
        killed = threading.Event()

        def kill() -> None:
            killed.set()
            self._process.kill()

        # Its own alarm comes first; this is for a child that is stopped, or hangs while it starts.
        timer = threading.Timer(PHOTO_SECONDS + PHOTO_START_SECONDS, kill)
        timer.start()
        try:
            told, photo = self._exchange(data)
            return _cleaned(told, photo)
        except (OSError, ValueError, LookupError, TypeError, EOFError) as error:
            self._process.kill()
            slow = self._process.wait() == -Signals.SIGALRM or killed.is_set()
            raise PhotoError("photo_costly" if slow else "photo_damaged") from error
        finally:
            timer.cancel()

    def _exchange(self, data: bytes) -> tuple[dict[str, Any], bytes]:
        jobs, answers = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        jobs.write(len(data).to_bytes(8))
        jobs.write(data)
        jobs.flush()
        told = json.loads(_read(answers, int.from_bytes(_read(answers, 8)), _MAX_TOLD))
        photo = _read(answers, int(told["photo"]), MAX_CLEAN_BYTES) if "photo" in told else b""
        return told, photo

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                cast(BinaryIO, pipe).close()


def _read(answers: BinaryIO, size: int, most: int = 8) -> bytes:
    data = answers.read(size) if 0 < size <= most else b""
    if not data or len(data) != size:
        raise EOFError("the child gave no answer")
    return data


def _cleaned(told: dict[str, Any], photo: bytes) -> Cleaned:
    if told.get("error") == SHORT_OF_MEMORY:
        raise PhotoError("photo_costly")
    if "error" in told:
        raise PhotoError(str(told["error"]), **{str(name): value for name, value in told["fields"].items()})
    return Cleaned(photo=require_plain(photo), width=int(told["width"]), height=int(told["height"]))
