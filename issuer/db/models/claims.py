"""Tables of the holder's side: claim codes, tries, sign-ins that have begun, sessions that were ended, merged holders.

Rules: a code is kept as a keyed digest that nobody can turn back. Only while it waits to be sent does it stand here,
sealed under its holder's key. Tries are counted in rows of their own, so that the row of an ID document that nobody
knows is written as the row of a known one is; their number is bounded.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from credential.history import DIGEST_BYTES
from issuer.db.models.base import Row


class ClaimCodeRow(Row):
    """A claim code, as far as anybody may know it."""

    __tablename__ = "claim_codes"
    __table_args__ = (CheckConstraint(f"length(digest) = {DIGEST_BYTES}", name="digest"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(ForeignKey("holders.id"), index=True)
    certificate: Mapped[str] = mapped_column(ForeignKey("certificates.id"), index=True)
    """The one for which it was made, by which the counter finds it; it opens all of the holder's."""
    digest: Mapped[bytes]
    """HMAC-SHA-256 of the code under a key of the vault, bound to the holder."""
    made: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    expires: Mapped[datetime]
    sent: Mapped[datetime | None]
    """When it left by the transport; null for a slip, and until then."""
    used: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    """When the office ended it, or made another one in its place."""


class CodeTriesRow(Row):
    """How often a code was tried; one row stands for all ID documents that nobody knows."""

    __tablename__ = "code_tries"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    life: Mapped[int]
    began: Mapped[datetime]
    """When the present hour of tries began."""
    hour: Mapped[int]


class IdTriesRow(Row):
    """Tries with one ID document in the present hour, known or not: a fixed number of places, by a keyed hash."""

    __tablename__ = "id_tries"

    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    who: Mapped[bytes]
    """Part of the blind index: another document takes the place over."""
    began: Mapped[datetime]
    hour: Mapped[int]


class ClaimDeliveryRow(Row):
    """A code that waits to be sent; the row is deleted when it was."""

    __tablename__ = "claim_deliveries"

    claim: Mapped[str] = mapped_column(ForeignKey("claim_codes.id"), primary_key=True)
    code: Mapped[bytes | None]
    """Sealed under the holder's key; null once nobody tries any more, and only the reason is kept."""
    attempts: Mapped[int]
    next_try: Mapped[datetime] = mapped_column(index=True)
    last_error: Mapped[str | None] = mapped_column(String(64))
    """The code of the error of the last attempt."""


class ClaimCollectionRow(Row):
    """That somebody collected a slip: who, sealed under the holder's key."""

    __tablename__ = "claim_collections"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    claim: Mapped[str] = mapped_column(ForeignKey("claim_codes.id"), index=True)
    at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(64))
    who: Mapped[bytes]


class EndedSessionRow(Row):
    """A session of a holder that was ended before it was over; deleted afterwards."""

    __tablename__ = "ended_sessions"

    session: Mapped[str] = mapped_column(String(22), primary_key=True)
    expires: Mapped[datetime] = mapped_column(index=True)


class SignInRow(Row):
    """A sign-in at a provider that has begun: the nonce, good once, by its digest."""

    __tablename__ = "sign_ins"

    nonce: Mapped[bytes] = mapped_column(primary_key=True)
    expires: Mapped[datetime] = mapped_column(index=True)


class HolderMergeRow(Row):
    """That two holders are one person, who owns two ID documents. Appended only.

    One of them stands for both: it is merged into no other, so that one look finds all.
    """

    __tablename__ = "holder_merges"
    __table_args__ = (CheckConstraint("holder <> into_holder", name="other"),)

    holder: Mapped[str] = mapped_column(ForeignKey("holders.id"), primary_key=True)
    into_holder: Mapped[str] = mapped_column(ForeignKey("holders.id"), index=True)
    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"))
    recorded: Mapped[datetime]
