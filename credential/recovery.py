"""The recovery key of backups: its public half as a JWK (RFC 8037), and what is encrypted to it by HPKE (RFC 9180).

Rules: one suite, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, in base mode. What is encrypted is a file key of
32 bytes and nothing longer; the file is encrypted under that key. The text that both sides know (``info``) is the head
of the file, so that a key opens one file only. The private half is in a file of ``keys``, kept where no home is.

    key = RecoveryPublicKey.parse(data)
    sealed = key.seal(file_key, info=head)
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from credential import jsonform
from credential.errors import CredentialError, MalformedError
from credential.text import from_base64url, to_base64url

SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
"""The one suite; another one is another kind of file."""
FILE_KEY_BYTES: Final = 32
SEALED_BYTES: Final = 80
"""32 of the encapsulated key, 32 of the file key, 16 of the tag."""
MAX_KEY_BYTES: Final = 1024
"""Of the file of a public key; ours have about 120 bytes."""
_RECOVERY_ID_BYTES: Final = 8
_POINT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class RecoveryPublicKey:
    """The public half: whoever has it writes backups, and opens none."""

    point: bytes
    """32 bytes (RFC 7748)."""

    def __post_init__(self) -> None:
        if len(self.point) != _POINT_BYTES:
            raise MalformedError("recovery_key", f"a recovery key has {_POINT_BYTES} bytes, not {len(self.point)}")

    @property
    def key_id(self) -> bytes:
        """8 bytes: the beginning of the SHA-256 thumbprint of its JWK (RFC 7638)."""
        return sha256(jsonform.encode(self._jwk())).digest()[:_RECOVERY_ID_BYTES]

    def seal(self, file_key: bytes, *, info: bytes) -> bytes:
        """Encrypt a file key to this key, bound to ``info``; each time anew."""
        if len(file_key) != FILE_KEY_BYTES:
            raise ValueError("a file key has 32 bytes")
        return SUITE.encrypt(file_key, X25519PublicKey.from_public_bytes(self.point), info=info)

    def encode(self) -> bytes:
        """Return the file of this key: a JWK in canonical JSON, and a line feed."""
        return jsonform.encode(self._jwk()) + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the file of a public key.

        Raises:
            MalformedError: ``recovery_key``: it is none.
        """
        try:
            found = jsonform.decode(data.removesuffix(b"\n"), max_bytes=MAX_KEY_BYTES)
            if not isinstance(found, dict) or (found.get("kty"), found.get("crv"), len(found)) != ("OKP", "X25519", 3):
                raise MalformedError("recovery_key", "it is no key of curve X25519 as a JWK, and nothing else")
            return cls(from_base64url(str(found.get("x"))))
        except CredentialError as error:
            raise MalformedError("recovery_key", f"this is not the public half of a recovery key: {error}") from error

    def _jwk(self) -> dict[str, str]:
        return {"crv": "X25519", "kty": "OKP", "x": to_base64url(self.point)}
