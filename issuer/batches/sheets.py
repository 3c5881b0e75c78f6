"""A stored batch as a workbook for whoever approves it: the rows in full with what was found, and what is signed.

Rules: the first page is a list like any office's, one row for each row of the file that passed the check; what was
found stands in the column 核对结果. The second page has the counts and the phrase.

    workbook_of(rows, seen, catalogue)          # bytes of an .xlsx
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from credential.catalogue import Catalogue
from issuer.batches.overview import Overview
from issuer.batches.plain import HAS_PHOTO, NAMES, PHOTO, texts_of
from issuer.batches.rows import Said
from issuer.intake.findings import RESULT, Severity
from issuer.intake.model import AwardDraft
from issuer.intake.workbook import Page, write
from issuer.sheets.cells import Cell

KIND_NAMES: Final = {
    "title": ("系列与资格", "title"),
    "level": ("级别", "level"),
    "way": ("取得方式", "way"),
    "committee": ("评委会备案号", "committee"),
    "award_date": ("取得时间", "award date"),
    "scope": ("有效范围", "scope"),
    "photo": ("照片", "photo"),
}
"""What is counted, in Chinese and English."""
STATE_NAMES: Final = {
    "waiting": ("待发", "waiting"),
    "reserved": ("办理中", "reserved"),
    "issued": ("已发", "issued"),
    "rejected": ("未收", "rejected"),
}
"""Where a row stands, in Chinese and English."""


class _Row(Protocol):
    @property
    def sheet_row(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def award(self) -> AwardDraft | None: ...
    @property
    def findings(self) -> tuple[Said, ...]: ...


def workbook_of(rows: Sequence[_Row], seen: Overview, catalogue: Catalogue) -> bytes:
    """Return the workbook. It holds personal data: whoever gets it stands in the audit."""
    return write([_list(rows, catalogue), _signed(seen)])


def _list(rows: Sequence[_Row], catalogue: Catalogue) -> Page:
    result = len(NAMES) + 2
    lines: dict[int, Sequence[Cell]] = {1: [*(zh for zh, _ in NAMES.values()), "原表行号", "状态", RESULT]}
    colours = {}
    for number, row in enumerate(rows, start=2):
        texts = {} if row.award is None else _texts(row.award, catalogue)
        state = STATE_NAMES.get(row.state, (row.state, row.state))[0]
        lines[number] = [
            *(texts.get(name) or None for name in NAMES),
            row.sheet_row,
            state,
            "\n".join(each.zh for each in row.findings),
        ]
        if row.findings:
            colours[number, result] = Severity.ERROR if row.award is None else Severity.WARNING
    return Page(name="名单", rows=lines, colours=colours, wide=frozenset({result}), heading=1)


def _texts(award: AwardDraft, catalogue: Catalogue) -> dict[str, str]:
    return texts_of(award, catalogue) | {PHOTO: HAS_PHOTO[award.photo is not None][0]}


def _signed(seen: Overview) -> Page:
    lines: list[Sequence[Cell]] = [["分项", "内容", "行数"]]
    lines += [[KIND_NAMES[kind][0], each.zh, each.rows] for kind, counted in seen.counts.items() for each in counted]
    lines += [["打不开", None, seen.unreadable], ["核对码", seen.phrase or "没有"], ["摘要", seen.rows_root.hex()]]
    lines += [["全表", each.zh] for found in seen.findings if found.sheet_row is None for each in found.findings]
    lines += [["同时待办", f"第 {each.sheet_row} 行", f"{each.batch} 第 {each.row} 行"] for each in seen.twice]
    return Page(name="签署内容", rows=dict(enumerate(lines, start=1)), heading=1)
