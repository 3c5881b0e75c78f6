"""Replacements: certificates corrected, issued again, or restored, as a batch that is submitted and approved like any.

Rules: a replacement is a row that was proven once, with what is to change of it, and the certificate that it replaces.
It is checked as a list's row is. It takes the photo of the row along, sealed anew. Nothing happens to the certificate
replaced before the new one is issued.

    wanted = Correction(number="99000020262000017", changes={"name": "欧阳示范"})
    made = replacements.prepare(opened, actor, [wanted], authority="sf-hrss", decision="示人社更〔2026〕1号")
    batches.act_here(opened, "clerk1", Act.SUBMIT, made.batch)        # then approve, then issue
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from credential import jsonform
from credential.catalogue import Catalogue
from credential.days import day_of
from issuer import intake
from issuer.auditing.opened import PLAN, note
from issuer.batches.context import intake_context, require_not_barred
from issuer.batches.photos import photo_of
from issuer.batches.proof import prove_row
from issuer.batches.rows import AwardContent, open_row
from issuer.batches.store import store_checked
from issuer.db import certificates
from issuer.db.again import again
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, InputError, NotFoundError, TamperedError
from issuer.home.opened import Actor, Opened
from issuer.identifiers import ID_TYPE_NAMES
from issuer.intake import AwardDraft, CheckedBatch, ListFile, RawRow
from issuer.intake.model import Replacement, ReplacementReason, ReplacingRow
from issuer.integrity.reading import read_standings
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.photos.model import CleanPhoto
from issuer.publishing.chain import published_trust
from issuer.services.batches import CheckedList
from issuer.status.plan import check_each_once
from issuer.status.replacing import require_replaceable

__all__ = [
    "FIELDS",
    "Compared",
    "Correction",
    "ReplacementReason",
    "Unproven",
    "authority_of",
    "compare",
    "prepare",
    "unproven",
]

FIELDS: Final = (
    "name",
    "sex",
    "id_type",
    "id_number",
    "employer",
    "series",
    "level",
    "title",
    "specialty",
    "way",
    "award_date",
    "filing_number",
    "basis",
    "scope",
    "note",
)
"""What can be changed, by the names of a list's columns."""
MAX_REPLACEMENTS: Final = 1000
"""More are a list of their own and not made by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One certificate to be replaced."""

    number: str
    reason: ReplacementReason = ReplacementReason.CORRECTED
    changes: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The new text of each field that changes, as a list would write it; an empty text removes it."""


def prepare(
    opened: Opened, actor: Actor, corrections: Sequence[Correction], *, authority: str, decision: str
) -> CheckedList:
    """Check replacements; store them as a batch if nothing stands against any of them.

    Args:
        opened: the home.
        actor: who prepares them.
        corrections: which certificates, why, and what changes.
        authority: whose batch it is; it decides, and issues the new certificates.
        decision: the number of the decision document; the history of the certificate replaced names it.

    Raises:
        InputError: ``corrections``: none, or too many; ``numbers``: a certificate twice; ``unknown_field``;
            ``nothing_changes``; ``award_date``: a restored title keeps its own.
        NotFoundError: ``no_certificate``, ``no_authority``.
        ConflictError: ``not_signed``, ``not_published``, ``already_replaced``, ``not_replaceable``; ``same_file``: the
            same was prepared before.
        NotAllowedError: ``erased``, ``other_holder``, ``barred``, ``no_right``.
        TamperedError: the row of a certificate, or its photo, is not what was approved.
    """
    _check(corrections)
    checked, older = _checked(opened, corrections, authority, decision)
    findings = checked.findings
    faulty = bool(checked.rejected) or any(each.severity.value == "error" for each in findings)
    stored = None if faulty else _store(opened, actor, checked, older, corrections, authority, decision)
    return _listed(checked, authority, batch=stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A certificate and what would stand in its place."""

    number: str
    before: Mapping[str, str] = field(repr=False)
    """The cells that change, by the names of a list's columns, as the row has them."""
    after: Mapping[str, str] = field(repr=False)
    """The same, as they are asked for."""


