"""Lists that come together: the sheets of one file, and what is found when they are looked at as one.

Rules. Each sheet is a list of its own. The same award in two of them is an error of the later row, as it is within one.

    checked = once_each({"副高": (checked_one, rows_one), "正高": (checked_other, rows_other)})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from issuer.intake.findings import Finding, Place, Severity, make
from issuer.intake.model import AwardDraft, CheckedBatch, RawRow


def with_findings(checked: CheckedBatch, rows: Sequence[RawRow], found: Iterable[Finding]) -> CheckedBatch:
    """Return a checked list with more findings: a row with an error is not good any more.

    Each row's findings stand together, those of the file first.

    Args:
        checked: all rows of the list.
        rows: the same as they were read.
        found: what else was found.
    """
    found = list(found)
    bad = {each.sheet_row for each in found if each.severity is Severity.ERROR}
    rejected = {row.sheet_row for row in checked.rejected} | bad
    return replace(
        checked,
        good=tuple(each for each in checked.good if each.sheet_row not in bad),
        findings=tuple(sorted([*checked.findings, *found], key=lambda each: each.sheet_row or 0)),
        rejected=tuple(row for row in rows if row.sheet_row in rejected),
        contacts={row: contact for row, contact in checked.contacts.items() if row not in bad},
    )


def once_each(lists: Mapping[str, tuple[CheckedBatch, Sequence[RawRow]]]) -> dict[str, CheckedBatch]:
    """Return the checked lists of a file, by sheet; an award that an earlier sheet has is an error."""
    seen: dict[tuple[object, ...], tuple[str, int]] = {}
    found: dict[str, CheckedBatch] = {}
    for sheet, (checked, rows) in lists.items():
        again = [(draft, seen[_award(draft)]) for draft in checked.good if _award(draft) in seen]
        found[sheet] = with_findings(checked, rows, [_twice(draft, *place) for draft, place in again])
        seen |= {_award(draft): (sheet, draft.sheet_row) for draft in found[sheet].good}
    return found


def _award(draft: AwardDraft) -> tuple[object, ...]:
    return (draft.id_type, draft.id_number, draft.series, draft.title, draft.specialty)


def _twice(draft: AwardDraft, sheet: str, row: int) -> Finding:
    place = Place(draft.sheet_row, draft.seq)
    return make("duplicate_in_sheets", field="id_number", at=place, sheet=sheet, row=row)
