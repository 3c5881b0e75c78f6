"""What the publisher itself trusts of its store: the roots from the first one on, and a trust list under the newest.

The publisher is a reader of its own publication: it checks what lies there as strictly as anybody else, so a file
that somebody changed stops it instead of being signed over.

    trust = newest_trust(store, now=now)
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from credential import publication
from credential.errors import CredentialError
from credential.filings import VerifiedFilings, verify_filings
from credential.roots import VerifiedRoot, verify_root
from credential.trustlist import VerifiedTrustList, verify_trust_list
from issuer.db.models import PublicationRow
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError, TamperedError
from issuer.publishing.kept import Kept
from issuer.publishing.store import PublicationStore, Readable, versions


def newest_root(store: Readable) -> VerifiedRoot:
    """Return the newest root, verified step by step from the first.

    Raises:
        NotFoundError: ``no_root_file``.
        CredentialError: a root file does not verify.
    """
    return _roots(store)[-1]


def _roots(store: Readable) -> list[VerifiedRoot]:
    """All roots, oldest first: each is signed by the one before too."""
    found: list[VerifiedRoot] = []
    for version in versions(store, "trust/roots"):
        found.append(verify_root(store.read(publication.root(version)), found[-1] if found else None))
    if not found:
        raise NotFoundError("no_root_file", f"{store.where} has no root file")
    return found


def trust_list(store: Readable, version: int, *, now: datetime) -> VerifiedTrustList:
    """Return one version of the trust list, verified under the newest root."""
    return verify_trust_list(store.read(publication.trust_list(version)), newest_root(store), now=now)


def signed_trust_list(store: Readable, version: int, *, now: datetime) -> VerifiedTrustList:
    """Return one version of the trust list, verified under the newest root set that signed it.

    An older list was signed by an older root set: once the root keys have changed, ``trust_list`` refuses it.

    Raises:
        NotFoundError: ``no_root_file``.
        CredentialError: no root set signed it; what the newest one says of it.
    """
    data = store.read(publication.trust_list(version))
    refused: CredentialError | None = None
    for root in reversed(_roots(store)):
        try:
            return verify_trust_list(data, root, now=now)
        except CredentialError as error:
            refused = refused or error
    assert refused is not None  # there is a root
    raise refused


def named_trust(session: ReadSession) -> int:
    """Return the newest version of the trust list that a snapshot of ours ever named, or 0."""
    return session.scalar(select(func.max(PublicationRow.trust_version))) or 0


def newest_trust(store: Readable, *, now: datetime, at_least: int = 0) -> VerifiedTrustList:
    """Return the newest trust list.

    Args:
        store: where it is.
        now: aware instant.
        at_least: ``named_trust``: what was published once does not become unpublished.

    Raises:
        NotFoundError: ``no_trust_list``.
        TamperedError: ``trust_rollback``.
        CredentialError: it does not verify.
    """
    found = versions(store, "trust/list")
    if not found:
        message = "no trust list is published yet; the root signs the first one once an authority is set up"
        raise NotFoundError("no_trust_list", message)
    if found[-1] < at_least:
        message = (
            f"trust list {at_least} was published, but {store.where} ends at {found[-1]}; "
            "restore the newer ones from a backup"
        )
        raise TamperedError("trust_rollback", message, version=found[-1])
    return trust_list(store, found[-1], now=now)


def published_trust(
    session: ReadSession, store: PublicationStore, *, now: datetime, compare: bool = True
) -> VerifiedTrustList:
    """Return the newest published trust list, also where the folder lacks it.

    It is not older than a snapshot of ours ever named. ``compare`` as in ``Kept``. Raises as ``newest_trust``.
    """
    return newest_trust(Kept.within(session, store, compare=compare), now=now, at_least=named_trust(session))


def published_filings(store: Readable, trust: VerifiedTrustList) -> VerifiedFilings:
    """Return the filings that a trust list names. Raises NotFoundError ``not_published``, CredentialError."""
    return verify_filings(store.read(publication.filings(trust.content.filings_digest.hex())), trust)
