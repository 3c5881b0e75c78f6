"""What the register holds of one person, opened: for that person alone.

Rules: all holders who are one person are one. What was erased is left out. Who of the office looked is told from the
audit. Nothing here is signed or proven again: it is what the register holds, which is what the person has a right to
see; what counts is the credential, which anybody can check.

    view = holder_view(session, vault, home, holders)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from sqlalchemy import select

from credential import checkcode, qrtext
from credential.claims import Claims, CredentialBytes, decode_claims, parse
from credential.errors import CredentialError
from credential.face import Members
from credential.history import Reason
from credential.words import words
from issuer import faces
from issuer.batches import contacts, rows
from issuer.db import certificates as stored
from issuer.db import events
from issuer.db.certificates import CertificateContent
from issuer.db.faces import draft_of
from issuer.db.models import CertificateRow, HolderRow, Stage
from issuer.db.notices import notices_of
from issuer.db.sessions import ReadSession
from issuer.documents.found import document_of
from issuer.errors import IssuerError, NotAllowedError, NotFoundError
from issuer.home.paths import Home
from issuer.intake.model import AwardDraft, Contact
from issuer.notices.making import opened as opened_notice
from issuer.notices.model import pairs_of
from issuer.office import lists
from issuer.unlock.codes import codes_of
from issuer.unlock.looked import looked
from issuer.unlock.marks import mark_of
from issuer.unlock.model import Certificate, Event, HolderView, Notice
from issuer.vault import Vault

MAX_NOTICES: Final = 1000
"""Of one person: more than there can be events of all certificates of a career."""
Said = tuple[tuple[str, str], ...]
_NOT_TOLD: Final = "issued"
"""The first event is no change."""
Named = Callable[[str], str]
"""The name of an authority by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A certificate with what is sealed of it, and its row of the list."""

    certificate: stored.Certificate
    claims: Claims = field(repr=False)
    content: CertificateContent = field(repr=False)
    draft: AwardDraft
    batch: str
    members: Members | None = field(repr=False)
    history: tuple[Event, ...]


def holder_view(session: ReadSession, vault: Vault, home: Home, holders: Sequence[str]) -> HolderView:
    """Return all that the register holds of a person.

    Args:
        session: reads.
        vault: opens what is sealed.
        home: where documents are, and the host that codes name.
        holders: the ids of all holders who are the person.

    Raises:
        TamperedError: something was altered or moved.
    """
    mark = mark_of(
        session, home.documents, holders
    )  # first: what changes meanwhile has another mark, and is asked again
    named: Named = cache(lambda authority: lists.authority(session, authority).name)
    held = list(_held(session, vault, holders, named))
    made = tuple(_certificate(each, home, named(each.certificate.authority)) for each in held)
    return HolderView(
        name=max(held, key=lambda each: each.claims.issued_at).claims.name if held else "",
        certificates=made,
        notices=_notices(made, _on_paper(session, vault, holders)),
        looked=looked(session, holders, [each.certificate.number for each in held], [each.batch for each in held]),
        held=tuple(dict.fromkeys(_beside(held, _contacts(session, vault, holders)))),
        codes=codes_of(session, vault, holders),
        mark=mark,
    )


def certificate_of(session: ReadSession, holders: Sequence[str], number: str) -> stored.Certificate:
    """Return a certificate of these holders. Raises NotFoundError ``no_certificate``: none, or another holder's."""
    try:
        found = stored.by_number(session, number)
    except NotFoundError as error:
        raise _no_certificate(number) from error
    if found.holder not in holders:
        raise _no_certificate(number)
    return found


def numbers_of(session: ReadSession, holders: Sequence[str]) -> list[str]:
    """Return the numbers of the signed certificates of these holders, in order."""
    query = select(CertificateRow.number).where(
        CertificateRow.holder.in_(holders), CertificateRow.stage == Stage.SIGNED
    )
    return list(session.scalars(query.order_by(CertificateRow.number)))


def _no_certificate(number: str) -> NotFoundError:
    return NotFoundError("no_certificate", f"no certificate of this person has the number {number}", number=number)


def _held(session: ReadSession, vault: Vault, holders: Sequence[str], named: Named) -> Iterator[_Held]:
    query = select(CertificateRow.id).where(CertificateRow.holder.in_(holders), CertificateRow.stage == Stage.SIGNED)
    found = list(session.scalars(query.order_by(CertificateRow.number)))
    opened = stored.content_of_each(session, vault, found)
    happened = events.events_of_many(session, found)
    awards = rows.open_each(session, vault, [opened[each][0].award for each in found])
    for each in found:
        certificate, content = opened[each]
        award = awards[certificate.award]
        if _is_erased(content) or _is_erased(award):
            continue
        assert not isinstance(content, IssuerError)
        assert not isinstance(award, IssuerError)
        assert content.credential is not None
        yield _Held(
            certificate=certificate,
            claims=decode_claims(parse(CredentialBytes(content.credential)).message.payload),
            content=content,
            draft=award.draft,
            batch=award.batch,
            members=_members(session, certificate),
            history=tuple(_event(event, named) for event in happened[each]),
        )


