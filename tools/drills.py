"""Drills of docs/OPERATIONS.md: commands of a bad day, run for real on the demonstration's office, and what they wrote.

Rules: a block that begins with ``console zh`` or ``console en`` holds lines that are typed (``$ titlecert
...``), each with its output below it. All blocks below one heading are one drill, on an office of their own. The clock
stands still. What differs in every run is written as something like it: phrases, codes, digests of statements.

    python -m tools.drills            # writes the outputs into docs/OPERATIONS.md anew
    python -m tools.drills --check    # says whether they are old, exit code 1
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cli.main import main as titlecert

ROOT: Final = Path(__file__).resolve().parent.parent
DOCUMENT: Final = ROOT / "docs" / "OPERATIONS.md"
NOW: Final = datetime(2026, 11, 21, 2, tzinfo=UTC)
_BLOCK: Final = re.compile(r"(?<=^```console )(zh|en)\n(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#+ .*$", re.MULTILINE)
_ALIKE: Final = (
    (re.compile(r"\b\d{4}(?: \d{4}){4}\b"), "4711 0815 2024 9321 0077"),
    (re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){5}\b"), "KM7P-2QRS-TUVW-XYZ2-3456-789A"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "0" * 64),
    (re.compile(r"\b[0-9a-f]{16}\b"), "0123456789abcdef"),
)
"""What differs in every run, and what stands for it."""


def played(text: str, office: Path) -> str:
    """Return a document with the outputs of its drills as they are now.

    Args:
        text: the document.
        office: the demonstration's home; it is copied, not changed.

    Raises:
        RuntimeError: a command failed.
    """
    starts = [0, *(found.start() for found in _HEADING.finditer(text)), len(text)]
    parts = [text[begin:end] for begin, end in itertools.pairwise(starts)]
    return "".join(_part(part, office) if _BLOCK.search(part) else part for part in parts)


def _part(part: str, office: Path) -> str:
    """One drill: its blocks one after the other, on a copy of the office."""
    with tempfile.TemporaryDirectory() as made, contextlib.chdir(made):
        shutil.copytree(office, "office")
        os.environ["XDG_CACHE_HOME"] = f"{made}{os.sep}cache"  # a reader remembers the offices of other drills else
        return _BLOCK.sub(lambda block: f"{block[1]}\n{''.join(_answered(block[1], block[2]))}", part)


def _answered(language: str, block: str) -> Iterator[str]:
    for line in re.findall(r"^\$ titlecert (.*)$", block, re.MULTILINE):
        said = _run(shlex.split(line), language).replace(f"{Path.cwd()}{os.sep}", "./")
        for differs, alike in _ALIKE:
            said = differs.sub(alike, said)
        said = "\n".join(each.rstrip() for each in said.strip().splitlines())
        yield f"$ titlecert {line}\n{said}\n"


def _run(words: Sequence[str], language: str) -> str:
    written = io.StringIO()
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        code = titlecert([*words, "--home", "office", "--lang", language], clock=lambda: NOW)
    if code not in {0, *range(10, 15)}:  # a check answers by its code
        raise RuntimeError(f"{shlex.join(words)} ended with {code}:\n{written.getvalue()}")
    return written.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the outputs, or say whether they are old; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.drills", description="Drills of docs/OPERATIONS.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where they are old")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        office = Path(made) / "office"
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            titlecert(["demo", "--no-serve", "--dir", str(office)], clock=lambda: NOW)
        text = DOCUMENT.read_text("utf-8")
        now = played(text, office)
    if now != text and not asked.check:
        DOCUMENT.write_text(now, "utf-8")
    print("the drills are as the commands write them" if now == text else f"{DOCUMENT.relative_to(ROOT)} was old")
    return 1 if asked.check and now != text else 0


if __name__ == "__main__":
    sys.exit(main())