def compare(
    opened: Opened, actor: Actor, corrections: Sequence[Correction], *, authority: str, decision: str
) -> tuple[CheckedList, tuple[Compared, ...]]:
    """Check replacements, store nothing, and return what would change, after the audit noted who looks.

    Raises:
        As ``prepare``.
    """
    _check(corrections)
    checked, older = _checked(opened, corrections, authority, decision)
    note(opened, actor, PLAN, [each.number for each in corrections])
    with opened.register.read() as session:
        catalogue = lists.catalogue(session)
    cells = [_cells(row.draft, catalogue, 1) for row in older]
    compared = tuple(
        Compared(
            number=each.number,
            before={name: str(row[name] or "") for name in each.changes},
            after=dict(each.changes),
        )
        for row, each in zip(cells, corrections, strict=True)
    )
    return _listed(checked, authority, batch=None), compared


def authority_of(opened: Opened, number: str) -> str:
    """Return the authority whose certificate this is. Raises NotFoundError ``no_certificate``."""
    with opened.register.read() as session:
        return certificates.by_number(session, number).authority


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """A certificate whose row is not what two operators signed for."""

    number: str
    code: str


def unproven(opened: Opened, numbers: Sequence[str]) -> tuple[Unproven, ...]:
    """Return those of some issued certificates that nothing can be issued in the place of: their rows are not proven.

    Raises:
        ConflictError: ``not_signed``.
    """
    found = []
    with opened.register.read() as session:
        for number in numbers:
            try:
                _approved_row(session, opened, number)
            except (TamperedError, NotFoundError) as error:
                found.append(Unproven(number=number, code=error.code))
    return tuple(found)


def _listed(checked: CheckedBatch, authority: str, *, batch: str | None) -> CheckedList:
    return CheckedList(
        authority=authority,
        good=len(checked.good),
        rejected=len(checked.rejected),
        findings=checked.findings,
        batch=batch,
    )


def _check(corrections: Sequence[Correction]) -> None:
    if not 1 <= len(corrections) <= MAX_REPLACEMENTS:
        message = f"name 1 to {MAX_REPLACEMENTS} certificates to be replaced"
        raise InputError("corrections", message, most=MAX_REPLACEMENTS)
    check_each_once([each.number for each in corrections])
    for each in corrections:
        unknown = sorted(set(each.changes) - set(FIELDS))
        if unknown:
            message = f"certificate {each.number}: there is no field {unknown[0]}; there are {', '.join(FIELDS)}"
            raise InputError("unknown_field", message, field=unknown[0])
        if each.reason is ReplacementReason.CORRECTED and not each.changes:
            message = f"certificate {each.number}: a correction changes something; say what"
            raise InputError("nothing_changes", message, number=each.number)
        if each.reason is ReplacementReason.RESTORED and "award_date" in each.changes:
            message = f"certificate {each.number}: a restored title keeps its award date"
            raise InputError("award_date", message, number=each.number)


