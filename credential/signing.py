"""Signing and verifying raw bytes with ES256 (ECDSA on P-256 with SHA-256): the seam between formats and keys.

Rules:
- A signature is 64 bytes, r and s as big-endian 32-byte integers (RFC 9053 section 2.1, RFC 7518 section 3.4).
- s is at most half the group order. Whoever signs normalises; whoever verifies refuses the other form, because (r, n-s)
  would be a second valid signature over the same bytes and hence a second form of the same credential.
- A key is named by the first 8 bytes of its COSE key thumbprint (RFC 9679). The name selects, the key verifies.
- This module holds no private key: signers come from outside through the two-member ``Signer`` protocol.

    key = VerifyKey.from_jwk(entry)
    key.verify(signature, message)      # returns nothing, or raises SignatureError
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from credential.errors import MalformedError, NotTrustedError

KeyId = NewType("KeyId", bytes)
"""The first 8 bytes of a key's thumbprint: `kid` in every format."""

KEY_ID_BYTES: Final = 8
SIGNATURE_BYTES: Final = 64
COORDINATE_BYTES: Final = 32
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order n of the P-256 group (FIPS 186-5, SP 800-186 section 3.2.1.3)."""
HALF_ORDER: Final = P256_ORDER // 2

_ES256: Final = ec.ECDSA(hashes.SHA256())
_JWK_MEMBERS: Final = frozenset({"kty", "crv", "x", "y"})
_COORDINATE_TEXT: Final = 43
"""32 bytes in base64url without padding."""


class SignatureError(NotTrustedError):
    """The signature does not hold. Codes: ``bad_length``, ``high_s``, ``bad_signature``."""


class KeyFormError(MalformedError):
    """These are not the numbers of a P-256 public key. Codes: ``key_form``, ``key_not_on_curve``."""


class KeyUse(StrEnum):
    """What a key may sign. A key has one use for life."""

    ROOT = "root"
    """Root key sets and trust lists."""
    CREDENTIAL = "credential"
    """Certificates of one authority."""
    PUBLISHER = "publisher"
    """Snapshots."""
    STATUS = "status"
    """Status lists and histories."""
    DOCUMENT = "document"
    """Seals of PDF documents."""
    SHARE = "share"
    """Usage copies and shares."""
    RECEIPT = "receipt"
    """Receipts of checks."""
    OPERATOR = "operator"
    """One person's statements."""
    ADMINISTRATOR = "administrator"
    """The file of operators."""


