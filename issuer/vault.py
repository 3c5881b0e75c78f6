"""The vault: personal data sealed at rest, and people found again without their numbers being stored.

Rules: each holder has a random data key, wrapped under the key-encryption key (KEK); a sealed value is bound to its
table, column and row, so that a value moved elsewhere does not open. Deleting the wrapped key erases the holder in
every copy of the database that is made from then on. ID numbers are found by HMAC-SHA-256 under the index key: without
that key nobody can try all numbers of a birthday. KEK and index key come from outside; the public desk holds neither.

    vault = Vault(kek=kek, index_key=index_key)
    key, wrapped = vault.new_key(table="holders", row=holder_id)
    sealed = key.seal(b"...", table="awards", column="payload", row=award_id)
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from credential.sealed import NONCE_BYTES, TAG_BYTES
from issuer.errors import InputError, NotAllowedError, TamperedError

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_KEK_ID_BYTES: Final = 8


class DataKey:
    """An opened data key: seals and opens values of one holder (or one batch). It prints as nothing."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plaintext: bytes, *, table: str, column: str, row: str) -> bytes:
        """Return version, nonce and AES-256-GCM ciphertext, bound to the place named."""
        nonce = os.urandom(NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plaintext, _place(table, column, row))

    def open(self, sealed: bytes, *, table: str, column: str, row: str) -> bytes:
        """Return the plaintext. Raises TamperedError when the value is altered or belongs elsewhere."""
        nonce, body = _take_apart(sealed, _VERSION, f"{table}.{column}", row)
        try:
            return self._cipher.decrypt(nonce, body, _place(table, column, row))
        except InvalidTag:
            raise _altered(f"{table}.{column}", row) from None

    def __repr__(self) -> str:
        return "DataKey(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a data key stays in its process")


class Vault:
    """The key-encryption key and the index key of one register. It prints as nothing."""

    __slots__ = ("_index_key", "_older", "_wrapper", "kek_id")

    def __init__(self, *, kek: bytes, index_key: bytes, older: Sequence[bytes] = ()) -> None:
        """Take the keys.

        Args:
            kek: wraps data keys from now on, 32 bytes.
            index_key: keys the blind index, 32 bytes.
            older: key-encryption keys under which some data keys are still wrapped.
        """
        keys = {kek, index_key, *older}
        if any(len(each) != KEY_BYTES for each in keys) or len(keys) != 2 + len(older):
            raise ValueError("the vault takes different keys of 32 bytes")
        self._wrapper = AESGCM(kek)
        self._older = {_kek_id(each): AESGCM(each) for each in older}
        self._index_key = index_key
        self.kek_id = _kek_id(kek)

    def new_key(self, *, table: str, row: str) -> tuple[DataKey, bytes]:
        """Return a fresh data key and its wrapped form for ``table``'s row ``row``."""
        key, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
        wrapped = self._wrapper.encrypt(nonce, key, _place(table, "wrapped_key", row))
        return DataKey(key), _VERSION + self.kek_id + nonce + wrapped

    def unwrap(self, wrapped: bytes | None, *, table: str, row: str) -> DataKey:
        """Open a wrapped data key.

        Raises:
            NotAllowedError: code ``erased`` (there is no key any more) or ``wrong_kek``.
            TamperedError: the wrapped key is altered or belongs to another row.
        """
        return DataKey(self.unwrap_bytes(wrapped, table=table, row=row))

    def unwrap_bytes(self, wrapped: bytes | None, *, table: str, row: str) -> bytes:
        """Return a data key as its 32 bytes, for the process that the holder signed in to. Raises as ``unwrap``."""
        if wrapped is None:
            raise NotAllowedError("erased", f"{table} {row} was erased; its data cannot be read by anybody", row=row)
        wrapper, prefix = self._wrapper_of(wrapped)
        nonce, body = _take_apart(wrapped, prefix, table, row)
        try:
            return wrapper.decrypt(nonce, body, _place(table, "wrapped_key", row))
        except InvalidTag:
            raise _altered(f"{table}.wrapped_key", row) from None

    @property
    def prefix(self) -> bytes:
        """What a data key that is wrapped under the present key-encryption key begins with."""
        return _VERSION + self.kek_id

    def wrapped_anew(self, wrapped: bytes, *, table: str, row: str) -> bytes:
        """Return a data key wrapped under the present key-encryption key; the data key stays. Raises as ``unwrap``."""
        key, nonce = self.unwrap_bytes(wrapped, table=table, row=row), os.urandom(NONCE_BYTES)
        return self.prefix + nonce + self._wrapper.encrypt(nonce, key, _place(table, "wrapped_key", row))

    def _wrapper_of(self, wrapped: bytes) -> tuple[AESGCM, bytes]:
        """What opens a wrapped key, and what the key then begins with; of one that is none of ours, the present one."""
        named = wrapped[len(_VERSION) : len(_VERSION) + _KEK_ID_BYTES]
        if named in self._older:
            return self._older[named], _VERSION + named
        return self._wrapper, self.prefix

    def claim_digest(self, holder: str, code: str) -> bytes:
        """Return the 32-byte keyed digest of a claim code of a holder, by id; without this vault nobody computes it."""
        parts = (holder.encode(), code.encode())
        message = b"titlecert/register/v1/claim\x00" + b"".join(len(part).to_bytes(2) + part for part in parts)
        return hmac.digest(self._index_key, message, "sha256")

    def blind_index(self, id_type: str, id_number: str) -> bytes:
        """Return the 32-byte keyed index of an ID document; case, width and surrounding blanks make no difference."""
        parts = [unicodedata.normalize("NFKC", part).strip().upper().encode() for part in (id_type, id_number)]
        if not all(parts):
            raise InputError("no_id", "an ID document has a type and a number; one of them is empty")
        message = b"titlecert/register/v1/holder\x00" + b"".join(len(part).to_bytes(2) + part for part in parts)
        return hmac.digest(self._index_key, message, "sha256")

    def __repr__(self) -> str:
        return f"Vault(kek_id={self.kek_id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault stays in its process")


def _kek_id(kek: bytes) -> bytes:
    return hashlib.sha256(b"titlecert/register/v1/kek\x00" + kek).digest()[:_KEK_ID_BYTES]


def _place(table: str, column: str, row: str) -> bytes:
    return "\x00".join(("titlecert/register/v1", table, column, row)).encode()


def _take_apart(sealed: bytes, prefix: bytes, where: str, row: str) -> tuple[bytes, bytes]:
    start = len(prefix) + NONCE_BYTES
    if len(sealed) < start + TAG_BYTES or sealed[:1] != _VERSION:
        raise _altered(where, row)
    if sealed[: len(prefix)] != prefix:
        message = f"{where} of row {row} was sealed under another key-encryption key; open the right secret store"
        raise NotAllowedError("wrong_kek", message, row=row)
    return sealed[len(prefix) : start], sealed[start:]


def _altered(where: str, row: str) -> TamperedError:
    message = f"{where} of row {row} was altered or moved; stop and compare the register with a backup"
    return TamperedError("sealed_altered", message, where=where, row=row)
