"""The text of the QR code (FORMAT 3): an address whose fragment is the credential in decimal digits.

Digits because a QR symbol packs them as densely as base45 and every scanner app takes them for part of an address.
The fragment never leaves the browser over HTTP. The host decides nothing: whoever copies a site also prints its QR.

    text = encode(credential, "https://zc.example")
    scanned = parse(text)           # .data, .origin
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from credential.claims import MAX_BYTES, CredentialBytes
from credential.errors import MalformedError

PATH: Final = "/v/#"
MAX_DIGITS: Final = 1012
"""The digits of 2^(8*420) - 1."""
MAX_PRINTED_HOST: Final = 64
"""With its port. From 69 on a code of 420 bytes would need version 18."""
MAX_TEXT: Final = 300 + MAX_DIGITS
_LOOPBACK: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]{1,253}|\[::1\])(:[1-9][0-9]{0,4})?", re.ASCII)
_DIGITS = re.compile(r"[1-9][0-9]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedText:
    """What a QR text holds; nothing of it is trusted."""

    data: CredentialBytes
    origin: str
    """Scheme, host and port as printed, for the warning about unofficial hosts."""


def check_origin(origin: str) -> str:
    """Return ``origin`` when it may stand in a QR text: https, or http on loopback only.

    Raises:
        MalformedError: ``not_recognised``.
    """
    match = _ORIGIN.fullmatch(origin)
    if match is None or (match[1] == "http" and match[2] not in _LOOPBACK):
        raise MalformedError("not_recognised", f"{origin[:80]!r} is no https://HOST (http only on loopback)")
    return origin


def check_printed_origin(origin: str) -> str:
    """Return ``origin`` when it may be printed in codes: also short enough for the largest credential (FORMAT 3).

    Raises:
        MalformedError: ``not_recognised``, ``too_large``.
    """
    host = check_origin(origin).partition("://")[2]
    if len(host) > MAX_PRINTED_HOST:
        longest = f"at most {MAX_PRINTED_HOST}, so that every code stays within version 17"
        raise MalformedError("too_large", f"{origin[:80]!r} has a host of {len(host)} characters, {longest}")
    return origin


def encode(data: CredentialBytes, origin: str) -> str:
    """Return the QR text of a credential for the verifier at ``origin``.

    Raises:
        MalformedError: ``too_large``, ``not_recognised``.
    """
    if not data or len(data) > MAX_BYTES or data[0] == 0:
        raise MalformedError("too_large", f"a credential has 1 to {MAX_BYTES} bytes and does not begin with zero")
    return f"{check_origin(origin)}{PATH}{int.from_bytes(data)}"


def parse(text: str) -> ScannedText:
    """Read a QR text in its only form (step 1 of the verdict).

    Raises:
        MalformedError: ``too_large``, ``not_recognised``, ``not_canonical``.
    """
    if len(text) > MAX_TEXT:
        raise MalformedError("too_large", f"QR text: {len(text)} characters, at most {MAX_TEXT} are read")
    origin, separator, digits = text.partition(PATH)
    if not separator:
        raise MalformedError("not_recognised", "QR text: not https://HOST/v/# followed by digits")
    return ScannedText(data=decode_digits(digits), origin=check_origin(origin))


def decode_digits(digits: str) -> CredentialBytes:
    """Turn the digits into bytes: ASCII digits only, no sign, no leading zero, at most 1,012.

    Raises:
        MalformedError: ``too_large``, ``not_canonical``.
    """
    if len(digits) > MAX_DIGITS:
        raise MalformedError("too_large", f"QR text: {len(digits)} digits, at most {MAX_DIGITS} are read")
    if not _DIGITS.fullmatch(digits):
        # int() would also take signs, underscores, blanks and the digits of other scripts.
        raise MalformedError("not_canonical", "QR text: behind # stand ASCII digits without a leading zero")
    number = int(digits)
    data = number.to_bytes((number.bit_length() + 7) // 8)
    if len(data) > MAX_BYTES:
        raise MalformedError("too_large", f"QR text: {len(data)} bytes, at most {MAX_BYTES} are read")
    return CredentialBytes(data)
