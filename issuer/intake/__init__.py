"""Intake: from an office's spreadsheet to awards in normal form.

Rules. :func:`read_list` reads a file and keeps row numbers. :func:`check` reports all faults of all rows in one pass.
:func:`annotate` gives the list back with the faults marked. The bytes that two operators sign are those of
:mod:`issuer.intake.normalform`.

    >>> result = read_list(data, name="engineering-senior-2026.xlsx")   # doctest: +SKIP
    >>> batch = check(result.rows, context, today)                      # doctest: +SKIP
"""

from __future__ import annotations

from issuer.intake.annotate import annotate
from issuer.intake.checking import check
from issuer.intake.findings import Finding, Severity
from issuer.intake.model import (
    AwardDraft,
    BasisKind,
    CheckedBatch,
    HiddenRows,
    IntakeContext,
    IntakeResult,
    ListFile,
    RawRow,
    Reading,
    Scope,
)
from issuer.intake.reading import find_list, read_list, sheets_with_lists
from issuer.intake.report import FINDING_HEADS, NO_FINDINGS, findings_json, findings_rows
from issuer.intake.together import once_each

__all__ = [
    "FINDING_HEADS",
    "NO_FINDINGS",
    "AwardDraft",
    "BasisKind",
    "CheckedBatch",
    "Finding",
    "HiddenRows",
    "IntakeContext",
    "IntakeResult",
    "ListFile",
    "RawRow",
    "Reading",
    "Scope",
    "Severity",
    "annotate",
    "check",
    "find_list",
    "findings_json",
    "findings_rows",
    "once_each",
    "read_list",
    "sheets_with_lists",
]
