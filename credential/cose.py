"""COSE_Sign1 (RFC 9052 section 4.2) in the one form that the formats use: tag 18, empty unprotected header.

Parsing gives an ``UnverifiedSign1`` that keeps the signed bytes; only ``verify`` gives the payload out as trusted. A
header may name an algorithm that this program does not know: the key that it names decides what that means.

    message = parse(data, max_bytes=420)
    payload = message.verify(key)          # raises SignatureError
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from credential import algorithms, cbor
from credential.algorithms import ES256
from credential.errors import MalformedError
from credential.signing import KEY_ID_BYTES, AnyKey, SignatureError, Signer, VerifyKey, usable

ALG, KID, TYP = 1, 4, 16
"""Header labels: RFC 9052 section 3.1, and RFC 9596 for ``typ``."""
_ALG: Final = ES256.cose
_HALF_ORDER_BYTES: Final = ES256.half_order.to_bytes(ES256.coordinate_bytes)
_LABELS: Final = {ALG, KID}
_LABELS_WITH_TYP: Final = {ALG, KID, TYP}
_PARTS: Final = [bytes, dict, bytes, bytes]
"""Protected header, unprotected header, payload, signature."""
SIGN1: Final = b"\xd2\x84"
"""Tag 18 and an array of four: how every COSE_Sign1 of ours begins."""
_NO_HEADER: Final = b"\xa0"
"""The empty map."""
_CONTEXT: Final = b"\x84\x6aSignature1"
"""How every Sig_structure begins: an array of four, and what kind of signature it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSign1:
    """A well-formed COSE_Sign1 whose signature nobody has checked."""

    protected: bytes
    """The protected header as it was received; it is part of what was signed."""
    alg: int
    """What the sender says it was signed by; the key decides."""
    key_id: bytes
    """Which key the sender says it was: selects, proves nothing."""
    payload: bytes
    """Not trusted yet."""
    signature: bytes
    signed: bytes
    """The Sig_structure (RFC 9052 section 4.4), of the bytes that came."""

    def check_key(self, key: AnyKey) -> VerifyKey:
        """Return ``key`` as one that can check this message (FORMAT 1.1).

        Raises:
            SignatureError: ``wrong_key``: its id is not the header's.
            MalformedError: ``bad_header``: the header names another algorithm than the key's.
            CannotKnowError: ``newer_format``: it is of a suite that this program does not know.
        """
        if key.key_id != self.key_id:
            raise SignatureError("wrong_key", f"signed by {self.key_id.hex()}, checked with {key.key_id.hex()}")
        if self.alg == _ALG and isinstance(key, VerifyKey):
            return key  # as nearly always: nothing needs to be looked up
        if not algorithms.may_be_called(key.alg, self.alg):
            raise MalformedError("bad_header", f"COSE: algorithm {self.alg} is not the key's, which is {key.alg}")
        return usable(key)

    def verify(self, key: AnyKey) -> bytes:
        """Return the payload after checking the signature with ``key``.

        Raises:
            SignatureError: ``wrong_key``, or the signature does not hold.
            MalformedError, CannotKnowError: as ``check_key``.
        """
        self.check_key(key).verify(self.signature, self.signed)
        return self.payload


def sig_structure(protected: bytes, payload: bytes) -> bytes:
    """The bytes that are signed (RFC 9052 section 4.4), without external data."""
    return _before_payload(protected) + cbor.encode_bytes(payload)


@lru_cache(maxsize=256)
def _before_payload(protected: bytes) -> bytes:
    """Kept, as what ``_read_header`` read is."""
    return _CONTEXT + cbor.encode_bytes(protected) + b"\x40"


@lru_cache(maxsize=256)
def protected_header(key_id: bytes, *, typ: str | None = None) -> bytes:
    """The protected header of a message that the key with this id will sign."""
    header: dict[int, object] = {ALG: ES256.cose, KID: key_id}
    if typ is not None:
        header[TYP] = typ
    return cbor.encode(header)


