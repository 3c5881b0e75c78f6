"""Trust lists and catalogues whose root keys are elsewhere: what goes out, and what is taken back (FORMAT 8.1).

What comes back is held against what is published and what the register says now, because days may lie between: a list
that is no longer the next one, or names filings that have changed since, is refused and sent out again.

    request = export_catalogue(store, draft)                  # None: this version is signed already
    request = export_trust_list(store, draft)
    container = import_responses(request, responses, keys=newest_root(store).keys)
    publish_signed_list(store, container, draft.filings, now=now)

The store is an ``issuer.publishing.kept.KeptStore``: what comes back is kept in the register before it is written.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from credential import jose, publication
from credential import trustlist as trust_lists
from credential.catalogue import CATALOGUE_TYP, Catalogue
from credential.ceremony import MAX_PAYLOAD_BYTES, export_request
from credential.trustform import TrustList
from issuer.errors import ConflictError
from issuer.publishing.chain import newest_root
from issuer.publishing.store import PublicationStore
from issuer.trust.lists import Draft, check_next
from issuer.trust.succession import check_goes_on


def export_catalogue(store: PublicationStore, draft: Draft) -> bytes | None:
    """Return the request to sign the draft's catalogue, or None when its version is published."""
    if store.has(publication.catalogue(draft.content.catalogue_version)):
        return None
    return export_request(draft.catalogue, CATALOGUE_TYP)


def publish_catalogue(store: PublicationStore, container: bytes) -> int:
    """Check a signed catalogue against the newest root, write it, and return its version.

    Raises:
        MalformedError, NotTrustedError, SignatureError: not a catalogue that enough root keys signed.
        TamperedError: ``immutable_changed``: another file of this version is published.
    """
    root = newest_root(store)
    messages = jose.parse_container(container, typ=CATALOGUE_TYP, max_bytes=MAX_PAYLOAD_BYTES)
    payload = jose.verify_threshold(messages, root.keys, root.root.threshold)
    version = Catalogue.from_json(payload).version
    store.put(publication.catalogue(version), container)
    return version


def export_trust_list(store: PublicationStore, draft: Draft) -> bytes:
    """Return the request to sign a drafted trust list.

    Raises:
        ConflictError: ``catalogue_not_signed``: the list names the catalogue's file, which does not exist yet;
            ``newer_publication``: a newer program made the published list.
        MalformedError: ``unknown_kind``: the draft says what this program does not know.
        TamperedError: ``entries_removed``: the register lost something that is published.
    """
    check_goes_on(store, draft.content, draft.filings, now=draft.content.iat)
    version = draft.content.catalogue_version
    if not store.has(publication.catalogue(version)):
        message = f"catalogue {version} is not signed yet; have it signed first, the list names its file"
        raise ConflictError("catalogue_not_signed", message, version=version)
    digest = sha256(store.read(publication.catalogue(version))).digest()
    content = replace(draft.content, catalogue_digest=digest)
    return export_request(trust_lists.encode_trust_list(content), trust_lists.TYP)


def publish_signed_list(store: PublicationStore, container: bytes, filings: bytes, *, now: datetime) -> TrustList:
    """Check a signed trust list and write it with the filings that it names. The snapshot does not name it yet.

    Args:
        store: the publication.
        container: from ``import_responses``.
        filings: the filings file as the register has it now.
        now: aware UTC.

    Raises:
        MalformedError, NotTrustedError, SignatureError: not a list that the newest root signed.
        NotInForceError: ``trust_expired``.
        ConflictError: ``trust_list_not_next``, ``filings_changed``, ``catalogue_changed``: time has passed; draft anew.
    """
    trust = trust_lists.verify_trust_list(container, newest_root(store), now=now)
    trust.check_fresh(now)
    content = trust.content
    _check_still_right(store, content, filings)
    store.put(publication.filings(content.filings_digest.hex()), filings)
    store.put(publication.trust_list(content.version), container)
    return content


def _check_still_right(store: PublicationStore, content: TrustList, filings: bytes) -> None:
    check_next(store, content.version)
    if sha256(filings).digest() != content.filings_digest:
        message = "the committees on file have changed since the list was drafted; draft it anew and sign again"
        raise ConflictError("filings_changed", message)
    path = publication.catalogue(content.catalogue_version)
    if not store.has(path) or sha256(store.read(path)).digest() != content.catalogue_digest:
        message = f"the list names another {path} than the one that is published; draft it anew and sign again"
        raise ConflictError("catalogue_changed", message, path=path)
