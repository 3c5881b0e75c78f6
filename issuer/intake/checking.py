"""The check of a whole list: all faults of all rows in one pass, and the normal form of the good ones.

Rules. Every row ends in ``good`` or in ``rejected``. A row is rejected by an error, never by a warning or notice. One
fault gives one finding: what depends on a field that is already reported is not asked. A repeated award (same ID
number, series, title and specialty) is an error on the second row, even where that row has other faults, because
correcting those would only reveal it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from credential.authorisation import (
    Allowed,
    Award,
    Basis,
    Fault,
    Refused,
    cover_fault,
    term_fault,
)
from credential.claims import WAY_HISTORICAL
from credential.filings import Filing
from credential.grants import needs_committee
from issuer.identifiers import CleanId
from issuer.intake.contacts import read_contact
from issuer.intake.decided import Decided
from issuer.intake.fields import RowReader
from issuer.intake.findings import make
from issuer.intake.model import (
    BASIS_OF_WAY,
    COMMITTEE_WAYS,
    AwardDraft,
    BasisKind,
    CheckedBatch,
    Contact,
    Elsewhere,
    IntakeContext,
    RawRow,
    Scope,
)
from issuer.intake.names import comparison_key

# What every award needs, and a batch can be given as a whole (decision document, way, date …) when no column holds it.
_FOR_THE_BATCH = ("series", "title", "level", "way", "award_date", "decision_document")
_BYTES_OF_IDEOGRAPH = 3
_ASKED_AT_ONCE: Final = 500
"""Rows for which the register looks at once: few queries, and little that is held."""
WAY_TARGETED = 6  # valid within a district only: it always needs a scope
_OF_THE_AWARD = frozenset({"series", "level", "title", "way", "award_date", "scope"})
FINDING_OF: Final[Mapping[Fault, tuple[str, str]]] = MappingProxyType(
    {
        Fault.NO_GRANT: ("no_grant", "way"),
        Fault.SCOPE: ("scope", "scope"),
        Fault.SCOPE_MISSING: ("scope_missing", "scope"),
        Fault.AWARD_AFTER_ISSUE: ("date_future", "award_date"),
        Fault.NO_RIGHT_TO_ISSUE: ("no_right_to_issue", "series"),
        Fault.LATE: ("late", "award_date"),
        Fault.BASIS_KIND: ("missing", "filing_number"),
        Fault.COMMITTEE_NOT_ON_FILE: ("committee_not_on_file", "filing_number"),
        Fault.COMMITTEE_NOT_YET: ("committee_not_yet", "filing_number"),
        Fault.COMMITTEE_EXPIRED: ("committee_expired", "filing_number"),
        Fault.COMMITTEE_SCOPE: ("committee_scope", "filing_number"),
        Fault.NO_RECORDING_GRANT: ("no_grant", "way"),
        Fault.RECORDING_SCOPE: ("scope", "scope"),
        Fault.RECORDING_SCOPE_MISSING: ("scope_missing", "scope"),
    }
)
"""What a clerk is shown for each fault of an award: the finding, and the field where it is corrected."""
_BRACKETS = str.maketrans("[【（(﹝]】）)﹞", "〔〔〔〔〔〕〕〕〕〕")


def check(rows: Sequence[RawRow], context: IntakeContext, today: date) -> CheckedBatch:
    """Check every row against the register.

    ``today`` is the civil date in Asia/Shanghai. The rows are those of one file: duplicates are sought among them. What
    every award needs and neither a column nor ``context.defaults`` gives is reported once, and no row is good then.
    """
    absent = frozenset(f for f in _FOR_THE_BATCH if f not in context.defaults and not any(f in r.cells for r in rows))
    findings = [make("batch_value_missing", field=name) for name in sorted(absent)] if rows else []
    seen = _Seen(Decided(context, today))
    texts: dict[str, tuple[str, str, str]] = {}
    good: list[AwardDraft] = []
    rejected: list[RawRow] = []
    contacts: dict[int, Contact] = {}
    for start in range(0, len(rows), _ASKED_AT_ONCE):
        part = rows[start : start + _ASKED_AT_ONCE]
        readers = [RowReader(row, context, today, absent, texts=texts) for row in part]
        for reader, draft in _asked(context, [(reader, _check_row(reader, seen)) for reader in readers]):
            contact = read_contact(reader)
            findings.extend(reader.findings)
            if draft is None:
                rejected.append(reader.row)
            else:
                good.append(draft)
                if contact is not None:
                    contacts[draft.sheet_row] = contact
    return CheckedBatch(good=tuple(good), findings=tuple(findings), rejected=tuple(rejected), contacts=contacts)


_Read = tuple[RowReader, AwardDraft | None]


def _asked(context: IntakeContext, read: Sequence[_Read]) -> Iterator[_Read]:
    """Some rows after the register was asked about those without faults; it is told before which ones these are."""
    context.ahead([draft for _, draft in read if draft is not None])
    for reader, draft in read:
        yield reader, None if draft is None else _ask_register(reader, draft)


@dataclass(slots=True)
class _Seen:
    """What earlier rows of the file held: awards by their key, and names by ID number; and what was decided of them."""

    decided: Decided
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
    filing = _check_authority(reader, fields, seen.decided)
    _check_repeats(reader, fields, seen)
    employer, note = reader.text("employer", required=False), reader.text("note", required=False)
    basis = reader.text("basis", required=fields.way == WAY_HISTORICAL)  # the original certificate's number
    number = fields.number
    if reader.failed or not (fields.name and number and fields.awarded and fields.decision and sex):
        return None
    if not (fields.series and fields.title and fields.level and fields.way) or fields.specialty is None:
        return None
    return AwardDraft(
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
        replaces=None if reader.replacing is None else reader.replacing.replacement,
    )


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


def _check_authority(reader: RowReader, fields: _Fields, decided: Decided) -> Filing | None:
    """Committee, scope and grant; each only if what it depends on was read."""
    if fields.way == WAY_TARGETED and fields.scope is None and "scope" not in reader.faults():
        reader.note("scope_missing", "scope")
    award = _award(reader, fields)
    filing = _check_committee(reader, fields, award, decided)
    if award is not None and "filing_number" not in reader.faults():
        _check_award(reader, award, filing, decided)
    return filing


def _award(reader: RowReader, fields: _Fields) -> Award | None:
    """What the row says was awarded; None unless all of it was read."""
    if fields.series is None or fields.level is None or fields.way is None or fields.awarded is None:
        return None
    if reader.faults() & _OF_THE_AWARD:
        return None
    return Award(
        series=fields.series,
        level=fields.level,
        way=fields.way,
        award_date=fields.awarded,
        scope=_region(fields),
    )


def _region(fields: _Fields) -> str | None:
    return None if fields.scope is None else fields.scope.region


def _needs_committee(reader: RowReader, way: int, award: Award | None, decided: Decided) -> bool:
    """What the grants say under which the award stands.

    Where none is known, what all the grants for this way say, or the usual rule where there is none: the row is
    rejected for another fault, and the clerk shall not have to come back for the committee.
    """
    context = reader.context
    rights = None if award is None else decided.grants(award, counted_from=reader.counted_from)
    if isinstance(rights, Allowed):
        return needs_committee(rights.grants, way)
    granting = [grant for grant in context.grants if grant.covers_way(way)]
    if not granting or way == WAY_HISTORICAL:
        return way in COMMITTEE_WAYS
    return needs_committee(granting, way)


def _check_committee(reader: RowReader, fields: _Fields, award: Award | None, decided: Decided) -> Filing | None:
    if fields.way is None:
        return None
    needed = _needs_committee(reader, fields.way, award, decided)
    given = reader.text("filing_number", required=needed)
    if given is None:
        return None
    if not needed:
        reader.note("committee_not_needed", "filing_number", value=given)
        return None
    filing = _find_filing(reader, given)
    fault = Fault.COMMITTEE_NOT_ON_FILE if filing is None else _filing_fault(reader, fields, filing)
    if fault is None:
        return filing
    days: dict[str, Any] = {} if filing is None else {"since": filing.first, "until": filing.last}
    reader.note(*FINDING_OF[fault], value=given, **days)
    return None


def _filing_fault(reader: RowReader, fields: _Fields, filing: Filing) -> Fault | None:
    """What keeps this filing from carrying the award, of what can be asked about the fields that were read."""
    fault = None if fields.awarded is None else term_fault(filing, fields.awarded)
    if fault is not None or fields.title is None or "scope" in reader.faults():
        return fault
    if fields.series is None or fields.level is None:
        return None
    scope = _region(fields)
    return cover_fault(filing, reader.context, series=fields.series, level=fields.level, scope=scope)


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


def _check_award(reader: RowReader, award: Award, filing: Filing | None, decided: Decided) -> None:
    """The question that issuing asks of the trust list, asked of the register, as of today."""
    basis = Basis(kind=_basis_kind(award.way, filing), reference="" if filing is None else filing.number)
    decision = decided.issue(award, basis, filing, counted_from=reader.counted_from)
    if isinstance(decision, Refused):
        late = _days_too_late(reader, award, decision) if decision.fault is Fault.LATE else {}
        reader.note(*FINDING_OF[decision.fault], **late)


def _days_too_late(reader: RowReader, award: Award, decision: Refused) -> dict[str, Any]:
    most = max(grant.max_gap_days for grant in decision.grants)
    return {"value": award.award_date.isoformat(), "gap": (reader.today - award.award_date).days, "most": most}


def _check_repeats(reader: RowReader, fields: _Fields, seen: _Seen) -> None:
    if fields.number is None:
        return
    holder = (fields.number.type, fields.number.text)
    if fields.name is not None:
        first, name = seen.holders.setdefault(holder, (reader.row, fields.name))
        if name != fields.name and comparison_key(name) != comparison_key(fields.name):
            reader.note("id_two_names", "id_number", value=fields.number.text, row=first.sheet_row)
            return
    if fields.series is None or fields.title is None or fields.specialty is None:
        return
    earlier = seen.awards.setdefault((*holder, fields.series, fields.title, fields.specialty), reader.row)
    if earlier is not reader.row:
        seq = earlier.seq
        seq_zh = f"（序号 {seq}）" if seq else ""
        reader.note("duplicate", "id_number", row=earlier.sheet_row, seq_zh=seq_zh, shown=seq or earlier.sheet_row)


def _longest(draft: AwardDraft) -> str:
    """The field that takes the most room in a credential: most likely something was pasted into it."""
    named = {draft.decision_document: "decision_document", draft.filing_number: "filing_number"}
    basis = named.get(draft.basis_reference, "basis")
    texts = {"name": draft.name, "specialty": draft.specialty, basis: draft.basis_reference}
    return max(texts, key=lambda name: len(texts[name].encode()))


def _ask_register(reader: RowReader, draft: AwardDraft) -> AwardDraft | None:
    """The questions that cost a lookup, asked of rows without faults only."""
    excess = reader.context.excess(draft)
    if excess:
        reader.note(
            "credential_too_large", _longest(draft), excess=excess, characters=-(-excess // _BYTES_OF_IDEOGRAPH)
        )
    if reader.context.is_barred(draft.id_type, draft.id_number):
        reader.note("barred", "id_number", value=draft.id_number)
    number = reader.context.find_existing(draft)
    if number is not None:
        reader.note("already_issued", "id_number", value=draft.id_number, number=number)
    if not reader.failed:
        _note_elsewhere(reader, reader.context.find_elsewhere(draft))
    return None if reader.failed else draft


def _note_elsewhere(reader: RowReader, found: Elsewhere) -> None:
    if found.withdrawn is not None:
        code = "withdrawn_award" if found.same_award else "withdrawn_before"
        reader.note(code, "id_number", number=found.withdrawn)
    if found.batch is not None:
        reader.note("pending_elsewhere", "id_number", batch=found.batch, row=found.row)
