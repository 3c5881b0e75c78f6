"""What the register tells the check of a list, and the way from a checked list into the register.

context = intake_context(session, vault, "sf-hrss", fonts=fonts, defaults={})
checked = check(read_list(data, name=name).rows, context, today)
batch_id = store_checked(session, vault, to_batch(checked, ...), actor=operator, now=now)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, Protocol

from sqlalchemy import select

from credential.catalogue import Catalogue
from credential.statuslist import Status
from issuer.batches.store import BatchInput, GoodRow, RejectedRow
from issuer.db import integrity
from issuer.db.models import AwardRow, AwardState, CertificateRow, HolderRow
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, NotAllowedError
from issuer.identifiers import IdType
from issuer.intake.model import AwardDraft, CheckedBatch, IntakeContext
from issuer.intake.normalform import draft_from_json, draft_to_json
from issuer.office import lists
from issuer.vault import Vault

_ENDED: Final = frozenset({Status.WITHDRAWN, Status.CANCELLED, Status.SUPERSEDED})


class Glyphs(Protocol):
    """What tells which characters no installed font can print."""

    def missing(self, text: str) -> Sequence[object]:
        """Return the characters of ``text`` that cannot be printed."""


def intake_context(
    session: ReadSession,
    vault: Vault,
    authority_id: str,
    *,
    catalogue: Catalogue,
    missing_glyphs: Callable[[str], Sequence[str]],
    today: date,
    defaults: Mapping[str, str] | None = None,
) -> IntakeContext:
    """Gather what the check of one authority's list asks of the register.

    The context's questions go to ``session``, so it lives as long as that.

    Raises:
        NotFoundError: ``no_authority``.
    """
    authority = lists.authority(session, authority_id)
    return IntakeContext(
        authority=authority_id,
        catalogue=catalogue,
        specialties=lists.specialties(session, authority_id),
        filings=lists.filings(session),
        grants=lists.grants(session, authority_id),
        region=authority.region_code,
        regions={region.code: region.name for region in lists.regions(session)},
        missing_glyphs=missing_glyphs,
        is_barred=lambda id_type, number: is_barred(session, vault, id_type, number, today),
        find_existing=lambda draft: find_existing(session, vault, draft),
        defaults=dict(defaults or {}),
    )


def require_issuable(session: ReadSession, vault: Vault, draft: AwardDraft, *, today: date) -> None:
    """Ask the two questions about a person again, right before reserving: weeks may lie between check and issue,
    and the same award may wait in two batches.

    Raises:
        NotAllowedError: code ``barred``: an integrity record is in force.
        ConflictError: code ``already_issued``: the person holds this title, or a number is reserved for it.
    """
    if is_barred(session, vault, draft.id_type, draft.id_number, today):
        message = f"row {draft.sheet_row}: an integrity record bars issuing to this person; reject the row"
        raise NotAllowedError("barred", message, sheet_row=draft.sheet_row)
    number = find_existing(session, vault, draft)
    if number is not None:
        message = f"row {draft.sheet_row}: certificate {number} stands for the same award; reject the row"
        raise ConflictError("already_issued", message, sheet_row=draft.sheet_row, number=number)


def to_batch(
    checked: CheckedBatch, *, authority: str, file_name: str, file_digest: bytes, decision_document: str
) -> BatchInput:
    """Return what ``store_checked`` takes: good rows in normal form, and of all rows what was found in them."""
    by_row: dict[int | None, list[str]] = {}
    for finding in checked.findings:
        by_row.setdefault(finding.sheet_row, []).append(f"{finding.code}: {finding.message_zh}")
    return BatchInput(
        authority=authority,
        file_name=file_name,
        file_digest=file_digest,
        decision_document=decision_document,
        good=tuple(_good(draft, by_row.get(draft.sheet_row, ())) for draft in checked.good),
        rejected=tuple(
            RejectedRow(sheet_row=row.sheet_row, findings=tuple(by_row.get(row.sheet_row, ("rejected",))))
            for row in checked.rejected
        ),
    )


def _good(draft: AwardDraft, findings: Sequence[str]) -> GoodRow:
    return GoodRow(
        sheet_row=draft.sheet_row,
        id_type=id_type_key(draft.id_type),
        id_number=draft.id_number,
        name=draft.name,
        normal=draft_to_json(draft),
        findings=tuple(findings),
    )


def id_type_key(id_type: IdType) -> str:
    """The stable name under which the blind index knows a type of identity document."""
    return id_type.name.lower()


def _holder(session: ReadSession, vault: Vault, id_type: IdType, number: str) -> HolderRow | None:
    index = vault.blind_index(id_type_key(id_type), number)
    return session.scalar(select(HolderRow).where(HolderRow.blind_index == index))


def is_barred(session: ReadSession, vault: Vault, id_type: IdType, number: str, today: date) -> bool:
    """Whether an integrity record bars issuing to this person today."""
    return bool(integrity.bars(session, vault.blind_index(id_type_key(id_type), number), on=today))


def find_existing(session: ReadSession, vault: Vault, draft: AwardDraft) -> str | None:
    """The number of a certificate that this person holds for the same title, if it has not ended."""
    holder = _holder(session, vault, draft.id_type, draft.id_number)
    if holder is None or holder.wrapped_key is None:
        return None
    key = vault.unwrap(holder.wrapped_key, table="holders", row=holder.id)
    query = (
        select(AwardRow, CertificateRow.number, CertificateRow.state)
        .join(CertificateRow, CertificateRow.award == AwardRow.id)
        .where(AwardRow.holder == holder.id, AwardRow.state.in_([AwardState.RESERVED, AwardState.ISSUED]))
    )
    for award, number, state in session.execute(query):
        if award.payload is None or state in _ENDED:
            continue
        other = draft_from_json(key.open(award.payload, table="awards", column="payload", row=award.id))
        if (other.series, other.title, other.specialty) == (draft.series, draft.title, draft.specialty):
            return str(number)
    return None
