"""Signing and verifying raw bytes (FORMAT 1.1): the seam between formats and keys.

Rules:
- A signature is 64 bytes, r and s as big-endian 32-byte integers (RFC 9053 section 2.1, RFC 7518 section 3.4).
- s is at most half the group order. Whoever signs normalises; whoever verifies refuses the other form, because (r, n-s)
  would be a second valid signature over the same bytes and hence a second form of the same credential.
- A key is named by the first 8 bytes of its COSE key thumbprint (RFC 9679). The name selects, the key verifies.
- A key of a suite that this program does not know is an ``UnusableKey``, which has nothing to verify with.
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
from functools import lru_cache
from typing import Any, ClassVar, Final, NewType, Protocol, Self, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from credential.algorithms import ES256, Suite
from credential.errors import CannotKnowError, MalformedError, NotTrustedError

KeyId = NewType("KeyId", bytes)
"""The first 8 bytes of a key's thumbprint: `kid` in every format."""

KEY_ID_BYTES: Final = 8

_ECDSA: Final = ec.ECDSA(ES256.hash)
_JWK_MEMBERS: Final = frozenset({"kty", "crv", "x", "y"})
_COORDINATE_TEXT: Final = (ES256.coordinate_bytes * 4 + 2) // 3
"""Characters of a coordinate in base64url without padding."""


class SignatureError(NotTrustedError):
    """The signature does not hold. Codes: ``bad_length``, ``high_s``, ``bad_signature``."""


class KeyFormError(MalformedError):
    """These are not the numbers of a public key. Codes: ``key_form``, ``key_not_on_curve``."""


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

    The key decides the algorithm; a message never does.
    """

    @property
    def key_id(self) -> bytes:
        """The first 8 bytes of the key's RFC 9679 thumbprint."""

    def sign(self, message: bytes) -> bytes:
        """Return the low-s signature over ``message`` (hashed here)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyKey:
    """A public key of suite 1 with everything that checking needs worked out once.

    Make it with ``from_numbers`` or ``from_jwk``; both refuse a point that is not on the curve.
    """

    suite: ClassVar[Suite] = ES256
    alg: ClassVar[str] = ES256.alg
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
        if {len(self.x), len(self.y)} != {ES256.coordinate_bytes}:
            message = f"a coordinate has {ES256.coordinate_bytes} bytes; take the key from its source again"
            raise KeyFormError("key_form", message)
        public_key, thumbprint = _worked_out(self.x, self.y)
        object.__setattr__(self, "public_key", public_key)
        object.__setattr__(self, "thumbprint", thumbprint)
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
        if (jwk["kty"], jwk["crv"]) != (ES256.kty, ES256.crv):
            message = f"only {ES256.kty} keys on {ES256.crv} are known; the JWK names another type or curve"
            raise KeyFormError("key_form", message)
        return cls(x=_from_base64url(jwk["x"]), y=_from_base64url(jwk["y"]))

    @classmethod
    def from_public_key(cls, public_key: ec.EllipticCurvePublicKey) -> Self:
        """Take the key from a ``cryptography`` object. Raises KeyFormError for another curve."""
        if not ES256.has_curve_of(public_key):
            raise KeyFormError("key_form", f"only {ES256.crv} keys are known, this one is on {public_key.curve.name}")
        numbers = public_key.public_numbers()
        return cls.from_numbers(numbers.x, numbers.y)

    def to_jwk(self) -> dict[str, str]:
        """Return the public JWK: ``kty``, ``crv``, ``x``, ``y``, coordinates in base64url without padding."""
        return {"kty": ES256.kty, "crv": ES256.crv, "x": _to_base64url(self.x), "y": _to_base64url(self.y)}

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check that ``signature`` (low-s) is this key's over ``message``.

        Raises:
            SignatureError: code ``bad_length``, ``high_s`` or ``bad_signature``.
        """
        r, s = _split(signature)
        if s > ES256.half_order:
            raise SignatureError("high_s", "the signature is in its second form (s > n/2), which no issuer writes")
        try:
            self.public_key.verify(encode_dss_signature(r, s), message, _ECDSA)
        except InvalidSignature as error:
            raise SignatureError("bad_signature", f"key {self.key_id.hex()} did not sign these bytes") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableKey:
    """A key of a suite that this program does not know (FORMAT 1.1): kept as it stands, with nothing to verify with."""

    key_id: KeyId
    """As the entry says; compared with nothing, for only its own suite knows how it is made."""
    alg: str
    params: Mapping[str, Any]
    jwk: Mapping[str, Any]


