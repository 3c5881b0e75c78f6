"""Sheets: a file's cells by row number, whatever kind of list the file is, within bounds.

Rules. A file comes from outside the office, so everything is bounded while it is read: its bytes, what it unpacks to,
rows, columns, cells, text. The kind is told from the bytes, never from the name. A kind that is not read is named, with
what to do. What reads a file is the only one who opens it: nothing is measured by one program and read by another.

    >>> read_sheets("姓名,性别\\r\\n".encode("gb18030"))[0].rows[0].cells
    ['姓名', '性别']
"""

from __future__ import annotations

from issuer.sheets.errors import UnreadableError
from issuer.sheets.grid import MAX_COLUMNS, MAX_LIST_BYTES, MAX_ROWS, Sheet, SheetRow
from issuer.sheets.kinds import Kind, kind_of, package_kind, refused
from issuer.sheets.ods import read_ods
from issuer.sheets.package import Package
from issuer.sheets.text import read_text
from issuer.sheets.xls import read_xls
from issuer.sheets.xlsx import read_xlsx

__all__ = ["MAX_COLUMNS", "MAX_LIST_BYTES", "MAX_ROWS", "Sheet", "SheetRow", "read_sheets"]


def read_sheets(data: bytes) -> list[Sheet]:
    """The sheets of a file; one for a text file.

    Raises:
        UnreadableError: too large, of another kind, encrypted, damaged, or in no known encoding.
    """
    if len(data) > MAX_LIST_BYTES:
        raise UnreadableError("file_too_large", size=len(data), limit=MAX_LIST_BYTES)
    kind = kind_of(data)
    if kind is Kind.TEXT:
        return [read_text(data)]
    if kind is Kind.XLS:
        return read_xls(data)
    if kind is not Kind.ZIP:
        raise refused(kind)
    with Package(data) as package:
        inside = package_kind(package)
        if inside is Kind.XLSX:
            return read_xlsx(package)
        if inside is Kind.ODS:
            return read_ods(package)
        raise refused(inside)
