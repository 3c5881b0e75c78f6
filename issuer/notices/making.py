"""Notices made from what happened: gathered, worded by the terms of the day, sealed under the holder's key.

Rules: what is told is what the register's event says; whether an operator ordered it is asked before it is published.
A holder who was erased gets none. Who can be written to is written to; the others' notices wait to be printed.

    made = make(session, vault, changes, Setting(...))
    opened(vault, stored)                    # the facts of a stored notice
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from credential.catalogue import Catalogue, UnknownEntryError
from credential.days import day_of
from credential.history import EventKind, Reason
from credential.words import words
from issuer.batches import rows
from issuer.batches.contacts import opened_contact
from issuer.claims.making import way_to
from issuer.db.notices import Change, NewNotice, StoredNotice
from issuer.db.sessions import ReadSession
from issuer.delivering.model import Way
from issuer.errors import IssuerError
from issuer.home.practice import NoticesSection
from issuer.identifiers import mask_id
from issuer.ids import new_id
from issuer.intake.model import AwardDraft
from issuer.integrity.terms import term_on, years_after
from issuer.notices.model import Facts, from_json, to_json
from issuer.office import lists
from issuer.office.values import Authority
from issuer.vault import DataKey, Vault

NOTICE = {"table": "notices", "column": "said"}
"""Where what a notice says is sealed; the row is its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all notices of one turn have in common."""

    terms: NoticesSection
    ways: tuple[Way, ...]
    """How a holder can be written to."""
    mark: str
    """Printed where nothing has legal effect."""
    now: datetime


def make(session: ReadSession, vault: Vault, changes: Sequence[Change], setting: Setting) -> list[NewNotice]:
    """Word and seal a notice for each change.

    Raises:
        TamperedError: a row was altered or moved.
    """
    catalogue = lists.catalogue(session)
    drafts = rows.open_each(session, vault, [each.award for each in changes])
    authorities: dict[str, Authority] = {}
    made = []
    for each in changes:
        row = drafts[each.award]
        if isinstance(row, IssuerError):
            if row.code == "erased":
                continue
            raise row
        decided = each.event.authority
        authorities[decided] = authorities.get(decided) or lists.authority(session, decided)
        made.append(_made(vault, each, row.draft, authorities[decided], catalogue, setting))
    return made


def opened(vault: Vault, stored: StoredNotice) -> Facts:
    """Return what a stored notice says. Raises NotAllowedError ``erased``; TamperedError: altered or moved."""
    key = vault.unwrap(stored.wrapped_key, table="holders", row=stored.holder)
    return from_json(key.open(stored.said, row=stored.id, **NOTICE))


def _made(  # noqa: PLR0917 - what a notice is made of
    vault: Vault, change: Change, draft: AwardDraft, authority: Authority, catalogue: Catalogue, setting: Setting
) -> NewNotice:
    notice = new_id()
    key = vault.unwrap(change.wrapped_key, table="holders", row=change.holder)
    facts = _facts(notice, change, draft, authority, catalogue, setting)
    return NewNotice(
        id=notice,
        certificate=change.certificate,
        ordinal=change.ordinal,
        holder=change.holder,
        kind=change.event.kind.word,
        said=key.seal(to_json(facts), row=notice, **NOTICE),
        is_sent=_reached(key, change, setting.ways),
    )


def _reached(key: DataKey, change: Change, ways: Sequence[Way]) -> bool:
    if change.contact is None:
        return False
    return way_to(opened_contact(key, change.holder, change.contact), ways) is not None


def _facts(  # noqa: PLR0917 - what a notice is made of
    notice: str, change: Change, draft: AwardDraft, authority: Authority, catalogue: Catalogue, setting: Setting
) -> Facts:
    event, terms = change.event, setting.terms
    title, title_en = _title(catalogue, draft.title)
    reason, reason_en = _reason(event.reason)
    bars = event.kind is EventKind.WITHDRAWN and event.reason is Reason.FRAUD
    term = term_on(day_of(event.recorded))
    return Facts(
        notice=notice,
        number=change.number,
        kind=event.kind.word,
        name=draft.name,
        id_shown=mask_id(draft.id_number),
        title=title,
        title_en=title_en,
        specialty=draft.specialty or "",
        authority=authority.name,
        authority_en=authority.name_en or authority.name,
        basis=event.basis,
        document=event.document,
        effective=event.effective.isoformat(),
        made=day_of(setting.now).isoformat(),
        reason=reason,
        reason_en=reason_en,
        successor=event.successor or "",
        note=event.note or "",
        barred_from=event.effective.isoformat() if bars else "",
        barred_until=years_after(event.effective, term.years).isoformat() if bars else "",
        barred_basis=term.basis if bars else "",
        review_days=str(terms.review_days),
        review_basis=terms.review_basis,
        review_body=terms.review_body,
        action_months=str(terms.action_months),
        action_basis=terms.action_basis,
        court=terms.court,
        mark=setting.mark,
    )


def _title(catalogue: Catalogue, number: int) -> tuple[str, str]:
    try:
        found = catalogue.title(number)
    except UnknownEntryError:
        return str(number), str(number)
    return found.name, found.name_en or found.name


def _reason(reason: Reason) -> tuple[str, str]:
    if reason is Reason.NONE:
        return "", ""
    told = words()["reason_classes"][str(int(reason))]
    return told["zh"]["title"], told["en"]["title"]
