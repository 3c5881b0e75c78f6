"""What the publisher itself trusts of its folder: the roots from the first one on, and a trust list under the newest.

The publisher is a reader of its own publication: it checks what lies there as strictly as anybody else, so a file
that somebody changed stops it instead of being signed over.

    trust = newest_trust(folder, now=now)
"""

from __future__ import annotations

from datetime import datetime

from credential import publication
from credential.roots import VerifiedRoot, verify_root
from credential.trustlist import VerifiedTrustList, verify_trust_list
from issuer.errors import NotFoundError
from issuer.publishing.folder import PublicationFolder


def newest_root(folder: PublicationFolder) -> VerifiedRoot:
    """Return the newest root, verified step by step from the first.

    Raises:
        NotFoundError: ``no_root``.
        CredentialError: a root file does not verify.
    """
    root: VerifiedRoot | None = None
    for version in folder.versions("trust/roots"):
        root = verify_root(folder.read(publication.root(version)), root)
    if root is None:
        raise NotFoundError("no_root", f"{folder.root} has no root file; make the home with `titlecert init`")
    return root


def trust_list(folder: PublicationFolder, version: int, *, now: datetime) -> VerifiedTrustList:
    """Return one version of the trust list, verified under the newest root."""
    return verify_trust_list(folder.read(publication.trust_list(version)), newest_root(folder), now=now)


def newest_trust(folder: PublicationFolder, *, now: datetime) -> VerifiedTrustList:
    """Return the newest trust list.

    Raises:
        NotFoundError: ``no_trust_list``.
        CredentialError: it does not verify.
    """
    versions = folder.versions("trust/list")
    if not versions:
        message = "no trust list is published yet; set up an authority, then run `titlecert publish --trust`"
        raise NotFoundError("no_trust_list", message)
    return trust_list(folder, versions[-1], now=now)
