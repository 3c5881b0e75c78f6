"""How a program of ours is started that reads a stranger's file, in a process of its own.

Rules: it is a file that runs alone (``python -I``). It is told in JSON where it finds this package and what its bounds
are, and keeps them itself: ``keep_no_files``, and those of its own memory and time. What came from outside is on its
stdin.

    subprocess.run(command(Path("child.py"), memory=512 << 20, seconds=10), input=data)
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path


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
