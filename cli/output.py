"""Files that a command writes where someone said: never over an input, never over anything that is there.

Rules: an option that names an output is one of ``out_option``, so that it looks the same everywhere and a test finds
it. The place is looked at before any work is done, so that nothing is recorded whose answer finds no place; the file
gets its name in one step, which fails if the name was taken meanwhile. Files are private.

    out: Annotated[Path, out_option("--out", "pdf", "写到哪里。Where to write the PDF.")]
    output.check(out, option="--out", inputs=[file])
    output.write(out, data, option="--out")
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import typer

from cli.errors import RefusedError, UsageError
from credential import durable

OUT: Final = "OUT"
"""What stands for an output in the help: ``OUT``, or ``OUT.pdf``."""
PRIVATE: Final = 0o600


def out_option(name: str, kind: str, help_text: str) -> Any:
    """Return the option that names an output; ``kind`` is its ending, empty for any."""
    return typer.Option(name, metavar=f"{OUT}.{kind}" if kind else OUT, help=help_text)


def check(path: Path, *, option: str, inputs: Iterable[Path] = ()) -> None:
    """Refuse a place that cannot take a new file, before any work is done.

    Args:
        path: where the output goes.
        option: the option that named it.
        inputs: what the command reads, by whatever name: a link or another case of the same file counts.

    Raises:
        UsageError: ``output_is_input``.
        RefusedError: ``file_exists``, ``no_folder``.
    """
    if any(_same(path, each) for each in inputs):
        raise UsageError(
            "output_is_input",
            f"{option}：{path} 就是要读的文件，没有覆盖",
            f"{option}: {path} is a file that is read; it was not overwritten",
        )
    if os.path.lexists(path):
        raise _exists(path, option)
    if not path.parent.is_dir():
        raise RefusedError(
            "no_folder", f"{option}：没有文件夹 {path.parent}", f"{option}: there is no folder {path.parent}"
        )


def write(path: Path, data: bytes, *, option: str) -> None:
    """Write a new private file.

    Raises:
        RefusedError: ``file_exists``: something has this name now.
        OSError: the system refused; nothing has the name.
    """
    try:
        durable.create(path, data, mode=PRIVATE)
    except FileExistsError as error:
        raise _exists(path, option) from error


def _exists(path: Path, option: str) -> RefusedError:
    return RefusedError(
        "file_exists",
        f"{option}：{path} 已存在，没有覆盖",
        f"{option}: {path} exists and was not overwritten",
    )


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there
        return False
