"""Derivation by HKDF-SHA-256 (RFC 5869) with one label per purpose (FORMAT 5).

HKDF is two calls of HMAC here, because making an object of a library takes longer than the derivation; a test holds the
outputs against the library's. ``extract`` once, ``expand`` for each purpose.

    prk = extract(cti)
    expand(prk, b"titlecert/v1/prefix", 4)
"""

from __future__ import annotations

import hmac
from typing import Final

PREFIX_BITS: Final = 20
"""What four characters of a check code carry; no shard prefix is longer."""
_HASH: Final = "sha256"
_HASH_BYTES: Final = 32
_NO_SALT: Final = bytes(_HASH_BYTES)
"""An absent salt is as many zero bytes as the hash has (RFC 5869 section 2.2)."""


def extract(secret: bytes) -> bytes:
    """Return the pseudorandom key of ``secret`` (RFC 5869 section 2.2), without salt."""
    return hmac.digest(_NO_SALT, secret, _HASH)


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    """Return ``length`` bytes for the purpose ``info`` (RFC 5869 section 2.3)."""
    output = block = hmac.digest(prk, info + b"\x01", _HASH)
    for number in range(2, -(-length // _HASH_BYTES) + 1):
        block = hmac.digest(prk, block + info + bytes([number]), _HASH)
        output += block
    return output[:length]


def derive(secret: bytes, info: bytes, length: int) -> bytes:
    """Return ``length`` bytes derived from ``secret`` for the purpose ``info``, without salt."""
    return expand(extract(secret), info, length)


def prefix(cti: bytes, bits: int) -> int:
    """Return the leading ``bits`` (0 to 20) of a certificate's prefix as a number (FORMAT 5.1)."""
    if not 0 <= bits <= PREFIX_BITS:
        raise ValueError(f"a prefix has 0 to {PREFIX_BITS} bits")
    if bits == 0:
        return 0
    return int.from_bytes(derive(cti, b"titlecert/v1/prefix", 4)) >> (32 - bits)
