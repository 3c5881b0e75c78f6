"""How an authority is reached, in Chinese and in English (FORMAT 9): what a verdict gives that sends people there.

Rules: every text may be empty and none is long; an address in the web can be shown as it stands, because it is
printable ASCII without blank. Plain ``http`` is for demonstrations, which ``credential.trustform`` asks about.

    office = Contact(address="示范市人民路1号", hours="工作日", telephone="000-0000-0000", web="")
    Contacts(zh=office, en=NO_CONTACT).is_empty                      # False
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from credential.members import Members

MAX_CONTACT_TEXT: Final = 200
"""A postal address with its building, or the hours of a week."""
WEB: Final = re.compile(r"(?:https?://[!-~]*)?", re.ASCII)
"""Nothing, or an address that a reader can show as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How an authority is reached, in one language. Each text is empty where there is none."""

    address: str = ""
    hours: str = ""
    telephone: str = ""
    web: str = ""


NO_CONTACT: Final = Contact()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """How an authority is reached, in both languages."""

    zh: Contact
    en: Contact

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said, in either language."""
        return self == NO_CONTACTS

    @property
    def webs(self) -> tuple[str, str]:
        """Both addresses in the web."""
        return self.zh.web, self.en.web


NO_CONTACTS: Final = Contacts(zh=NO_CONTACT, en=NO_CONTACT)


def contacts_to_json(contacts: Contacts) -> dict[str, object]:
    """The JSON form of both languages."""
    return {"en": contact_to_json(contacts.en), "zh": contact_to_json(contacts.zh)}


def contact_to_json(contact: Contact) -> dict[str, str]:
    """The JSON form of one language."""
    return {name: getattr(contact, name) for name in contact.__slots__}


def read_contacts(value: object) -> Contacts:
    """Read both languages strictly. Raises MalformedError ``bad_member``."""
    members = Members(value, "contact", {"en", "zh"})
    return Contacts(zh=_read_contact(members, "zh"), en=_read_contact(members, "en"))


def _read_contact(outer: Members, language: str) -> Contact:
    members = Members(outer.raw(language), outer.place(language), frozenset(Contact.__slots__))
    texts = {name: members.text(name, least=0, most=MAX_CONTACT_TEXT) for name in Contact.__slots__}
    members.matching("web", WEB, "an address that begins with https:// was expected, or nothing")
    return Contact(**texts)
