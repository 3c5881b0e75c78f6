"""OpenDocument spreadsheets (.ods): their sheets as a person sees them.

Rules. As for .xlsx (``issuer.sheets.xlsx``). The text that a program showed stands in the file beside the value, and is
what is read. Comments, drawings and tracked changes are no text of a cell. Repeated rows and cells cost nothing where
they are empty, and count like any others where they are not.

    >>> read_ods(package)[0].name   # doctest: +SKIP
    '名单'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.errors import unreadable
from issuer.sheets.formats import incomplete, instant
from issuer.sheets.grid import (
    ABOVE_ROWS,
    MAX_CELL_TEXT,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_SHEETS,
    MAX_STYLES,
    Area,
    Cells,
    Sheet,
)
from issuer.sheets.package import Package

_FLAT = re.compile(r"0(?:\.0\d*)?(?:cm|mm|in|pt|pc|px)?")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,3})?")
_AS_TEXT = re.compile(r"[0-9]+|[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日")
_HIDDEN = frozenset({"collapse", "filter"})
_INLINE = frozenset({"span", "a", "ruby", "ruby-base"})
_DATE_PARTS = frozenset({"year", "month", "day"})


@dataclass(slots=True)
class _Styles:
    struck: set[str] = field(default_factory=set)
    flat: set[str] = field(default_factory=set)
    undisplayed: set[str] = field(default_factory=set)
    data: dict[str, str] = field(default_factory=dict)
    dates: dict[str, set[str]] = field(default_factory=dict)

    def shows(self, style: str) -> frozenset[str]:
        """Which of year, month and day a cell's style shows; all of them where it has no form of its own."""
        name = self.data.get(style, "")
        return frozenset(self.dates[name] & _DATE_PARTS) if name in self.dates else _DATE_PARTS


@dataclass(slots=True)
class _Open:
    """The cell that is being read."""

    attributes: Mapping[str, str]
    style: str
    pieces: list[str] = field(default_factory=list)
    paragraphs: int = 0
    struck: bool = False
    length: int = 0

    def add(self, text: str) -> None:
        self.length += len(text)
        if self.length > 8 * MAX_CELL_TEXT:
            raise unreadable("a cell holds more text than a cell can", "有单元格的文字超过单元格的上限")
        self.pieces.append(text)


