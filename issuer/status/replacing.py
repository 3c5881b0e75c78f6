"""Replacing: which certificate an approved row takes the place of, whether it may, and the event that says so.

Rules: a correction or re-issue supersedes a certificate that is in force or suspended; a restored title sets aside a
withdrawal. The row names the certificate and why (FORMAT 11.2), and is the row of the same person: the same identity
document, or the same name where the document's number was wrong. A certificate is replaced once. The day to which the
gap is counted is read from its signed history, never from a column.

    found = require_replaceable(session, vault, draft, authority="sf-hrss", trust=trust, today=today)
    append_event(session, found.certificate.id, found.event(...))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from credential.days import day_of
from credential.history import EventKind, History, Reason, Replaced, may_follow
from credential.trustlist import VerifiedTrustList
from issuer.batches.context import bars_of
from issuer.db import certificates
from issuer.db.certificates import Certificate
from issuer.db.events import Event, events_of
from issuer.db.models import HolderRow, Stage
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, NotAllowedError, NotFoundError
from issuer.intake.model import AwardDraft, ReplacementReason
from issuer.integrity.standing import NOTHING_PROVEN, Standings
from issuer.publishing.registered import signed_history
from issuer.status.plan import claims_of, find_right
from issuer.vault import Vault

KIND_OF: Final[Mapping[ReplacementReason, EventKind]] = MappingProxyType(
    {
        ReplacementReason.CORRECTED: EventKind.SUPERSEDED,
        ReplacementReason.KEY_COMPROMISED: EventKind.SUPERSEDED,
        ReplacementReason.RESTORED: EventKind.SET_ASIDE,
    }
)
"""What a replacement for this reason leaves in the history of the certificate replaced."""
PUBLIC_REASON: Final[Mapping[EventKind, Reason]] = MappingProxyType(
    {EventKind.SUPERSEDED: Reason.REISSUED, EventKind.SET_ASIDE: Reason.DECISION}
)
"""The reason class that such an event has (FORMAT 11.1). The keys are the kinds that rest on a batch's approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaceable:
    """A certificate that may be replaced now."""

    certificate: Certificate
    kind: EventKind
    """What its history is to say."""
    replaced: Replaced
    """What the history of the new certificate says of it."""

    def event(self, *, authority: str, document: str, successor: str, statement: str, now: datetime) -> Event:
        """Return the event for its history.

        Args:
            authority: whose batch the successor is of.
            document: the decision document of the successor's row.
            successor: the number of the certificate that takes its place, issued at ``now``.
            statement: the row of the evidence of the batch's approval.
            now: aware instant.
        """
        return Event(
            kind=self.kind,
            effective=day_of(now),
            recorded=now,
            authority=authority,
            basis="",
            document=document,
            reason=PUBLIC_REASON[self.kind],
            successor=successor,
            statement=statement,
        )


def require_replaceable(
    session: ReadSession,
    vault: Vault,
    draft: AwardDraft,
    *,
    authority: str,
    trust: VerifiedTrustList,
    today: date,
    standings: Standings = NOTHING_PROVEN,
) -> Replaceable | None:
    """Ask whether a row may be issued in place of the certificate that it names; None when it names none.

    Asked when such a row is drafted, when it is reserved, and in the transaction that stores its certificate.

    Args:
        session: reads.
        vault: opens what the certificate says.
        draft: the row.
        authority: whose row it is.
        trust: the published trust list.
        today: civil day.
        standings: what operators signed of integrity records.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``not_signed``, ``older_not_published``: there is nothing in a holder's hands to replace;
            ``already_replaced``; ``not_replaceable``: from this state nothing leads there.
        NotAllowedError: ``erased``, ``other_holder``, ``barred``, ``no_right``.
    """
    if draft.replaces is None:
        return None
    number, kind = draft.replaces.number, KIND_OF[draft.replaces.reason]
    certificate = certificates.by_number(session, number)
    _require_state(session, certificate, kind)
    _require_same_person(session, vault, certificate, draft, today, standings)
    claims = claims_of(session, vault, certificate)
    find_right(trust, certificate, claims, kind, authority, on=today)
    history = signed_history(session, certificate, trust)
    if history is None:
        message = f"certificate {number} is not published yet; publish it first, then replace it"
        raise ConflictError("older_not_published", message, number=number)
    return Replaceable(certificate=certificate, kind=kind, replaced=replaced_of(certificate, history))


def replaced_of(certificate: Certificate, history: History) -> Replaced:
    """Return what a successor says of a certificate (FORMAT 6): a chain counts to its first member."""
    return Replaced(number=certificate.number, counted_from=history.counted_from or history.issued.effective)


def replacement_of(session: ReadSession, certificate: Certificate) -> Event | None:
    """Return the event of a certificate that names the one in its place, as the register has it; None without one."""
    return next((each for each in events_of(session, certificate.id) if each.kind in PUBLIC_REASON), None)


def _require_state(session: ReadSession, certificate: Certificate, kind: EventKind) -> None:
    number = certificate.number
    if certificate.stage is not Stage.SIGNED:
        message = f"certificate {number} is {certificate.stage.value}, not issued; there is nothing to replace"
        raise ConflictError("not_signed", message, number=number)
    event = replacement_of(session, certificate)
    if event is not None:
        message = f"certificate {number} was replaced by {event.successor} already; replace that one"
        raise ConflictError("already_replaced", message, number=number, successor=event.successor)
    if not may_follow(certificate.state, kind):
        restored = kind is EventKind.SET_ASIDE
        wanted = "a title is restored where one was withdrawn" if restored else "only one in force is corrected"
        message = f"certificate {number} is {certificate.state.word}; {wanted}"
        raise ConflictError("not_replaceable", message, number=number, state=certificate.state.word)


def _require_same_person(  # noqa: PLR0917 - two certificates of one person, and what bars the person
    session: ReadSession,
    vault: Vault,
    certificate: Certificate,
    draft: AwardDraft,
    today: date,
    standings: Standings,
) -> None:
    holder = session.get(HolderRow, certificate.holder)
    if holder is None:
        raise NotFoundError("no_holder", f"certificate {certificate.number} has no holder in the register")
    claims = claims_of(session, vault, certificate)
    same_document = holder.blind_index == vault.blind_index(draft.id_type.word, draft.id_number)
    if not same_document and claims.name != draft.name:
        message = (
            f"row {draft.sheet_row} has another name and another identity document than certificate "
            f"{certificate.number}: it is another holder's; correct one of the two at a time"
        )
        raise NotAllowedError("other_holder", message, sheet_row=draft.sheet_row, number=certificate.number)
    # Who is barred stays so under a corrected number.
    if same_document or holder.blind_index is None:
        return
    if bars_of(session, holder.blind_index, draft, today, standings):
        message = f"row {draft.sheet_row}: the holder of certificate {certificate.number} is in the integrity record"
        raise NotAllowedError("barred", message, sheet_row=draft.sheet_row)
