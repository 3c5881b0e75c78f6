"""The check of a whole list: all faults of all rows in one pass, and the normal form of the good ones.

Rules. Every row ends in ``good`` or in ``rejected``. A row is rejected by an error, never by a warning or
notice. One fault gives one
finding: what depends on a field that is already reported is not asked. A repeated award (same ID number,
series, title and specialty)
is an error on the second row, even where that row has other faults, because correcting those would only reveal it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from credential.catalogue import WAY_HISTORICAL
from credential.filings import Filing, filing_covers
from credential.grants import GrantError, matching_grants, needs_committee
from issuer.identifiers import CleanId
from issuer.intake.fields import RowReader
from issuer.intake.findings import make
from issuer.intake.model import (
    BASIS_OF_WAY,
    COMMITTEE_WAYS,
    AwardDraft,
    BasisKind,
    CheckedBatch,
    IntakeContext,
    RawRow,
    Scope,
)
from issuer.intake.names import comparison_key

# What every award needs, and a batch can be given as a whole (decision document, way, date …) when no column
# holds it.
_FOR_THE_BATCH = ("series", "title", "level", "way", "award_date", "decision_document")
WAY_TARGETED = 6  # valid within a district only: it always needs a scope
_BRACKETS = str.maketrans("[【（(﹝]】）)﹞", "〔〔〔〔〔〕〕〕〕〕")


def check(rows: Sequence[RawRow], context: IntakeContext, today: date) -> CheckedBatch:
    """Check every row against the register.

    ``today`` is the civil date in Asia/Shanghai. The rows are those of one file: duplicates are sought among
    them. What
    every award needs and neither a column nor ``context.defaults`` gives is reported once, and no row is good then.
    """
    absent = frozenset(f for f in _FOR_THE_BATCH if f not in context.defaults and not any(f in r.cells for r in rows))
    findings = [make("batch_value_missing", field=name) for name in sorted(absent)] if rows else []
    seen = _Seen()
    good, rejected = [], []
    for row in rows:
        reader = RowReader(row, context, today, absent)
        draft = _check_row(reader, seen)
        findings.extend(reader.findings)
        if draft is None:
            rejected.append(row)
        else:
            good.append(draft)
    return CheckedBatch(good=tuple(good), findings=tuple(findings), rejected=tuple(rejected))


@dataclass(slots=True)
class _Seen:
    """What earlier rows of the file held: awards by their key, and names by ID number."""

    awards: dict[tuple[object, ...], RawRow] = field(default_factory=dict)
    holders: dict[tuple[object, ...], tuple[RawRow, str]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Fields:
    """The fields of one row as far as they were read."""

    name: str | None
    number: CleanId | None
    series: int | None
    title: int | None
    level: int | None
    way: int | None
    awarded: date | None
    specialty: str | None
    scope: Scope | None
    decision: str | None


def _check_row(reader: RowReader, seen: _Seen) -> AwardDraft | None:
    fields = _read_fields(reader)
    sex = reader.sex(fields.number)
    filing = _check_authority(reader, fields)
    _check_repeats(reader, fields, seen)
    employer, note = reader.text("employer", required=False), reader.text("note", required=False)
    basis = reader.text("basis", required=fields.way == WAY_HISTORICAL)  # the original certificate's number
    number = fields.number
    if reader.failed or not (fields.name and number and fields.awarded and fields.decision and sex):
        return None
    if not (fields.series and fields.title and fields.level and fields.way) or fields.specialty is None:
        return None
    draft = AwardDraft(
        seq=reader.row.seq,
        sheet_row=reader.row.sheet_row,
        name=fields.name,
        sex=sex,
        id_type=number.type,
        id_number=number.text,
        employer=employer,
        series=fields.series,
        title=fields.title,
        specialty=fields.specialty,
        level=fields.level,
        way=fields.way,
        award_date=fields.awarded,
        filing_number=None if filing is None else filing.number,
        basis_kind=_basis_kind(fields.way, filing),
        basis_reference=filing.number if filing is not None else basis or fields.decision,
        decision_document=fields.decision,
        scope=fields.scope,
        note=note,
    )
    return _ask_register(reader, draft)


def _basis_kind(way: int, filing: Filing | None) -> BasisKind:
    """A filing makes it a committee's award; a way that elsewhere needs a committee is a recognition without one."""
    if filing is not None:
        return BasisKind.COMMITTEE
    usual = BASIS_OF_WAY[way]
    return BasisKind.RECOGNITION if usual is BasisKind.COMMITTEE else usual


def _read_fields(reader: RowReader) -> _Fields:
    """All fields, in the order in which a clerk's sheet shows them."""
    name = reader.name()
    number = reader.id_number(reader.id_type())
    series, level, way = reader.series(), reader.level(), reader.way()
    title = reader.title(series, level, way)
    awarded = reader.award_date(number)
    return _Fields(
        name=name,
        number=number,
        series=series,
        title=title,
        level=level,
        way=way,
        awarded=awarded,
        specialty=reader.specialty(series, awarded),
        scope=reader.scope(),
        decision=reader.text("decision_document", required=True),
    )


