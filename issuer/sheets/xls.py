"""Workbooks of the form .xls, as programs write them since 1997 ([MS-XLS], BIFF8): their sheets as a person sees them.

Rules. As for .xlsx (``issuer.sheets.xlsx``): values as they were shown, errors and booleans as :class:`BadCell`, hidden
rows, crossed-out fonts, merged areas. Older forms and workbooks with a password are named and not read.

    >>> read_xls(data)[0].name   # doctest: +SKIP
    '名单'
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.container import stream
from issuer.sheets.errors import UnreadableError, unreadable
from issuer.sheets.formats import BUILT_IN, shown
from issuer.sheets.grid import MAX_COLUMNS, MAX_LIST_TEXT, MAX_SHEETS, Area, Cells, Sheet
from issuer.sheets.kinds import Kind, refused

_Place = tuple[int, int, int]
"""Row and column from 0, and the number of the cell's format."""
_BOF, _EOF, _CONTINUE = 0x809, 0x0A, 0x3C
_BIFF8 = 0x600
_FILEPASS, _DATEMODE, _FONT, _FORMAT, _XF, _BOUNDSHEET, _SST = 0x2F, 0x22, 0x31, 0x41E, 0xE0, 0x85, 0xFC
_RECALCID = 0x1C1
_ROW, _COLINFO, _MERGED = 0x208, 0x7D, 0xE5
_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, _MULRK, _BOOLERR, _FORMULA, _STRING = (
    0xFD, 0x204, 0xD6, 0x203, 0x27E, 0xBD, 0x205, 0x06, 0x207,
)  # fmt: skip
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


