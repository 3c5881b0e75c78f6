"""What the desk seals: a session under its cookie, and what a holder writes under the holder's own data key.

Rules: the key of a session comes from the cookie alone (HKDF-SHA-256), and only a digest of the cookie is stored: a
copy of the database opens nothing. What is sealed under a holder's data key has the form of the register
(``issuer.vault``), so that the office, whose vault opens that key, can read it, and is bound to its table, column and
row. The owner is a name of the holder that only the holder's key gives: it joins the rows of one person and names
nobody.

    sealed = seal(session_key(token), b"...", table="desk_sessions", column="sealed", row=session)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from credential.sealed import NONCE_BYTES, TAG_BYTES
from issuer.errors import TamperedError

TOKEN_BYTES: Final = 32
HANDLE_BYTES: Final = 9
"""72 bits name a certificate among those of one holder, and 12 characters fit an address."""
_FORM: Final = b"\x01"
_PLACE: Final = "titlecert/register/v1"
"""The register's own context, so that one key opens what the desk and the office seal."""


def new_token() -> str:
    """Return a fresh cookie: 32 random bytes in base64url, 43 characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode()


def new_row() -> str:
    """Return a fresh id of a row: 128 random bits in base64url, 22 characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()


def token_digest(token: str) -> bytes | None:
    """Return what is stored of a cookie, None for what cannot be one."""
    try:
        data = base64.b64decode(token + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return hashlib.sha256(data).digest() if len(data) == TOKEN_BYTES and "=" not in token else None


def session_key(token: str) -> bytes:
    """Return the key that a cookie gives."""
    return _derive(token.encode(), b"titlecert/desk/v1/session")


def owner_of(data_key: bytes) -> bytes:
    """Return the name under which the desk joins the rows of one holder: 32 bytes that only the data key gives."""
    return _derive(data_key, b"titlecert/desk/v1/owner")


def view_key(data_key: bytes) -> bytes:
    """Return the key under which the desk keeps what the unlock service opened for a holder."""
    return _derive(data_key, b"titlecert/desk/v1/view")


def handle_of(data_key: bytes, number: str) -> str:
    """Return what stands for a certificate in addresses: the same for its holder each time, and for nobody else."""
    key = _derive(data_key, b"titlecert/desk/v1/handle")
    digest = hmac.digest(key, number.encode(), "sha256")[:HANDLE_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


def seal(key: bytes, plaintext: bytes, *, table: str, column: str, row: str) -> bytes:
    """Return version, nonce and AES-256-GCM ciphertext, bound to the place named."""
    nonce = os.urandom(NONCE_BYTES)
    return _FORM + nonce + AESGCM(key).encrypt(nonce, plaintext, _bound(table, column, row))


def unseal(key: bytes, sealed: bytes, *, table: str, column: str, row: str) -> bytes:
    """Return the plaintext.

    Raises:
        TamperedError: ``sealed_altered``: the value is altered, belongs elsewhere, or is under another key.
    """
    start = len(_FORM) + NONCE_BYTES
    try:
        if len(sealed) < start + TAG_BYTES or sealed[:1] != _FORM:
            raise InvalidTag
        return AESGCM(key).decrypt(sealed[len(_FORM) : start], sealed[start:], _bound(table, column, row))
    except InvalidTag:
        where = f"{table}.{column}"
        message = f"{where} of row {row} of the desk was altered, moved or sealed by another; compare with a backup"
        raise TamperedError("sealed_altered", message, where=where, row=row) from None


def _bound(table: str, column: str, row: str) -> bytes:
    return "\x00".join((_PLACE, table, column, row)).encode()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)
