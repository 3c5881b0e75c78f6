"""Tables that a face hands out as a workbook: values only, nothing that a spreadsheet program would run.

workbooks.table("results", [["number", "result"], ["99000020262000001", "done"]])
"""

from __future__ import annotations

from collections.abc import Sequence

from issuer.intake.workbook import LIKE_A_FORMULA, Page, write
from issuer.sheets.cells import Cell

__all__ = ["LIKE_A_FORMULA", "table"]


def table(name: str, rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet whose first row is a heading."""
    return write([Page(name=name, rows=dict(enumerate(rows, start=1)), heading=1)])
