"""Certificates that were issued: listed with masked names, shown one at a time, and their sealed documents.

Rules: who opens personal data is noted in the audit before anything is shown.

    certificates.listed(opened, actor)
    certificates.shown(opened, actor, "99000020262000001").events
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from credential import checkcode, qrtext
from credential.catalogue import Catalogue
from credential.claims import CredentialBytes, decode_claims, parse
from credential.errors import CredentialError
from credential.verdict import FaceFacts
from issuer import faces
from issuer.auditing.opened import HAND_OUT, LISTING, OPEN, note
from issuer.batches import rows
from issuer.batches.contacts import contact_of
from issuer.db import certificates
from issuer.db.certificates import Certificate, CertificateContent, Wanted
from issuer.db.events import Event, events_of
from issuer.db.faces import draft_of
from issuer.db.sessions import ReadSession
from issuer.documents.found import document_of
from issuer.errors import ConflictError, InputError, IssuerError
from issuer.home.opened import Actor, Opened
from issuer.identifiers import mask_name
from issuer.intake.model import Contact
from issuer.office import lists

__all__ = [
    "MAX_LISTED",
    "MOST_COUNTED",
    "CertificateListing",
    "CertificateShown",
    "Contact",
    "Event",
    "Page",
    "Wanted",
    "document",
    "listed",
    "shown",
]

EVERY: Final = Wanted()
MOST_COUNTED: Final = 1000
"""Certificates behind a page that are counted: nobody turns more pages, and counting all reads the whole register."""
MAX_LISTED: Final = 1000
"""Certificates on a page where nobody says how many: what a person looks through, opened in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateListing:
    """A certificate as a list shows it."""

    id: str
    number: str
    name: str = field(repr=False)
    """Masked, or whole for anyone who hands the certificates out."""
    status: str
    authority: str
    series: str
    title: str
    level: str
    specialty: str
    award_date: date
    issued_on: date | None
    basis: str
    scope: str | None
    document: Path | None
    """Where the sealed PDF is, None when it was not made or is gone."""
    check_code: str | None = field(default=None, repr=False)
    """In groups; None where names are masked."""
    qr_text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list."""

    certificates: tuple[CertificateListing, ...]
    left: int
    """How many more there are behind it; not counted further than ``MOST_COUNTED``."""

    @property
    def has_more(self) -> bool:
        """Whether there are more behind it than ``left``, because they were not counted."""
        return self.left > MOST_COUNTED


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateShown:
    """A certificate with everything that happened to it."""

    certificate: CertificateListing
    events: tuple[Event, ...]
    face: FaceFacts | None = field(repr=False)
    """What its document prints besides; None where it has no face, or what is stored is none."""
    contact: Contact | None = field(repr=False)
    """How the holder is reached, where a list said it."""


def listed(
    opened: Opened,
    actor: Actor,
    which: Wanted = EVERY,
    *,
    name: str | None = None,
    full: bool = False,
    limit: int = MAX_LISTED,
) -> Page:
    """Return a page of signed certificates by number; only those that it holds are opened.

    Args:
        opened: the home.
        actor: who looks, for the audit.
        which: those that are wanted.
        name: of the holder, whole. Names are sealed: every certificate that ``which`` gives is opened to compare, so it
            names a batch, a filing, or the first day of issue too.
        full: with names, check codes and QR texts.
        limit: at most so many.

    Raises:
        InputError: ``name_alone``: the whole register would be opened for one name.
        NotFoundError: ``no_batch``.
        ConflictError: ``reading_unrecorded``.
    """
    if name is not None and which.batch is None and which.filing is None and which.issued_from is None:
        raise InputError("name_alone", "a name is looked for in a batch, a filing, or from a day of issue on")
    with opened.register.read() as session:
        if which.batch is not None:
            rows.batch(session, which.batch)
        catalogue = lists.catalogue(session)
        counted = MOST_COUNTED + 1 if name is None else None
        found, count = certificates.wanted(session, which, limit=limit, counted=counted)
        details = {"certificates": len(found) if name is None else count, "full": full}
        details |= {} if name is None else {"by_name": True}
        note(opened, actor, LISTING, [opened.home.settings.deployment], details=details)
        if name is not None:
            named = _named(opened, session, which, name)
            found, count = named[:limit], len(named)
        shown = tuple(_listing(opened, session, each, catalogue, full=full) for each in found)
        return Page(certificates=shown, left=count - len(shown))


def shown(opened: Opened, actor: Actor, number: str) -> CertificateShown:
    """Return one certificate, whole.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``not_signed``; ``reading_unrecorded``.
    """
    with opened.register.read() as session:
        certificate = certificates.by_number(session, number)
        note(opened, actor, OPEN, [number])
        listing = _listing(opened, session, certificate, lists.catalogue(session), full=True)
        events = tuple(events_of(session, certificate.id))
        face = _face(session, certificate)
        contact = contact_of(session, opened.vault, certificate.holder)
        return CertificateShown(certificate=listing, events=events, face=face, contact=contact)


def document(opened: Opened, actor: Actor, number: str) -> Path | None:
    """Return where a certificate's sealed document is, None when it was not made or is gone.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``reading_unrecorded``.
    """
    with opened.register.read() as session:
        certificate = certificates.by_number(session, number)
    note(opened, actor, HAND_OUT, [number])
    return document_of(opened.home.documents, certificate)


def _named(opened: Opened, session: ReadSession, which: Wanted, name: str) -> list[Certificate]:
    """Those of a holder of this name, by number. What does not open, an erased one say, has no name."""
    found: list[Certificate] = []
    part, _ = certificates.wanted(session, which, limit=MAX_LISTED, counted=0)
    while part:
        opened_part = certificates.content_of_each(session, opened.vault, [each.id for each in part])
        found += [each for each in part if _name_of(opened_part[each.id][1]) == name.strip()]
        part, _ = certificates.wanted(session, replace(which, after=part[-1].number), limit=MAX_LISTED, counted=0)
    return found


def _name_of(content: CertificateContent | IssuerError) -> str | None:
    if isinstance(content, IssuerError) or content.credential is None:
        return None
    return decode_claims(parse(CredentialBytes(content.credential)).message.payload).name


def _face(session: ReadSession, certificate: Certificate) -> FaceFacts | None:
    try:
        stored = draft_of(session, certificate.id, certificate.cti)
        return None if stored is None else FaceFacts.of(faces.read(stored))
    except CredentialError:
        return None  # the publisher tells of it


def _listing(
    opened: Opened, session: ReadSession, certificate: Certificate, catalogue: Catalogue, *, full: bool
) -> CertificateListing:
    stored = certificates.content(session, opened.vault, certificate.id)
    if stored.credential is None:
        message = f"certificate {certificate.number} is reserved and not signed yet"
        raise ConflictError("not_signed", message, number=certificate.number)
    credential = CredentialBytes(stored.credential)
    claims = decode_claims(parse(credential).message.payload)
    origin = opened.home.settings.origin
    return CertificateListing(
        id=certificate.id,
        number=certificate.number,
        name=claims.name if full else mask_name(claims.name),
        status=certificate.state.word,
        authority=certificate.authority,
        series=catalogue.series(claims.series).name,
        title=catalogue.title(claims.title).name,
        level=catalogue.level(claims.level).name,
        specialty=claims.specialty,
        award_date=claims.award_date,
        issued_on=certificate.issued_on,
        basis=claims.basis_reference,
        scope=None if claims.scope is None else claims.scope.name,
        document=document_of(opened.home.documents, certificate),
        check_code=checkcode.group(checkcode.parse(stored.check_code)) if full else None,
        qr_text=qrtext.encode(credential, origin) if full else None,
    )
