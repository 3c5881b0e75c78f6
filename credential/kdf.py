"""Derivation by HKDF-SHA-256 (RFC 5869) with one label per purpose (FORMAT 5).

Rules: there is no salt, and a value has at most 32 bytes, which is one block of the second step. Several values come
from one secret at every check, so the first step is taken once, and its result is kept as an HMAC that has its key.

    extracted = extract(secret)
    locator = extracted.expand(b"titlecert/v1/face/locator", 16)
    key = extracted.expand(b"titlecert/v1/face/key/" + locator, 32)
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

PREFIX_BITS: Final = 20
"""What four characters of a check code carry; no shard prefix is longer."""

_SHA256: Final = SHA256()
_NO_SALT: Final = HMAC(bytes(SHA256.digest_size), _SHA256)
"""RFC 5869 2.2: a salt that is not given is as many zeros as the hash has bytes."""
_FIRST_BLOCK: Final = b"\x01"


class Extracted:
    """What the first of HKDF's two steps makes of a secret. Made by ``extract``."""

    __slots__ = ("_keyed",)

    def __init__(self, pseudorandom_key: bytes) -> None:
        self._keyed = HMAC(pseudorandom_key, _SHA256)

    def expand(self, info: bytes, length: int) -> bytes:
        """Return ``length`` bytes (at most 32) for the purpose ``info``: the first block of RFC 5869 2.3."""
        if length > SHA256.digest_size:
            raise ValueError(f"a derived value has at most {SHA256.digest_size} bytes")
        block = self._keyed.copy()
        block.update(info + _FIRST_BLOCK)
        return block.finalize()[:length]


def extract(secret: bytes) -> Extracted:
    """Take the first step of HKDF: RFC 5869 2.2, without salt."""
    salted = _NO_SALT.copy()
    salted.update(secret)
    return Extracted(salted.finalize())


def prefix(cti: bytes, bits: int) -> int:
    """Return the leading ``bits`` (0 to 20) of a certificate's prefix as a number (FORMAT 5.1)."""
    if not 0 <= bits <= PREFIX_BITS:
        raise ValueError(f"a prefix has 0 to {PREFIX_BITS} bits")
    if bits == 0:
        return 0
    return int.from_bytes(extract(cti).expand(b"titlecert/v1/prefix", 4)) >> (32 - bits)
