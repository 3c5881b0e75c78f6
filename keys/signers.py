"""Signers: what a process holds while it signs, one object a key, each bound to one use.

Rules: signatures are deterministic (RFC 6979), so a re-run over the same bytes gives the same signature and no weak
random number can leak the key; they are low-s. A signer shows its use and key id and nothing else, and cannot be
pickled.

    signer = store.signer(key_id, passphrase, use=KeyUse.CREDENTIAL)
    signature = signer.sign(message)      # 64 bytes, r || s
"""

from __future__ import annotations

from typing import Final, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from credential.algorithms import ES256
from credential.signing import KeyId, KeyUse, VerifyKey, normalise_low_s

_DETERMINISTIC: Final = ec.ECDSA(ES256.hash, deterministic_signing=True)


class FileSigner:
    """A private key from an opened key file. It satisfies ``credential.signing.Signer``."""

    __slots__ = ("_private_key", "public", "use")

    public: VerifyKey
    use: KeyUse

    def __init__(self, private_key: ec.EllipticCurvePrivateKey, *, use: KeyUse) -> None:
        self._private_key = private_key
        self.public = VerifyKey.from_public_key(private_key.public_key())
        self.use = use

    @property
    def key_id(self) -> KeyId:
        """The first 8 bytes of the key's RFC 9679 thumbprint."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the deterministic low-s signature over ``message``."""
        r, s = decode_dss_signature(self._private_key.sign(message, _DETERMINISTIC))
        return normalise_low_s(r.to_bytes(ES256.coordinate_bytes) + s.to_bytes(ES256.coordinate_bytes))

    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """Return the key object, for building X.509 certificates inside this package (the builder takes no less).

        Everything else, sealing of documents included, signs through ``sign``.
        """
        return self._private_key

    def __repr__(self) -> str:
        return f"FileSigner(use={self.use.value}, key_id={self.key_id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer stays in its process")
