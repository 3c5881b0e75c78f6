"""What a training home says in the trust list: 演练, as words of its own before how an authority is reached.

Rules: the mark is put on when the list is laid out and stands in no row of the register, so nobody can leave it out. A
contact that leaves no room for it is refused when it is typed.

    marked_contacts(NO_CONTACTS, "sf-hrss").zh.address       # '演练：不具法律效力'
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from credential.contacts import MAX_CONTACT_TEXT, Contact, Contacts
from issuer.errors import InputError

TRAINING: Final = ("演练：不具法律效力", "Training: without legal effect")
"""Chinese, English."""
_BETWEEN: Final = ("；", "; ")


def marked_contacts(contacts: Contacts, authority: str) -> Contacts:
    """Return contacts whose addresses begin with the mark. Raises InputError ``contact_marked``: no room is left."""
    return Contacts(zh=_marked(contacts.zh, 0, authority), en=_marked(contacts.en, 1, authority))


def _marked(contact: Contact, language: int, authority: str) -> Contact:
    address = _BETWEEN[language].join(filter(None, (TRAINING[language], contact.address)))
    if len(address) > MAX_CONTACT_TEXT:
        most = MAX_CONTACT_TEXT - len(TRAINING[language]) - len(_BETWEEN[language])
        message = f"the address of {authority} is too long for a training home, which has room for {most} characters"
        raise InputError("contact_marked", message, authority=authority, most=most)
    return replace(contact, address=address)
