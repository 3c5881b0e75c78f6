"""Tables of certificates, their events and signed histories, numbers, and the bar on issuing.

Rules: a certificate is reserved with everything that will be signed before anything is signed; what was signed once is
stored and repeated, never signed again. Numbers have no gap: the counter and the certificate that takes the number
change in one transaction, and a reserved certificate that comes to nothing stays, void, with its reason.
Events are appended, never altered.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from credential.claims import CTI_BYTES, LIST_SIZE, MAX_REFERENCE
from credential.history import MAX_BASIS, MAX_DETAIL, MAX_DOCUMENT, EventKind, Reason
from credential.statuslist import Status
from issuer.db.models.base import Row, words

LATER_EVENTS: Final = text("ordinal > 1")
"""All but the first event of each certificate: few have another. A query that says it in these words uses the index."""


class Stage(StrEnum):
    """How far the making of a certificate is."""

    RESERVED = "reserved"
    SIGNED = "signed"
    VOID = "void"
    """Its number was taken but nothing was issued; the reason is stored."""


class CertificateRow(Row):
    """A certificate, from the reservation of its number on."""

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("status_list", "status_index"),
        CheckConstraint(f"length(cti) = {CTI_BYTES}", name="cti"),
        CheckConstraint(f"status_index BETWEEN 0 AND {LIST_SIZE - 1}", name="status_index"),
        CheckConstraint(
            "stage <> 'signed' OR (credential_digest IS NOT NULL AND credential_kid IS NOT NULL"
            " AND issued_on IS NOT NULL AND issued_at IS NOT NULL)",
            name="signed",
        ),
        CheckConstraint("stage <> 'void' OR void_reason IS NOT NULL", name="void"),
        Index("ix_certificates_basis", "basis_reference", "awarded_on"),
        Index("ix_certificates_basis_number", "basis_reference", "number"),
        Index("ix_certificates_state_number", "state", "number"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    cti: Mapped[bytes] = mapped_column(unique=True)
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"), index=True)
    holder: Mapped[str] = mapped_column(ForeignKey("holders.id"), index=True)
    award: Mapped[str] = mapped_column(ForeignKey("awards.id"), unique=True)
    stage: Mapped[Stage] = mapped_column(words(Stage, "stage"))
    state: Mapped[Status] = mapped_column(words(Status, "state"))
    """As its last event left it."""
    awarded_on: Mapped[date]
    basis_reference: Mapped[str] = mapped_column(String(MAX_REFERENCE))
    """With ``awarded_on`` it finds the certificates of one committee session."""
    status_list: Mapped[int]
    status_index: Mapped[int]
    reserved_at: Mapped[datetime]
    signer_kid: Mapped[bytes]
    """The key the bytes were laid out for; the credential's protected header names it."""
    to_sign: Mapped[bytes | None]
    """The exact bytes to be signed, sealed under the holder's key; null once erased."""
    credential: Mapped[bytes | None]
    """The credential, sealed; null until signed and once erased."""
    credential_digest: Mapped[bytes | None] = mapped_column(unique=True)
    """SHA-256 of the credential, as in the history."""
    credential_kid: Mapped[bytes | None]
    check_code: Mapped[bytes | None]
    """The check code, sealed; null once erased."""
    check_code_locator: Mapped[bytes | None] = mapped_column(unique=True)
    issued_on: Mapped[date | None] = mapped_column(index=True)
    issued_at: Mapped[datetime | None]
    void_reason: Mapped[str | None] = mapped_column(String(200))
    document_path: Mapped[str | None] = mapped_column(String(200))
    document_digest: Mapped[bytes | None]
    document_design: Mapped[str | None] = mapped_column(String(60))
    first_published: Mapped[int | None] = mapped_column(ForeignKey("publications.sequence"))


class EventRow(Row):
    """One event of one certificate (FORMAT 6)."""

    __tablename__ = "events"
    __table_args__ = (
        Index(
            "ix_events_unpublished",
            "certificate",
            sqlite_where=text("published IS NULL"),
            postgresql_where=text("published IS NULL"),
        ),
        Index("ix_events_later", "certificate", "ordinal", sqlite_where=LATER_EVENTS, postgresql_where=LATER_EVENTS),
    )

    certificate: Mapped[str] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[EventKind] = mapped_column(words(EventKind, "kind"))
    effective: Mapped[date]
    recorded: Mapped[datetime]
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"))
    basis: Mapped[str] = mapped_column(String(MAX_BASIS))
    document: Mapped[str] = mapped_column(String(MAX_DOCUMENT))
    reason: Mapped[Reason] = mapped_column(words(Reason, "reason"))
    successor: Mapped[str | None] = mapped_column(ForeignKey("certificates.number"), index=True)
    """Of superseded and set aside: the certificate that stands in this one's place."""
    replaces: Mapped[str | None] = mapped_column(ForeignKey("certificates.number"))
    """Of issued: the certificate in whose place this one was issued."""
    counted_from: Mapped[date | None]
    """With ``replaces``: the day to which the gap between award and issue is counted."""
    note: Mapped[str | None] = mapped_column(String(MAX_DETAIL))
    """The text of an annotation."""
    statement: Mapped[str | None] = mapped_column(ForeignKey("statements.id"))
    published: Mapped[int | None] = mapped_column(ForeignKey("publications.sequence"))
    """The snapshot with which it went out; null until then. The only member that is ever written later."""


class SignedHistoryRow(Row):
    """The newest signed history of a certificate: derived from events, stored so that a re-run repeats bytes."""

    __tablename__ = "signed_histories"

    certificate: Mapped[str] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    events: Mapped[int]
    """How many events it covers."""
    content: Mapped[bytes]
    kid: Mapped[bytes] = mapped_column(index=True)
    """Which status key signed it: what a stolen one signed is signed anew."""


class FaceRow(Row):
    """What a document prints beyond its credential (FORMAT 6.1), sealed; the row is deleted at erasure."""

    __tablename__ = "faces"
    __table_args__ = (CheckConstraint("(record IS NULL) = (kid IS NULL)", name="signed"),)

    certificate: Mapped[str] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    draft: Mapped[bytes]
    """As it was issued, signed by the credential key."""
    record: Mapped[bytes | None]
    """As a status key signed it for the public; null before the first publication."""
    kid: Mapped[bytes | None] = mapped_column(index=True)


class NumberCounterRow(Row):
    """The last serial taken in one row of numbers."""

    __tablename__ = "number_counters"
    __table_args__ = (CheckConstraint("last > 0", name="last"),)

    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"), primary_key=True)
    scope: Mapped[str] = mapped_column(String(60), primary_key=True)
    """What the template numbers within, such as a year and series; ``batch`` numbers batches."""
    last: Mapped[int]


class IntegrityRecordRow(Row):
    """A bar on issuing (诚信记录) for whoever has this blind index. Never altered."""

    __tablename__ = "integrity_records"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    blind_index: Mapped[bytes] = mapped_column(index=True)
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"))
    certificate: Mapped[str | None] = mapped_column(ForeignKey("certificates.id"), index=True)
    basis: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(MAX_DOCUMENT))
    term_from: Mapped[date]
    term_until: Mapped[date | None]
    recorded: Mapped[datetime]
    statement: Mapped[str | None] = mapped_column(ForeignKey("statements.id"))
    """The evidence of the act that opened it."""
