"""Base64url without padding and lower-case hex, each in its only form (RFC 4648 sections 5 and 3.5)."""

from __future__ import annotations

import base64
import binascii
import re

from credential.errors import MalformedError

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_HEX64 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def to_base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Decode base64url without padding and with zero trailing bits.

    Raises:
        MalformedError: code ``not_base64url``.
    """
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise MalformedError("not_base64url", "base64url: another character, padding, or an impossible length")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise MalformedError("not_base64url", "base64url: cannot be decoded") from error
    if to_base64url(data) != text:
        raise MalformedError("not_base64url", "base64url: the unused bits at the end are not zero")
    return data


def digest_from_hex(text: object) -> bytes:
    """Read a SHA-256 digest written as 64 lower-case hexadecimal digits.

    Raises:
        MalformedError: code ``not_a_digest``.
    """
    if not isinstance(text, str) or not _HEX64.fullmatch(text):
        raise MalformedError("not_a_digest", "a digest is 64 lower-case hexadecimal digits")
    return bytes.fromhex(text)