class Signer(Protocol):
    """Whatever can sign with one key of one use: a key file, a hardware token, a remote service.

    The key decides the algorithm (ES256); a message never does.
    """

    @property
    def key_id(self) -> bytes:
        """The first 8 bytes of the key's RFC 9679 thumbprint."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte low-s ES256 signature over ``message`` (hashed here, with SHA-256)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyKey:
    """A P-256 public key with everything that checking needs worked out once.

    Make it with ``from_numbers`` or ``from_jwk``; both refuse a point that is not on the curve.
    """

    x: bytes
    """The x coordinate, 32 bytes big-endian."""
    y: bytes
    """The y coordinate, 32 bytes big-endian."""
    thumbprint: bytes = field(init=False, compare=False, repr=False)
    """SHA-256 of the deterministic CBOR of the required COSE key members, 32 bytes (RFC 9679 section 3)."""
    key_id: KeyId = field(init=False, compare=False, repr=False)
    """The first 8 bytes of the thumbprint."""
    public_key: ec.EllipticCurvePublicKey = field(init=False, compare=False, repr=False)
    """The decoded key, kept because decoding costs as much as a good part of a verification."""

    def __post_init__(self) -> None:
        if len(self.x) != COORDINATE_BYTES or len(self.y) != COORDINATE_BYTES:
            raise KeyFormError("key_form", "a P-256 coordinate has 32 bytes; take the key from its source again")
        object.__setattr__(self, "public_key", _decode_point(self.x, self.y))
        object.__setattr__(self, "thumbprint", _thumbprint(self.x, self.y))
        object.__setattr__(self, "key_id", KeyId(self.thumbprint[:KEY_ID_BYTES]))

    @classmethod
    def from_numbers(cls, x: int, y: int) -> Self:
        """Take the key as two coordinates. Raises KeyFormError."""
        return cls(x=_to_bytes(x), y=_to_bytes(y))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> Self:
        """Take the key from a JWK with exactly ``kty``, ``crv``, ``x`` and ``y`` (RFC 7518 section 6.2).

        Other members are refused: what surrounds a key (use, window) belongs to the format that carries it.

        Raises:
            KeyFormError: a member is missing, unknown or not in its only encoding, or the point is not on the curve.
        """
        if set(jwk) != _JWK_MEMBERS:
            raise KeyFormError("key_form", "a public JWK here has exactly the members crv, kty, x, y")
        if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
            raise KeyFormError("key_form", "only EC keys on P-256 are known; the JWK names another type or curve")
        return cls(x=_from_base64url(jwk["x"]), y=_from_base64url(jwk["y"]))

    @classmethod
    def from_public_key(cls, public_key: ec.EllipticCurvePublicKey) -> Self:
        """Take the key from a ``cryptography`` object. Raises KeyFormError for another curve."""
        if not isinstance(public_key.curve, ec.SECP256R1):
            raise KeyFormError("key_form", f"only P-256 keys are known, this one is on {public_key.curve.name}")
        numbers = public_key.public_numbers()
        return cls.from_numbers(numbers.x, numbers.y)

    def to_jwk(self) -> dict[str, str]:
        """Return the public JWK: ``kty``, ``crv``, ``x``, ``y``, coordinates in base64url without padding."""
        return {"kty": "EC", "crv": "P-256", "x": _to_base64url(self.x), "y": _to_base64url(self.y)}

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check that ``signature`` (64 bytes, low-s) is this key's over ``message``.

        Raises:
            SignatureError: code ``bad_length``, ``high_s`` or ``bad_signature``.
        """
        r, s = _split(signature)
        if s > HALF_ORDER:
            raise SignatureError("high_s", "the signature is in its second form (s > n/2), which no issuer writes")
        try:
            self.public_key.verify(encode_dss_signature(r, s), message, _ES256)
        except InvalidSignature as error:
            raise SignatureError("bad_signature", f"key {self.key_id.hex()} did not sign these bytes") from error


def normalise_low_s(raw: bytes) -> bytes:
    """Return the form of a 64-byte signature whose s is at most n/2; a signature in that form is returned as it is.

    Raises:
        SignatureError: code ``bad_length``, or ``bad_signature`` when r or s is not in 1..n-1.
    """
    r, s = _split(raw)
    if not (0 < r < P256_ORDER and 0 < s < P256_ORDER):
        raise SignatureError("bad_signature", "r or s is outside 1..n-1: no ES256 signature has these numbers")
    return raw if s <= HALF_ORDER else _to_bytes(r) + _to_bytes(P256_ORDER - s)


def _split(signature: bytes) -> tuple[int, int]:
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureError("bad_length", f"an ES256 signature has 64 bytes, this one {len(signature)}")
    return int.from_bytes(signature[:COORDINATE_BYTES]), int.from_bytes(signature[COORDINATE_BYTES:])


def _thumbprint(x: bytes, y: bytes) -> bytes:
    """Hash {1: 2, -1: 1, -2: x, -3: y} in deterministic CBOR, written out: its 75 bytes never vary in form."""
    return hashlib.sha256(b"\xa4\x01\x02\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y).digest()


def _decode_point(x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1())
    try:
        return numbers.public_key()
    except ValueError as error:
        raise KeyFormError("key_not_on_curve", "these coordinates are no point of P-256") from error


def _to_bytes(number: int) -> bytes:
    try:
        return number.to_bytes(COORDINATE_BYTES)
    except OverflowError as error:
        raise KeyFormError("key_form", "a P-256 number has 256 bits and no sign") from error


def _to_base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _from_base64url(text: object) -> bytes:
    """Decode one coordinate; the result is encoded again and compared, so that one key has one JWK."""
    if not isinstance(text, str) or len(text) != _COORDINATE_TEXT or not text.isascii():
        raise KeyFormError("key_form", "a coordinate is 43 characters of base64url without padding")
    try:
        value = base64.urlsafe_b64decode(text + "=")
    except (binascii.Error, ValueError) as error:
        raise KeyFormError("key_form", "a coordinate is not base64url") from error
    if _to_base64url(value) != text:
        raise KeyFormError("key_form", "a coordinate is not in its only base64url form")
    return value
