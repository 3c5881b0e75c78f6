"""The findings as a table to read and as JSON to process.

>>> print(findings_table([]))
没有发现问题。
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from issuer.intake.findings import Finding, Severity

_WORDS = {
    "zh": {
        Severity.ERROR: "错误",
        Severity.WARNING: "警告",
        Severity.NOTICE: "提示",
        "head": ("行", "序号", "", "问题"),
        "none": "没有发现问题。",
    },
    "en": {
        Severity.ERROR: "error",
        Severity.WARNING: "warning",
        Severity.NOTICE: "notice",
        "head": ("row", "no.", "", "finding"),
        "none": "No findings.",
    },
}


def findings_table(findings: Sequence[Finding], *, language: str = "zh") -> str:
    """One line a finding: row in the sheet, 序号, severity, sentence; ``language`` is ``zh`` or ``en``."""
    words = _WORDS[language]
    if not findings:
        return str(words["none"])
    lines = [words["head"], *(_cells(finding, language) for finding in findings)]
    widths = [max(_width(str(line[place])) for line in lines) for place in range(3)]
    return "\n".join(_line([str(cell) for cell in line], widths) for line in lines)


def findings_json(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Plain objects for ``--json``, with the members of :class:`Finding`."""
    return [
        {
            "severity": f.severity.value,
            "code": f.code,
            "field": f.field,
            "sheet_row": f.sheet_row,
            "seq": f.seq,
            "value": f.value,
            "message_zh": f.message_zh,
            "message_en": f.message_en,
            "suggestion": f.suggestion,
        }
        for f in findings
    ]


def _cells(finding: Finding, language: str) -> tuple[str, str, str, str]:
    sentence = finding.line_zh() if language == "zh" else finding.line()
    row = "" if finding.sheet_row is None else str(finding.sheet_row)
    return row, finding.seq or "", str(_WORDS[language][finding.severity]), sentence


def _line(cells: list[str], widths: list[int]) -> str:
    padded = [cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join([*padded, cells[-1]])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