def _is_erased(found: object) -> bool:
    """Whether what was to be opened was erased; what was altered is raised."""
    if isinstance(found, NotAllowedError) and found.code == "erased":
        return True
    if isinstance(found, IssuerError):
        raise found
    return False


def _members(session: ReadSession, certificate: stored.Certificate) -> Members | None:
    try:
        draft = draft_of(session, certificate.id, certificate.cti)
        return None if draft is None else faces.read(draft).members
    except CredentialError:
        return None  # the publisher tells of it


def _certificate(held: _Held, home: Home, authority: str) -> Certificate:
    certificate, claims, content = held.certificate, held.claims, held.content
    assert certificate.issued_on is not None
    assert content.credential is not None
    credential = CredentialBytes(content.credential)
    return Certificate(
        number=certificate.number,
        state=certificate.state.word,
        name=claims.name,
        id_last4=claims.id_last4,
        id_type=held.draft.id_type.word,
        series=claims.series,
        title=claims.title,
        specialty=claims.specialty,
        level=claims.level,
        way=claims.way,
        award_date=claims.award_date,
        issued_on=certificate.issued_on,
        authority=authority,
        scope=None if claims.scope is None else claims.scope.name,
        check_code=checkcode.group(checkcode.parse(content.check_code)),
        credential=credential,
        url=qrtext.encode(credential, home.settings.origin),
        history=held.history,
        extra=tuple(_extra(held.members)),
        has_photo=held.draft.photo is not None,
        has_document=document_of(home.documents, certificate) is not None,
        published=certificate.first_published is not None,
    )


def _extra(members: Members | None) -> Iterator[tuple[str, str]]:
    """What the document prints beyond the credential; sex by its number (GB/T 2261.1)."""
    if members is None:
        return
    named = (
        ("sex", None if members.sex is None else str(int(members.sex))),
        ("employer", members.employer),
        ("birth_month", members.birth_month),
        ("licence", members.licence),
    )
    yield from ((name, text) for name, text in named if text)
    yield from members.printed


def _event(event: events.Event, named: Named) -> Event:
    return Event(
        kind=event.kind.word,
        effective=event.effective,
        recorded=event.recorded,
        reason=None if event.reason is Reason.NONE else event.reason.word,
        successor=event.successor,
        authority=named(event.authority),
        document="　".join(filter(None, (event.basis, event.document, event.note or ""))),
    )


def _on_paper(session: ReadSession, vault: Vault, holders: Sequence[str]) -> dict[tuple[str, int], Said]:
    """What the notices of these holders say, by certificate and event; what was erased is left out."""
    found: dict[tuple[str, int], Said] = {}
    for each in notices_of(session, holders=holders, limit=MAX_NOTICES):
        if each.wrapped_key is not None:
            found[each.number, each.ordinal] = pairs_of(opened_notice(vault, each))
    return found


def _notices(made: Sequence[Certificate], on_paper: Mapping[tuple[str, int], Said]) -> tuple[Notice, ...]:
    """A notice for each change of each certificate, newest first."""
    found = [
        _notice(certificate, ordinal, event, on_paper.get((certificate.number, ordinal), ()))
        for certificate in made
        for ordinal, event in enumerate(certificate.history, start=1)
        if event.kind != _NOT_TOLD
    ]
    return tuple(sorted(found, key=lambda notice: (notice.at, notice.id), reverse=True))


def _notice(certificate: Certificate, ordinal: int, event: Event, on_paper: Said) -> Notice:
    said = {language: words()["events"][event.kind][language]["title"] for language in ("zh", "en")}
    day = event.effective.isoformat()
    zh = f"证书 {certificate.number}：{said['zh']}，自 {day} 起；决定机关：{event.authority}。"
    en = f"Certificate {certificate.number}: {said['en']}, from {day} on; decided by {event.authority}."
    if event.successor is not None:
        zh += f"新证书编号：{event.successor}。"
        en += f" The new certificate is {event.successor}."
    return Notice(
        id=f"{certificate.number}-{ordinal}",
        at=event.recorded,
        certificate=certificate.number,
        kind=event.kind,
        text_zh=zh,
        text_en=en,
        said=on_paper,
    )


def _contacts(session: ReadSession, vault: Vault, holders: Sequence[str]) -> list[Contact]:
    there = [each for each in holders if session.get_one(HolderRow, each).wrapped_key is not None]
    return [found for each in there if (found := contacts.contact_of(session, vault, each)) is not None]


def _beside(held: Sequence[_Held], reached: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """What is held beside certificates, by the names of ``AwardDraft`` and ``Contact``."""
    for contact in reached:
        yield from _said({"mobile": contact.mobile, "email": contact.email})
    for each in held:
        draft = each.draft
        yield from _said(
            {
                "id_type": draft.id_type.word,
                "id_number": draft.id_number,
                "sex": draft.sex.value,
                "employer": draft.employer,
                "filing_number": draft.filing_number,
                "basis_reference": draft.basis_reference,
                "decision_document": draft.decision_document,
                "note": draft.note,
                "batch": each.batch,
            }
        )


def _said(named: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in named.items() if text)
