"""Workbooks of the form .xlsx: their sheets as a person sees them.

Rules. Which part holds which sheet, the relationships say. A cell has the value that the spreadsheet program stored and
showed: dates and numbers by their format, rich text without its phonetic runs. A formula without a stored value, a
formula's error and a boolean are :class:`BadCell`. Rows count as hidden when a filter, a hand or a group hid them, or
when they have no height; cells as crossed out when their font or one run of their text is.

    >>> read_xlsx(package)[0].name   # doctest: +SKIP
    '名单'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.errors import unreadable
from issuer.sheets.formats import BUILT_IN, instant, shown
from issuer.sheets.grid import (
    MAX_CELL_TEXT,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_LIST_TEXT,
    MAX_SHEETS,
    MAX_STYLES,
    Area,
    Cells,
    Sheet,
)
from issuer.sheets.package import Package, resolve

_VISIBLE_POINTS = 1.0  # a row of less height shows nothing
_TRUE = frozenset({"1", "true", "on"})
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"\s*[0-9]{1,9}\s*")
_LONG = re.compile(r"[0-9]{16,}")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNCALCULATED = BadCell(code="cell_uncalculated")


@dataclass(slots=True)
class _Text:
    """Collects the text of a string item: plain or in runs, phonetic runs left out."""

    pieces: list[str] = field(default_factory=list)
    struck: bool = False
    _inside: bool = False
    _phonetic: int = 0
    _length: int = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "rPh":
            self._phonetic += 1
        elif name == "strike" and not self._phonetic:
            self.struck = self.struck or attributes.get("val", "1") in _TRUE
        self._inside = name == "t" and not self._phonetic

    def end(self, name: str) -> None:
        if name == "rPh":
            self._phonetic -= 1
        self._inside = False

    def text(self, text: str) -> None:
        if self._inside:
            self._length += len(text)
            if self._length > 8 * MAX_CELL_TEXT:
                raise unreadable("a cell holds more text than a cell can", "有单元格的文字超过单元格的上限")
            self.pieces.append(text)

    def value(self) -> str:
        return _unescaped("".join(self.pieces))


class _Nothing:
    """A handler that takes no notice."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


class _Relations(_Nothing):
    def __init__(self, base: str) -> None:
        self._base = base
        self.targets: dict[str, str] = {}
        self.kinds: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            number = attributes.get("Id", "")
            self.targets[number] = resolve(self._base, attributes.get("Target", ""))
            self.kinds[number] = attributes.get("Type", "").rpartition("/")[2]

    def of_kind(self, kind: str) -> str | None:
        """The first part of a kind."""
        return next((self.targets[number] for number, each in self.kinds.items() if each == kind), None)


class _Workbook(_Nothing):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.epoch_1904 = False
        self.calculated_on_load = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            number = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            visible = attributes.get("state", "visible") == "visible"
            self.sheets.append((_unescaped(attributes.get("name", "")), number, visible))
            if len(self.sheets) > MAX_SHEETS:
                raise unreadable(f"more than {MAX_SHEETS} sheets", f"工作表超过 {MAX_SHEETS} 个")
        elif name == "workbookPr":
            self.epoch_1904 = attributes.get("date1904", "0") in _TRUE
        elif name == "calcPr":
            self.calculated_on_load = attributes.get("fullCalcOnLoad", "0") in _TRUE