@dataclass(slots=True, kw_only=True)
class _Book:
    """What stands before the sheets."""

    epoch_1904: bool = False
    calculated: bool = False
    """Whether a program that calculates wrote it; the others leave formulas empty for it."""
    fonts: list[bool] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[tuple[int, int]] = field(default_factory=list)
    sheets: list[tuple[str, int, bool]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    struck: set[int] = field(default_factory=set)

    def crossed_out(self, font: int) -> bool:
        place = font - 1 if font > 4 else font  # number 4 was never given
        return place < len(self.fonts) and self.fonts[place]

    def style(self, number: int) -> tuple[str, bool]:
        """Format code, and whether the font is crossed out."""
        font, code = self.styles[number] if number < len(self.styles) else (0, 0)
        return self.formats.get(code, BUILT_IN.get(code, "General")), self.crossed_out(font)


def read_xls(data: bytes) -> list[Sheet]:
    """The worksheets of a workbook, in its order.

    Raises:
        UnreadableError: older than 1997, encrypted, damaged, or beyond the bounds of a list.
    """
    content = stream(data, "Workbook")
    if content is None or struct.unpack_from("<HHH", content.ljust(6, b"\x00"))[::2] != (_BOF, _BIFF8):
        raise refused(Kind.OLD_XLS)
    try:
        book = _read_book(content)
        return [_read_sheet(content, start, book).sheet(name, visible=seen) for name, start, seen in book.sheets]
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise _damaged() from error


def _records(content: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, what is nested in it left out."""
    depth = 0
    while start + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, start)
        start += 4
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, content[start : start + length]
        start += length
    raise _damaged()


def _read_book(content: bytes) -> _Book:
    book = _Book()
    shared: list[bytes] = []
    last = 0
    for kind, body in _records(content, 0):
        if kind == _FILEPASS:
            raise refused(Kind.ENCRYPTED)
        if kind == _SST or (kind == _CONTINUE and last == _SST):
            shared.append(body)
            last = _SST
            continue
        last = kind
        _note(book, kind, body)
    if len(book.sheets) > MAX_SHEETS:
        raise unreadable(f"more than {MAX_SHEETS} sheets", f"工作表超过 {MAX_SHEETS} 个")
    if shared:
        _read_texts(_Segments(shared), book)
    return book


def _note(book: _Book, kind: int, body: bytes) -> None:
    if kind == _DATEMODE:
        book.epoch_1904 = body[:1] == b"\x01"
    elif kind == _RECALCID:
        book.calculated = True
    elif kind == _FONT:
        book.fonts.append(bool(struct.unpack_from("<H", body, 2)[0] & 0x08))
    elif kind == _FORMAT:
        book.formats[struct.unpack_from("<H", body)[0]] = _text(body, 2)[:500]
    elif kind == _XF:
        book.styles.append(struct.unpack_from("<HH", body))
    elif kind == _BOUNDSHEET:
        start, state, sort = struct.unpack_from("<IBB", body)
        if sort == 0:
            book.sheets.append((_characters(body, 8, body[6], body[7]), start, state & 3 == 0))


def _text(body: bytes, start: int) -> str:
    """A text with its length before it, in two bytes."""
    count, flags = struct.unpack_from("<HB", body, start)
    return _characters(body, start + 3, count, flags)


def _characters(body: bytes, start: int, count: int, flags: int) -> str:
    size = count * 2 if flags & 1 else count
    if start + size > len(body):
        raise _damaged()
    return body[start : start + size].decode("utf-16-le" if flags & 1 else "latin-1")


class _Segments:
    """The shared texts, which go on in the next record wherever one ends."""

    def __init__(self, segments: list[bytes]) -> None:
        self._segments = segments
        self._at, self._place = 0, 0

    def _next(self) -> None:
        self._at, self._place = self._at + 1, 0
        if self._at >= len(self._segments):
            raise _damaged()

    def take(self, count: int) -> bytes:
        """Bytes that are no characters."""
        taken = b""
        while len(taken) < count:
            if self._place >= len(self._segments[self._at]):
                self._next()
            piece = self._segments[self._at][self._place : self._place + count - len(taken)]
            self._place += len(piece)
            taken += piece
        return taken

    def characters(self, count: int, flags: int) -> str:
        """Characters; each record that they go on in says anew how wide they are."""
        pieces = []
        while True:
            width = 2 if flags & 1 else 1
            segment = self._segments[self._at]
            here = min(count, (len(segment) - self._place) // width)
            pieces.append(_characters(segment, self._place, here, flags))
            self._place += here * width
            count -= here
            if not count:
                return "".join(pieces)
            self._next()
            flags = self._segments[self._at][0]
            self._place = 1


def _read_texts(segments: _Segments, book: _Book) -> None:
    _, unique = struct.unpack("<II", segments.take(8))
    length = 0
    for number in range(unique):
        count, flags = struct.unpack("<HB", segments.take(3))
        runs = struct.unpack("<H", segments.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", segments.take(4))[0] if flags & 4 else 0
        book.texts.append(segments.characters(count, flags))
        length += count
        if length > MAX_LIST_TEXT:
            raise unreadable("it holds more text than a list can", "文字超过一份名单的上限：请拆分后再报")
        fonts = struct.unpack(f"<{runs * 2}H", segments.take(runs * 4))[1::2]
        if any(book.crossed_out(font) for font in fonts):
            book.struck.add(number)
        segments.take(extra)


def _read_sheet(content: bytes, start: int, book: _Book) -> Cells:
    cells = Cells()
    waiting: _Place | None = None  # of a formula whose text comes next
    for kind, body in _records(content, start):
        if kind == _STRING and waiting is not None:
            _put(cells, book, waiting, _text(body, 0))
            waiting = None
        elif kind == _FORMULA:
            waiting = _formula(cells, book, body)
        elif kind == _MERGED:
            for top, bottom, left, right in struct.iter_unpack(
                "<4H", body[2 : 2 + 8 * struct.unpack_from("<H", body)[0]]
            ):
                cells.merge(Area(top=top + 1, left=left, bottom=bottom + 1, right=right))
        elif kind == _ROW:
            row, height, flags = struct.unpack_from("<H4xH4xI", body)
            if flags & 0x20 or height == 0:
                cells.hidden_rows.add(row + 1)
        elif kind == _COLINFO:
            first, last, width, _, flags = struct.unpack_from("<5H", body)
            if flags & 1 or width == 0:
                cells.hidden_columns.update(range(first, min(last + 1, MAX_COLUMNS)))
        elif kind == _MULRK:
            _several(cells, book, body)
        elif kind in (_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, _BOOLERR):
            _cell(cells, book, kind, body)
    return cells


def _put(cells: Cells, book: _Book, place: _Place, value: Cell, *, struck: bool = False) -> None:
    """Keep a value; a number is kept as its format shows it."""
    row, column, style = place
    code, crossed_out = book.style(style)
    if code.strip() == ";;;":
        value = BadCell(code="cell_format", held=str(value))
    elif isinstance(value, float):
        value = shown(value, code, epoch_1904=book.epoch_1904)
    cells.put(row + 1, column, value, struck=struck or crossed_out)


def _cell(cells: Cells, book: _Book, kind: int, body: bytes) -> None:
    place: _Place = struct.unpack_from("<HHH", body)
    struck = False
    value: Cell
    if kind == _LABELSST:
        number = struct.unpack_from("<I", body, 6)[0]
        value, struck = book.texts[number], number in book.struck
    elif kind in (_LABEL, _RSTRING):
        value = _text(body, 6)
    elif kind == _NUMBER:
        value = struct.unpack_from("<d", body, 6)[0]
    elif kind == _RK:
        value = _packed(struct.unpack_from("<I", body, 6)[0])
    else:
        value = _error(body[6]) if body[7] else bool(body[6])
    _put(cells, book, place, value, struck=struck)


def _several(cells: Cells, book: _Book, body: bytes) -> None:
    row, first = struct.unpack_from("<HH", body)
    for number, (style, packed) in enumerate(struct.iter_unpack("<HI", body[4 : 4 + (len(body) - 6) // 6 * 6])):
        _put(cells, book, (row, first + number, style), _packed(packed))


def _formula(cells: Cells, book: _Book, body: bytes) -> _Place | None:
    """Keep a formula's result; the place when it is a text, which comes in a record of its own."""
    place: _Place = struct.unpack_from("<HHH", body)
    result, flags = body[6:14], struct.unpack_from("<H", body, 14)[0]
    value: Cell = None
    if result[6:] != b"\xff\xff":
        value = struct.unpack("<d", result)[0]
        if value == 0 and flags & 2:  # to be calculated when it is opened: written by a program that does not
            value = BadCell(code="cell_uncalculated")
    elif result[0] == 0:
        return place
    elif result[0] == 1:
        value = bool(result[2])
    elif result[0] == 2:
        value = _error(result[2])
    elif not book.calculated:
        value = BadCell(code="cell_uncalculated")
    _put(cells, book, place, value)
    return None


def _packed(number: int) -> float:
    """A number in 30 bits: whole or the upper part of a float, either of them perhaps a hundredth."""
    if number & 2:
        value = float(struct.unpack("<i", struct.pack("<I", number))[0] >> 2)
    else:
        value = struct.unpack("<d", struct.pack("<II", 0, number & 0xFFFFFFFC))[0]
    return value / 100 if number & 1 else value


def _error(number: int) -> BadCell:
    return BadCell(code="cell_error", held=_ERRORS.get(number, "#ERROR!"))


def _damaged() -> UnreadableError:
    return unreadable("the workbook is damaged or not whole", "工作簿已损坏或不完整：请重新保存或重新下载")
