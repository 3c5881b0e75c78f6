"""Keys for tests: fixed, public and worthless, each made from its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from credential.algorithms import ES256
from credential.signing import KeyId, VerifyKey, normalise_low_s

_ECDSA = ec.ECDSA(ES256.hash, deterministic_signing=True)


@dataclass(frozen=True, slots=True)
class Key:
    """A named signer; the same name always gives the same key and the same signatures."""

    name: str
    private: ec.EllipticCurvePrivateKey = field(init=False, compare=False, repr=False)
    public: VerifyKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        number = int.from_bytes(sha256(b"test key " + self.name.encode()).digest()) >> 1
        object.__setattr__(self, "private", ec.derive_private_key(number, ES256.curve))
        object.__setattr__(self, "public", VerifyKey.from_public_key(self.private.public_key()))

    @property
    def key_id(self) -> KeyId:
        """As the ``Signer`` protocol wants it."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """As the ``Signer`` protocol wants it; deterministic (RFC 6979)."""
        r, s = decode_dss_signature(self.private.sign(message, _ECDSA))
        return normalise_low_s(r.to_bytes(ES256.coordinate_bytes) + s.to_bytes(ES256.coordinate_bytes))
