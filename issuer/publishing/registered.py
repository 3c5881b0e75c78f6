"""What is registered already: the histories that the public has, believed only where signatures say so.

Rules: neither a column nor a row says that something was published. The folder does, where it is the register's last
snapshot; where it cannot be read whole, a history that a status key signed stands in for it.

    registered = Registered(register, store, trust, now)
    history = registered.history_of(session, certificate)      # None: the next one is its first
"""

from __future__ import annotations

from datetime import datetime

from credential.errors import CredentialError
from credential.history import History
from credential.sealed import Kind, open_record
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.db.events import history_of
from issuer.db.sessions import ReadSession, Register
from issuer.errors import IssuerError
from issuer.publishing.history import read_history
from issuer.publishing.previous import last_snapshot
from issuer.publishing.records import PublishedShards
from issuer.publishing.store import PublicationStore


class Registered:
    """The histories of one publication, read as they are asked for."""

    def __init__(self, register: Register, store: PublicationStore, trust: VerifiedTrustList, now: datetime) -> None:
        self.trust = trust
        self._store = store
        self._shards = self._read(register, now)

    def history_of(self, session: ReadSession, certificate: Certificate) -> History | None:
        """Return what is published of a certificate, or None."""
        if self._shards is not None:
            try:
                record = self._shards.find(Kind.HISTORY, certificate.cti, certificate.cti)
                opened = None if record is None else open_record(Kind.HISTORY, certificate.cti, record)
                return None if opened is None else read_history(opened, certificate.cti, self.trust)
            except (IssuerError, CredentialError):
                self._shards = None  # the publisher lays out everything anew, from what was signed
        return signed_history(session, certificate, self.trust)

    def _read(self, register: Register, now: datetime) -> PublishedShards | None:
        found = last_snapshot(register, self._store, now)
        if found is None:
            return None
        content, _ = found
        try:
            return PublishedShards.read(content.prefix, content.manifests, self._store.read)
        except (IssuerError, CredentialError):
            return None


def signed_history(session: ReadSession, certificate: Certificate, trust: VerifiedTrustList) -> History | None:
    """Return the stored history of a certificate; None where there is none, or none that a status key signed."""
    stored = history_of(session, certificate.id)
    if stored is None:
        return None
    try:
        return read_history(stored.content, certificate.cti, trust)
    except (IssuerError, CredentialError):
        return None
