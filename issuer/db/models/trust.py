"""Tables behind the trust list: keys with their use and life, document certificates, and sealed records as published.

Rules: entries are ended, never removed, because a trust list never forgets. Private keys are not here: this is what
the root will sign about public ones. A sealed record is what anybody may fetch, so it needs no key to publish again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from credential.signing import KEY_ID_BYTES
from credential.trustform import KeyState
from issuer.db.models.base import Row, words


class TrustKeyRow(Row):
    """A public key that the trust list names."""

    __tablename__ = "trust_keys"
    __table_args__ = (
        CheckConstraint("(state = 'compromised') = (compromised_since IS NOT NULL)", name="compromised"),
        CheckConstraint(f"length(kid) = {KEY_ID_BYTES}", name="kid"),
    )

    kid: Mapped[bytes] = mapped_column(primary_key=True)
    use: Mapped[str] = mapped_column(String(12))
    authority: Mapped[str | None] = mapped_column(ForeignKey("authorities.id"), index=True)
    """Null for keys of the whole deployment: publisher, status, receipt."""
    jwk: Mapped[dict[str, Any]]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    state: Mapped[KeyState] = mapped_column(words(KeyState, "key_state"))
    compromised_since: Mapped[datetime | None]
    succeeds: Mapped[bytes | None] = mapped_column(ForeignKey("trust_keys.kid"))
    """The key in whose place it came (FORMAT 9)."""


class DocumentCertificateRow(Row):
    """An X.509 certificate that seals the documents of one authority."""

    __tablename__ = "document_certificates"

    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)
    """SHA-256 of the DER form."""
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"), index=True)
    kid: Mapped[bytes] = mapped_column(ForeignKey("trust_keys.kid"))
    certificate: Mapped[bytes]
    """DER."""
    chain: Mapped[bytes]
    """The issuing certificates, DER one behind the other, root last."""
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    state: Mapped[KeyState] = mapped_column(words(KeyState, "certificate_state"))


class SealedCertificateRow(Row):
    """The sealed record of kind certificate, made when the certificate was stored; deleted at erasure."""

    __tablename__ = "sealed_certificates"

    certificate: Mapped[str] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    record: Mapped[bytes]
