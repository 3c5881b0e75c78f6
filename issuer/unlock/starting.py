"""How the unlock service is started in a process of its own, which ends with the one that starts it.

subprocess.Popen(child_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
"""

from __future__ import annotations

import os
from pathlib import Path

from issuer.children import command
from issuer.unlock import child


def child_command() -> list[str]:
    """Return what starts it; ``issuer.unlock.child`` says what it reads and answers."""
    return command(Path(child.__file__), parent=os.getpid())
