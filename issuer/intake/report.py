"""The findings as rows to read and as JSON to process.

>>> findings_rows([], language="zh")
[]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from issuer.intake.findings import Finding, Severity

FINDING_HEADS: Final = (("行", "row"), ("序号", "no."), ("类别", "kind"), ("问题", "finding"))
"""What the columns of ``findings_rows`` are called."""
NO_FINDINGS: Final = ("没有发现问题。", "No findings.")
SEVERITY_NAMES: Final = {
    Severity.ERROR: ("错误", "error"),
    Severity.WARNING: ("警告", "warning"),
    Severity.NOTICE: ("提示", "notice"),
}


def findings_rows(findings: Sequence[Finding], *, language: str) -> list[tuple[str, str, str, str]]:
    """Return for each finding the row in the sheet, 序号, severity and sentence; ``language`` is ``zh`` or ``en``."""
    return [_cells(finding, language) for finding in findings]


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
    zh = language == "zh"
    row = "" if finding.sheet_row is None else str(finding.sheet_row)
    sentence = finding.line_zh() if zh else finding.line_en()
    return row, finding.seq or "", SEVERITY_NAMES[finding.severity][not zh], sentence