class _Content:
    """Styles and sheets of one part."""

    def __init__(self, styles: _Styles) -> None:
        self.sheets: list[Sheet] = []
        self._styles = styles
        self._style = self._data_style = ""
        self._skipped = 0
        self._cells: Cells | None = None
        self._name, self._visible = "", True
        self._columns: list[str] = []
        self._row = self._column = 0
        self._row_style, self._repeat = "", 1
        self._groups: list[bool] = []
        self._cell: _Open | None = None
        self._inside = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._skipped:
            self._skipped += 1
        elif self._cell is not None:
            self._start_text(self._cell, name, _local(attributes))
        elif self._cells is not None:
            self._start_table(name, _local(attributes))
        elif name == "table":
            self._open_table(_local(attributes))
        elif name == "tracked-changes":
            self._skipped = 1
        else:
            self._start_style(name, _local(attributes))

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif self._cell is not None:
            if self._inside:
                self._inside -= 1
            else:
                cell, self._cell = self._cell, None
                self._put(cell)
        elif self._cells is not None:
            self._end_table(name)
        elif name.endswith("-style"):
            self._data_style = ""

    def text(self, text: str) -> None:
        if self._cell is not None and self._inside and not self._skipped:
            self._cell.add(text)

    def _start_style(self, name: str, attributes: Mapping[str, str]) -> None:
        styles = self._styles
        if name == "style":
            self._style = attributes.get("name", "")
            if "data-style-name" in attributes:
                styles.data[self._style] = attributes["data-style-name"]
        elif name == "date-style":
            self._data_style = attributes.get("name", "")
            styles.dates[self._data_style] = set()
        elif name == "time-style":
            styles.dates[attributes.get("name", "")] = set()
        elif self._data_style:
            styles.dates[self._data_style].add(name)
        elif name == "text-properties" and attributes.get("text-line-through-style", "none") != "none":
            styles.struck.add(self._style)
        elif name == "table-row-properties" and _FLAT.fullmatch(attributes.get("row-height", "1")):
            styles.flat.add(self._style)
        elif name == "table-properties" and attributes.get("display") == "false":
            styles.undisplayed.add(self._style)
        if max(len(styles.data), len(styles.dates), len(styles.struck)) > MAX_STYLES:
            raise unreadable("it holds more formats than a workbook can", "单元格格式过多")

    def _open_table(self, attributes: Mapping[str, str]) -> None:
        if len(self.sheets) >= MAX_SHEETS:
            raise unreadable(f"more than {MAX_SHEETS} sheets", f"工作表超过 {MAX_SHEETS} 个")
        self._cells, self._columns, self._groups = Cells(), [], []
        self._name = attributes.get("name", "")
        self._visible = attributes.get("style-name", "") not in self._styles.undisplayed
        self._row, self._repeat = 0, 1

    def _start_table(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in ("table-cell", "covered-table-cell"):
            column = self._columns[self._column] if self._column < len(self._columns) else ""
            style = attributes.get("style-name") or self._row_style or column
            self._cell, self._inside = _Open(attributes, style), 0
        elif name == "table-row":
            self._start_row(attributes)
        elif name == "table-row-group":
            self._groups.append(attributes.get("display") == "false")
        elif name == "table-column":
            self._start_column(attributes)
        elif name not in (
            "table-header-rows",
            "table-rows",
            "table-columns",
            "table-header-columns",
            "table-column-group",
        ):
            self._skipped = 1

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        assert self._cells is not None
        self._row += self._repeat if self._row else 1
        self._repeat, self._column = _count(attributes, "number-rows-repeated"), 0
        self._row_style = attributes.get("default-cell-style-name", "")
        flat = attributes.get("style-name", "") in self._styles.flat
        if attributes.get("visibility") in _HIDDEN or flat or any(self._groups):
            last = min(self._row + self._repeat, MAX_ROWS + ABOVE_ROWS + 1)
            self._cells.hidden_rows.update(range(self._row, last))

    def _start_column(self, attributes: Mapping[str, str]) -> None:
        assert self._cells is not None
        first = len(self._columns)
        count = min(_count(attributes, "number-columns-repeated"), MAX_COLUMNS - first)
        self._columns += [attributes.get("default-cell-style-name", "")] * count
        if attributes.get("visibility") in _HIDDEN:
            self._cells.hidden_columns.update(range(first, first + count))

    def _end_table(self, name: str) -> None:
        assert self._cells is not None
        if name == "table":
            self.sheets.append(self._cells.sheet(self._name, visible=self._visible))
            self._cells = None
        elif name == "table-row-group":
            self._groups.pop()

    def _start_text(self, cell: _Open, name: str, attributes: Mapping[str, str]) -> None:
        if not self._inside and name == "p":
            cell.add("\n" if cell.paragraphs else "")
            cell.paragraphs += 1
        elif not self._inside or name not in (*_INLINE, "s", "tab", "line-break"):
            self._skipped = 1  # a comment, a drawing, what is above a ruby
            return
        if name == "s":
            cell.add(" " * min(_count(attributes, "c"), MAX_CELL_TEXT))
        elif name in ("tab", "line-break"):
            cell.add("\t" if name == "tab" else "\n")
        elif attributes.get("style-name", "") in self._styles.struck:
            cell.struck = True
        self._inside += 1

    def _put(self, cell: _Open) -> None:
        assert self._cells is not None
        attributes, first = cell.attributes, self._column
        count = _count(attributes, "number-columns-repeated")
        self._column += count
        value = self._value(cell)
        struck = cell.struck or cell.style in self._styles.struck
        if value not in (None, ""):
            for row in range(self._row, self._row + self._repeat):
                for column in range(first, first + count):
                    self._cells.put(row, column, value, struck=struck)
        across, down = _count(attributes, "number-columns-spanned"), _count(attributes, "number-rows-spanned")
        if across > 1 or down > 1:
            area = Area(top=self._row, left=first, bottom=self._row + down - 1, right=first + across - 1)
            self._cells.merge(area)

    def _value(self, cell: _Open) -> Cell:
        attributes, text = cell.attributes, "".join(cell.pieces)
        kind = attributes.get("value-type")
        if attributes.get("calcext value-type") == "error":
            return BadCell(code="cell_error", held=text[:20])
        if kind is None:
            return BadCell(code="cell_uncalculated") if "formula" in attributes and not text else text
        if kind == "boolean":
            return attributes.get("boolean-value") == "true"
        if kind == "date":
            return self._date(attributes.get("date-value", ""), cell.style, text)
        if kind == "string":
            return text or attributes.get("string-value", "")
        return _number(kind, attributes.get("value", ""), text)

    def _date(self, stored: str, style: str, text: str) -> Cell:
        found = instant(stored)
        if found is None:
            return text
        return incomplete(found, self._styles.shows(style)) or found.replace(tzinfo=None)


def read_ods(package: Package) -> list[Sheet]:
    """The sheets of a spreadsheet, in its order.

    Raises:
        UnreadableError: damaged, or beyond the bounds of a list.
    """
    styles = _Styles()
    if "styles.xml" in package:
        package.parse("styles.xml", _Content(styles))
    content = _Content(styles)
    package.parse("content.xml", content)
    if not content.sheets:
        raise unreadable("the workbook holds no sheet", "工作簿里没有工作表")
    return content.sheets


def _number(kind: str, stored: str, text: str) -> Cell:
    """A number as it is shown: itself, a text of digits or a date, or why neither."""
    shown = text.strip()
    if kind != "float" or not _NUMBER.fullmatch(stored):
        return BadCell(code="cell_format", held=text)
    value = float(stored)
    number: Cell = int(value) if value.is_integer() else value
    if shown in ("", str(number), stored) or re.fullmatch(r"[0-9.]+E[+-]?[0-9]+", shown):
        return number
    return shown if _AS_TEXT.fullmatch(shown) else BadCell(code="cell_format", held=text)


def _local(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes without their namespace, but for those of LibreOffice's own."""
    return {
        ("calcext " if ":calcext:" in name else "") + name.rpartition(" ")[2]: value
        for name, value in attributes.items()
    }


def _count(attributes: Mapping[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise unreadable("a number in it is none", "工作簿已损坏：内部编号无效")
    return max(int(text), 1)