def _check_authority(reader: RowReader, fields: _Fields) -> Filing | None:
    """Committee, scope and grant; each only if what it depends on was read."""
    if fields.way == WAY_TARGETED and fields.scope is None and "scope" not in reader.faults():
        reader.note("scope_missing", "scope")
    filing = _check_committee(reader, fields)
    if not reader.faults() & {"series", "level", "title", "way", "award_date", "filing_number", "scope"}:
        _check_grant(reader, fields)
    return filing


def _needs_committee(context: IntakeContext, way: int) -> bool:
    """What the grants for this way say, or the usual rule where there is none (which is reported by itself)."""
    granting = [grant for grant in context.grants if grant.ways is None or way in grant.ways]
    if not granting or way == WAY_HISTORICAL:
        return way in COMMITTEE_WAYS
    return needs_committee(granting, way)


def _check_committee(reader: RowReader, fields: _Fields) -> Filing | None:
    if fields.way is None:
        return None
    needed = _needs_committee(reader.context, fields.way)
    given = reader.text("filing_number", required=needed)
    if given is None:
        return None
    if not needed:
        reader.note("committee_not_needed", "filing_number", value=given)
        return None
    filing = _find_filing(reader, given)
    fault = "committee_not_on_file" if filing is None else _filing_fault(reader, fields, filing)
    if fault is None:
        return filing
    days: dict[str, Any] = {} if filing is None else {"since": filing.first, "until": filing.last}
    reader.note(fault, "filing_number", value=given, **days)
    return None


def _filing_fault(reader: RowReader, fields: _Fields, filing: Filing) -> str | None:
    """The code of what keeps this filing from carrying the award, or None."""
    if fields.awarded is not None and fields.awarded < filing.first:
        return "committee_not_yet"
    if fields.awarded is not None and fields.awarded > filing.last:
        return "committee_expired"
    if fields.series is None or fields.level is None or fields.title is None or "scope" in reader.faults():
        return None
    scope = fields.scope.region if fields.scope else None
    region = reader.context.region if scope is None else scope
    covered = filing_covers(filing, series=fields.series, level=fields.level, region=region, scope=scope)
    return None if covered else "committee_scope"


def _find_filing(reader: RowReader, given: str) -> Filing | None:
    """The filing of this number; other brackets and full-width digits are the same number, with a notice."""
    for filing in reader.context.filings:
        if filing.number == given:
            return filing
    for filing in reader.context.filings:
        if document_key(filing.number) == document_key(given):
            reader.note("committee_spelling", "filing_number", value=given, filed=filing.number)
            return filing
    return None


def document_key(number: str) -> str:
    """A document number with its brackets and widths folded, to compare 示评备〔2025〕012号 with 示评备[2025]012号."""
    folded = "".join(unicodedata.normalize("NFKC", number.translate(_BRACKETS)).split())
    return folded.translate(_BRACKETS)


def _check_grant(reader: RowReader, fields: _Fields) -> None:
    """The questions that issuing asks of the trust list (FORMAT 12, steps 6 and 7), asked of the register."""
    if fields.series is None or fields.level is None or fields.way is None or fields.awarded is None:
        return
    scope = fields.scope.region if fields.scope else None
    # A record of an old title is an act of today: the grant to record counts, not one of the day of award.
    on = reader.today if fields.way == WAY_HISTORICAL else fields.awarded
    award: dict[str, Any] = {"act": "issue", "series": fields.series, "level": fields.level}
    try:
        grants = matching_grants(reader.context.grants, **award, way=fields.way, scope=scope, on=on)
    except GrantError as error:
        missing = error.code == "scope" and scope is None
        reader.note("scope_missing" if missing else error.code, "scope" if error.code == "scope" else "way")
        return
    try:
        matching_grants(reader.context.grants, **award, way=None, scope=None, on=reader.today)
    except GrantError:
        reader.note("no_right_to_issue", "series")
        return
    gap = (reader.today - fields.awarded).days
    if fields.way != WAY_HISTORICAL and all(gap > grant.max_gap_days for grant in grants):
        most = max(grant.max_gap_days for grant in grants)
        reader.note("late", "award_date", value=fields.awarded.isoformat(), gap=gap, most=most)


def _check_repeats(reader: RowReader, fields: _Fields, seen: _Seen) -> None:
    if fields.number is None:
        return
    holder = (fields.number.type, fields.number.text)
    if fields.name is not None:
        first, name = seen.holders.setdefault(holder, (reader.row, fields.name))
        if comparison_key(name) != comparison_key(fields.name):
            reader.note("id_two_names", "id_number", value=fields.number.text, row=first.sheet_row)
            return
    if fields.series is None or fields.title is None or fields.specialty is None:
        return
    earlier = seen.awards.setdefault((*holder, fields.series, fields.title, fields.specialty), reader.row)
    if earlier is not reader.row:
        seq = earlier.seq
        seq_zh = f"（序号 {seq}）" if seq else ""
        reader.note("duplicate", "id_number", row=earlier.sheet_row, seq_zh=seq_zh, shown=seq or earlier.sheet_row)


def _ask_register(reader: RowReader, draft: AwardDraft) -> AwardDraft | None:
    """The questions that cost a lookup, asked of rows without faults only."""
    if reader.context.is_barred(draft.id_type, draft.id_number):
        reader.note("barred", "id_number", value=draft.id_number)
    number = reader.context.find_existing(draft)
    if number is not None:
        reader.note("already_issued", "id_number", value=draft.id_number, number=number)
    return None if reader.failed else draft