AnyKey: TypeAlias = VerifyKey | UnusableKey
"""What an entry of a root set, a trust list or the operators' file may hold."""


def usable(key: AnyKey) -> VerifyKey:
    """Return a key that this program can verify with.

    Raises:
        CannotKnowError: ``newer_format``: it is of a suite that this program does not know.
    """
    if isinstance(key, UnusableKey):
        message = f"key {key.key_id.hex()} signs by {key.alg}: a newer suite is needed; update the program"
        raise CannotKnowError("newer_format", message, alg=key.alg)
    return key


def normalise_low_s(raw: bytes) -> bytes:
    """Return the form of a signature whose s is at most n/2; a signature in that form is returned as it is.

    Raises:
        SignatureError: code ``bad_length``, or ``bad_signature`` when r or s is not in 1..n-1.
    """
    r, s = _split(raw)
    if not (0 < r < ES256.order and 0 < s < ES256.order):
        raise SignatureError("bad_signature", f"r or s is outside 1..n-1: no {ES256.alg} signature has these numbers")
    return raw if s <= ES256.half_order else _to_bytes(r) + _to_bytes(ES256.order - s)


def _split(signature: bytes) -> tuple[int, int]:
    if len(signature) != ES256.signature_bytes:
        message = f"an {ES256.alg} signature has {ES256.signature_bytes} bytes, this one {len(signature)}"
        raise SignatureError("bad_length", message)
    return int.from_bytes(signature[: ES256.coordinate_bytes]), int.from_bytes(signature[ES256.coordinate_bytes :])


@lru_cache(maxsize=1024)
def _worked_out(x: bytes, y: bytes) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    """Kept, because a trust list is read often and names the same keys each time."""
    return _decode_point(x, y), _thumbprint(x, y)


def _thumbprint(x: bytes, y: bytes) -> bytes:
    """Hash {1: 2, -1: 1, -2: x, -3: y} in deterministic CBOR, written out: its 75 bytes never vary in form."""
    return hashlib.sha256(b"\xa4\x01\x02\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y).digest()


def _decode_point(x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ES256.curve)
    try:
        return numbers.public_key()
    except ValueError as error:
        raise KeyFormError("key_not_on_curve", f"these coordinates are no point of {ES256.crv}") from error


def _to_bytes(number: int) -> bytes:
    try:
        return number.to_bytes(ES256.coordinate_bytes)
    except OverflowError as error:
        message = f"a number of a {ES256.crv} key has {8 * ES256.coordinate_bytes} bits and no sign"
        raise KeyFormError("key_form", message) from error


def _to_base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _from_base64url(text: object) -> bytes:
    """Decode one coordinate; the result is encoded again and compared, so that one key has one JWK."""
    if not isinstance(text, str) or len(text) != _COORDINATE_TEXT or not text.isascii():
        raise KeyFormError("key_form", f"a coordinate is {_COORDINATE_TEXT} characters of base64url without padding")
    try:
        value = base64.urlsafe_b64decode(text + "=")
    except (binascii.Error, ValueError) as error:
        raise KeyFormError("key_form", "a coordinate is not base64url") from error
    if _to_base64url(value) != text:
        raise KeyFormError("key_form", "a coordinate is not in its only base64url form")
    return value
