"""The journal beside the worker: written every half second, and loud when it cannot be.

Rules: it has a thread of its own, so that a slow disk holds up nothing. What fails is told when it begins, once an hour
while it lasts, and when it is over; between two tries it waits longer each time, up to half a minute. Old segments go
once a day.

    serve(opened, folder, stop, say=print, words=words)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from credential.errors import CodedError
from issuer.backup.journal import JournalBusyError, JournalWriter, note_failure
from issuer.backup.making import key_of
from issuer.home import machine
from issuer.home.opened import Actor, Opened

WRITE_SECONDS: Final = 0.5
"""At most a second is lost: this, and what writing takes."""
_LONGEST_PAUSE: Final = 30.0
_AGAIN_SECONDS: Final = 3600.0
_TIDY_SECONDS: Final = 86_400.0
_ACTOR: Final = Actor("worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalWords:
    """What the log says of the journal."""

    began: Callable[[str], str]
    """Of a new journal, by its folder: a backup is needed."""
    failed: Callable[[CodedError], str]
    mended: Callable[[], str]


@dataclass(slots=True)
class _Journaling:
    """One journal, tried again and again."""

    opened: Opened
    folder: Path
    say: Callable[[str], None]
    words: JournalWords
    writer: JournalWriter | None = None
    told_at: float | None = None
    tidied_at: float | None = None

    def step(self) -> bool:
        """Write what changed; returns whether that was possible."""
        try:
            self._write()
        except JournalBusyError:
            return True  # a command writes it just now, before it publishes
        except Exception as error:
            self.end()
            coded = machine.coded(error, self.opened.home)
            note_failure(self.opened, coded)
            if self.told_at is None or time.monotonic() - self.told_at > _AGAIN_SECONDS:
                self.say(self.words.failed(coded))
                self.told_at = time.monotonic()
            return False
        if self.told_at is not None:
            self.told_at = None
            self.say(self.words.mended())
        return True

    def end(self) -> None:
        """Give the lock back."""
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def _write(self) -> None:
        if self.writer is None:
            self.writer = JournalWriter.open(self.opened, self.folder, key_of(self.opened.home), actor=_ACTOR)
            if self.writer.began:
                self.say(self.words.began(str(self.folder)))
        self.writer.write()
        if self.tidied_at is None or time.monotonic() - self.tidied_at > _TIDY_SECONDS:
            self.tidied_at = time.monotonic()
            self.writer.tidy()


def serve(
    opened: Opened, folder: Path, stop: Callable[[], bool], *, say: Callable[[str], None], words: JournalWords
) -> None:
    """Keep the journal until somebody says stop, and once more then.

    Args:
        opened: the home.
        folder: of the journal, on another disk.
        stop: asked all the time.
        say: takes a line of the log.
        words: what is said.
    """
    journaling, pause = _Journaling(opened, folder, say, words), WRITE_SECONDS
    try:
        while not stop():
            pause = WRITE_SECONDS if journaling.step() else min(2 * pause, _LONGEST_PAUSE)
            _wait(pause, stop)
        journaling.step()
    finally:
        journaling.end()


def _wait(seconds: float, stop: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not stop() and time.monotonic() < until:
        time.sleep(0.05)
