"""What the publisher itself trusts of its folder: the roots from the first one on, and a trust list under the newest.

The publisher is a reader of its own publication: it checks what lies there as strictly as anybody else, so a file
that somebody changed stops it instead of being signed over.

    trust = newest_trust(folder, now=now)
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from credential import publication
from credential.roots import VerifiedRoot, verify_root
from credential.trustlist import VerifiedTrustList, verify_trust_list
from issuer.db.models import PublicationRow
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError, TamperedError
from issuer.publishing.folder import PublicationFolder


def newest_root(folder: PublicationFolder) -> VerifiedRoot:
    """Return the newest root, verified step by step from the first.

    Raises:
        NotFoundError: ``no_root_file``.
        CredentialError: a root file does not verify.
    """
    root: VerifiedRoot | None = None
    for version in folder.versions("trust/roots"):
        root = verify_root(folder.read(publication.root(version)), root)
    if root is None:
        raise NotFoundError("no_root_file", f"{folder.root} has no root file")
    return root


def trust_list(folder: PublicationFolder, version: int, *, now: datetime) -> VerifiedTrustList:
    """Return one version of the trust list, verified under the newest root."""
    return verify_trust_list(folder.read(publication.trust_list(version)), newest_root(folder), now=now)


def named_trust(session: ReadSession) -> int:
    """Return the newest version of the trust list that a snapshot of ours ever named, or 0."""
    return session.scalar(select(func.max(PublicationRow.trust_version))) or 0


def newest_trust(folder: PublicationFolder, *, now: datetime, at_least: int = 0) -> VerifiedTrustList:
    """Return the newest trust list.

    Args:
        folder: where it lies.
        now: aware instant.
        at_least: ``named_trust``: what was published once does not become unpublished.

    Raises:
        NotFoundError: ``no_trust_list``.
        TamperedError: ``trust_rollback``.
        CredentialError: it does not verify.
    """
    versions = folder.versions("trust/list")
    if not versions:
        message = "no trust list is published yet; one needs an authority"
        raise NotFoundError("no_trust_list", message)
    if versions[-1] < at_least:
        message = (
            f"trust list {at_least} was published, but {folder.root} ends at {versions[-1]}; "
            "restore the newer ones from a backup"
        )
        raise TamperedError("trust_rollback", message, version=versions[-1])
    return trust_list(folder, versions[-1], now=now)
