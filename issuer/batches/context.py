"""What the check of a list asks of the register, and what is asked of it again before an award is issued.

context = intake_context(session, vault, "sf-hrss", catalogue=catalogue, missing_glyphs=missing, today=today)
checked = check(read_list(data, name=name).rows, context, today)
require_asked(Asked(session, vault, waiting=False), draft, today=today)      # weeks later, before a number is taken
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from credential.catalogue import Catalogue
from issuer.batches.asking import Asked, without_restored
from issuer.db.integrity import IntegrityRecord
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, NotAllowedError
from issuer.intake.model import AwardDraft, IntakeContext
from issuer.integrity import barring
from issuer.integrity.standing import NOTHING_PROVEN, Standings
from issuer.office import lists
from issuer.vault import Vault


def intake_context(
    session: ReadSession,
    vault: Vault,
    authority_id: str,
    *,
    catalogue: Catalogue,
    missing_glyphs: Callable[[str], Sequence[str]],
    today: date,
    defaults: Mapping[str, str] | None = None,
    excess: Callable[[AwardDraft], int] = lambda _draft: 0,
    standings: Standings = NOTHING_PROVEN,
) -> IntakeContext:
    """Gather what the check of one authority's list asks of the register.

    The context's questions go to ``session``, so it lives as long as that.

    Raises:
        NotFoundError: ``no_authority``.
    """
    authority = lists.authority(session, authority_id)
    asked = Asked(session, vault, standings=standings)
    return IntakeContext(
        authority=authority_id,
        catalogue=catalogue,
        specialties=lists.specialties(session, authority_id),
        filings=lists.filings(session),
        grants=lists.grants(session, authority_id),
        region=authority.region_code,
        regions={region.code: region.name for region in lists.regions(session)},
        missing_glyphs=missing_glyphs,
        is_barred=lambda id_type, number: asked.is_barred(id_type, number, today),
        find_existing=asked.existing,
        find_elsewhere=asked.elsewhere,
        ahead=lambda drafts: asked.ahead(drafts, today),
        defaults=dict(defaults or {}),
        excess=excess,
    )


def require_asked(asked: Asked, draft: AwardDraft, *, today: date) -> None:
    """Ask the questions about a person again, right before reserving.

    Weeks may pass between check and issue, and the same award may wait in two batches.

    Raises:
        NotAllowedError: code ``barred``, ``integrity_unproven``: as ``require_not_barred``; ``withdrawn_award``: the
            certificate of this very award was withdrawn.
        ConflictError: code ``already_issued``: the person holds this title, or a number is reserved for it.
    """
    refuse_barred(asked.bars(draft, today), draft)
    number = asked.existing(draft)  # but for the one that the row replaces
    if number is not None:
        message = f"row {draft.sheet_row}: certificate {number} stands for the same award; reject the row"
        raise ConflictError("already_issued", message, sheet_row=draft.sheet_row, number=number)
    other = asked.elsewhere(draft)
    if other.withdrawn is not None and other.same_award:
        message = f"row {draft.sheet_row}: certificate {other.withdrawn} of the same award was withdrawn"
        raise NotAllowedError("withdrawn_award", f"{message}; reject the row", sheet_row=draft.sheet_row)


def require_not_barred(
    session: ReadSession, vault: Vault, draft: AwardDraft, *, today: date, standings: Standings = NOTHING_PROVEN
) -> None:
    """Ask whether a person may be issued anything, and again before a reserved row is signed.

    Raises:
        NotAllowedError: code ``barred``: an integrity record is in force; ``integrity_unproven``: one is there that no
            withdrawal backs.
    """
    refuse_barred(Asked(session, vault, standings=standings).bars(draft, today), draft)


def refuse_barred(records: Sequence[IntegrityRecord], draft: AwardDraft) -> None:
    """Refuse a row that integrity records stand against. Raises as ``require_not_barred``."""
    for record in records:
        if record.statement is None:
            message = (
                f"row {draft.sheet_row}: an integrity record ({record.document}) names the holder and no statement "
                "stands behind it; the row waits until an administrator has looked into it"
            )
            raise NotAllowedError("integrity_unproven", message, sheet_row=draft.sheet_row)
        until = "without end" if record.term_until is None else f"until {record.term_until}"
        message = f"row {draft.sheet_row}: the holder is in the integrity record ({record.document}), barred {until}"
        raise NotAllowedError("barred", message, sheet_row=draft.sheet_row)


def bars_of(
    session: ReadSession, blind_index: bytes, draft: AwardDraft, today: date, standings: Standings = NOTHING_PROVEN
) -> list[IntegrityRecord]:
    """Return the integrity records that stand against a row, if the person of ``blind_index`` is its holder."""
    return without_restored(session, barring.bars(session, blind_index, on=today, standings=standings), draft)