class _Strings:
    """The shared strings, and which of them are crossed out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.struck: set[int] = set()
        self._item: _Text | None = None
        self._length = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "si":
            self._item = _Text()
        elif self._item is not None:
            self._item.start(name, attributes)

    def end(self, name: str) -> None:
        if self._item is None:
            return
        if name != "si":
            self._item.end(name)
            return
        if self._item.struck:
            self.struck.add(len(self.texts))
        self.texts.append(self._item.value())
        self._length += len(self.texts[-1])
        self._item = None
        if len(self.texts) > MAX_CELLS or self._length > MAX_LIST_TEXT:
            raise unreadable("it holds more text than a list can", "文字超过一份名单的上限：请拆分后再报")

    def text(self, text: str) -> None:
        if self._item is not None:
            self._item.text(text)


class _Styles(_Nothing):
    """The number format of each cell format, and whether its font is crossed out."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._codes: dict[str, str] = {}
        self._fonts: list[bool] = []
        self._cells: list[tuple[str, int]] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        inside = self._path[1:-1]
        if name == "numFmt" and inside == ["numFmts"]:
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:500]
        elif name == "font" and inside == ["fonts"]:
            self._fonts.append(False)
        elif name == "strike" and inside == ["fonts", "font"]:
            self._fonts[-1] = attributes.get("val", "1") in _TRUE
        elif name == "xf" and inside == ["cellXfs"]:
            self._cells.append((attributes.get("numFmtId", "0"), _whole(attributes.get("fontId", "0"))))
        if max(len(self._codes), len(self._fonts), len(self._cells)) > MAX_STYLES:
            raise unreadable("it holds more formats than a workbook can", "单元格格式过多")

    def end(self, name: str) -> None:  # noqa: ARG002 - what a handler is told
        self._path.pop()

    def of(self, style: str) -> tuple[str, bool]:
        """Format code, and whether the font is crossed out."""
        place = _whole(style)
        number, font = self._cells[place] if place < len(self._cells) else ("0", 0)
        code = self._codes.get(number)
        if code is None:
            code = BUILT_IN.get(_whole(number), "General")
        return code, self._fonts[font] if font < len(self._fonts) else False


