"""Sheets of a file, read by a process of its own that is bounded in memory and time.

Rules. Whatever a file does, it costs one answer: a child that is too slow, too large or crashes is ended, and the file
is refused with a sentence. What a child answers is believed to be text, numbers and dates, and nothing else.

    >>> read_apart("姓名,性别\\r\\n".encode())[0].rows[0].cells   # doctest: +SKIP
    ['姓名', '性别']
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from issuer.children import command
from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.child import REACHED_MEMORY
from issuer.sheets.errors import UnreadableError, unreadable
from issuer.sheets.grid import MAX_LIST_BYTES, Sheet, SheetRow

MEMORY: Final = 512 << 20
"""Bytes of address space; the largest list takes half of it."""
SECONDS: Final = 10
"""Of the processor; a list of 20,000 rows and 15 columns takes two."""
PATIENCE: Final = 60.0
"""Seconds until a child is ended that waits for a processor, or for nothing."""


def read_apart(data: bytes) -> list[Sheet]:
    """As ``issuer.sheets.reading.read_sheets``.

    Raises:
        UnreadableError: as there; also when reading takes more time or memory than a list does.
    """
    if len(data) > MAX_LIST_BYTES:
        raise UnreadableError("file_too_large", size=len(data), limit=MAX_LIST_BYTES)
    starts = command(Path(__file__).with_name("child.py"), memory=MEMORY, seconds=SECONDS)
    try:
        # Our own program; what came from outside is on its stdin.
        done = subprocess.run(  # noqa: S603
            starts, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow() from error
    try:
        return _sheets(done.stdout)
    except (ValueError, LookupError, TypeError, EOFError) as error:
        raise _ended(done.returncode) from error


def _sheets(answer: bytes) -> list[Sheet]:
    sheets: list[Sheet] = []
    for line in _lines(answer):
        if isinstance(line, list):
            sheets[-1].rows.append(_row(line))
        elif "sheet" in line:
            sheets.append(_sheet(line["sheet"]))
        elif "end" in line:
            return sheets
        else:
            raise _refused(line)
    raise EOFError("the child's answer has no end")


def _lines(answer: bytes) -> Iterator[Any]:
    start = 0
    while (end := answer.find(b"\n", start)) >= 0:
        yield json.loads(answer[start:end])
        start = end + 1


def _sheet(head: dict[str, Any]) -> Sheet:
    sheet = Sheet(str(head["name"]), bool(head["visible"]), [], head["encoding"])
    return replace(sheet, hidden_columns=frozenset(head["hidden_columns"]), protected=bool(head["protected"]))


def _row(line: list[Any]) -> SheetRow:
    number, cells, covered, hidden, struck, width, cut = line
    return SheetRow(
        int(number),
        [_cell(cell) for cell in cells],
        covered=frozenset(covered),
        hidden=hidden,
        struck=frozenset(struck),
        width=width,
        cut=bool(cut),
    )


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        if "date" in value:
            return datetime.fromisoformat(value["date"])
        return BadCell(code=str(value["bad"]), details=value["details"], held=str(value["held"]))
    raise ValueError("the child's answer holds no cell")


def _refused(line: dict[str, Any]) -> UnreadableError:
    if line["error"] == REACHED_MEMORY:
        return _too_much()
    return UnreadableError(str(line["error"]), **line["fields"])


def _ended(status: int) -> UnreadableError:
    """A child that ended without an answer: by the clock, or by a library that met the bound of memory."""
    if status == 1:  # an error that no reader foresaw
        return unreadable("the workbook is damaged or not whole", "工作簿已损坏或不完整：请重新保存或重新下载")
    return _too_slow() if -status in _CLOCK else _too_much()


_CLOCK: Final = frozenset({24, 9})
"""SIGXCPU and SIGKILL, by which the machine ends what takes too long."""


def _too_slow() -> UnreadableError:
    return unreadable(
        "it takes more time than any list does: copy its cells into a new .xlsx",
        "读取时间超过上限：请把内容复制到新的 .xlsx 中再报",
    )


def _too_much() -> UnreadableError:
    return unreadable(
        "it takes more memory than any list does: copy its cells into a new .xlsx",
        "读取所需内存超过上限：请把内容复制到新的 .xlsx 中再报",
    )
