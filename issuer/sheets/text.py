"""Lists as text: commas, semicolons or tabs, in UTF-8, GB 18030 or UTF-16.

Rules. A file is UTF-16 where a byte order mark says so; else UTF-8 if it decodes as such, strictly, and else GB 18030,
strictly. Rows have the number that a spreadsheet program shows: a quoted line break does not start a row. What
protects digits from a spreadsheet program, ``="…"`` and a leading apostrophe before digits, is no part of the value. A
last line without a line's end is told: the file may have been cut off.

    >>> read_text("姓名,性别\\r\\n".encode("gb18030")).rows[0].cells
    ['姓名', '性别']
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from issuer.sheets.cells import Cell
from issuer.sheets.errors import UnreadableError, unreadable
from issuer.sheets.grid import (
    ABOVE_ROWS,
    MAX_CELL_TEXT,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Sheet,
    SheetRow,
    as_seen,
    blank,
)

_PROTECTED = re.compile(r'="((?:[^"]|"")*)"')
_APOSTROPHE = re.compile(r"'([0-9][0-9A-Za-z]*)")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_CUT = "unexpected end of data"


def read_text(data: bytes) -> Sheet:
    """The one sheet of a text file.

    Raises:
        UnreadableError: in no known encoding, cut off within a character, or beyond the bounds of a list.
    """
    text, encoding = _decode(data)
    text = text.rstrip("\x1a")
    ended = text.endswith(("\n", "\r"))
    numbered = list(_rows(text))
    last = numbered[-1][0] if numbered else 0
    rows = [
        SheetRow(number, [_cell(value) for value in values], width=len(values), cut=number == last and not ended)
        for number, values in numbered
        if any(not blank(value) for value in values)
    ]
    if sum(len(row.cells) for row in rows) > MAX_CELLS:
        raise unreadable("it holds more than a list can", "内容超过一份名单的上限：请拆分后再报")
    protected = any(_protection(value) for _, values in numbered for value in values)
    return Sheet("", True, rows, encoding, protected=protected)


def _protection(value: str) -> re.Match[str] | None:
    return _PROTECTED.fullmatch(value) or _APOSTROPHE.fullmatch(value) if value[:1] in ("=", "'") else None


def _cell(value: str) -> Cell:
    match = _protection(value)
    plain = value if match is None else match[1].replace('""', '"')
    return as_seen(plain) if plain else None


def _decode(data: bytes) -> tuple[str, str]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decoded(data, "utf-16", "UTF-16"), "UTF-16"
    if b"\x00" in data:
        raise unreadable(
            "neither a workbook nor text: save it as .xlsx", "既不是电子表格也不是文本文件：请用表格软件另存为 .xlsx"
        )
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        if error.reason == _CUT and error.start > 0 and not data[: error.start].isascii():
            raise _cut_off() from error
    return _decoded(data, "gb18030", "GB 18030"), "GB 18030"


def _decoded(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        if error.end >= len(data) and ("incomplete" in error.reason or "truncated" in error.reason):
            raise _cut_off() from error
        raise unreadable(
            "neither UTF-8 nor GB 18030 nor UTF-16: save it as .xlsx",
            f"文本编码不是 UTF-8、GB 18030 或 UTF-16（按 {name} 也读不完整）：请用表格软件另存为 .xlsx",
        ) from error


def _cut_off() -> UnreadableError:
    return unreadable("the text is cut off within a character", "文件不完整，末尾的字被截断：请重新下载或重新导出")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    separator = _SEPARATOR_LINE.match(text)
    delimiter = separator[1] if separator else _delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, values in enumerate(lines, start=1):
            if number > MAX_ROWS + ABOVE_ROWS:
                raise UnreadableError("too_many_rows", limit=MAX_ROWS)
            if len(values) > MAX_COLUMNS:
                raise unreadable(f"row {number} has {len(values)} columns", f"第 {number} 行有 {len(values)} 列")
            if any(len(value) > MAX_CELL_TEXT for value in values):
                raise unreadable(f"row {number} holds too long a text", f"第 {number} 行有过长的文字：引号可能不配对")
            yield number, values
    except csv.Error as error:
        raise unreadable(
            f"in row {number + 1} its quotes do not match", f"第 {number + 1} 行的引号不配对：请用表格软件另存为 .xlsx"
        ) from error


def _delimiter(text: str) -> str:
    """Tab, semicolon or comma: whichever the first lines hold most of; a comma where none is ahead."""
    counted = Counter(re.sub(r'"[^"]*"', "", text[:4000]))
    return max((",", "\t", ";"), key=lambda each: counted[each])
