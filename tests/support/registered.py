"""One award or certificate of a register moved or stored, where the register's functions take many."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256

from issuer.batches.rows import move_awards
from issuer.db.certificates import sealed_credential, store_all_signed
from issuer.db.models import AwardState, Stage
from issuer.db.sessions import WriteSession
from issuer.vault import DataKey


def move_award(session: WriteSession, award: str, after: AwardState) -> None:
    """Move one award forward."""
    move_awards(session, [award], after)


def store_signed(
    session: WriteSession, key: DataKey, certificate: str, *, credential: bytes, issued_on: date, now: datetime
) -> bool:
    """Store the credential of one reserved certificate; False when it is not reserved."""
    columns = {
        "certificate": certificate,
        "stage": Stage.SIGNED,
        "credential": sealed_credential(key, certificate, credential),
        "credential_digest": sha256(credential).digest(),
        "credential_kid": bytes(8),
        "issued_on": issued_on,
        "issued_at": now,
    }
    return store_all_signed(session, [columns])