class _Worksheet:
    """One sheet's cells."""

    def __init__(self, book: _Workbook, strings: _Strings, styles: _Styles) -> None:
        self.cells = Cells()
        self._book, self._strings = book, strings
        self._styles = styles
        self._known: dict[str, tuple[str, bool]] = {}
        self._row = 0
        self._column = -1
        self._reference: str | None = None
        self._cell: Mapping[str, str] | None = None
        self._formula = False
        self._value: list[str] | None = None
        self._in_value = False
        self._inline: _Text | None = None
        self._length = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._cell is not None:
            self._start_inside(name, attributes)
        elif name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._row = _whole(attributes["r"]) if "r" in attributes else self._row + 1
            self._column, self._reference = -1, None
            if attributes.get("hidden", "0") in _TRUE or _is_flat(attributes.get("ht")):
                self.cells.hidden_rows.add(self._row)
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif name == "col":
            self._columns(attributes)

    def _start_inside(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._inline is not None:
            self._inline.start(name, attributes)
        elif name == "v":
            self._value, self._in_value = [], True
        elif name == "f":
            self._formula = True
        elif name == "is":
            self._inline = _Text()

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        if "r" not in attributes:
            self._column = self._here() + 1
        self._reference = attributes.get("r")
        self._cell, self._formula, self._value, self._inline, self._length = attributes, False, None, None, 0

    def _here(self) -> int:
        """The column of the last cell, worked out when it is asked for: most formatted cells are empty."""
        if self._reference is not None:
            row, self._column = _place(self._reference)
            self._reference = None
            if row != self._row:
                raise unreadable("a cell stands in another row than it says", "单元格位置无效")
        return self._column

    def end(self, name: str) -> None:
        self._in_value = False
        if self._cell is None:
            return
        if name == "c":
            cell, self._cell = self._cell, None
            self._put(cell)
        elif self._inline is not None and name != "is":
            self._inline.end(name)

    def text(self, text: str) -> None:
        if self._inline is not None and self._cell is not None:
            self._inline.text(text)
        elif self._in_value and self._value is not None:
            self._length += len(text)
            if self._length > 8 * MAX_CELL_TEXT:
                raise unreadable("a cell holds more text than a cell can", "有单元格的文字超过单元格的上限")
            self._value.append(text)

    def _put(self, cell: Mapping[str, str]) -> None:
        if self._value is None and self._inline is None and not self._formula:
            return
        style = cell.get("s", "0")
        if style not in self._known:
            self._known[style] = self._styles.of(style)
        code, struck = self._known[style]
        kind = cell.get("t", "n")
        if self._inline is not None:
            value: Cell = self._inline.value()
            struck = struck or self._inline.struck
        else:
            value = self._stored(kind, code)
            if kind == "s" and self._strings.struck:
                struck = struck or _whole("".join(self._value or ())) in self._strings.struck
        if code.strip() == ";;;":
            value = BadCell(code="cell_format", held=str(value))
        self.cells.put(self._row, self._here(), value, struck=struck)

    def _stored(self, kind: str, code: str) -> Cell:
        """The value as it is stored, by the cell's type."""
        text = "".join(self._value or ())
        number = text.strip()
        if kind == "e":
            return BadCell(code="cell_error", held=text[:20])
        if self._formula and not self._is_calculated(kind, number):
            return _UNCALCULATED
        if kind == "str":
            return _unescaped(text)
        return self._typed(kind, number, code) if number else None

    def _is_calculated(self, kind: str, number: str) -> bool:
        """Whether a formula has a result; programs that do not calculate write none, or 0 for everything."""
        if kind == "str":
            return self._value is not None
        return bool(number) and not (number == "0" and self._book.calculated_on_load)

    def _typed(self, kind: str, text: str, code: str) -> Cell:
        if kind == "s":
            place = _whole(text)
            if place >= len(self._strings.texts):
                raise unreadable("a cell names a text that is not there", "工作簿已损坏：单元格的文字不存在")
            return self._strings.texts[place]
        if kind == "b":
            return text in _TRUE
        return _iso(text) if kind == "d" else self._number(text, code)

    def _number(self, text: str, code: str) -> Cell:
        if not _NUMBER.fullmatch(text) or len(text) > 40:
            raise unreadable("a cell's number is none", "工作簿已损坏：单元格的数字无效")
        if _LONG.fullmatch(text):
            return int(text)  # more digits than a program keeps: whoever asks for text refuses it
        return shown(float(text), code, epoch_1904=self._book.epoch_1904)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        (top, left), (bottom, right) = _place(first), _place(last or first)
        self.cells.merge(Area(top=top, left=left, bottom=bottom, right=right))

    def _columns(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("hidden", "0") in _TRUE or _is_flat(attributes.get("width")):
            first, last = _whole(attributes.get("min", "1")), _whole(attributes.get("max", "1"))
            self.cells.hidden_columns.update(range(max(first, 1) - 1, min(last, MAX_COLUMNS)))


def read_xlsx(package: Package) -> list[Sheet]:
    """The worksheets of a workbook, in its order.

    Raises:
        UnreadableError: damaged, or beyond the bounds of a list.
    """
    main = workbook_part(package)
    book, relations = _Workbook(), _relations(package, main)
    package.parse(main, book)
    strings, styles = _Strings(), _Styles()
    for kind, usual, handler in (("sharedStrings", "sharedStrings.xml", strings), ("styles", "styles.xml", styles)):
        part = relations.of_kind(kind) or resolve(main, usual)
        if part in package:
            package.parse(part, handler)
    sheets = []
    for name, number, visible in book.sheets:
        if relations.kinds.get(number) == "worksheet":
            worksheet = _Worksheet(book, strings, styles)
            package.parse(relations.targets[number], worksheet)
            sheets.append(worksheet.cells.sheet(name, visible=visible))
    if not sheets:
        raise unreadable("the workbook holds no sheet", "工作簿里没有工作表")
    return sheets


def workbook_part(package: Package) -> str:
    """The part that is the workbook, whatever it is called."""
    return _relations(package, "").of_kind("officeDocument") or "xl/workbook.xml"


def _relations(package: Package, part: str) -> _Relations:
    folder, _, name = part.replace("\\", "/").rpartition("/")
    found = _Relations(part)
    where = f"{folder}/_rels/{name}.rels"
    if where in package:
        package.parse(where, found)
    return found


def _place(reference: str) -> tuple[int, int]:
    """Row from 1 and column from 0."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise unreadable("a cell has no proper place", "单元格位置无效")
    return int(match[2]), _column(match[1])


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise unreadable("a number in it is none", "工作簿已损坏：内部编号无效")
    return int(text)


def _is_flat(height: str | None) -> bool:
    """Whether a row's height or a column's width shows nothing."""
    return height is not None and bool(_NUMBER.fullmatch(height)) and float(height) < _VISIBLE_POINTS / 2


def _iso(text: str) -> Cell:
    found = instant(text)
    return text if found is None or found.tzinfo is not None else found


def _unescaped(text: str) -> str:
    """Without the file format's own escapes, such as ``_x000D_`` for a carriage return."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
