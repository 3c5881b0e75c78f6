"""Identifiers of organisations and of licences: the unified social credit code and the 电子证照标识.

Rules. A credit code (GB 32100) of the right shape whose check character is wrong is accepted with a warning, because
some early real codes fail. A licence identifier (GB/T 36904) is
``1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK``; one that we build is always right, a foreign one whose check fails
is accepted with a warning. Nothing else is forgiven: upper case, ASCII, no blanks.

Planned: documents that carry a licence identifier. None does yet.

    >>> read_credit_code("91350100M000100Y43").warning is None
    True
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from issuer.errors import InputError

LICENCE_ROOT = "1.2.156.3005.2"
FIRST_VERSION = "001"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CREDIT_SHAPE = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")
_TYPE_SHAPE = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}[0-9]{{3}}")
_SERIAL_SHAPE = re.compile(r"[0-9A-Z]{9,32}")
_VERSION_SHAPE = re.compile(r"[0-9]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCode:
    """A unified social credit code; ``warning`` is a sentence when the check character is wrong, else None."""

    text: str
    warning: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceId:
    """A licence identifier; ``warning`` is a sentence when the check character is wrong, else None."""

    type_code: str
    issuer: str
    serial: str
    version: str
    check: str
    warning: str | None

    def __str__(self) -> str:
        return ".".join((LICENCE_ROOT, self.type_code, self.issuer, self.serial, self.version, self.check))


def credit_code_check_character(first17: str) -> str:
    """The check character of GB 32100-2015: weights are the powers of 3 modulo 31.

    Raises:
        InputError: code ``bad_credit_code``: not 17 characters of the code's alphabet.
    """
    if len(first17) != 17 or any(c not in _CREDIT_ALPHABET for c in first17):
        raise InputError("bad_credit_code", f"{first17!r} is not the 17 leading characters of a credit code")
    total = sum(pow(3, place, 31) * _CREDIT_ALPHABET.index(c) for place, c in enumerate(first17))
    return _CREDIT_ALPHABET[-total % 31]


def read_credit_code(text: str) -> CreditCode:
    """Read a credit code.

    Raises:
        InputError: code ``bad_credit_code``: the shape is wrong. A wrong check character only warns.
    """
    if not _CREDIT_SHAPE.fullmatch(text):
        raise InputError("bad_credit_code", f"{text!r} is not 18 characters of 0-9 A-Z without I O Z S V", value=text)
    expected = credit_code_check_character(text[:17])
    warning = None if text[17] == expected else f"the check character of {text} should be {expected}"
    return CreditCode(text=text, warning=warning)


def licence_check_character(parts: str) -> str:
    """The check character of ISO 7064 MOD 37,36 over ``parts`` (0-9 A-Z, without root and dots)."""
    product = 36
    for character in parts:
        product = (product + _ALPHABET.index(character)) % 36 or 36
        product = product * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def build_licence_id(*, type_code: str, issuer: str, serial: str, version: str = FIRST_VERSION) -> LicenceId:
    """The identifier of a licence of ours.

    Raises:
        InputError: code ``bad_licence_id``; the sentence names the part.
    """
    _require_parts(type_code, issuer, serial, version)
    check = licence_check_character(type_code + issuer + serial + version)
    return LicenceId(type_code=type_code, issuer=issuer, serial=serial, version=version, check=check, warning=None)


def read_licence_id(text: str) -> LicenceId:
    """Read an identifier, ours or a foreign one.

    Raises:
        InputError: code ``bad_licence_id``: root or shape is wrong. A wrong check character only warns.
    """
    head, parts = text[: len(LICENCE_ROOT) + 1], text[len(LICENCE_ROOT) + 1 :].split(".")
    if head != LICENCE_ROOT + "." or len(parts) != 5 or len(parts[4]) != 1 or parts[4] not in _ALPHABET:
        raise InputError("bad_licence_id", f"{text!r} is not {LICENCE_ROOT} and five parts", value=text)
    type_code, issuer, serial, version, check = parts
    right = build_licence_id(type_code=type_code, issuer=issuer, serial=serial, version=version)
    warning = None if check == right.check else f"the check character of {text} should be {right.check}"
    return LicenceId(type_code=type_code, issuer=issuer, serial=serial, version=version, check=check, warning=warning)


def next_version(licence: LicenceId) -> LicenceId:
    """The identifier of the next re-issue: the version counts one up, 999 ends.

    Raises:
        InputError: code ``bad_licence_id``: there is no version after 999.
    """
    number = int(licence.version) + 1
    return build_licence_id(
        type_code=licence.type_code, issuer=licence.issuer, serial=licence.serial, version=f"{number:03}"
    )


def _require_parts(type_code: str, issuer: str, serial: str, version: str) -> None:
    checks = (
        ("TYPE", _TYPE_SHAPE, type_code),
        ("ISSUER", _CREDIT_SHAPE, issuer),
        ("SERIAL", _SERIAL_SHAPE, serial),
        ("VERSION", _VERSION_SHAPE, version),
    )
    for part, shape, value in checks:
        if not shape.fullmatch(value):
            raise InputError("bad_licence_id", f"{part} {value!r} does not fit GB/T 36904", part=part, value=value)
