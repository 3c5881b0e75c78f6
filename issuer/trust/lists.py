"""Building and publishing trust lists: register facts in, a file that the root signed out (FORMAT 9).

Rules: the root signs rarely and where a person sees every member that changes (``issuer.trust.changes``), so a list is
only made when it differs from the newest one or nears its end. Whoever publishes it keeps its files in the register
first; then they are written, and the snapshot that names it comes last.

    draft = draft_trust_list(session, settings, store, now=now)
    signed = sign_trust_list(store, draft, signers)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select

from credential import filings as filing_files
from credential import jose, publication, roots
from credential import trustlist as trust_lists
from credential.algorithms import ES256
from credential.catalogue import CATALOGUE_TYP, Catalogue
from credential.ceremony import MAX_PAYLOAD_BYTES
from credential.delegation import check_delegation
from credential.signing import Signer
from credential.trustform import (
    MAX_TRUST_LIST_BYTES,
    Authority,
    DocumentCertificate,
    KeyEntry,
    KeyState,
    StatusAssignment,
    TrustList,
)
from credential.trustlist import VerifiedTrustList
from issuer.db.models import CatalogueVersionRow
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, NotFoundError, TamperedError
from issuer.home.settings import TrustSettings
from issuer.office import lists
from issuer.publishing.chain import newest_root, newest_trust
from issuer.publishing.store import Readable, versions
from issuer.trust.changes import CATALOGUE, FILINGS, TRUST_LIST, Change, compare
from issuer.trust.entries import certificate_rows, keys
from issuer.trust.marks import marked_contacts
from issuer.trust.succession import check_goes_on

LIFETIME: Final = timedelta(days=365)
_ALWAYS_NEW: Final = frozenset({"version", "iat", "exp"})
"""Members of which every list has its own; alone they are no reason to sign one."""
RENEW_BEFORE: Final = timedelta(days=60)
"""A list is signed anew when less is left: two months for the holder of the root to find the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A trust list that is ready to be signed, with the files that it names."""

    content: TrustList
    filings: bytes
    catalogue: bytes
    """The catalogue's payload; it is signed together with the list when its version is new."""
    changes: tuple[Change, ...]
    """Every member that differs from what is published, for whoever holds the root; empty when nothing is to sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedList:
    """A trust list that the root signed, not yet written."""

    content: TrustList
    files: Mapping[str, bytes]
    """What is written, by its path, in this order: the list last, after what it names."""


def status_uri(settings: TrustSettings, number: int) -> str:
    """Return the stable address of a status list in CWT form, as credentials name it."""
    return settings.publications[0] + publication.status_cwt(str(number))


def draft_trust_list(session: ReadSession, settings: TrustSettings, store: Readable, *, now: datetime) -> Draft:
    """Lay out the next trust list from the register.

    Raises:
        NotFoundError: ``no_authorities``, ``no_catalogue``, ``no_status_key``: what every list needs is not set up.
    """
    now = now.replace(microsecond=0)
    newest = versions(store, "trust/list")
    previous = newest_trust(store, now=now) if newest else None
    filings = filing_files.encode_filings(_filings(session))
    catalogue = _catalogue(session)
    content = TrustList(
        version=(newest[-1] if newest else 0) + 1,
        iat=now,
        exp=now + LIFETIME,
        deployment=settings.deployment,
        demonstration=settings.demonstration,
        authorities=tuple(_authorities(session, training=settings.training)),
        keys=tuple(_keys(session)),
        document_certificates=tuple(_certificates(session)),
        hosts=settings.hosts,
        publications=settings.publications,
        status=_status(session, settings),
        filings_digest=sha256(filings).digest(),
        catalogue_version=catalogue.version,
        catalogue_digest=_catalogue_digest(store, catalogue.version, None if previous is None else previous.content),
    )
    changes = _changes(store, previous, content, (filings, catalogue.content), now)
    return Draft(content=content, filings=filings, catalogue=catalogue.content, changes=changes)


def sign_trust_list(store: Readable, draft: Draft, signers: Sequence[Signer]) -> SignedList:
    """Sign a draft with root keys. Nothing is written.

    Raises:
        NotTrustedError: ``too_few_signatures``: the root demands more of its keys; ``outside_delegation``.
        MalformedError: ``unknown_kind``: the draft says what this program does not know.
        ConflictError: ``trust_list_not_next``: time has passed, draft anew; ``newer_publication``: a newer program
            made the published list.
        TamperedError: ``entries_removed``: the register lost something that is published.
    """
    trust_lists.check_known(draft.content)
    check_next(store, draft.content.version)
    check_goes_on(store, draft.content, draft.filings, now=draft.content.iat)
    check_delegation(draft.content)
    root = newest_root(store)
    catalogue = _signed_catalogue(store, draft, signers)
    content = replace(draft.content, catalogue_digest=sha256(catalogue).digest())
    payload = trust_lists.encode_trust_list(content)
    container = jose.join([jose.sign(payload, signer, typ=trust_lists.TYP) for signer in signers])
    trust_lists.verify_trust_list(container, root, now=content.iat)
    files = {
        publication.filings(content.filings_digest.hex()): draft.filings,
        publication.catalogue(content.catalogue_version): catalogue,
        publication.trust_list(content.version): container,
    }
    return SignedList(content=content, files=files)


def check_next(store: Readable, version: int) -> None:
    """Ask whether this is the version that comes next: there are never two lists of one version.

    Raises:
        ConflictError: ``trust_list_not_next``.
    """
    newest = max(versions(store, "trust/list"), default=0)
    if version != newest + 1:
        message = f"trust list {newest + 1} is the next one, this is {version}; draft it anew and sign again"
        raise ConflictError("trust_list_not_next", message, expected=newest + 1, found=version)


def sign_first_root(signer: Signer, root: roots.Root) -> bytes:
    """Return root version 1, signed by its one key: the file that readers pin."""
    container = jose.join([jose.sign(roots.encode_root(root), signer, typ=roots.TYP)])
    roots.verify_root(container, None)
    return container


def _signed_catalogue(store: Readable, draft: Draft, signers: Sequence[Signer]) -> bytes:
    path = publication.catalogue(draft.content.catalogue_version)
    if store.has(path):
        return store.read(path)
    return jose.join([jose.sign(draft.catalogue, signer, typ=CATALOGUE_TYP) for signer in signers])


def _catalogue(session: ReadSession) -> CatalogueVersionRow:
    row = session.scalars(select(CatalogueVersionRow).order_by(CatalogueVersionRow.version.desc()).limit(1)).first()
    if row is None:
        raise NotFoundError("no_catalogue", "no catalogue is in use")
    Catalogue.from_json(row.content)
    return row


def _catalogue_digest(store: Readable, version: int, previous: TrustList | None) -> bytes:
    """The digest of the signed file; before it is signed for the first time there is none, and zeros stand for it."""
    if previous is not None and previous.catalogue_version == version:
        return previous.catalogue_digest
    path = publication.catalogue(version)
    return sha256(store.read(path)).digest() if store.has(path) else bytes(32)


def _authorities(session: ReadSession, *, training: bool) -> Iterable[Authority]:
    if not lists.authorities(session):
        raise NotFoundError("no_authorities", "no authority is set up; a trust list names at least one")
    names = {region.code: region.name for region in lists.regions(session)}
    for each in lists.authorities(session):
        yield Authority(
            id=each.id,
            name=each.name,
            name_en=each.name_en,
            code=each.credit_code,
            region=each.region_code,
            region_name=names[each.region_code],
            parent=each.parent,
            contact=marked_contacts(each.contact, each.id) if training else each.contact,
            grants=tuple(lists.grants(session, each.id)),
        )


def _keys(session: ReadSession) -> Iterable[KeyEntry]:
    for key in keys(session):
        yield KeyEntry(
            key=key.key,
            use=key.use,
            authority=key.authority,
            begins=key.valid_from,
            ends=key.valid_until,
            state=key.state,
            compromised_since=key.compromised_since,
            succeeds=key.succeeds,
        )


def _certificates(session: ReadSession) -> Iterable[DocumentCertificate]:
    for row in certificate_rows(session):
        yield DocumentCertificate(
            authority=row.authority,
            alg=ES256.alg,
            params={},
            certificate=row.certificate,
            begins=row.valid_from,
            ends=row.valid_until,
            state=row.state,
        )


def _status(session: ReadSession, settings: TrustSettings) -> tuple[StatusAssignment, ...]:
    kids = tuple(key.key.key_id for key in keys(session, use="status") if key.state is KeyState.ACTIVE)
    if not kids:
        raise NotFoundError("no_status_key", "no status key is set up")
    base = settings.publications[0]
    return tuple(
        StatusAssignment(
            id=number,
            cwt=status_uri(settings, number),
            jwt=base + publication.status_jwt(str(number)),
            kids=kids,
        )
        for number in range(lists.deployment(session).status_lists)
    )


def _filings(session: ReadSession) -> filing_files.Filings:
    committees, filings = lists.committees(session), lists.filings(session)
    return filing_files.Filings(committees=tuple(committees), filings=tuple(filings))


def _changes(
    store: Readable, previous: VerifiedTrustList | None, content: TrustList, files: tuple[bytes, bytes], now: datetime
) -> tuple[Change, ...]:
    """What whoever signs should know: every member of the list and of the files that it names by their digests."""
    filings, catalogue = files
    old = None if previous is None else previous.content
    listed = compare(_payload(previous), trust_lists.encode_trust_list(content), TRUST_LIST)
    due = old is None or old.exp - now < RENEW_BEFORE
    if not due and all(each.what == TRUST_LIST.what and each.member in _ALWAYS_NEW for each in listed):
        return ()
    before = None if old is None else store.read(publication.filings(old.filings_digest.hex()))
    changes = (*listed, *compare(before, filings, FILINGS))
    if old is not None and old.catalogue_version == content.catalogue_version:
        return changes
    return (*changes, *compare(_published_catalogue(store, old), catalogue, CATALOGUE))


def _payload(trust: VerifiedTrustList | None) -> bytes | None:
    """The bytes that were signed, not a form that this program would write."""
    if trust is None:
        return None
    return jose.parse_container(trust.container, typ=trust_lists.TYP, max_bytes=MAX_TRUST_LIST_BYTES)[0].payload


def _published_catalogue(store: Readable, trust: TrustList | None) -> bytes | None:
    if trust is None:
        return None
    path = publication.catalogue(trust.catalogue_version)
    container = store.read(path)
    if sha256(container).digest() != trust.catalogue_digest:
        message = f"{path} in {store.where} is not the file that trust list {trust.version} names; restore a backup"
        raise TamperedError("publication_altered", message, path=path)
    return jose.parse_container(container, typ=CATALOGUE_TYP, max_bytes=MAX_PAYLOAD_BYTES)[0].payload
