"""Sheets: a file's cells by row number, from .xlsx or .csv, within bounds.

Rules. A file comes from outside the office, so everything is bounded before it is decoded: the bytes, what the zip
unpacks to (counted while unpacking, never taken from the zip's own figures), the rows and columns a sheet claims (a
dense reader would fill memory for one cell at XFD1048576). The spreadsheet reader is given a zip that we wrote from the
parts we measured, so that it cannot see other bytes than we did. Formula cells give the value the spreadsheet program
stored. A CSV file is UTF-8, with or without a byte order mark, or GB 18030; it is UTF-8 if it decodes as such,
strictly, and else GB 18030, strictly.

    >>> read_sheets("姓名,性别\\n".encode("gb18030"))[0].rows[0].cells   # doctest: +SKIP
    ['姓名', '性别']
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from issuer.intake.errors import UnreadableError, unreadable
from issuer.intake.model import Cell

MAX_LIST_BYTES = 20 * 1024 * 1024  # a list of 20,000 awards takes about 2 MB; scans and photos do not belong in it
MAX_UNPACKED_BYTES = 200 * 1024 * 1024  # sheet XML packs about 10:1; a bomb packs 1000:1
MAX_PARTS = 1000  # an ordinary workbook has some ten parts
MAX_ROWS = 20_000  # one list; also bounds the dense table that the reader builds
MAX_COLUMNS = 100
MAX_MERGED_CELLS = 200_000  # a title merged over a whole row is 16,384; the writer of copies makes each a cell
_ABOVE_ROWS = 100  # titles, notes and empty rows above the header do not count as awards
_CHUNK = 1 << 16

_TAG = re.compile(rb"""<(?:\w+:)?c((?:\s+[\w:]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>""")
_TAG_START = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\s(?:[^>]*?\s)?r\s*=\s*["']([^"']*)["']""")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([^"']*)["']""")
_ERROR_TYPE = re.compile(rb"""\st\s*=\s*["']e["']""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([^"']*)["']""")
_REFERENCE = re.compile(rb"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row with something in it; ``number`` counts from 1 as in Excel."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    visible: bool
    rows: list[SheetRow]
    encoding: str | None = None


def read_sheets(data: bytes) -> list[Sheet]:
    """The sheets of a file; one for a CSV file. Which kind it is, the bytes say, not the name.

    Raises:
        UnreadableError: too large, not a spreadsheet, encrypted, damaged, or in no known encoding.
    """
    if len(data) > MAX_LIST_BYTES:
        raise UnreadableError("file_too_large", size=len(data), limit=MAX_LIST_BYTES)
    if data.startswith(b"PK\x03\x04"):
        return _read_workbook(repack(data, errors_as_text=True))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise unreadable(
            "an old .xls file or an encrypted workbook: save it as .xlsx without password",
            "旧版 .xls 或加密文件：请另存为不加密的 .xlsx",
        )
    return [_read_csv(data)]


def repack(data: bytes, *, errors_as_text: bool = False) -> bytes:
    """The same workbook, stored, from parts measured while they were unpacked.

    The reader takes a formula's error for an empty cell, which would lose a field without a word; with
    ``errors_as_text`` it meets the text ``#N/A`` instead.

    Raises:
        UnreadableError: not a zip, too many parts, or parts that unpack to more than MAX_UNPACKED_BYTES.
    """
    target = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as packed:
            _copy_parts(source, packed, errors_as_text=errors_as_text)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, zlib.error) as error:
        raise unreadable("not a whole .xlsx file", "不是完整的 .xlsx 文件") from error
    return target.getvalue()


def _copy_parts(source: zipfile.ZipFile, packed: zipfile.ZipFile, *, errors_as_text: bool) -> None:
    parts = source.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MAX_PARTS or len(names) != len(parts) or "xl/workbook.xml" not in {n.lower() for n in names}:
        raise unreadable("not an ordinary .xlsx workbook", "不是普通的 .xlsx 工作簿")
    left = MAX_UNPACKED_BYTES
    for part in parts:
        content = _unpack(source, part, left)
        left -= len(content)
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part.filename, re.IGNORECASE):
            _bound_sheet(content)
            if errors_as_text:
                content = _TAG.sub(_error_as_text, content)
        packed.writestr(part.filename, content)


def _unpack(source: zipfile.ZipFile, part: zipfile.ZipInfo, limit: int) -> bytes:
    """Read one part in pieces and stop past the limit: the size in the directory may lie."""
    content = io.BytesIO()
    with source.open(part) as stream:
        while piece := stream.read(_CHUNK):
            content.write(piece)
            if content.tell() > limit:
                raise unreadable("it unpacks to too much", "解压后过大")
    return content.getvalue()


def _bound_sheet(xml: bytes) -> None:
    """Refuse cells beyond the bounds before the dense reader sees them; cells without a value cost nothing and pass."""
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in xml[:200] or b"<!DOCTYPE" in xml:
        raise unreadable("its sheet is not plain XML in UTF-8", "工作表不是 UTF-8 编码的普通 XML")
    tags = list(_TAG.finditer(xml))
    if len(tags) != sum(1 for _ in _TAG_START.finditer(xml)):
        raise unreadable("its sheet holds unusual XML", "工作表的 XML 不合常规")
    anywhere = False
    for tag in tags:
        if tag[2] and not _PLACE.search(tag[1]):
            continue
        place = _PLACE.search(tag[1])
        if place is None:
            anywhere = True
        elif not tag[2]:
            _bound_place(place[1])
    if sum(_merged_cells(match[1]) for match in _MERGED.finditer(xml)) > MAX_MERGED_CELLS:
        raise unreadable("too many cells are merged", "合并的单元格过多")
    if anywhere:
        for number in _ROW_NUMBER.finditer(xml):
            _bound_place(b"A" + number[1])


def _error_as_text(tag: re.Match[bytes]) -> bytes:
    return _ERROR_TYPE.sub(b' t="str"', tag[0])


def _bound_place(place: bytes) -> None:
    row, column = _row_and_column(place)
    if row > MAX_ROWS + _ABOVE_ROWS:
        raise UnreadableError("too_many_rows", limit=MAX_ROWS)
    if column > MAX_COLUMNS:
        raise unreadable(f"more than {MAX_COLUMNS} columns hold something", f"有内容的列超过 {MAX_COLUMNS} 列")


def _row_and_column(place: bytes) -> tuple[int, int]:
    match = _REFERENCE.fullmatch(place)
    if match is None:
        raise unreadable("a cell has no proper place", "单元格位置无效")
    column = 0
    for letter in match[1]:
        column = column * 26 + letter - ord("A") + 1
    return int(match[2]), column


def _merged_cells(reference: bytes) -> int:
    first, _, last = reference.partition(b":")
    (top, left), (bottom, right) = _row_and_column(first), _row_and_column(last or first)
    return max(bottom - top + 1, 0) * max(right - left + 1, 0)


def _read_workbook(data: bytes) -> list[Sheet]:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            wanted = [
                (index, meta)
                for index, meta in enumerate(workbook.sheets_metadata)
                if meta.typ == SheetTypeEnum.WorkSheet
            ]
            return [
                Sheet(
                    meta.name,
                    meta.visible == SheetVisibleEnum.Visible,
                    _kept(_values(workbook.get_sheet_by_index(index))),
                )
                for index, meta in wanted
            ]
    except PasswordError as error:
        raise unreadable("it is encrypted: save it without password", "文件已加密：请另存为不加密的文件") from error
    except (CalamineError, ValueError, OSError) as error:
        raise unreadable("the workbook is damaged", "工作簿已损坏") from error


def _values(sheet: CalamineSheet) -> list[list[Cell]]:
    """All cells from A1 on; an empty one is None.

    Cells merged down a column all hold its value: offices merge what is the same for several people. Cells merged
    across are left alone: they are titles and totals.
    """
    rows: list[list[Cell]] = [
        [None if value == "" else value for value in values] for values in sheet.to_python(skip_empty_area=False)
    ]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if left == right and top < len(rows) and left < len(rows[top]):
            for row in rows[top + 1 : bottom + 1]:
                row[left] = rows[top][left] if row[left] is None else row[left]
    return rows


def _kept(rows: list[list[Cell]]) -> list[SheetRow]:
    """The rows with something in them."""
    kept = []
    for number, cells in enumerate(rows, start=1):
        if any(not _blank(cell) for cell in cells):
            kept.append(SheetRow(number, cells))
    return kept


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip(" \t\r\n\u00a0\u3000"))


def _read_csv(data: bytes) -> Sheet:
    text, encoding = _decode(data)
    rows = [SheetRow(number, cells) for number, cells in _csv_rows(text) if any(not _blank(cell) for cell in cells)]
    return Sheet("", True, rows, encoding)


def _decode(data: bytes) -> tuple[str, str]:
    if b"\x00" in data:
        raise unreadable("neither .xlsx nor text", "既不是 .xlsx 也不是文本文件")
    for encoding, codec in (("UTF-8", "utf-8-sig"), ("GB 18030", "gb18030")):
        try:
            return data.decode(codec), encoding
        except UnicodeDecodeError:
            continue
    raise unreadable("neither UTF-8 nor GB 18030", "编码既不是 UTF-8 也不是 GB 18030")


def _csv_rows(text: str) -> Iterator[tuple[int, list[Cell]]]:
    """Rows with their number as a spreadsheet program shows it: a quoted line break does not start a row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for number, values in enumerate(reader, start=1):
            if number > MAX_ROWS + _ABOVE_ROWS:
                raise UnreadableError("too_many_rows", limit=MAX_ROWS)
            if len(values) > MAX_COLUMNS:
                raise unreadable(f"row {number} has {len(values)} columns", f"第 {number} 行有 {len(values)} 列")
            yield number, [value or None for value in values]
    except csv.Error as error:
        raise unreadable("its quotes do not match", "引号不配对") from error


def _delimiter(text: str) -> str:
    """Tab for what a spreadsheet program calls text, else comma: whichever the first lines hold more of."""
    head = text[:4000]
    return "\t" if head.count("\t") > head.count(",") else ","
