"""How a holder is reached: a mobile number and an address for letters by e-mail, both optional.

Rules. They are no part of an award: not of its normal form, which operators sign, nor of the certificate. What does not
look like one is not kept, with a warning, and never keeps a certificate from being issued. A number of the mainland is
11 digits; any other begins with + and the country.

    >>> mobile_number("+86 139-0000-0000")
    '13900000000'
    >>> email_address(" Wang@Example.CN")
    'Wang@example.cn'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from issuer.intake.fields import RowReader
from issuer.intake.model import Contact

MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3
_MAINLAND = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_ABROAD = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")  # E.164: 15 digits
_EMAIL = re.compile(r"([A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64})@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63})")


def read_contact(reader: RowReader) -> Contact | None:
    """What a row says of how its holder is reached; None for nothing, or nothing that can be kept."""
    mobile = _kept(reader, "mobile", mobile_number)
    email = _kept(reader, "email", email_address)
    return None if mobile is None and email is None else Contact(mobile=mobile, email=email)


def mobile_number(given: str) -> str | None:
    """A mobile number in one form; None when it is none."""
    plain = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", given))
    if found := _MAINLAND.fullmatch(plain):
        return found[1]
    found = _ABROAD.fullmatch(plain)
    return None if found is None else f"+{found[1]}"


def email_address(given: str) -> str | None:
    """An e-mail address, its domain in lower case; None when it is none."""
    found = _EMAIL.fullmatch(unicodedata.normalize("NFKC", given).strip())
    if found is None or len(found[0]) > MAX_EMAIL:
        return None
    return f"{found[1]}@{found[2].lower()}"


def _kept(reader: RowReader, name: str, form: Callable[[str], str | None]) -> str | None:
    given = reader.text(name, required=False)
    if given is None:
        return None
    kept = form(given)
    if kept is None:
        reader.note("contact_unusual", name)
    return kept