def assemble(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put the parts of a signed message together."""
    parts = map(cbor.encode_bytes, (protected, payload, signature))
    return SIGN1 + next(parts) + _NO_HEADER + next(parts) + next(parts)


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
    found = _taken_apart(data) if len(data) <= max_bytes else None
    protected, payload, signature = found or _read_parts(data, max_bytes)
    alg, key_id = _read_header(protected, typ)
    _check_signature_form(alg, signature)
    signed = sig_structure(protected, payload)
    return UnverifiedSign1(
        protected=protected, alg=alg, key_id=key_id, payload=payload, signature=signature, signed=signed
    )


def _taken_apart(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    """The parts of what ``assemble`` wrote, None where it is anything else: then ``_read_parts`` says what is wrong.

    Every message is of this form, and its heads say where its parts end.
    """
    if not data.startswith(SIGN1):
        return None
    protected, place = _byte_string(data, len(SIGN1))
    if data[place : place + 1] != _NO_HEADER:
        return None
    payload, place = _byte_string(data, place + 1)
    signature, place = _byte_string(data, place)
    return (protected, payload, signature) if place == len(data) else None


def _byte_string(data: bytes, place: int) -> tuple[bytes, int]:
    """A byte string with its only head, and its end; an end beyond the data for anything else."""
    head = cbor.read_head(data, place)
    if head is None or head[0] != cbor.BYTES:
        return b"", len(data) + 1
    _, size, start = head
    return data[start : start + size], start + size


def _read_parts(data: bytes, max_bytes: int) -> tuple[bytes, bytes, bytes]:
    """Protected header, payload and signature of any input. Raises as ``parse``."""
    item = cbor.decode(data, max_bytes=max_bytes)
    if not isinstance(item, cbor.Tag) or item.tag != cbor.TAG_SIGN1:
        raise MalformedError("not_recognised", "COSE: tag 18 and no other stands in front of a COSE_Sign1")
    parts = item.value
    if not isinstance(parts, list) or [type(part) for part in parts] != _PARTS:
        raise MalformedError("not_recognised", "COSE: not the four parts of a COSE_Sign1")
    protected, unprotected, payload, signature = parts
    if unprotected:
        raise MalformedError("bad_header", "COSE: the unprotected header is not empty; nothing there is signed")
    return protected, payload, signature


@lru_cache(maxsize=256)
def _read_header(protected: bytes, typ: str | None) -> tuple[int, bytes]:
    """The algorithm and the key id.

    Kept, because all messages of a deployment name the same few keys, and a header says nothing about a person.
    """
    header = cbor.decode(protected, max_bytes=len(protected))
    expected = _LABELS if typ is None else _LABELS_WITH_TYP
    if not isinstance(header, dict) or header.keys() != expected:
        raise MalformedError("bad_header", f"COSE: the protected header holds exactly the labels {sorted(expected)}")
    alg = header[ALG]
    if not isinstance(alg, int) or isinstance(alg, bool):
        raise MalformedError("bad_header", "COSE: an algorithm is named by an integer")
    if typ is not None and header[TYP] != typ:
        raise MalformedError("bad_header", f"COSE: this is no {typ}")
    key_id = header[KID]
    if not isinstance(key_id, bytes) or len(key_id) != KEY_ID_BYTES:
        raise MalformedError("bad_header", f"COSE: a key id has {KEY_ID_BYTES} bytes")
    return alg, key_id


def _check_signature_form(alg: int, signature: bytes) -> None:
    if alg != _ALG:
        if not signature:
            raise MalformedError("not_recognised", "COSE: a signature of no byte is none, by whichever algorithm")
        return
    if len(signature) != ES256.signature_bytes:
        raise MalformedError("not_recognised", f"COSE: an {ES256.alg} signature has {ES256.signature_bytes} bytes")
    if signature[ES256.coordinate_bytes :] > _HALF_ORDER_BYTES:
        raise MalformedError("high_s", "COSE: the signature is in its second form (s > n/2), which no issuer writes")
