"""Reads one file in a process of its own: what takes too long or too much ends with the process.

Rules: it writes nothing but its answer and opens no file of anybody; what came from outside is on its stdin. It sets
its own bounds before it reads, and the machine keeps them, whatever a library does.

    python child.py '{"path": [...], "memory": 536870912, "seconds": 10}' < list.xlsx

The answer is lines of JSON: a sheet, then its rows, then the next sheet, then ``{"end": true}``; or one error.
"""

from __future__ import annotations

import json
import signal
import sys
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from issuer.sheets.cells import Cell
    from issuer.sheets.grid import Sheet

REACHED_MEMORY = "memory"
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
SECONDS_LEFT = 2
"""From the first limit on the processor's time to the second: neither can be put off, but the second not even once."""


def bound(memory: int, seconds: int) -> None:
    """Bound address space in bytes and the processor's time, where the machine can."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every machine

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + SECONDS_LEFT))


def written(cell: Cell) -> Any:
    """A cell as JSON: what JSON cannot say is an object."""
    if cell is None or isinstance(cell, str | int | float):
        return cell
    from issuer.sheets.cells import BadCell  # noqa: PLC0415

    if isinstance(cell, BadCell):
        return {"bad": cell.code, "details": dict(cell.details), "held": cell.held}
    return {"date": cell.isoformat()} if isinstance(cell, datetime) else str(cell)


def answer(sheets: Sequence[Sheet], out: TextIO) -> None:
    """Write the sheets."""
    for sheet in sheets:
        head = {"name": sheet.name, "visible": sheet.visible, "encoding": sheet.encoding}
        head |= {"hidden_columns": sorted(sheet.hidden_columns), "protected": sheet.protected}
        _line({"sheet": head}, out)
        for row in sheet.rows:
            cells = [written(cell) for cell in row.cells]
            lists = [sorted(row.covered), row.hidden, sorted(row.struck), row.width, row.cut]
            _line([row.number, cells, *lists], out)
    _line({"end": True}, out)


def _line(value: object, out: TextIO) -> None:
    out.write(_JSON.encode(value) + "\n")


def main(arguments: list[str]) -> None:
    """Take the bounds, read, answer."""
    options = json.loads(arguments[0])
    sys.path[:] = options["path"]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from issuer.children import keep_no_files  # noqa: PLC0415
    from issuer.garbage import seldom  # noqa: PLC0415
    from issuer.sheets.errors import UnreadableError  # noqa: PLC0415
    from issuer.sheets.reading import read_sheets  # noqa: PLC0415

    keep_no_files()
    bound(options["memory"], options["seconds"])
    out = sys.stdout
    out.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
    try:
        with seldom():
            answer(read_sheets(sys.stdin.buffer.read()), out)
    except UnreadableError as error:
        _line({"error": error.code, "fields": dict(error.fields)}, out)
    except MemoryError:
        _line({"error": REACHED_MEMORY}, out)
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
