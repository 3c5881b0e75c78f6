"""What is registered already: the histories that the public has, believed only where signatures say so.

Rules: neither a column nor a row says that something was published; the ground that the publisher stands on does. Where
there is none, because everything is laid out anew, every beginning is proven again, and a history that a status key
signed stands in only for a holder who was erased.

    registered = Registered(ground, trust)
    history = registered.history_of(session, certificate)      # None: the next one is its first
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from credential.errors import CredentialError
from credential.history import History, parse
from credential.sealed import Kind, open_record
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.db.events import history_of
from issuer.db.sessions import ReadSession
from issuer.errors import IssuerError
from issuer.publishing.ground import Ground
from issuer.publishing.history import read_history


@dataclass(frozen=True, slots=True)
class Registered:
    """The histories of what stands in the store."""

    ground: Ground | None
    trust: VerifiedTrustList

    def has(self, cti: bytes) -> bool:
        """Whether a history is published at a certificate's place, whatever it says. Raises as ``history_of``."""
        return self.ground is not None and self.ground.shards.peek(Kind.HISTORY, cti) is not None

    def sealed_by(self, cti: bytes, key_ids: Collection[bytes]) -> bytes | None:
        """Return the sealed history at a certificate's place if it names one of these keys; else None.

        It is not verified here: whoever goes on with it does that.

        Raises:
            As ``history_of``.
        """
        record = None if self.ground is None else self.ground.shards.peek(Kind.HISTORY, cti)
        if record is None or not key_ids:
            return None
        try:
            named = parse(open_record(Kind.HISTORY, cti, record)).key_id
        except CredentialError:
            return None
        return record if named in key_ids else None

    def history_of(self, certificate: Certificate) -> History | None:
        """Return what is published of a certificate, or None. Raises TamperedError ``publication_altered``."""
        if self.ground is None:
            return None
        try:
            return self.ground.history_of(certificate.cti, self.trust)
        except CredentialError:
            return None  # the publisher tells it when it builds on it

    def signed(self, session: ReadSession, certificate: Certificate) -> History | None:
        """Return what the public has of a certificate, or is to have again when all is laid out anew."""
        if self.ground is None:
            return signed_history(session, certificate, self.trust)
        return self.history_of(certificate)


def signed_history(session: ReadSession, certificate: Certificate, trust: VerifiedTrustList) -> History | None:
    """Return the stored history of a certificate; None where there is none, or none that a status key signed."""
    stored = history_of(session, certificate.id)
    if stored is None:
        return None
    try:
        return read_history(stored.content, certificate.cti, trust)
    except (IssuerError, CredentialError):
        return None
