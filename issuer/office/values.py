"""The office's domain values; grants, committees and filings are the formats' own.

Rules: spans include both ends; an open end is None. Values check what can be checked without the register.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from credential.claims import AUTHORITY_ID, MAX_SCOPE_NAME
from credential.contacts import NO_CONTACTS, Contacts, contacts_to_json, read_contacts
from credential.errors import CredentialError
from credential.regions import parse_region
from credential.signing import VerifyKey
from credential.statements import OperatorRole
from credential.trustform import MAX_AUTHORITY_NAME, MAX_AUTHORITY_NAME_EN
from issuer.db.models import EntryState
from issuer.db.models.office import MAX_OPERATOR_NAME, MAX_SEAL_TEXT
from issuer.errors import InputError
from issuer.issuing.numbers import NumberTemplate
from issuer.office.licences import read_credit_code

OPERATOR_ID: Final = re.compile(r"[a-z][a-z0-9.-]{1,31}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """An administrative region."""

    code: str
    name: str

    def __post_init__(self) -> None:
        _checked(parse_region, self.code)
        require_text("region name", self.name, MAX_SCOPE_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An authority (发证机关)."""

    id: str
    name: str
    name_en: str
    credit_code: str
    region_code: str
    number_template: str
    """``issuer.issuing.numbers.NumberTemplate``."""
    seal_text: str
    valid_from: date
    valid_until: date | None = None
    state: EntryState = EntryState.ACTIVE
    parent: str | None = None
    """The authority that delegated; None when none did."""
    contact: Contacts = NO_CONTACTS
    """How it is reached, in both languages."""

    def __post_init__(self) -> None:
        if not AUTHORITY_ID.fullmatch(self.id):
            message = f"{self.id!r} is no authority id; take 2 to 16 of a-z 0-9 -, beginning with a letter"
            raise InputError("authority_id", message)
        require_text("authority name", self.name, MAX_AUTHORITY_NAME)
        require_text("English authority name", self.name_en, MAX_AUTHORITY_NAME_EN)
        require_text("seal text", self.seal_text, MAX_SEAL_TEXT)
        _checked(read_credit_code, self.credit_code)
        _checked(parse_region, self.region_code)
        _checked(NumberTemplate.parse, self.number_template)
        check_contacts(self.contact)
        require_span(f"authority {self.id}", self.valid_from, self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who acts in the office, as listed."""

    id: str
    name: str
    role: OperatorRole
    authority: str | None
    """Null: for every authority of the deployment."""
    key: VerifyKey

    def __post_init__(self) -> None:
        if not OPERATOR_ID.fullmatch(self.id):
            message = f"{self.id!r} is no operator id; take 2 to 32 of a-z 0-9 . -, beginning with a letter"
            raise InputError("operator_id", message)
        require_text("operator name", self.name, MAX_OPERATOR_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorListing:
    """An operator as the register lists it: whose key may really act is told by the file of operators."""

    id: str
    name: str
    role: OperatorRole
    authority: str | None
    key_id: bytes
    added: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What is fixed when a home is made."""

    id: str
    created: datetime
    status_lists: int
    operators_version: int
    administrator: VerifyKey
    """For display: verifying takes the administrator's key from outside the database."""


def require_text(what: str, text: str, most: int) -> None:
    """Raise InputError unless ``text`` is 1 to ``most`` printable characters without blanks at its ends."""
    if not text or len(text) > most or not text.isprintable() or text != text.strip():
        raise InputError(
            "bad_text", f"the {what} is 1 to {most} printable characters, no blanks at its ends", what=what
        )


def require_span(what: str, first: date, last: date | None) -> None:
    """Raise InputError when a span ends before it begins."""
    if last is not None and last < first:
        raise InputError("bad_span", f"{what}: the span ends on {last}, before it begins on {first}", what=what)


def check_contacts(contacts: Contacts) -> None:
    """Raise InputError unless the contacts are in the form of FORMAT 9."""
    _checked(read_contacts, contacts_to_json(contacts))


def _checked(read: Callable[[Any], object], value: object) -> None:
    try:
        read(value)
    except CredentialError as error:
        raise InputError(error.code, f"{error}; correct it", **error.fields) from error
