"""How holders are reached: sealed under the holder's own key, beside what else is kept of the person.

Rules: it stands outside every statement, face and certificate, so that it can change and go without any of them. A
newer list replaces what it gives and leaves the rest. Who erases the holder's key erases it too.

    keep(key, holder, Contact(mobile="13900000000"))
    contact_of(session, vault, holder_id)
"""

from __future__ import annotations

from typing import Final, Protocol

from credential import jsonform
from issuer.db.models import HolderRow
from issuer.db.sessions import ReadSession
from issuer.intake.model import Contact
from issuer.vault import DataKey, Vault

_MAX_BYTES: Final = 1024


class Reached(Protocol):
    """A holder of a list, in the register or on the way into it."""

    contact: bytes | None

    @property
    def id(self) -> str:
        """The holder's id."""


def keep(key: DataKey, holder: HolderRow | Reached, contact: Contact) -> None:
    """Seal what a row says of how its holder is reached; what it does not say stays as it was."""
    before = Contact() if holder.contact is None else opened_contact(key, holder.id, holder.contact)
    plain = {"mobile": contact.mobile or before.mobile, "email": contact.email or before.email}
    holder.contact = key.seal(jsonform.encode(plain), table="holders", column="contact", row=holder.id)


def contact_of(session: ReadSession, vault: Vault, holder_id: str) -> Contact | None:
    """Return how a holder is reached; None when no list said it, or the holder was erased.

    Raises:
        TamperedError: it was altered or moved.
    """
    holder = session.get_one(HolderRow, holder_id)
    if holder.contact is None or holder.wrapped_key is None:
        return None
    key = vault.unwrap(holder.wrapped_key, table="holders", row=holder.id)
    return opened_contact(key, holder.id, holder.contact)


def opened_contact(key: DataKey, holder_id: str, sealed: bytes) -> Contact:
    """Return what is sealed of a holder, by id, of how they are reached. Raises TamperedError: altered or moved."""
    data = key.open(sealed, table="holders", column="contact", row=holder_id)
    match jsonform.decode(data, max_bytes=_MAX_BYTES):
        case {"mobile": str() | None as mobile, "email": str() | None as email}:
            return Contact(mobile=mobile, email=email)
    return Contact()
