"""COSE_Sign1 (RFC 9052 section 4.2) in the one form that the formats use: tag 18, ES256, empty unprotected header.

Parsing gives an ``UnverifiedSign1`` that keeps the signed bytes; only ``verify`` gives the payload out as trusted.

    message = parse(data, max_bytes=420)
    payload = message.verify(key)          # raises SignatureError
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from credential import cbor
from credential.errors import MalformedError
from credential.signing import HALF_ORDER, KEY_ID_BYTES, SIGNATURE_BYTES, SignatureError, Signer, VerifyKey

ALG, KID, TYP = 1, 4, 16
"""Header labels: RFC 9052 section 3.1, and RFC 9596 for ``typ``."""
ES256: Final = -7
_HALF_ORDER_BYTES: Final = HALF_ORDER.to_bytes(32)
_LABELS: Final = {ALG, KID}
_LABELS_WITH_TYP: Final = {ALG, KID, TYP}
_PARTS: Final = [bytes, dict, bytes, bytes]
"""Protected header, unprotected header, payload, signature."""
_CONTEXT: Final = b"\x84\x6aSignature1"
"""How every Sig_structure begins: an array of four, and what kind of signature it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSign1:
    """A well-formed COSE_Sign1 whose signature nobody has checked."""

    protected: bytes
    """The protected header as it was received; it is part of what was signed."""
    key_id: bytes
    """Which key the sender says it was: selects, proves nothing."""
    payload: bytes
    """Not trusted yet."""
    signature: bytes
    signed: bytes
    """The Sig_structure (RFC 9052 section 4.4), of the bytes that came."""

    def verify(self, key: VerifyKey) -> bytes:
        """Return the payload after checking the signature with ``key``.

        Raises:
            SignatureError: the key's id is not the header's (``wrong_key``), or the signature does not hold.
        """
        if key.key_id != self.key_id:
            raise SignatureError("wrong_key", f"signed by {self.key_id.hex()}, checked with {key.key_id.hex()}")
        key.verify(self.signature, self.signed)
        return self.payload


def sig_structure(protected: bytes, payload: bytes) -> bytes:
    """The bytes that are signed (RFC 9052 section 4.4), without external data."""
    return _before_payload(protected) + cbor.encode_bytes(payload)


@lru_cache(maxsize=256)
def _before_payload(protected: bytes) -> bytes:
    """Kept, as what ``_read_header`` read is."""
    return _CONTEXT + cbor.encode_bytes(protected) + b"\x40"


def protected_header(key_id: bytes, *, typ: str | None = None) -> bytes:
    """The protected header of a message that the key with this id will sign."""
    header: dict[int, object] = {ALG: ES256, KID: key_id}
    if typ is not None:
        header[TYP] = typ
    return cbor.encode(header)


def assemble(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put the parts of a signed message together."""
    return cbor.encode(cbor.Tag(cbor.TAG_SIGN1, [protected, {}, payload, signature]))


def sign(payload: bytes, signer: Signer, *, typ: str | None = None) -> bytes:
    """Return ``payload`` signed as COSE_Sign1 by ``signer``."""
    protected = protected_header(signer.key_id, typ=typ)
    return assemble(protected, payload, signer.sign(sig_structure(protected, payload)))


def parse(data: bytes, *, max_bytes: int, typ: str | None = None) -> UnverifiedSign1:
    """Parse one COSE_Sign1 in its only form.

    Args:
        data: the whole message.
        max_bytes: refuse longer input.
        typ: the header's ``typ`` that the format demands; None demands that there is none.

    Raises:
        MalformedError: ``too_large``, ``not_cbor``, ``not_canonical``, ``not_recognised`` (another structure),
            ``bad_header`` or ``high_s``.
    """
    item = cbor.decode(data, max_bytes=max_bytes)
    if not isinstance(item, cbor.Tag) or item.tag != cbor.TAG_SIGN1:
        raise MalformedError("not_recognised", "COSE: tag 18 and no other stands in front of a COSE_Sign1")
    parts = item.value
    if not isinstance(parts, list) or [type(part) for part in parts] != _PARTS:
        raise MalformedError("not_recognised", "COSE: not the four parts of a COSE_Sign1")
    protected, unprotected, payload, signature = parts
    if unprotected:
        raise MalformedError("bad_header", "COSE: the unprotected header is not empty; nothing there is signed")
    key_id = _read_header(protected, typ)
    _check_signature_form(signature)
    signed = sig_structure(protected, payload)
    return UnverifiedSign1(protected=protected, key_id=key_id, payload=payload, signature=signature, signed=signed)


@lru_cache(maxsize=256)
def _read_header(protected: bytes, typ: str | None) -> bytes:
    """Kept, because all messages of a deployment name the same few keys, and a header says nothing about a person."""
    header = cbor.decode(protected, max_bytes=len(protected))
    expected = _LABELS if typ is None else _LABELS_WITH_TYP
    if not isinstance(header, dict) or header.keys() != expected:
        raise MalformedError("bad_header", f"COSE: the protected header holds exactly the labels {sorted(expected)}")
    if header[ALG] != ES256 or isinstance(header[ALG], bool):
        raise MalformedError("bad_header", "COSE: only ES256 is known; a later suite needs a later program")
    if typ is not None and header[TYP] != typ:
        raise MalformedError("bad_header", f"COSE: this is no {typ}")
    key_id = header[KID]
    if not isinstance(key_id, bytes) or len(key_id) != KEY_ID_BYTES:
        raise MalformedError("bad_header", f"COSE: a key id has {KEY_ID_BYTES} bytes")
    return key_id


def _check_signature_form(signature: bytes) -> None:
    if len(signature) != SIGNATURE_BYTES:
        raise MalformedError("not_recognised", f"COSE: an ES256 signature has {SIGNATURE_BYTES} bytes")
    if signature[32:] > _HALF_ORDER_BYTES:
        raise MalformedError("high_s", "COSE: the signature is in its second form (s > n/2), which no issuer writes")
