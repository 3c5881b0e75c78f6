"""Sealed records (FORMAT 5.2): what the publication holds about a certificate, readable only with its secret.

A record shows nothing: the locator and the key are derived from a secret that only the holder of the certificate has
(the check code, or ``cti`` inside the credential), sizes come in few classes, nonces are fresh.

    record = seal(Kind.HISTORY, cti, history_bytes, nonce=os.urandom(12))
    plaintext = open_record(Kind.HISTORY, cti, record)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from credential.errors import MalformedError, NotTrustedError
from credential.kdf import Extracted, extract

Record = NewType("Record", bytes)

LOCATOR_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
"""AES-GCM's own (NIST SP 800-38D), for all that we seal: records, the register's columns, key files."""
SIZE_CLASSES: Final = (512, 1024, 2048, 4096, 8192, 16384)
"""Padded sizes. A credential, a history without later events and a usual face all fill the first."""
_LENGTH_BYTES: Final = 2
RECORD_SIZES: Final = frozenset(LOCATOR_BYTES + NONCE_BYTES + TAG_BYTES + size for size in SIZE_CLASSES)


class Kind(StrEnum):
    """What a record holds."""

    CERTIFICATE = "certificate"
    """The credential; its secret is the check code (20 ASCII characters)."""
    HISTORY = "history"
    """The signed events; its secret is ``cti`` (16 bytes)."""
    FACE = "face"
    """What the document prints beyond the credential; its secret is ``cti`` too."""


_LABELS: Final = {kind: b"titlecert/v1/" + kind.value.encode("ascii") for kind in Kind}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RecordKeys:
    """Where a record lies and what opens it."""

    locator: bytes
    key: bytes
    associated_data: bytes


def record_keys(kind: Kind, secret: bytes) -> RecordKeys:
    """Derive locator and key of the record of this kind that belongs to ``secret``."""
    return keys_from(kind, extract(secret))


def keys_from(kind: Kind, extracted: Extracted) -> RecordKeys:
    """As ``record_keys``, of a secret that was extracted already."""
    locator = locator_from(kind, extracted)
    key = extracted.expand(_LABELS[kind] + b"/key/" + locator, 32)
    return RecordKeys(locator=locator, key=key, associated_data=_LABELS[kind] + locator)


def locator_from(kind: Kind, extracted: Extracted) -> bytes:
    """Derive the locator alone: enough to see whether there is such a record."""
    return extracted.expand(_LABELS[kind] + b"/locator", LOCATOR_BYTES)


def seal(kind: Kind, secret: bytes, plaintext: bytes, *, nonce: bytes) -> Record:
    """Return the record of ``plaintext``.

    Args:
        kind: what the plaintext is.
        secret: the kind's secret.
        plaintext: at most 16,382 bytes.
        nonce: 12 random bytes, never used before with this secret: new whenever the plaintext changes.
    """
    return seal_with(record_keys(kind, secret), plaintext, nonce=nonce)


def seal_with(keys: RecordKeys, plaintext: bytes, *, nonce: bytes) -> Record:
    """As ``seal``, with what ``record_keys`` derived."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    padded = len(plaintext).to_bytes(_LENGTH_BYTES) + plaintext
    padded += bytes(_class_of(len(padded)) - len(padded))
    return Record(keys.locator + nonce + AESGCM(keys.key).encrypt(nonce, padded, keys.associated_data))


def open_record(kind: Kind, secret: bytes, record: bytes) -> bytes:
    """Return the plaintext of the record that belongs to ``secret``.

    Raises:
        MalformedError: ``not_canonical``: the size or the padding is not a writer's.
        NotTrustedError: ``not_sealed_here``: another record's, or changed.
    """
    return open_with(record_keys(kind, secret), record)


def open_with(keys: RecordKeys, record: bytes) -> bytes:
    """As ``open_record``, with what ``record_keys`` derived."""
    if len(record) not in RECORD_SIZES:
        raise MalformedError("not_canonical", f"sealed record: {len(record)} bytes is no size of a record")
    nonce, ciphertext = record[LOCATOR_BYTES : LOCATOR_BYTES + NONCE_BYTES], record[LOCATOR_BYTES + NONCE_BYTES :]
    if record[:LOCATOR_BYTES] != keys.locator:
        raise NotTrustedError("not_sealed_here", "sealed record: this is another certificate's")
    try:
        padded = AESGCM(keys.key).decrypt(nonce, ciphertext, keys.associated_data)
    except InvalidTag as error:
        raise NotTrustedError("not_sealed_here", "sealed record: changed since it was sealed") from error
    return _unpad(padded)


def locator_of(record: bytes) -> bytes:
    """Return the first 16 bytes, by which records are sorted and found."""
    return record[:LOCATOR_BYTES]


def _class_of(length: int) -> int:
    for size in SIZE_CLASSES:
        if length <= size:
            return size
    raise MalformedError("too_large", f"sealed record: {length} bytes, at most {SIZE_CLASSES[-1]} fit")


def _unpad(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:_LENGTH_BYTES])
    end = _LENGTH_BYTES + length
    if end > len(padded) or _class_of(end) != len(padded) or padded[end:] != bytes(len(padded) - end):
        raise MalformedError("not_canonical", "sealed record: padding is zeros up to the smallest size that fits")
    return padded[_LENGTH_BYTES:end]
