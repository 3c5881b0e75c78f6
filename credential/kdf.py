"""Derivation by HKDF-SHA-256 (RFC 5869) with one label per purpose (FORMAT 5)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX_BITS: Final = 20
"""What four characters of a check code carry; no shard prefix is longer."""


def derive(secret: bytes, info: bytes, length: int) -> bytes:
    """Return ``length`` bytes derived from ``secret`` for the purpose ``info``, without salt."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)


def prefix(cti: bytes, bits: int) -> int:
    """Return the leading ``bits`` (0 to 20) of a certificate's prefix as a number (FORMAT 5.1)."""
    if not 0 <= bits <= PREFIX_BITS:
        raise ValueError(f"a prefix has 0 to {PREFIX_BITS} bits")
    if bits == 0:
        return 0
    return int.from_bytes(derive(cti, b"titlecert/v1/prefix", 4)) >> (32 - bits)
