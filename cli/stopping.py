"""Long work that is told to end (Ctrl-C, a closed terminal, SIGTERM) says what is done and which command goes on.

Rules: what is done is kept, so the same command goes on; where it had a limit, the command that is named has what is
left of it. What there is to say is read from the register after the end, and where that cannot be read, less is said.

    with going_on(run, "batch", "issue", batch, done=lambda: left(opened, batch)):
        worker.issue(batch)
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from cli.errors import StoppedError
from cli.framing import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is done and what is left of work that was told to end."""

    zh: str
    en: str
    words: Sequence[str] = field(default=())
    """What the command that goes on says beside the words of the one that ended."""


_KEPT = Left(zh="已办的不会丢失", en="what is done is kept")


@contextmanager
def going_on(run: Run, *words: str, done: Callable[[], Left]) -> Iterator[None]:
    """Run a block of work that may be told to end.

    Args:
        run: of the command.
        words: of the command line that goes on, without the program's name.
        done: says what is done, after the end.

    Raises:
        StoppedError: in the place of KeyboardInterrupt.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        try:
            left = done()
        except Exception:  # the register may be what is slow or gone; that the work was ended is told all the same
            left = _KEPT
        typed = [*words, *left.words, *(["--home", str(run.home)] if run.home is not None else [])]
        raise StoppedError((left.zh, left.en), shlex.join(["titlecert", *typed])) from error
