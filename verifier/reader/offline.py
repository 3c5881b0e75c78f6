"""A trust list that was carried along: what can be said about a certificate without any network.

Rules: signature and grants are checked, with filings and catalogue if these were carried along too (they are compared
with the digests in the list). Registration and status cannot be, so the best verdict is
``indeterminate/registration_not_checked``, with the facts that are proven (FORMAT 12).

    reader = OfflineReader(Path("trust-list").read_bytes(), verify_root(pinned, None))
    verify_qr_text(text, reader, now=now)
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from credential import publication
from credential.errors import CredentialError
from credential.filings import MAX_FILINGS_BYTES, VerifiedFilings, verify_filings
from credential.jose import MAX_CONTAINER_BYTES
from credential.roots import VerifiedRoot
from credential.sealed import Kind
from credential.statuslist import VerifiedStatusList
from credential.trustlist import StatusAssignment, VerifiedTrustList, verify_trust_list
from verifier.errors import NotFoundError, TrustError
from verifier.reader.fetchers import Fetcher
from verifier.reader.names import Names, read_names
from verifier.reader.trusted import reason_of
from verifier.reader.view import View


class OfflineView:
    """A trust list alone: signatures and grants can be checked, registration and status cannot."""

    online: Final = False
    mixture: Final = False

    def __init__(self, trust: VerifiedTrustList, beside: Fetcher | None) -> None:
        self.trust = trust
        self._beside = beside

    def names(self) -> Names:
        """As ``View``, if the catalogue was carried along."""
        path = publication.catalogue(self.trust.content.catalogue_version)
        return read_names(self._carried(path, MAX_CONTAINER_BYTES), self.trust)

    def filings(self) -> VerifiedFilings:
        """As ``View``, if the filings were carried along."""
        path = publication.filings(self.trust.content.filings_digest.hex())
        return verify_filings(self._carried(path, MAX_FILINGS_BYTES), self.trust)

    def _carried(self, path: str, max_bytes: int) -> bytes:
        if self._beside is None:
            raise NotFoundError(path)
        return self._beside.fetch(path, max_bytes)

    def record(self, kind: Kind, secret: bytes, prefix: int) -> bytes | None:  # noqa: ARG002 - as ``View``
        """As ``View``: there are no shards."""
        raise NotFoundError("shards")

    def beside(self, kind: Kind) -> bytes | None:  # noqa: ARG002 - as ``View``
        """As ``View``: there are no shards."""
        return None

    def status_list(self, assignment: StatusAssignment, now: datetime) -> VerifiedStatusList:  # noqa: ARG002
        """As ``View``: there is no status list."""
        raise NotFoundError("status")


class OfflineReader:
    """Verifies without any publication, from a trust list that was carried along (DESIGN 5: "offline")."""

    def __init__(self, trust_list: bytes, root: VerifiedRoot, *, beside: Fetcher | None = None) -> None:
        """Take what was carried along.

        Args:
            trust_list: the container.
            root: the root set that signed it.
            beside: where the files that the list names by digest may lie too; what is missing there is not asked.
        """
        self._container = trust_list
        self._root = root
        self._beside = beside

    def view(self, now: datetime) -> OfflineView:
        """As ``Reader``. Raises TrustError ``publication_untrusted``, ``newer_format`` or ``trust_expired``."""
        try:
            trust = verify_trust_list(self._container, self._root, now=now)
            trust.check_fresh(now)
        except CredentialError as error:
            raise TrustError(reason_of(error), str(error)) from error
        return OfflineView(trust, self._beside)

    def renewed(self, view: View, now: datetime) -> OfflineView | None:  # noqa: ARG002 - nothing ever moves here
        """As ``Reader``."""
        return None
