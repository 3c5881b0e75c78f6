"""Workbooks that we hand out: values only, with colours, written in one go by a library made for size.

Rules. Nothing that comes from outside becomes a formula or a link: a text is written as text, and one that begins like
a formula is marked as text, so that it stays one when the file is saved anew. What the file format cannot hold is
replaced and never fails. A number stays a number, so that a list that is read again has the same faults. Nothing is
written to disk on the way.

    write([Page(name="名单", rows={1: ["姓名"], 2: ["王䶮"]}, colours={(2, 0): Severity.ERROR})])
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from issuer.intake.findings import Severity
from issuer.sheets.cells import Cell

if TYPE_CHECKING:
    from xlsxwriter import Workbook

MAX_CELL: Final = 32_767
"""Characters that a cell of the file format holds."""
_FILLS: Final = {Severity.ERROR: "#F4B6B6", Severity.WARNING: "#FFE699", Severity.NOTICE: "#DDEBF7"}
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""
LIKE_A_FORMULA: Final = tuple("=+-@\t\r")
_IN_NO_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_MAX_NAME: Final = 31
_FIRST_YEAR: Final = 1900
_NARROW, _WIDE, _LOOKED_AT = 6, 40, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One sheet."""

    name: str
    rows: Mapping[int, Sequence[Cell]] = field(repr=False)
    """By the number that a spreadsheet program shows, from 1."""
    colours: Mapping[tuple[int, int], Severity] = field(default_factory=dict)
    """By row number and column, which counts from 0."""
    wide: frozenset[int] = frozenset()
    """Columns that hold sentences, in lines of their own."""
    heading: int | None = None
    """The row that stays in sight."""
    visible: bool = True
    merged: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """By row number: the first and the last of columns that are one cell."""
    struck: Collection[tuple[int, int]] = ()
    """Cells that are crossed out, by row number and column."""
    hidden_rows: Collection[int] = ()
    hidden_columns: Collection[int] = ()


def write(pages: Sequence[Page]) -> bytes:
    """Return the workbook; at least one page is visible."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - few commands hand out a workbook

    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True})
    formats = _Formats(book)
    shown = False
    for place, page in enumerate(pages, start=1):
        sheet = _add(book, page.name, place)
        _fill(sheet, page, formats)
        if not page.visible:
            sheet.hide()
        elif not shown:
            sheet.activate()
            sheet.set_first_sheet()
            shown = True
    book.close()
    return target.getvalue()


def fitting(text: str) -> str:
    """Return a text as the file format can hold it."""
    fit = _UNFIT.sub("\ufffd", text)
    return fit if len(fit) <= MAX_CELL else f"{fit[: MAX_CELL - 1]}…"


class _Look(NamedTuple):
    """How a cell looks, whatever it holds."""

    severity: Severity | None
    wrapped: bool
    struck: bool


_PLAIN: Final = _Look(severity=None, wrapped=False, struck=False)


class _Formats:
    """Formats are made once: a workbook with one for each cell would not open."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Any] = {}
        self.plain = self.get(_PLAIN)

    def get(self, look: _Look, *, shape: str = "", quoted: bool = False) -> Any:
        asked = (look, shape, quoted)
        if asked not in self._made:
            wanted: dict[str, object] = {"valign": "top"}
            wanted |= {} if look.severity is None else {"bg_color": _FILLS[look.severity]}
            wanted |= {"num_format": shape} if shape else {}
            wanted |= {"quote_prefix": True} if quoted else {}
            wanted |= {"text_wrap": True} if look.wrapped else {}
            wanted |= {"font_strikeout": True} if look.struck else {}
            self._made[asked] = self._book.add_format(wanted)
        return self._made[asked]


def _add(book: Workbook, name: str, place: int) -> Any:
    from xlsxwriter.exceptions import XlsxWriterException  # noqa: PLC0415

    fit = _IN_NO_NAME.sub("_", name).strip("'")[:_MAX_NAME].strip("'")
    try:
        return book.add_worksheet(fit or f"表{place}")
    except XlsxWriterException:  # taken, but for upper case, or reserved
        return book.add_worksheet(f"表{place}·{fit}"[:_MAX_NAME].strip("'"))


def _fill(sheet: Any, page: Page, formats: _Formats) -> None:
    marked = {number for number, _ in page.colours} | {number for number, _ in page.struck}
    for number, cells in page.rows.items():
        for first, last in page.merged.get(number, ()):
            sheet.merge_range(number - 1, first, number - 1, last, "")
        for column, value in enumerate(cells):
            look = _look(page, number, column) if number in marked or column in page.wide else _PLAIN
            if value is not None and value != "":
                _put(sheet, number - 1, column, value, look, formats)
            elif look.severity is not None:
                sheet.write_blank(number - 1, column, None, formats.get(look))
    for number in page.hidden_rows:
        sheet.set_row(number - 1, None, None, {"hidden": True})
    widths = _widths(page)
    for column in {*widths, *page.hidden_columns}:
        options = {"hidden": True} if column in page.hidden_columns else {}
        sheet.set_column(column, column, widths.get(column), None, options)
    if page.heading is not None:
        sheet.freeze_panes(page.heading, 0)


def _look(page: Page, number: int, column: int) -> _Look:
    place = (number, column)
    return _Look(severity=page.colours.get(place), wrapped=column in page.wide, struck=place in page.struck)


def _put(  # noqa: PLR0917 - a cell with where it stands
    sheet: Any, row: int, column: int, value: Cell, look: _Look, formats: _Formats
) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, formats.get(look))
    elif isinstance(value, int | float) and math.isfinite(value):
        sheet.write_number(row, column, value, formats.get(look))
    elif not isinstance(value, str) and (shape := _shape(value)):
        sheet.write_datetime(row, column, value, formats.get(look, shape=shape))
    else:
        text = fitting(str(value))
        quoted = text.startswith(LIKE_A_FORMULA)
        usual = look is _PLAIN and not quoted
        sheet.write_string(row, column, text, formats.plain if usual else formats.get(look, quoted=quoted))


def _shape(value: Cell) -> str:
    """The number format of a day or a time; empty for what the format cannot hold as one."""
    match value:
        case datetime() if value.year >= _FIRST_YEAR and value.tzinfo is None:
            return "yyyy-mm-dd" if value.time() == time() else "yyyy-mm-dd hh:mm:ss"
        case date() if not isinstance(value, datetime) and value.year >= _FIRST_YEAR:
            return "yyyy-mm-dd"
        case time() if value.tzinfo is None:
            return "hh:mm:ss"
        case timedelta() if value >= timedelta():
            return "[h]:mm:ss"
        case _:
            return ""


def _widths(page: Page) -> dict[int, float]:
    """As wide as what stands in a column from the heading on: a title above it is one long cell over many columns."""
    widths: dict[int, float] = {}
    below = (cells for number, cells in page.rows.items() if number >= (page.heading or 0))
    for cells in islice(below, _LOOKED_AT):
        for column, value in enumerate(cells):
            if value is not None:
                widths[column] = max(widths.get(column, _NARROW), min(_width(str(value)[:_WIDE]) + 2, _WIDE))
    return widths | dict.fromkeys(page.wide, 50.0)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
