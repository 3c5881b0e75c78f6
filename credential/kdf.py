"""Derivation by HKDF-SHA-256 (RFC 5869) with one label per purpose (FORMAT 5).

locator = derive(secret, b"titlecert/v1/face/locator", 16)
extracted = extract(secret)          # once, where several values come from one secret
key = expand(extracted, b"titlecert/v1/face/key/" + locator, 32)
"""

from __future__ import annotations

import hmac
from typing import Final, NewType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

Extracted = NewType("Extracted", bytes)
"""What the first of HKDF's two steps makes of a secret."""

_NO_SALT: Final = bytes(32)
"""RFC 5869 2.2: a salt that is not given is as many zeros as the hash has bytes."""
PREFIX_BITS: Final = 20
"""What four characters of a check code carry; no shard prefix is longer."""


def derive(secret: bytes, info: bytes, length: int) -> bytes:
    """Return ``length`` bytes derived from ``secret`` for the purpose ``info``, without salt."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)


def extract(secret: bytes) -> Extracted:
    """Return what ``expand`` takes: RFC 5869 2.2, without salt."""
    return Extracted(hmac.digest(_NO_SALT, secret, "sha256"))


def expand(extracted: Extracted, info: bytes, length: int) -> bytes:
    """Return ``length`` bytes for the purpose ``info``: RFC 5869 2.3."""
    return HKDFExpand(algorithm=hashes.SHA256(), length=length, info=info).derive(extracted)


def prefix(cti: bytes, bits: int) -> int:
    """Return the leading ``bits`` (0 to 20) of a certificate's prefix as a number (FORMAT 5.1)."""
    if not 0 <= bits <= PREFIX_BITS:
        raise ValueError(f"a prefix has 0 to {PREFIX_BITS} bits")
    if bits == 0:
        return 0
    return int.from_bytes(derive(cti, b"titlecert/v1/prefix", 4)) >> (32 - bits)
