"""A trust list that was carried along and nothing else: what can be said about a certificate without any network.

Rules: signature, grants and (with what the list holds) authority are checked; registration and status cannot be, so the
best verdict is ``indeterminate/registration_not_checked``, with the facts that are proven (FORMAT 12).

    reader = OfflineReader(Path("trust-list").read_bytes(), verify_root(pinned, None))
    verify_qr_text(text, reader, now=now)
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from credential.errors import CredentialError
from credential.filings import VerifiedFilings
from credential.roots import VerifiedRoot
from credential.sealed import Kind
from credential.statuslist import VerifiedStatusList
from credential.trustlist import StatusAssignment, VerifiedTrustList, verify_trust_list
from credential.verdict import Reason
from verifier.errors import NotFoundError, TrustError
from verifier.reader.names import Names
from verifier.reader.view import View


class OfflineView:
    """A trust list alone: signatures and grants can be checked, registration and status cannot."""

    online: Final = False
    mixture: Final = False

    def __init__(self, trust: VerifiedTrustList) -> None:
        self.trust = trust

    def names(self) -> Names:
        """As ``View``: there is no catalogue."""
        raise NotFoundError("catalogue")

    def filings(self) -> VerifiedFilings:
        """As ``View``: there are no filings."""
        raise NotFoundError("filings")

    def record(self, kind: Kind, secret: bytes, prefix: int) -> bytes | None:  # noqa: ARG002 - as ``View``
        """As ``View``: there are no shards."""
        raise NotFoundError("shards")

    def status_list(self, assignment: StatusAssignment, now: datetime) -> VerifiedStatusList:  # noqa: ARG002
        """As ``View``: there is no status list."""
        raise NotFoundError("status")


class OfflineReader:
    """Verifies without any publication, from a trust list that was carried along (DESIGN 5: "offline")."""

    def __init__(self, trust_list: bytes, root: VerifiedRoot) -> None:
        self._container = trust_list
        self._root = root

    def view(self, now: datetime) -> OfflineView:
        """As ``Reader``. Raises TrustError ``publication_untrusted`` or ``trust_expired``."""
        try:
            trust = verify_trust_list(self._container, self._root, now=now)
        except CredentialError as error:
            raise TrustError(Reason.PUBLICATION_UNTRUSTED, str(error)) from error
        try:
            trust.check_fresh(now)
        except CredentialError as error:
            raise TrustError(Reason.TRUST_EXPIRED, str(error)) from error
        return OfflineView(trust)

    def renewed(self, view: View, now: datetime) -> OfflineView | None:  # noqa: ARG002 - nothing ever moves here
        """As ``Reader``."""
        return None
