"""Running the command's own commands one after another, as a person would type them.

Rules: each line goes through the same parser and the same functions as one from a shell, and is shown; there is no
other way in. A command that fails ends the script with its exit code; it has told why.

    script = Script(run, directory)
    data = script.run("region", "add", "990000", "示范省")
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cli import exits
from cli.framing import Run
from cli.tool import Tool

_PLAIN: Final = re.compile(r"[\w@%+=:,./（）〔〕：、-]+")
"""Words that no shell changes, full-width characters included."""


class StoppedError(Exception):
    """A command of a script failed, and told why."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"a command ended with {exit_code}")
        self.exit_code = exit_code


class Script:
    """Commands on one home."""

    def __init__(self, run: Run, directory: Path) -> None:
        self._command = run
        self.directory = directory

    def ask(self, *words: str) -> Mapping[str, Any]:
        """Run a command that only reads, without showing it, and return its data."""
        return self._run(words, self._command.tool.nested())

    def run(self, *words: str) -> Mapping[str, Any]:
        """Show a command line, run it, show its answer, and return its data.

        Raises:
            StoppedError: it failed.
            KeyboardInterrupt: it was interrupted.
        """
        print(f"$ {self.line(*words)}", file=sys.stderr, flush=True)
        nested = self._command.tool.nested()
        data = self._run(words, nested)
        for answered in nested.text.splitlines():
            print(f"  {answered}", file=sys.stderr, flush=True)
        return data

    def line(self, *words: str) -> str:
        """Return the command line as a person types it."""
        return join(program(), *words, "--home", self.shown_home)

    @property
    def shown_home(self) -> str:
        """The home's path as it is shortest to type."""
        return shortest(self.directory)

    def _run(self, words: tuple[str, ...], nested: Tool) -> Mapping[str, Any]:
        code = self._command.another([*words, "--home", str(self.directory)], nested)
        if code == exits.INTERRUPTED:
            raise KeyboardInterrupt
        if code != exits.DONE:
            raise StoppedError(code)
        return nested.data


def join(*words: str) -> str:
    """Return a command line for a shell; Chinese words stay as they are."""
    return " ".join(word if _PLAIN.fullmatch(word) else shlex.quote(word) for word in words)


def program() -> str:
    """Return how the command is called from this shell."""
    called = Path(sys.argv[0])
    if shutil.which("titlecert") is None and called.name == "titlecert" and called.is_file():
        return shortest(called)
    return "titlecert"


def shortest(path: Path) -> str:
    """Return a path relative to the working directory where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path.absolute())) else str(path.absolute())
