"""The encrypted envelope that every file of this package is: a readable header and a sealed body, as JSON.

Rules: the key comes from the passphrase by scrypt (RFC 7914), the body is AES-256-GCM, and the whole header (format
version, type, use, id, public key, label, scrypt numbers) is associated data, so that nobody turns a status key into
a root key, or one key's file into another's, by editing text. The scrypt numbers are capped on reading: a planted file
must not take all memory.

    text = seal(header, body, passphrase=passphrase, cost=ScryptCost(n=1 << 15))
    opened = read(text, where="keys/x.key.json")
    body = opened.open(passphrase)
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from credential.sealed import NONCE_BYTES
from keys.errors import KeyFileError, PassphraseError
from keys.passphrase import Passphrase

FORMAT_VERSION: Final = 1
MAX_ENVELOPE_BYTES: Final = 16384
"""Ours have about 700 bytes; a long label stays far below."""
_SALT_BYTES: Final = 16
_MAX_N: Final = 1 << 20
"""2^20 with r = 8 takes 1 GiB; whoever needs more raises this on purpose."""
_MIN_N: Final = 1 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ScryptCost:
    """The numbers of scrypt: memory is 128 * n * r bytes."""

    n: int
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        power_of_two = self.n & (self.n - 1) == 0
        if not (power_of_two and _MIN_N <= self.n <= _MAX_N and 1 <= self.r <= 16 and 1 <= self.p <= 4):
            raise KeyFileError("form", f"scrypt numbers out of range: n={self.n} r={self.r} p={self.p}")


INTERACTIVE_COST: Final = ScryptCost(n=1 << 17)
"""For keys that a person opens (root, administrator, operator): about 0.4 s and 128 MiB a try."""
SERVICE_COST: Final = ScryptCost(n=1 << 15)
"""For keys whose passphrase is a machine's and random: about 0.07 s and 32 MiB a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A file that was read but not opened: the header can be used for listing, it is proven only by ``open``."""

    header: Mapping[str, Any]
    cost: ScryptCost
    where: str
    salt: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    sealed: bytes = field(repr=False)

    def open(self, passphrase: Passphrase) -> bytes:
        """Return the body. Raises PassphraseError, code ``wrong_passphrase``, also when the file was altered."""
        cipher = AESGCM(_derive(passphrase, self.salt, self.cost))
        try:
            return cipher.decrypt(self.nonce, self.sealed, _associated(self.header, self.cost, self.salt))
        except InvalidTag:
            message = f"the passphrase does not open {self.where} (or the file was altered); try again"
            raise PassphraseError("wrong_passphrase", message, path=self.where) from None


def seal(header: Mapping[str, Any], body: bytes, *, passphrase: Passphrase, cost: ScryptCost) -> bytes:
    """Return the file content that holds ``body`` sealed under ``passphrase`` and bound to ``header``."""
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(NONCE_BYTES)
    header = {**header, "v": FORMAT_VERSION}
    sealed = AESGCM(_derive(passphrase, salt, cost)).encrypt(nonce, body, _associated(header, cost, salt))
    document = {
        **header,
        "kdf": {"name": "scrypt", "n": cost.n, "r": cost.r, "p": cost.p, "salt": _text(salt)},
        "cipher": {"name": "A256GCM", "nonce": _text(nonce), "sealed": _text(sealed)},
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def read(content: bytes, *, where: str) -> Envelope:
    """Read a file's content without opening it. Raises KeyFileError, code ``form``, naming ``where``."""
    try:
        document = json.loads(content, object_pairs_hook=_no_duplicates)
        if document.pop("v") != FORMAT_VERSION:
            raise KeyFileError("form", "the file is of a newer format; use the newer program")
        kdf, cipher = document.pop("kdf"), document.pop("cipher")
        if kdf["name"] != "scrypt" or cipher["name"] != "A256GCM":
            raise KeyFileError("form", "the file names an unknown kdf or cipher; use the program that wrote it")
        return Envelope(
            header={**document, "v": FORMAT_VERSION},
            cost=ScryptCost(n=kdf["n"], r=kdf["r"], p=kdf["p"]),
            where=where,
            salt=_exactly(kdf["salt"], _SALT_BYTES),
            nonce=_exactly(cipher["nonce"], NONCE_BYTES),
            sealed=_bytes(cipher["sealed"]),
        )
    except KeyFileError as error:
        raise KeyFileError(error.code, f"{where}: {error}", path=where) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"{where} is not a key file of ours ({type(error).__name__}); restore it from a backup"
        raise KeyFileError("form", message, path=where) from None


def _derive(passphrase: Passphrase, salt: bytes, cost: ScryptCost) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p).derive(passphrase.reveal())


def _associated(header: Mapping[str, Any], cost: ScryptCost, salt: bytes) -> bytes:
    bound = {**header, "kdf": ["scrypt", cost.n, cost.r, cost.p, _text(salt)]}
    return json.dumps(bound, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member appears twice")
    return members


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _exactly(text: str, length: int) -> bytes:
    value = _bytes(text)
    if len(value) != length:
        raise ValueError(f"not {length} bytes")
    return value
