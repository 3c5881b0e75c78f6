"""How a program of ours is started in a process of its own: to read a stranger's file, or to make documents.

Rules: it is a file that runs alone (``python -I``). It is told in JSON where it finds this package and what its bounds
are, and keeps them itself: ``keep_no_files``, and those of its own memory and time. What came from outside, and what is
secret, is on its stdin. A process that holds keys does not outlive the one that gave it them: ``end_with_parent``.

    subprocess.run(command(Path("child.py"), memory=512 << 20, seconds=10), input=data)
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_PARENT_DEATH_SIGNAL: Final = 1
"""``PR_SET_PDEATHSIG`` of prctl(2), Linux."""


def command(child: Path, **options: float) -> list[str]:
    """Return what starts a child; ``options`` are given to it beside its ``path``."""
    here = str(Path(__file__).parents[1])
    # Where this process finds its modules, less what depends on the place it was started in.
    path = [here, *(place for place in sys.path if Path(place).is_absolute() and place != here)]
    return [sys.executable, "-I", str(child), json.dumps({"path": path, **options})]


def keep_no_files() -> None:
    """From here on this process writes no file and leaves no core, where the machine can see to that."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every machine

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def leave_no_core() -> None:
    """From here on this process leaves no picture of its memory when it dies, where the machine can see to that."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every machine

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def belong_to(parent: int) -> None:
    """What a process of ours does first that may hold keys or a session: it is its parent's, and leaves nothing behind.

    Who presses Ctrl-C means the parent, which ends its children in order. Raises SystemExit as ``end_with_parent``.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(parent)
    leave_no_core()


def end_with_parent(parent: int) -> None:
    """From here on this process is killed when its parent ends, also when that is killed.

    The machine sees to it (Linux). Elsewhere, and for what the machine misses, the child ends with its stdin. The
    signal comes when the thread ends that started this process: whoever starts one waits for it in that thread.

    Args:
        parent: the process that started this one, by its own account: it may have ended before this was called.

    Raises:
        SystemExit: it has.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)