def _checked(
    opened: Opened, corrections: Sequence[Correction], authority: str, decision: str
) -> tuple[CheckedBatch, list[AwardContent]]:
    """Return the new rows, and those that they replace, in the same order."""
    from issuer.documents.fonts import fonts_of  # noqa: PLC0415 - who checks no list needs no fonts

    today, vault = day_of(opened.clock()), opened.vault
    fonts = fonts_of(opened.home)
    with opened.register.read() as session:
        trust = published_trust(session, opened.home.publication, now=opened.clock())
        catalogue = lists.catalogue(session)
        standings = read_standings(session, opened)
        older = [_approved_row(session, opened, each.number) for each in corrections]
        replacing: dict[int, ReplacingRow] = {}
        for sheet_row, (row, each) in enumerate(zip(older, corrections, strict=True), start=1):
            replacement = Replacement(number=each.number, reason=each.reason)
            kept = replace(row.draft, sheet_row=sheet_row, replaces=replacement)
            found = require_replaceable(
                session, vault, kept, authority=authority, trust=trust, today=today, standings=standings
            )
            assert found is not None
            replacing[sheet_row] = ReplacingRow(replacement=replacement, counted_from=found.replaced.counted_from)
        context = intake_context(
            session,
            vault,
            authority,
            catalogue=catalogue,
            missing_glyphs=lambda text: [glyph.char for glyph in fonts.missing(text)],
            today=today,
            defaults={"decision_document": decision} if decision else {},
        )
        # Whether the holder is barred is asked of the whole row below: a withdrawal that is set aside bars nobody.
        context = replace(context, replacing=replacing, is_barred=lambda _type, _number: False)
        rows = [
            RawRow(sheet_row=place, cells=_cells(row.draft, catalogue, place) | dict(each.changes))
            for place, (row, each) in enumerate(zip(older, corrections, strict=True), start=1)
        ]
        checked = intake.check(rows, context, today)
        for draft in checked.good:
            require_not_barred(session, vault, draft, today=today, standings=standings)
            require_replaceable(
                session, vault, draft, authority=authority, trust=trust, today=today, standings=standings
            )
        good = tuple(replace(each, photo=older[each.sheet_row - 1].draft.photo) for each in checked.good)
        return replace(checked, good=good), older


def _approved_row(session: ReadSession, opened: Opened, number: str) -> AwardContent:
    """Return the row that a certificate was issued from, proven: what was altered in the register is not carried on.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``not_signed``.
        TamperedError: two operators did not sign for this row.
    """
    certificate = certificates.by_number(session, number)
    if certificate.issued_at is None:
        message = f"certificate {number} is {certificate.stage.value}, not issued; there is nothing to replace"
        raise ConflictError("not_signed", message, number=number)
    row = open_row(session, opened.vault, certificate.award)
    operators = read_operators(session, opened)
    return prove_row(session, row, operators=operators, now=certificate.issued_at).row


def _cells(draft: AwardDraft, catalogue: Catalogue, place: int) -> dict[str, str | date | None]:
    """A row as a list would write it."""
    return {
        "seq": str(place),
        "name": draft.name,
        "sex": draft.sex.value,
        "id_type": ID_TYPE_NAMES[draft.id_type][0],
        "id_number": draft.id_number,
        "employer": draft.employer,
        "series": catalogue.series(draft.series).name,
        "level": catalogue.level(draft.level).name,
        "title": catalogue.title(draft.title).name,
        "specialty": draft.specialty or None,
        "way": catalogue.way(draft.way).name,
        "award_date": draft.award_date,
        "filing_number": draft.filing_number,
        "basis": None if draft.filing_number else draft.basis_reference,
        "scope": None if draft.scope is None else draft.scope.region,
        "note": draft.note,
    }


@again
def _store(  # noqa: PLR0917 - what is stored with a batch
    opened: Opened,
    actor: Actor,
    checked: CheckedBatch,
    older: Sequence[AwardContent],
    corrections: Sequence[Correction],
    authority: str,
    decision: str,
) -> str:
    asked = [
        {"number": each.number, "reason": each.reason.value, "changes": dict(each.changes)} for each in corrections
    ]
    data = jsonform.encode({"decision": decision, "replacements": asked})
    with opened.register.write() as session:

        def photo(sheet_row: int) -> CleanPhoto:
            found = photo_of(session, opened.vault, older[sheet_row - 1])
            assert found is not None  # the new row names the older one's
            return found

        return store_checked(
            session,
            opened.vault,
            checked,
            file=ListFile(name="replacements.json", data=data),
            authority=authority,
            decision_document=decision,
            actor=actor,
            now=opened.clock(),
            photo_of=photo,
        )
