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

from credential.catalogue import WAY_HISTORICAL
from credential.identifiers import CleanId
from credential.names import comparison_key
from credential.regions import RegionCode
from issuer.intake.fields import RowReader
from issuer.intake.findings import Finding, Severity
from issuer.intake.model import (
    BASIS_OF_WAY,
    COMMITTEE_WAYS,
    AwardDraft,
    BasisKind,
    CheckedBatch,
    FilingFact,
    IntakeContext,
    RawRow,
    Scope,
)

WAY_TARGETED = 6  # valid within a district only: it always needs a scope
_BRACKETS = str.maketrans("[【（(﹝]】）)﹞", "〔〔〔〔〔〕〕〕〕〕")


def check(rows: Sequence[RawRow], context: IntakeContext, today: date) -> CheckedBatch:
    """Check every row against the register.

    ``today`` is the civil date in Asia/Shanghai. The rows are those of one file: duplicates are sought among them.
    """
    seen = _Seen()
    good, findings, rejected = [], [], []
    for row in rows:
        draft, found = _check_row(row, context, today, seen)
        findings.extend(found)
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


def _check_row(
    row: RawRow, context: IntakeContext, today: date, seen: _Seen
) -> tuple[AwardDraft | None, list[Finding]]:
    reader = RowReader(row, context, today)
    fields = _read_fields(reader)
    sex = reader.sex(fields.number)
    filing = _check_authority(reader, fields)
    _check_repeats(reader, fields, seen)
    employer, note = reader.text("employer", required=False), reader.text("note", required=False)
    basis = reader.text("basis", required=False)
    if _has_error(reader):
        return None, reader.findings
    # Every None above came with an error, so the fields are complete here; the assertions tell the type checker so.
    assert fields.name and fields.number and fields.series and fields.title and fields.level and fields.way
    assert fields.awarded and fields.specialty is not None and fields.decision and sex
    kind = BasisKind.COMMITTEE if filing is not None else BASIS_OF_WAY[fields.way]
    draft = AwardDraft(
        seq=row.seq,
        sheet_row=row.sheet_row,
        name=fields.name,
        sex=sex,
        id_type=fields.number.type,
        id_number=fields.number.text,
        employer=employer,
        series=fields.series,
        title=fields.title,
        specialty=fields.specialty,
        level=fields.level,
        way=fields.way,
        award_date=fields.awarded,
        filing_number=None if filing is None else filing.number,
        basis_kind=kind,
        basis_reference=filing.number if filing is not None else basis or fields.decision,
        decision_document=fields.decision,
        scope=fields.scope,
        note=note,
    )
    return _ask_register(reader, draft), reader.findings


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


def _check_authority(reader: RowReader, fields: _Fields) -> FilingFact | None:
    """Committee, scope and grant; each only if what it depends on was read."""
    scope_read = not any(f.field == "scope" for f in reader.findings)
    if fields.way == WAY_TARGETED and fields.scope is None and scope_read:
        reader.note("scope_missing", "scope")
        scope_read = False
    filing = _check_committee(reader, fields, scope_read)
    faults_here = {f.field for f in reader.findings if f.severity is Severity.ERROR}
    if scope_read and not faults_here & {"series", "level", "title", "way", "award_date", "filing_number"}:
        _check_grant(reader, fields)
    return filing


def _needs_committee(context: IntakeContext, way: int) -> bool:
    by_grants = frozenset[int]().union(*(grant.committee_ways for grant in context.grants))
    return way != WAY_HISTORICAL and way in (COMMITTEE_WAYS | by_grants)


def _check_committee(reader: RowReader, fields: _Fields, scope_read: bool) -> FilingFact | None:
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
    if filing is None:
        reader.note("committee_not_on_file", "filing_number", value=given)
        return None
    if fields.awarded is None:
        return None
    if fields.awarded < filing.valid_from:
        reader.note("committee_not_yet", "filing_number", value=given, day=filing.valid_from)
        return None
    if fields.awarded > filing.valid_until:
        reader.note("committee_expired", "filing_number", value=given, day=filing.valid_until)
        return None
    region = fields.scope.region if fields.scope else None
    if fields.series and fields.level and scope_read and fields.title:
        if not filing.covers(series=fields.series, level=fields.level, scope=region):
            reader.note("committee_scope", "filing_number", value=given)
            return None
    return filing


def _find_filing(reader: RowReader, given: str) -> FilingFact | None:
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
    assert fields.series and fields.level and fields.way and fields.awarded
    region: RegionCode | None = fields.scope.region if fields.scope else None
    granted = [
        grant
        for grant in reader.context.grants
        if grant.covers(series=fields.series, level=fields.level, way=fields.way, on=fields.awarded)
    ]
    if any(grant.covers_scope(region) for grant in granted):
        return
    if granted and region is None:
        reader.note("scope_missing", "scope")
    else:
        reader.note("no_grant", "series")


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
    return None if _has_error(reader) else draft


def _has_error(reader: RowReader) -> bool:
    return any(finding.severity is Severity.ERROR for finding in reader.findings)
